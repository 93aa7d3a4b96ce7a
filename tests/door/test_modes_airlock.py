"""Modes at an airlock: of two doors one is unlocked, and one whose other door is open waits for that."""

from doorctl.core.machines.door_events import ContactClosed, ContactOpened, RexPressed
from doorctl.core.modes import Mode
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from tests.door.airlock import INNER, OUTER, RELEASED, SECURED, Airlock


def an_airlock(*unlocked: str) -> Airlock:
    """Make an airlock of closed doors, some of which the policy unlocks."""
    airlock = Airlock()
    airlock.close_both()
    for door in unlocked:
        airlock.set_mode(door, Mode.UNLOCKED)
    return airlock


def test_of_two_doors_that_are_to_be_unlocked_one_is() -> None:
    airlock = an_airlock(INNER, OUTER)
    airlock.hand.commit_all()
    airlock.wait(5)

    assert airlock.moves == [(INNER, RELEASED)]


def test_a_door_that_its_mode_unlocks_keeps_the_other_locked() -> None:
    airlock = an_airlock(INNER)
    airlock.hand.commit_all()
    airlock.let_in(OUTER)

    assert airlock.moves == [(INNER, RELEASED)]
    assert airlock.reasons(RecordKind.DECISION) == [(OUTER, Reason.INTERLOCKED)]


def test_a_door_waits_to_be_unlocked_until_the_other_is_closed_and_locked() -> None:
    airlock = an_airlock(INNER)
    airlock.doors[OUTER].step(RexPressed(airlock.hand.now))
    airlock.hand.commit_all()
    before = list(airlock.moves)
    airlock.doors[OUTER].take(ContactOpened(airlock.hand.now))
    airlock.wait(1)
    airlock.doors[OUTER].take(ContactClosed(airlock.hand.now))
    airlock.wait(1)

    assert before == [(OUTER, RELEASED)]
    assert airlock.moves == [(OUTER, RELEASED), (OUTER, SECURED), (INNER, RELEASED)]


def test_whoever_leaves_by_the_other_door_has_the_unlocked_one_locked_meanwhile() -> None:
    airlock = an_airlock(INNER)
    airlock.hand.commit_all()
    airlock.doors[OUTER].step(RexPressed(airlock.hand.now))
    airlock.wait(0.01)
    meanwhile = list(airlock.moves)
    airlock.wait(10)
    airlock.wait(1)

    assert meanwhile == [(INNER, RELEASED), (OUTER, RELEASED), (INNER, SECURED)]
    assert airlock.moves[-1] == (INNER, RELEASED)
    relocked = [it for it in airlock.statements if it.kind is RecordKind.RELOCKED and it.door == INNER]
    assert [it.reason for it in relocked] == [Reason.INTERLOCKED]


def test_one_who_was_let_in_by_a_card_as_the_record_was_written_goes_first() -> None:
    airlock = an_airlock()
    airlock.present(OUTER)
    airlock.set_mode(INNER, Mode.UNLOCKED)
    airlock.hand.commit_all()

    assert airlock.moves == [(OUTER, RELEASED)]
