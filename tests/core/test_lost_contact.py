"""A door whose contact's line has a fault: nobody says what it did, and nobody may take it for closed."""

import pytest

from doorctl.core.machines.door_events import (
    ContactClosed,
    ContactLost,
    ContactOpened,
    Effect,
    FireEnded,
    FireStarted,
    Record,
    RexPressed,
    SignalName,
    Tick,
)
from doorctl.core.machines.door_state import Contact, DoorSettings, DoorState, Strike
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.rules.interlock import InterlockWhile, keeps_other_locked
from tests.core.door_builders import SEQ, a_door, after, effects_of, granted, moves_in, records_in, signals_in

LOST = after(a_door(), ContactLost(1))


def kinds_in(effects: list[Effect]) -> list[RecordKind]:
    return [record.kind for record in records_in(effects)]


def test_a_lost_contact_moves_and_shows_nothing() -> None:
    assert effects_of(a_door(), ContactLost(1), ContactLost(2)) == []
    assert (LOST.contact, LOST.strike) == (Contact.LOST, Strike.SECURED)


def test_a_door_that_was_closed_and_is_open_when_it_tells_again_was_forced() -> None:
    assert effects_of(LOST, ContactOpened(5)) == [Record(RecordKind.FORCED_OPEN)]


def test_a_door_that_is_closed_when_it_tells_again_says_nothing() -> None:
    assert effects_of(LOST, ContactClosed(5)) == []


def test_a_door_that_was_open_counts_as_open_until_it_is_seen_closed() -> None:
    opened = after(granted(a_door()), ContactOpened(1), ContactLost(2))

    effects = effects_of(opened, Tick(31.0), ContactOpened(32.0), ContactClosed(33.0))

    assert opened.contact is Contact.OPEN
    assert kinds_in(effects) == [RecordKind.HELD_OPEN, RecordKind.CLOSED, RecordKind.HELD_ENDED]


def test_of_a_door_that_was_never_seen_closed_nobody_says_that_it_was_forced() -> None:
    unseen = after(DoorState(DoorSettings()), ContactLost(1))

    (record,) = records_in(effects_of(unseen, ContactOpened(2)))
    assert (record.kind, record.detail) == (RecordKind.OPENED, "already open when first seen")


def test_whoever_is_let_in_meanwhile_is_not_said_not_to_have_come() -> None:
    effects = effects_of(granted(LOST, now=2), Tick(7), Tick(8))

    assert kinds_in(effects) == [RecordKind.RELOCKED]


def test_a_line_that_is_lost_while_somebody_comes_says_nothing_of_them() -> None:
    effects = effects_of(granted(a_door()), ContactLost(1), Tick(5), Tick(6))

    assert kinds_in(effects) == [RecordKind.RELOCKED]


def test_an_opening_that_is_permitted_is_told_by_the_contact_that_tells_again() -> None:
    (record, *_) = records_in(effects_of(granted(LOST, now=2), ContactOpened(3)))

    assert (record.kind, record.reason, record.of) == (RecordKind.OPENED, Reason.GRANTED, SEQ)


def test_the_strike_is_secured_at_its_time_all_the_same() -> None:
    effects = effects_of(granted(a_door()), ContactLost(1), Tick(5))

    assert len(moves_in(effects)) == 1


def test_a_lost_contact_keeps_the_other_door_of_an_airlock_locked() -> None:
    assert keeps_other_locked(LOST, InterlockWhile.UNLOCKED_OR_OPEN)
    assert not keeps_other_locked(LOST, InterlockWhile.UNLOCKED)


@pytest.mark.parametrize("event", [RexPressed(2), FireStarted(2)])
def test_ways_out_are_as_open_as_ever(event: RexPressed | FireStarted) -> None:
    door = after(a_door(rex_releases=True), ContactLost(1))

    assert after(door, event).strike is not Strike.SECURED


def test_while_it_burns_an_open_door_is_neither_forced_nor_held() -> None:
    effects = effects_of(LOST, FireStarted(2), ContactOpened(3), Tick(100), ContactClosed(101), FireEnded(102))

    assert not {RecordKind.FORCED_OPEN, RecordKind.HELD_OPEN} & set(kinds_in(effects))
    assert SignalName.HELD not in signals_in(effects)
