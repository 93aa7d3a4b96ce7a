"""Leavers: whoever is suspended, and a card that is lost, are denied by an order that runs before the policy."""

import re

import pytest

from doorctl.core.model import Status
from doorctl.hub.controllers.presence import Presence
from doorctl.hub.controllers.roll import Roll
from doorctl.hub.history import Operation
from doorctl.hub.orders.leavers import CONFIRM_SECONDS, HEARD_SECONDS, MOST_AT_ONCE, Leavers, denials_in
from doorctl.hub.outgoing import Outgoing
from doorctl.policy.rows import HolderRow, LockdownRow, SuspendedAdminRow
from doorctl.wire.commands import (
    CardAdd,
    CardRemove,
    CardReplace,
    CardSet,
    PersonAdd,
    PersonRemove,
    PersonSet,
    Private,
    Verb,
)
from doorctl.wire.link_state import LinkState, LinkWord
from doorctl.wire.messages import Drop, Put
from doorctl.wire.orders import Carried, Deed, DenyAdmin, DenyCard, DenyHolder, LockDown, OpenNow, Order, order_id
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import SiteStatus
from doorctl.wire.rights import CardKeysRotate
from doorctl.wire.topics import Address, Channel
from tests.hub.builders import ADAS_CARD, CARD_KEYS, SITE, AController, ASite, a_private, later

CARD = a_private(card=ADAS_CARD)
KEY = CARD_KEYS.credential_key(ADAS_CARD)


@pytest.fixture
def site(site_with_two: ASite) -> ASite:
    """Ada has a card; both controllers are online and up to date."""
    site = site_with_two
    site.ask(PersonAdd("h1"), a_private(handle="ada"))
    site.ask(CardAdd("h1"), CARD)
    for controller in site.controllers:
        site.link(controller, "online", session="5e55")
        site.ack(controller)
    site.hub.tick(later(0))
    return site


ADA_SUSPENDED = order_id("grace", "c" * 32, DenyHolder("h1", 3))


def confirms(
    site: ASite, controller: AController, order: str, outcome: str = "done", reason: str = ""
) -> list[Outgoing]:
    note = controller.says(Carried(SITE, controller.id, order, outcome, reason))
    return site.hub.handle(Address(Channel.CARRIED, controller.id), note, later(1))


@pytest.mark.parametrize(
    ("do", "private", "deed"),
    [
        (PersonSet("h1", Status.SUSPENDED), None, DenyHolder("h1", 3)),
        (PersonRemove("h1"), None, DenyHolder("h1", 3)),
        (CardSet(Status.LOST), CARD, DenyCard(KEY, 3)),
        (CardSet(Status.SUSPENDED), CARD, DenyCard(KEY, 3)),
        (CardRemove(), CARD, DenyCard(KEY, 3)),
        (CardReplace("h1"), a_private(card="H10301:123:9876"), DenyCard(KEY, 3)),
    ],
)
def test_every_controller_is_ordered_to_deny_before_anything_else_is_said(
    site: ASite, do: Verb, private: Private | None, deed: DenyHolder | DenyCard
) -> None:
    outgoing = site.send(site.a_command(do, private, command_id="c" * 32))

    assert [each.address.channel for each in outgoing] == [
        Channel.ORDER,
        Channel.ORDER,
        Channel.RESPONSE,
        Channel.DELTA,
        Channel.HEAD,
    ]
    orders = site.messages(outgoing, Order)
    assert [(order.controller, order.epoch, order.deed) for order in orders] == [("pi-1", 1, deed), ("pi-2", 1, deed)]
    assert {order.id for order in orders} == {order_id("grace", "c" * 32, deed)}


@pytest.mark.parametrize(("do", "private"), [(CardSet(Status.ACTIVE), CARD), (PersonSet("h1", Status.ACTIVE), None)])
def test_nobody_is_denied_by_what_gives_access_back(site: ASite, do: Verb, private: Private | None) -> None:
    site.ask(PersonSet("h1", Status.SUSPENDED))
    site.ask(CardSet(Status.LOST), CARD)

    assert site.messages(site.send(site.a_command(do, private)), Order) == []


