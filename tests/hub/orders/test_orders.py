"""Orders: what opens a door now goes to its one controller, once, and its admin hears what became of it."""

import pytest

from doorctl.core.model import ZoneKind
from doorctl.core.rules.order_rules import MAX_HOLD_OPEN_SECONDS, ORDER_SECONDS
from doorctl.hub.outgoing import Outgoing
from doorctl.wire.commands import Command, DoorSet, Verb, ZoneSet
from doorctl.wire.messages import MOST_DOORS, Response, from_text
from doorctl.wire.notes import open_note
from doorctl.wire.orders import NO_LONGER, Carried, HoldOpenUntil, OpenNow, Order, order_id
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import SiteStatus
from doorctl.wire.rights import HoldOpen, Lockdown, LockdownEnd, OpenDoor
from doorctl.wire.topics import Address, Channel
from tests.hub.builders import NOON, NOON_SECONDS, SITE, AController, ASite, an_id, later


@pytest.fixture
def site(site_with_two: ASite) -> ASite:
    """Door-1 is served by pi-1; nobody has said who serves door-2."""
    site = site_with_two
    site.ask(ZoneSet("floor-3", ZoneKind.FLOOR))
    site.ask(DoorSet("door-1", "floor-3"))
    site.ask(DoorSet("door-2", "floor-3"))
    site.ack(site.controllers[0], doors=("door-1",))
    site.ack(site.controllers[1])
    site.hub.tick(later(0))
    return site


def carried(site: ASite, controller: AController, command: str, outcome: str, reason: str = "") -> list[Outgoing]:
    """Let a controller say what became of an order."""
    order = order_id("grace", command, OpenNow("door-1"))
    note = controller.says(Carried(SITE, controller.id, order, outcome, reason))
    return site.hub.handle(Address(Channel.CARRIED, controller.id), note, later(1))


def test_an_order_goes_to_the_controller_of_the_door_before_the_answer(site: ASite) -> None:
    command = site.a_command(OpenDoor("door-1"), command_id="c" * 32)

    outgoing = site.send(command)

    assert [each.address for each in outgoing] == [
        Address(Channel.ORDER, "pi-1"),
        Address(Channel.RESPONSE, "grace"),
    ]
    (order,) = site.messages(outgoing, Order)
    assert (order.admin, order.deed) == ("grace", OpenNow("door-1"))
    assert order.id == order_id("grace", "c" * 32, order.deed)
    assert NOON_SECONDS < order.expires <= NOON_SECONDS + ORDER_SECONDS
    assert not outgoing[0].retain


def test_an_order_carries_the_admins_own_command(site: ASite) -> None:
    until = NOON_SECONDS + 3600
    (order,) = site.messages(site.send(site.a_command(HoldOpen("door-1", until))), Order)

    opened = open_note(order.command.encode(), [site.grace.identity.signer.verifier])

    assert from_text(opened.text, Command, site=SITE).do == HoldOpen("door-1", until)
    assert order.deed == HoldOpenUntil("door-1", until)


def test_what_the_controller_did_is_the_answer_to_the_command_for_ever(site: ASite) -> None:
    payload = site.a_command(OpenDoor("door-1"), command_id="c" * 32)
    site.send(payload)

    told = carried(site, site.controllers[0], "c" * 32, "done")
    site.restart()
    repeated = site.send(payload, at=later(2))

    assert site.verdicts(told) == [("done", "pi-1 has released the door")]
    assert [each.payload for each in repeated] == [each.payload for each in told]


def test_a_repeated_command_orders_nothing_again(site: ASite) -> None:
    payload = site.a_command(OpenDoor("door-1"))
    site.send(payload)

    assert site.messages(site.send(payload), Order) == []


def test_a_refusal_by_the_door_is_the_admins_refusal(site: ASite) -> None:
    site.send(site.a_command(OpenDoor("door-1"), command_id="c" * 32))

    (response,) = site.responses(carried(site, site.controllers[0], "c" * 32, "refused", "lockdown"))

    assert (response.verdict, response.reason) == ("refused", "lockdown")


def test_a_door_is_held_open_no_longer(site: ASite) -> None:
    (order,) = site.messages(site.send(site.a_command(HoldOpen("door-1", NO_LONGER), command_id="c" * 32)), Order)
    (response,) = site.responses(carried(site, site.controllers[0], "c" * 32, "done"))

    assert order.deed == HoldOpenUntil("door-1", NO_LONGER)
    assert response.text == "pi-1 holds the door open no longer"


