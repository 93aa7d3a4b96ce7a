"""Orders at a door: they release and hold; lockdown and denials end what lets somebody in, never what lets out."""

import pytest

from doorctl.core.machines.door import step
from doorctl.core.machines.door_events import (
    AccessDecided,
    ContactClosed,
    ContactOpened,
    FireEnded,
    FireStarted,
    HoldOpenOrdered,
    OpenOrdered,
    Record,
    RecordCommitted,
    Release,
    RexPressed,
    Secure,
    Signal,
    SignalName,
    Tick,
    Withdrawn,
)
from doorctl.core.machines.door_state import Strike
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import Decision
from tests.core.door_builders import GRANTED, SEQ, a_door, after, effects_of, granted, moves_in, on_fire, records_in

ORDER = 9
LOCKDOWN = Withdrawn(1, Reason.LOCKDOWN)
RELOCKED = Record(RecordKind.RELOCKED, Reason.ORDER, ORDER)
HELD = after(a_door(), HoldOpenOrdered(ORDER, 0, until=100))


def test_an_order_to_open_releases_as_a_card_does() -> None:
    state, effects = step(a_door(), OpenOrdered(ORDER, 0))

    assert effects == (Release(5), Signal(SignalName.GRANTED), Record(RecordKind.RELEASED, Reason.ORDER, ORDER))
    assert effects_of(state, Tick(5)) == [Secure(), RELOCKED]


def test_a_release_by_break_glass_says_so() -> None:
    broken = AccessDecided(Decision(Outcome.GRANTED, Reason.BREAK_GLASS), 0)

    assert Record(RecordKind.RELEASED, Reason.BREAK_GLASS, SEQ) in effects_of(
        a_door(), broken, RecordCommitted(SEQ, 0)
    )


def test_an_order_to_hold_open_releases_until_its_time() -> None:
    state, effects = step(a_door(), HoldOpenOrdered(ORDER, 0, until=100))

    assert effects == (Release(None), Record(RecordKind.RELEASED, Reason.ORDER, ORDER))
    assert state.next_deadline == 100
    assert effects_of(state, Tick(99.9)) == []
    assert effects_of(state, Tick(100)) == [Secure(), RELOCKED]


def test_a_door_held_open_by_order_is_used_without_alarm_and_stays_released() -> None:
    effects = effects_of(HELD, ContactOpened(1), Tick(90), ContactClosed(91), ContactOpened(92), ContactClosed(93))

    assert moves_in(effects) == []
    assert {record.kind for record in records_in(effects)} == {RecordKind.OPENED, RecordKind.CLOSED}


def test_a_card_at_a_door_held_open_does_not_end_the_hold() -> None:
    used = granted(HELD, now=10)

    assert moves_in(effects_of(used, Tick(50))) == []
    assert moves_in(effects_of(used, Tick(100))) == [Secure()]


def test_a_card_outlasts_the_hold_that_ends_meanwhile() -> None:
    used = granted(HELD, now=98)

    assert moves_in(effects_of(used, Tick(100))) == []
    assert moves_in(effects_of(used, Tick(100), Tick(103))) == [Secure()]


def test_a_door_that_stands_open_when_its_hold_ends_has_its_time_to_be_closed() -> None:
    ended = after(HELD, ContactOpened(1), Tick(100))

    assert effects_of(ended, Tick(129)) == []
    assert [record.kind for record in records_in(effects_of(ended, Tick(130)))] == [RecordKind.HELD_OPEN]


def test_an_opening_just_when_the_hold_ends_is_permitted() -> None:
    ended = after(HELD, Tick(100))

    assert records_in(effects_of(ended, ContactOpened(100.4))) == [Record(RecordKind.OPENED, Reason.ORDER, ORDER)]


def test_a_door_without_a_contact_is_held_open_too() -> None:
    held = after(a_door(has_contact=False), HoldOpenOrdered(ORDER, 0, until=100))

    assert effects_of(held, Tick(100)) == [Secure(), RELOCKED]


def test_a_hold_outlasts_a_fire() -> None:
    burnt = after(HELD, FireStarted(1))

    assert effects_of(burnt, FireEnded(2))[0] == Release(None)
    assert moves_in(effects_of(burnt, FireEnded(2), Tick(100))) == [Release(None), Secure()]