def test_new_card_keys_deny_nobody_even_where_there_is_one_card(site: ASite) -> None:
    assert site.messages(site.send(site.a_command(CardKeysRotate())), Order) == []


def test_a_repeated_command_denies_nobody_again(site: ASite) -> None:
    payload = site.a_command(PersonSet("h1", Status.SUSPENDED))
    site.send(payload)

    assert site.messages(site.send(payload), Order) == []


def test_an_online_controller_that_does_not_confirm_in_ten_seconds_is_an_alarm(
    site: ASite, capfd: pytest.CaptureFixture[str]
) -> None:
    site.send(site.a_command(PersonSet("h1", Status.SUSPENDED), command_id="c" * 32))
    confirms(site, site.controllers[0], ADA_SUSPENDED)

    site.hub.tick(later(9.9))
    early = capfd.readouterr().err
    site.hub.tick(later(10))
    site.hub.tick(later(11))

    assert "leaver_not_confirmed" not in early
    assert capfd.readouterr().err.count("<2>event=leaver_not_confirmed controller=pi-2 revision=3") == 1


def test_who_has_not_confirmed_is_told_to_the_admin_and_in_status_until_it_has(site: ASite) -> None:
    site.send(site.a_command(PersonSet("h1", Status.SUSPENDED), command_id="c" * 32))
    confirms(site, site.controllers[0], ADA_SUSPENDED)

    (ended,) = [each for each in site.responses(site.hub.tick(later(10))) if each.verdict == "partial"]
    late = site.ask_for(StatusOf(), SiteStatus).late_with_leavers
    site.ack(site.controllers[1], at=later(11))
    site.hub.tick(later(12))

    assert ended.text.startswith(
        "ALARM: no confirmation from pi-2: let somebody stand at its doors; in force at 0 of 2"
    )
    assert (late, site.ask_for(StatusOf(), SiteStatus).late_with_leavers) == (("pi-2",), ())


def test_a_controller_that_was_beyond_the_order_already_confirms_nobody(
    site: ASite, capfd: pytest.CaptureFixture[str]
) -> None:
    site.send(site.a_command(PersonSet("h1", Status.SUSPENDED), command_id="c" * 32))
    confirms(site, site.controllers[0], ADA_SUSPENDED)
    confirms(site, site.controllers[1], ADA_SUSPENDED, "refused", "passed")

    site.hub.tick(later(10))

    assert re.findall(r"leaver_not_confirmed controller=(\S+)", capfd.readouterr().err) == ["pi-2"]


@pytest.mark.parametrize(("epoch", "until"), [(1, (1, 51)), (2, (2, 51))])
def test_a_controller_that_is_further_than_we_are_denies_until_its_own_next_revision(
    site: ASite, epoch: int, until: tuple[int, int]
) -> None:
    site.ask_as(site.controllers[0], revision=50, epoch=epoch)
    let_pass_what_is_claimed(site)

    orders = site.messages(
        site.send(site.a_command(PersonSet("h1", Status.SUSPENDED), at=later(60)), at=later(60)), Order
    )

    assert {
        order.controller: (order.epoch, order.deed.revision) for order in orders if isinstance(order.deed, DenyHolder)
    } == {
        "pi-1": until,
        "pi-2": (1, 3),
    }


def let_pass_what_is_claimed(site: ASite) -> None:
    """Let the hub wait for proof until it does no longer, with the other controller following."""
    for second in range(30):
        site.hub.tick(later(second))
    site.ack(site.controllers[1], at=later(30), counter=1)


def test_an_acknowledgement_confirms_a_leaver_too(site: ASite, capfd: pytest.CaptureFixture[str]) -> None:
    site.send(site.a_command(PersonSet("h1", Status.SUSPENDED)))
    for controller in site.controllers:
        site.ack(controller, at=later(1))

    site.hub.tick(later(10))

    assert "leaver_not_confirmed" not in capfd.readouterr().err


