"""What a guest has unlocked ends with what their sponsor may."""

from dataclasses import replace
from datetime import timedelta

from doorctl.core.model import Holder
from doorctl.core.visitors import Escorting, Sponsor, Visitor
from doorctl.wire.orders import DenyHolder
from tests.core import builders
from tests.door.modal import ADA, FIRST_BY_DAY, ModalDoor

SPONSORS_GRANT = replace(builders.ADAS_GRANT, subject="grace")
GUEST = replace(
    ADA,
    visitor=Visitor(
        "ada", sponsor="grace", sponsored_by=Sponsor(Holder("grace"), frozenset({"floor-3"}), (SPONSORS_GRANT,))
    ),
    escorting=Escorting(alone=True),
)


def deny_sponsor(door: ModalDoor) -> None:
    """Deny the guest's sponsor by an order."""
    door.hand.deny_list.add(DenyHolder("grace", 99), door.hand.position)
    door.door.end_what_is_denied()


def test_an_order_that_denies_the_sponsor_ends_what_a_guest_has_unlocked_at_once() -> None:
    door = ModalDoor(FIRST_BY_DAY).begin()
    door.people[builders.KEY] = GUEST
    door.let_in()
    was_unlocked = door.door.is_left_unlocked
    door.keeps_waiting = True
    deny_sponsor(door)

    assert (was_unlocked, door.door.is_left_unlocked) == (True, False)


def test_after_a_restart_an_order_that_denies_the_sponsor_ends_it_by_what_the_policy_knows() -> None:
    before = ModalDoor(FIRST_BY_DAY).begin()
    before.people[builders.KEY] = GUEST
    before.let_in()
    door = before.restarted(after=timedelta(minutes=1)).begin()
    was_unlocked = door.door.is_left_unlocked
    deny_sponsor(door)

    assert (was_unlocked, door.door.is_left_unlocked) == (True, False)