def test_a_hold_that_ends_in_a_fire_leaves_the_strike_to_the_fire() -> None:
    burnt = after(HELD, FireStarted(1), Tick(100))

    assert burnt.strike is Strike.FIRE
    assert moves_in(effects_of(burnt, FireEnded(101))) == [Secure()]


@pytest.mark.parametrize("state", [granted(a_door()), HELD, granted(HELD), after(a_door(), OpenOrdered(ORDER, 0))])
def test_a_lockdown_ends_what_cards_and_orders_have_released(state: object) -> None:
    locked, effects = step(state, LOCKDOWN)  # type: ignore[arg-type]

    assert moves_in(effects) == [Secure()]
    assert records_in(effects)[0].kind is RecordKind.RELOCKED
    assert records_in(effects)[0].reason is Reason.LOCKDOWN
    assert locked.next_deadline is None
    assert records_in(effects_of(locked, ContactOpened(2)))[0].kind is RecordKind.FORCED_OPEN


@pytest.mark.parametrize("event", [LOCKDOWN, Withdrawn(1, Reason.DENIED_BY_ORDER, of=SEQ)])
def test_whoever_was_let_in_and_is_shut_out_before_they_opened_did_not_open(event: Withdrawn) -> None:
    unopened = Record(RecordKind.NOT_OPENED, Reason.GRANTED, SEQ)

    assert records_in(effects_of(granted(a_door()), event))[1:] == [unopened]
    assert records_in(effects_of(granted(HELD), event))[-1] == unopened
    assert records_in(effects_of(on_fire(granted(a_door())), event)) == [unopened]


def test_at_a_door_that_was_opened_nothing_tells_otherwise() -> None:
    for door in (after(granted(a_door()), ContactOpened(0.5)), granted(a_door(has_contact=False)), HELD):
        assert RecordKind.NOT_OPENED not in {each.kind for each in records_in(effects_of(door, LOCKDOWN))}


def test_a_lockdown_leaves_ways_out_as_they_are() -> None:
    leaving = after(a_door(rex_releases=True), RexPressed(0))

    assert effects_of(leaving, LOCKDOWN) == []
    assert moves_in(effects_of(leaving, LOCKDOWN, RexPressed(2), Tick(7))) == [Release(5), Secure()]
    assert moves_in(effects_of(on_fire(granted(a_door())), LOCKDOWN)) == []


def test_a_lockdown_at_a_door_that_is_locked_changes_nothing() -> None:
    assert step(a_door(), LOCKDOWN) == (a_door(), ())


def test_a_door_that_stands_open_when_its_hold_is_withdrawn_has_its_time_to_be_closed() -> None:
    withdrawn = after(HELD, ContactOpened(0.5), LOCKDOWN)

    assert withdrawn.held_at == 31


def test_a_door_recorded_as_held_open_is_not_recorded_again_when_a_hold_ends() -> None:
    forgotten = after(granted(a_door()), ContactOpened(1), Tick(31), HoldOpenOrdered(ORDER, 32, until=100), Tick(100))

    assert forgotten.held_at is None


def test_what_one_decision_released_is_withdrawn_alone() -> None:
    mine, anothers = Withdrawn(1, Reason.DENIED_BY_ORDER, of=SEQ), Withdrawn(1, Reason.DENIED_BY_ORDER, of=SEQ + 1)
    state = granted(a_door())

    assert effects_of(state, mine)[:2] == [Secure(), Record(RecordKind.RELOCKED, Reason.DENIED_BY_ORDER, SEQ)]
    assert step(state, anothers) == (state, ())


def test_a_decision_that_waits_for_its_record_is_no_release_to_withdraw() -> None:
    pending = after(a_door(), AccessDecided(GRANTED, 0))

    assert step(pending, LOCKDOWN) == (pending, ())


@pytest.mark.parametrize("event", [LOCKDOWN, Withdrawn(1, Reason.DENIED_BY_ORDER, of=SEQ)])
def test_what_lets_somebody_out_who_has_no_other_way_is_withdrawn_by_nothing(event: Withdrawn) -> None:
    leaving = after(a_door(), AccessDecided(GRANTED, 0, lets_out=True), RecordCommitted(SEQ, 0))
    entering = after(a_door(), AccessDecided(GRANTED, 0), RecordCommitted(SEQ, 0))

    assert effects_of(leaving, event) == []
    assert Record(RecordKind.OPENED, Reason.GRANTED, SEQ) in effects_of(leaving, event, ContactOpened(2))
    assert moves_in(effects_of(entering, event)) == [Secure()]
