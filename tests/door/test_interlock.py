"""An airlock at work: one door at a time for cards and orders, both for those who leave and for a fire."""

import pytest

from doorctl.core.machines.door_events import ContactClosed, ContactOpened, FireEnded, FireStarted, RexPressed
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.rules.interlock import InterlockWhile
from doorctl.door.interlock import Interlock, Others
from doorctl.policy.building import PolicyPosition
from doorctl.wire.orders import NO_LONGER, Deed, HoldOpenUntil, OpenNow
from tests.door.airlock import INNER, OUTER, RELEASED, SECURED, Airlock
from tests.door.hand_driven import releasing_on_failure
from tests.door.ordered import NOW

HOLD = HoldOpenUntil(INNER, NOW + 60)


@pytest.fixture
def airlock() -> Airlock:
    airlock = Airlock()
    airlock.close_both()
    return airlock


def test_one_door_opens_when_the_other_is_closed_and_locked_again(airlock: Airlock) -> None:
    airlock.let_in(OUTER)
    airlock.let_in(INNER)
    airlock.pass_through(OUTER)
    airlock.hand.commit_all()
    airlock.hand.now += 2
    airlock.let_in(INNER)

    decided = [(OUTER, Reason.GRANTED), (INNER, Reason.INTERLOCKED), (INNER, Reason.GRANTED)]
    assert airlock.reasons(RecordKind.DECISION) == decided
    assert airlock.moves == [(OUTER, RELEASED), (OUTER, SECURED), (INNER, RELEASED)]


def test_a_door_stays_locked_until_the_other_is_closed(airlock: Airlock) -> None:
    airlock.let_in(OUTER)
    airlock.doors[OUTER].take(ContactOpened(airlock.hand.now))
    airlock.let_in(INNER)

    assert airlock.reasons(RecordKind.DECISION)[-1] == (INNER, Reason.INTERLOCKED)


def test_a_door_that_waits_for_the_lock_alone_opens_while_the_other_is_open() -> None:
    airlock = Airlock(lasting=InterlockWhile.UNLOCKED)
    airlock.close_both()
    airlock.let_in(OUTER)
    airlock.doors[OUTER].take(ContactOpened(airlock.hand.now))
    airlock.let_in(INNER)

    assert airlock.moves == [(OUTER, RELEASED), (OUTER, SECURED), (INNER, RELEASED)]


def test_of_two_who_ask_at_once_one_is_let_in(airlock: Airlock) -> None:
    airlock.present(OUTER)
    airlock.present(INNER)
    airlock.hand.commit_all()

    assert airlock.moves == [(OUTER, RELEASED)]
    assert airlock.reasons(RecordKind.NOT_RELEASED) == [(INNER, Reason.INTERLOCKED)]


def test_who_is_let_in_without_a_record_is_let_in_through_one_door_only() -> None:
    airlock = Airlock(facts=releasing_on_failure())
    airlock.close_both()
    airlock.hand.commit_all()
    airlock.present(OUTER)
    airlock.present(INNER)
    airlock.hand.fail()
    airlock.hand.fail()

    assert airlock.moves == [(OUTER, RELEASED)]


def test_an_opening_that_waits_for_a_slow_decision_keeps_the_other_door_locked(airlock: Airlock) -> None:
    airlock.hand.keeps_waiting = True
    airlock.present(OUTER)
    airlock.doors[OUTER].take(ContactOpened(airlock.hand.now))
    airlock.hand.keeps_waiting = False
    airlock.let_in(INNER)

    assert airlock.moves == []


def test_another_policy_does_not_open_what_the_other_door_keeps_locked(airlock: Airlock) -> None:
    airlock.present(OUTER)
    airlock.present(INNER)
    airlock.hand.position = PolicyPosition(1, 8)
    airlock.hand.commit_all()

    assert airlock.moves == [(OUTER, RELEASED)]