def alarms_after_a_suspension(site: ASite, seconds: float, capfd: pytest.CaptureFixture[str]) -> int:
    """Suspend Ada with everybody offline by the word of their links; count who is said not to have confirmed."""
    for controller in site.controllers:
        site.link(controller, "offline", session="5e55")
    site.send(site.a_command(PersonSet("h1", Status.SUSPENDED), at=later(seconds)), at=later(seconds))
    site.hub.tick(later(seconds + CONFIRM_SECONDS))
    return capfd.readouterr().err.count("leaver_not_confirmed")


def test_an_unsigned_word_that_a_controller_is_offline_silences_no_alarm(
    site: ASite, capfd: pytest.CaptureFixture[str]
) -> None:
    assert alarms_after_a_suspension(site, HEARD_SECONDS, capfd) == 2


def test_no_alarm_is_raised_for_a_controller_that_was_silent_before(
    site: ASite, capfd: pytest.CaptureFixture[str]
) -> None:
    assert alarms_after_a_suspension(site, HEARD_SECONDS + 1, capfd) == 0


def test_a_leaver_of_just_before_a_restart_of_the_hub_is_waited_for_again(
    site: ASite, capfd: pytest.CaptureFixture[str]
) -> None:
    site.send(site.a_command(PersonSet("h1", Status.SUSPENDED)))
    site.restart()
    site.ack(site.controllers[0], at=later(5))

    for seconds in (5, 14, 15, 16):
        site.hub.tick(later(seconds))

    assert capfd.readouterr().err.count("<2>event=leaver_not_confirmed controller=pi-2 revision=3") == 1


def test_each_leaver_of_one_change_is_denied_by_an_order_of_its_own(site: ASite) -> None:
    operations: list[Operation] = [
        Drop(HolderRow("h1")),
        Put(HolderRow("h2", Status.SUSPENDED)),
        Put(HolderRow("h3")),
    ]

    denials = denials_in(operations, revision=9)

    assert denials == (DenyHolder("h1", 9), DenyHolder("h2", 9))
    assert len({order_id("grace", "c" * 32, denial) for denial in denials}) == 2


def test_a_suspended_admin_and_what_is_locked_down_are_denied_by_an_order_too() -> None:
    operations: list[Operation] = [Put(SuspendedAdminRow("alan")), Put(LockdownRow("floor-3"))]
    lifted: list[Operation] = [Drop(SuspendedAdminRow("alan")), Drop(LockdownRow("floor-3"))]

    assert denials_in(operations, revision=9) == (DenyAdmin("alan", 9), LockDown("floor-3", 9))
    assert denials_in(lifted, revision=9) == ()


@pytest.mark.parametrize("deed", [DenyHolder("h1", 3), OpenNow("front")])
def test_two_admins_who_give_one_id_give_two_orders(deed: Deed) -> None:
    assert order_id("ada", "c" * 32, deed) != order_id("grace", "c" * 32, deed)


def test_very_many_leavers_of_one_change_are_left_to_the_policy() -> None:
    operations: list[Operation] = [Drop(HolderRow(f"h{number}")) for number in range(MOST_AT_ONCE + 1)]

    assert denials_in(operations, revision=9) == ()
    assert len(denials_in(operations[1:], revision=9)) == MOST_AT_ONCE


def test_a_controller_confirms_a_change_with_all_its_leavers(site: ASite, capfd: pytest.CaptureFixture[str]) -> None:
    leavers, there = Leavers(), a_roll_of_two(site)
    leavers.begin(dict.fromkeys(("pi-1", "pi-2"), ("a", "b")), 9, roll=there, epoch=1, at=later(0))

    for order in ("a", "b"):
        leavers.carried(Carried(SITE, "pi-1", order, "done"))
    leavers.carried(Carried(SITE, "pi-2", "a", "done"))
    leavers.tick(there, later(CONFIRM_SECONDS))

    assert re.findall(r"leaver_not_confirmed controller=(\S+)", capfd.readouterr().err) == ["pi-2"]


def a_roll_of_two(site: ASite) -> Roll:
    online = Presence(unsigned=LinkState(LinkWord.ONLINE))
    return Roll(site.trust().trust, {"pi-1": online, "pi-2": online})
