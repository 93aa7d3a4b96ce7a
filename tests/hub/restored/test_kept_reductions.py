"""What takes rights away while a restored hub is behind: kept, once, and carried out right after."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.core.model import Status
from doorctl.hub.restored.kept_reductions import MOST_KEPT
from doorctl.wire.commands import CardAdd, CardSet, DoorSet, GroupAdd, PersonSet, Verb
from doorctl.wire.notes import attach, detach
from doorctl.wire.orders import NO_LONGER, DenyAdmin, DenyHolder, LockDown, Order
from doorctl.wire.rights import AdminSuspend, HoldOpen, Lockdown, OpenDoor
from tests.hub.builders import ADAS_CARD, NOON, NOON_SECONDS, a_private, an_admin, an_identity, later
from tests.hub.disks import no_room_in
from tests.hub.restored.restored_site import DAY, REVOKE, ARestoredSite, kept


def test_a_reduction_is_kept_over_a_restart_and_carried_out_right_after(site: ARestoredSite) -> None:
    site.hear_head()

    told = site.send(site.a_command(REVOKE))
    site.restart()
    site.hub.tick(later(400))
    outgoing = site.hear_notes(at_seconds=401)

    assert [(verdict, text[:5]) for verdict, text in site.verdicts(told)] == [("accepted", "kept:")]
    assert [verdict for verdict, _ in site.verdicts(outgoing)] == ["accepted"]
    assert (site.rows("SELECT id FROM grants"), kept(site), site.head().revision) == ([], [], 5)


def test_while_a_suspension_is_kept_every_controller_is_ordered_to_deny_at_once(site: ARestoredSite) -> None:
    site.hear_head()

    at_once = site.send(site.a_command(PersonSet("h1", Status.SUSPENDED), command_id="c" * 32))
    done = site.hear_notes()

    orders = [[(each.controller, each.deed) for each in site.messages(told, Order)] for told in (at_once, done)]
    assert orders == [[("pi-1", DenyHolder("h1", 5)), ("pi-2", DenyHolder("h1", 5))]] * 2


def test_what_is_kept_is_ordered_once_and_not_where_nobody_is_known(site: ARestoredSite) -> None:
    site.hear_head()
    suspension = site.a_command(PersonSet("h1", Status.SUSPENDED))
    site.send(suspension)

    told = [*site.send(suspension), *site.send(site.a_command(PersonSet("h9", Status.SUSPENDED)))]

    assert [response.verdict for response in site.responses(told)] == ["accepted", "accepted"]
    assert site.messages(told, Order) == []


def test_a_reduction_that_is_repeated_is_kept_once(site: ARestoredSite) -> None:
    site.hear_head()
    payload = site.a_command(REVOKE)

    for _ in range(3):
        site.send(payload)

    assert site.rows("SELECT count(*) FROM kept_reductions") == [(1,)]


def test_what_is_kept_is_signed_by_an_admin_and_fresh(site: ARestoredSite) -> None:
    site.hear_head()
    stranger = an_identity("admin.grace")

    site.send(site.a_command(REVOKE, signer=stranger.signer))
    site.send(site.a_command(REVOKE, expires=int(NOON.timestamp()) - 1))

    assert site.hub.refusals == {"unknown-signer": 1, "expired": 1}
    assert site.rows("SELECT * FROM kept_reductions") == []


def test_a_reduction_with_another_part_beside_it_is_refused_and_not_kept(site: ARestoredSite) -> None:
    site.hear_head()
    revoke, lost = site.a_command(REVOKE), site.a_command(CardSet(Status.LOST), a_private(card=ADAS_CARD))

    told = [response.verdict for each in (revoke, lost) for response in site.responses(site.send(spoilt(each)))]

    assert (told, kept(site)) == (["refused", "refused"], [])


def test_a_reduction_that_is_kept_stays_so_whatever_copies_of_it_come(site: ARestoredSite) -> None:
    site.hear_head()
    revoke = site.a_command(REVOKE)
    site.send(revoke)

    told = [*site.send(spoilt(revoke)), *site.send(revoke, at=later(400))]

    assert [response.verdict for response in site.responses(told)] == ["accepted", "accepted"]
    assert [verdict for verdict, _ in site.verdicts(site.hear_notes(at_seconds=500))] == ["accepted"]


def test_what_an_admin_may_not_take_away_is_not_kept(site: ARestoredSite) -> None:
    eve = an_admin("eve", "auditor")
    site.others.append(eve)
    site.restart()
    site.hear_head()

    response = site.ask(REVOKE, admin=eve)

    assert (response.reason, kept(site)) == ("not-allowed", [])


def test_an_admin_fills_the_place_of_no_other(site: ARestoredSite) -> None:
    site.hear_head()
    for number in range(MOST_KEPT):
        values = "alan", f"at-{number}", b""
        site.connection.execute(
            "INSERT INTO kept_reductions (admin, command, payload, at) VALUES (?, ?, ?, 1)", values
        )

    answers = [site.ask(REVOKE, admin=admin) for admin in (site.alan, site.grace)]

    assert [(answer.verdict, answer.reason) for answer in answers] == [("refused", "hub-behind"), ("accepted", "")]


def test_a_kept_reduction_is_carried_out_however_long_the_hub_was_behind(site: ARestoredSite) -> None:
    site.hear_head()
    site.send(site.a_command(REVOKE))
    site.ask(GroupAdd("guests"), at=later(60))
    site.hub.tidy(later(2 * DAY))

    outgoing = site.hear_notes(at_seconds=2 * DAY + 1)

    assert [verdict for verdict, _ in site.verdicts(outgoing)] == ["accepted"]
    assert (site.rows("SELECT id FROM grants"), kept(site)) == ([], [])


def test_a_kept_reduction_that_the_disk_does_not_take_waits_until_it_does(site: ARestoredSite) -> None:
    site.hear_head()
    site.send(site.a_command(REVOKE))
    with no_room_in(site.connection, "given_commands"):
        failed = site.verdicts(site.hear_notes())
    waiting = kept(site)

    told = site.verdicts(site.hub.tick(later(1)))

    assert (failed, waiting) == ([], [("grace", 1)])
    assert ("accepted", "revoked floor-3") in told
    assert (site.rows("SELECT id FROM grants"), kept(site)) == ([], [])


def test_a_kept_reduction_of_an_admin_suspended_meanwhile_is_refused(site: ARestoredSite) -> None:
    site.hear_head()
    site.send(site.a_command(REVOKE, admin=site.alan), admin=site.alan)
    site.send(site.a_command(AdminSuspend("alan")))
    site.connection.execute("UPDATE kept_reductions SET position = 0 WHERE admin = 'grace'")

    outgoing = site.hear_notes()

    assert {response.admin: response.reason for response in site.responses(outgoing)} == {
        "grace": "",
        "alan": "admin-suspended",
    }
    assert kept(site) == []


@pytest.fixture
def with_a_door(tmp_path: Path) -> Iterator[ARestoredSite]:
    """Controller pi-1 serves a door; pi-2 says that it knows more, so the hub waits."""
    site = ARestoredSite(tmp_path)
    site.ask(DoorSet("front", "floor-3"))
    site.ack(site.controllers[0], doors=("front",))
    site.ask_as(site.controllers[1], revision=50)
    yield site
    site.close()


def test_who_is_suspended_by_what_is_kept_commands_nothing_from_then_on(with_a_door: ARestoredSite) -> None:
    site, until = with_a_door, NOON_SECONDS + 3600
    told = site.send(site.a_command(AdminSuspend("alan")))
    verbs: list[Verb] = [OpenDoor("front"), HoldOpen("front", until), REVOKE]

    answers = [site.ask(do, admin=site.alan).reason for do in verbs]
    site.restart()
    answers.append(site.ask(OpenDoor("front"), admin=site.alan).reason)

    assert answers == ["admin-suspended"] * 4
    assert {order.deed for order in site.messages(told, Order)} == {DenyAdmin("alan", 51)}


def test_what_an_admin_gave_before_the_suspension_is_carried_out(with_a_door: ARestoredSite) -> None:
    site = with_a_door
    site.ask(REVOKE, admin=site.alan)
    site.ask(AdminSuspend("alan"))

    del site.controllers[1]  # it lied
    site.hub.take_trust(site.trust(version=2), later(1))
    site.hub.tick(later(2))

    assert site.rows("SELECT id FROM grants") == []
    assert site.rows("SELECT id FROM suspended_admins") == [("alan",)]


@pytest.mark.parametrize("scope", ["floor-3", None])
def test_nobody_opens_a_door_of_a_zone_that_is_locked_down_by_what_is_kept(
    with_a_door: ARestoredSite, scope: str | None
) -> None:
    site = with_a_door
    told = site.send(site.a_command(Lockdown(scope)))

    answers = [site.ask(do) for do in (OpenDoor("front"), HoldOpen("front", NOON_SECONDS + 3600))]
    ended = site.ask(HoldOpen("front", NO_LONGER))

    assert ([answer.reason for answer in answers], ended.verdict) == (["lockdown"] * 2, "accepted")
    assert {order.deed for order in site.messages(told, Order)} == {LockDown(scope or "*", 51)}


def test_a_kept_command_outlives_the_keys_that_its_private_part_was_sealed_to(tmp_path: Path) -> None:
    site = ARestoredSite(tmp_path)
    site.ask(CardAdd("h1"), a_private(card=ADAS_CARD))
    site.ask_as(site.controllers[0], revision=50)
    site.ask(CardSet(Status.LOST), a_private(card=ADAS_CARD))

    site.former, site.hub_identity = (site.hub_identity.sign_public,), an_identity("hub.hq")
    del site.controllers[0]
    site.restart()
    site.hub.tick(later(1))

    assert (site.rows("SELECT status FROM credentials"), kept(site)) == ([("lost",)], [])
    site.close()


def spoilt(command: bytes) -> bytes:
    return attach(detach(command)[0], b"x" * 80)