@pytest.mark.parametrize("deed", [OpenNow(INNER), HOLD])
def test_an_order_is_refused_while_the_other_door_is_unlocked(airlock: Airlock, deed: Deed) -> None:
    airlock.let_in(OUTER)
    airlock.order(deed)
    airlock.hand.commit_all()

    assert airlock.outcomes == [("refused", "interlocked")]
    assert airlock.moves == [(OUTER, RELEASED)]
    (order,) = [it for it in airlock.statements if it.kind is RecordKind.ORDER]
    assert (order.outcome, " interlocked " in order.detail) == (Outcome.DENIED, True)


@pytest.mark.parametrize("deed", [OpenNow(INNER), HOLD])
def test_an_order_whose_record_comes_after_the_other_door_opened_moves_nothing(airlock: Airlock, deed: Deed) -> None:
    airlock.present(OUTER)
    airlock.order(deed)
    airlock.hand.commit_all()

    assert airlock.outcomes == [("refused", "interlocked")]
    assert airlock.moves == [(OUTER, RELEASED)]
    assert airlock.reasons(RecordKind.NOT_RELEASED) == [(INNER, Reason.INTERLOCKED)]


def test_a_door_that_is_held_open_keeps_the_other_locked_until_that_ends(airlock: Airlock) -> None:
    airlock.order(HOLD)
    airlock.hand.commit_all()
    airlock.let_in(OUTER)
    airlock.order(HoldOpenUntil(INNER, NO_LONGER))
    airlock.hand.commit_all()
    airlock.hand.now += 2
    airlock.let_in(OUTER)

    assert airlock.moves == [(INNER, RELEASED), (INNER, SECURED), (OUTER, RELEASED)]


def test_rex_opens_whatever_the_other_door_does_and_keeps_that_locked(airlock: Airlock) -> None:
    airlock.let_in(OUTER)
    airlock.doors[INNER].step(RexPressed(airlock.hand.now))
    airlock.hand.now += 2
    airlock.let_in(OUTER)

    assert airlock.moves == [(OUTER, RELEASED), (INNER, RELEASED)]
    assert airlock.reasons(RecordKind.DECISION)[-1] == (OUTER, Reason.INTERLOCKED)


def test_fire_releases_both_and_at_its_end_both_are_locked(airlock: Airlock) -> None:
    for doorway in airlock.doors.values():
        doorway.step(FireStarted(airlock.hand.now))
    airlock.let_in(OUTER)
    for doorway in airlock.doors.values():
        doorway.step(FireEnded(airlock.hand.now))

    assert airlock.moves == [(INNER, RELEASED), (OUTER, RELEASED), (INNER, SECURED), (OUTER, SECURED)]


def test_after_a_start_no_door_opens_before_the_other_was_seen_closed(airlock: Airlock) -> None:
    airlock.start()
    airlock.let_in(OUTER)
    airlock.doors[INNER].take(ContactClosed(airlock.hand.now))
    airlock.hand.now += 2
    airlock.let_in(OUTER)

    decided = [(OUTER, Reason.INTERLOCKED), (OUTER, Reason.GRANTED)]
    assert airlock.reasons(RecordKind.DECISION) == decided


def test_a_contact_that_bounces_keeps_the_other_door_locked_while_it_tells_open(airlock: Airlock) -> None:
    airlock.doors[OUTER].take(ContactOpened(airlock.hand.now))
    airlock.pass_through(OUTER)
    airlock.doors[OUTER].take(ContactOpened(airlock.hand.now))
    airlock.let_in(INNER)

    assert airlock.moves == []


def test_whoever_tries_again_and_again_at_a_locked_door_is_counted(airlock: Airlock) -> None:
    airlock.doors[OUTER].take(ContactOpened(airlock.hand.now))
    for _ in range(100):
        airlock.let_in(INNER)

    assert 0 < len(airlock.reasons(RecordKind.DECISION)) < 40


def test_a_door_that_nobody_knows_may_be_open() -> None:
    interlock = Interlock({INNER: Others((OUTER,))})

    assert interlock.keeps_locked(INNER)
    assert not interlock.keeps_locked(OUTER)