def test_an_order_that_nobody_answers_is_partial_when_it_is_over(site: ASite) -> None:
    site.send(site.a_command(OpenDoor("door-1")))

    early, due, after = (site.responses(site.hub.tick(later(seconds))) for seconds in (15, 16, 17))

    assert [[each.verdict for each in told] for told in (early, due, after)] == [[], ["partial"], []]


@pytest.mark.parametrize(("controller", "command"), [(1, "c" * 32), (0, "d" * 32)])
def test_only_the_controller_that_was_ordered_answers_an_order(site: ASite, controller: int, command: str) -> None:
    site.send(site.a_command(OpenDoor("door-1"), command_id="c" * 32))

    assert carried(site, site.controllers[controller], command, "done") == []


def test_an_answer_that_another_has_signed_is_refused(site: ASite) -> None:
    site.send(site.a_command(OpenDoor("door-1"), command_id="c" * 32))
    order = order_id("grace", "c" * 32, OpenNow("door-1"))
    forged = site.controllers[1].says(Carried(SITE, "pi-1", order, "done"))

    assert site.hub.handle(Address(Channel.CARRIED, "pi-1"), forged, NOON) == []
    assert site.hub.refusals == {"unknown-signer": 1}


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        (OpenDoor("door-2"), "door-not-served"),
        (OpenDoor("door-9"), "unknown-door"),
        (HoldOpen("door-1", NOON_SECONDS), "bad-time"),
        (HoldOpen("door-1", NOON_SECONDS + MAX_HOLD_OPEN_SECONDS + 1), "bad-time"),
        (Lockdown("floor-9"), "unknown-zone"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(site: ASite, do: OpenDoor | HoldOpen | Lockdown, reason: str) -> None:
    outgoing = site.send(site.a_command(do))

    assert [(each.verdict, each.reason) for each in site.responses(outgoing)] == [("refused", reason)]
    assert site.messages(outgoing, Order) == []


def test_no_order_goes_to_a_door_that_two_controllers_say_they_serve(site: ASite) -> None:
    site.ack(site.controllers[1], doors=("door-1",))
    site.link(site.controllers[1], "online", session="5e55")

    outgoing = site.send(site.a_command(OpenDoor("door-1")))

    assert [response.reason for response in site.responses(outgoing)] == ["door-claimed-twice"]
    assert site.messages(outgoing, Order) == []


def test_a_door_that_is_claimed_twice_is_an_alarm_once_and_stands_in_the_status(
    site: ASite, capfd: pytest.CaptureFixture[str]
) -> None:
    for second in range(3):
        site.ack(site.controllers[1], doors=("door-1", "door-9"), at=later(second))

    assert capfd.readouterr().err.count("<2>event=refused reason=door-claimed-twice") == 1
    assert site.hub.refusals == {"door-claimed-twice": 1}
    assert site.ask_for(StatusOf(), SiteStatus).claimed_twice == {"door-1": ["pi-1", "pi-2"]}


def test_a_door_that_a_controller_serves_no_longer_is_claimed_once(site: ASite) -> None:
    site.ack(site.controllers[1], doors=("door-9", "door-1", "door-1"), counter=1)
    site.ack(site.controllers[1], doors=("door-9",), counter=2)

    assert site.ask_for(StatusOf(), SiteStatus).claimed_twice == {}


def test_a_controller_says_that_it_serves_no_more_doors_than_a_board_has(site: ASite) -> None:
    doors = tuple(f"door-{number}" for number in range(MOST_DOORS + 1))

    site.ack(site.controllers[1], doors=doors)
    site.ack(site.controllers[1], strict_zones=dict.fromkeys(doors, "vault"))

    assert site.hub.refusals == {"malformed": 2}
    assert site.ask_for(StatusOf(), SiteStatus).controllers[1].doors == ()


def ended_while_claimed_twice(site: ASite) -> list[Outgoing]:
    """Order the end of what is held open at a door that two say they serve."""
    site.ack(site.controllers[1], doors=("door-1",))
    return site.send(site.a_command(HoldOpen("door-1", NO_LONGER), command_id="c" * 32))


def test_what_is_held_open_is_ended_at_everybody_who_says_to_serve_the_door(site: ASite) -> None:
    orders = site.messages(ended_while_claimed_twice(site), Order)

    assert [(each.controller, each.deed) for each in orders] == [
        (name, HoldOpenUntil("door-1", NO_LONGER)) for name in ("pi-1", "pi-2")
    ]


def test_the_end_of_a_hold_is_done_once_all_who_were_ordered_have_said_so(site: ASite) -> None:
    ended_while_claimed_twice(site)

    told = [carried(site, each, "c" * 32, "done") for each in reversed(site.controllers)]

    assert [site.verdicts(each) for each in told] == [
        [],
        [("done", "pi-2 holds the door open no longer; pi-1 holds the door open no longer")],
    ]


def test_one_of_two_that_does_not_end_a_hold_is_named(site: ASite) -> None:
    ended_while_claimed_twice(site)
    carried(site, site.controllers[1], "c" * 32, "done")

    told = site.verdicts(site.hub.tick(later(ORDER_SECONDS + 1)))

    assert told == [
        ("partial", "pi-2 holds the door open no longer; no word from pi-1: the door may be held open still")
    ]


def test_what_is_held_open_is_ended_when_trust_has_expired_or_newer_trust_is_known(site: ASite) -> None:
    site.ask_as(site.controllers[1], trust=99)
    site.trust_expires = NOON_SECONDS - 1
    site.restart()

    assert [site.ask(HoldOpen("door-1", until)).reason for until in (NOON_SECONDS + 60, NO_LONGER)] == [
        "trust-expired",
        "",
    ]


def test_who_claims_a_door_second_does_not_answer_an_order_that_the_first_was_given(site: ASite) -> None:
    site.send(site.a_command(OpenDoor("door-1"), command_id="c" * 32))
    site.ack(site.controllers[1], doors=("door-1",))

    claimant, ordered = (carried(site, each, "c" * 32, "done") for each in reversed(site.controllers))

    assert (claimant, site.verdicts(ordered)) == ([], [("done", "pi-1 has released the door")])


def test_trust_without_the_other_claimant_gives_a_door_back_to_its_controller(site: ASite) -> None:
    site.ack(site.controllers[1], doors=("door-1",))
    del site.controllers[1]

    site.hub.take_trust(site.trust(version=2), NOON)

    (order,) = site.messages(site.send(site.a_command(OpenDoor("door-1"))), Order)
    assert order.controller == "pi-1"


def test_a_lockdown_is_a_change_of_the_policy_and_ends_by_another(site: ASite) -> None:
    verbs: list[Verb] = [Lockdown("floor-3"), Lockdown("floor-3"), Lockdown()]
    verbs += [LockdownEnd("floor-3"), LockdownEnd(), LockdownEnd()]

    answers = [site.ask(do, at=later(second)) for second, do in enumerate(verbs)]

    assert [(each.verdict, each.text) for each in answers] == [
        ("accepted", "floor-3 is locked down"),
        ("done", "floor-3 is locked down already"),
        ("accepted", "every zone is locked down"),
        ("accepted", "the lockdown of floor-3 is ended; every zone is still locked down: end that, too"),
        ("accepted", "no lockdown is left"),
        ("done", "there is no lockdown"),
    ]
    assert site.rows("SELECT * FROM lockdowns") == []


def test_a_lockdown_needs_level_2_and_names_its_zone(site: ASite) -> None:
    (delta,) = site.deltas(site.send(site.a_command(Lockdown("floor-3"))))

    assert b'"needs":2' in bytes(delta.changes[0])
    assert b'"zones":["floor-3"]' in bytes(delta.changes[0])


def test_an_accepted_order_names_no_revision(site: ASite) -> None:
    (response,) = site.responses(site.send(site.a_command(OpenDoor("door-1"), command_id=an_id())))

    assert isinstance(response, Response)
    assert (response.verdict, response.revision) == ("accepted", None)


def test_a_door_that_is_ordered_to_stay_open_stands_in_the_status_until_then(site: ASite) -> None:
    until = NOON_SECONDS + 3600

    def held_open(seconds: int) -> dict[str, int]:
        return site.ask_for(StatusOf(), SiteStatus, at=later(seconds)).held_open

    site.ask(HoldOpen("door-2", until))  # nobody serves it
    site.ask(HoldOpen("door-1", until))
    while_open, over = held_open(3599), held_open(3600)
    site.ask(HoldOpen("door-1", NO_LONGER), at=later(5))

    assert (while_open, over, held_open(6)) == ({"door-1": until}, {}, {})
