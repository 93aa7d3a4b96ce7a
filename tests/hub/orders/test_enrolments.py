"""Enrolment by order: who may have a reader enrol, where it goes, and what its admin hears."""

import pytest

from doorctl.core.model import ZoneKind
from doorctl.trust.note import Role
from doorctl.wire.commands import DoorSet, ZoneSet
from doorctl.wire.orders import Carried, Enrol, Order, order_id
from doorctl.wire.rights import CardEnrol
from doorctl.wire.topics import Address, Channel
from tests.hub.builders import NOON, SITE, ASite, later

ENROL = CardEnrol("door-1", 60, "e" * 32, "door-1-in")
DEED = Enrol("door-1", 60, "e" * 32, "door-1-in")


@pytest.fixture
def site(site_with_two: ASite) -> ASite:
    """Door-1 is served by pi-1; nobody has said who serves door-2."""
    site = site_with_two
    site.ask(ZoneSet("floor-3", ZoneKind.FLOOR))
    for door in ("door-1", "door-2"):
        site.ask(DoorSet(door, "floor-3"))
    site.ack(site.controllers[0], doors=("door-1",))
    site.hub.tick(later(0))
    return site


def test_a_clerk_has_a_reader_enrol_and_hears_that_it_does(site: ASite) -> None:
    clerk = site.hire("carol", Role.CLERK)
    command = site.a_command(ENROL, command_id="c" * 32, admin=clerk)

    (order,) = site.messages(site.hub.handle(Address(Channel.COMMAND, "carol"), command, NOON), Order)
    said = Carried(SITE, "pi-1", order.id, "done")
    pi = site.controllers[0]
    told = site.hub.handle(Address(Channel.CARRIED, "pi-1"), pi.says(said), later(1))

    assert (order.id, order.deed) == (order_id("carol", "c" * 32, DEED), DEED)
    assert site.verdicts(told) == [("done", "pi-1 has the reader in enrolment for 60 s")]


def test_whoever_does_not_answer_may_have_begun_it(site: ASite) -> None:
    site.send(site.a_command(ENROL))

    told = site.hub.tick(later(30))

    assert ("partial", "no word from pi-1: its reader may be in enrolment") in site.verdicts(told)


def test_a_door_that_nobody_serves_has_no_reader_to_enrol_at(site: ASite) -> None:
    assert site.ask(CardEnrol("door-2", 60, "e" * 32)).reason == "door-not-served"
    assert site.ask(CardEnrol("door-3", 60, "e" * 32)).reason == "unknown-door"
