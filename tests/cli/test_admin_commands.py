"""Admins' commands, by a real hub over a real broker."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from doorctl.keys.identity import new_identity
from doorctl.mqtt.client import MqttClient
from tests.cli.sites import ASite

CARD = "H10301:123:4567"


def test_a_person_is_listed_with_handle_name_and_validity(site: ASite) -> None:
    added = site.change("person", "add", "grace", "--name", "Grace", "--from", "2026-01-01", "--until", "2027-01-31")

    (grace,) = [person for person in site.ask("list", "people") if person["handle"] == "grace"]

    assert added["verdict"] == "done"
    assert grace["holder"] == added["holder"]
    assert (grace["name"], grace["status"]) == ("Grace", "active")
    assert (grace["valid_from"], grace["valid_until"]) == (1767222000, 1801350000)  # midnights in Paris


def test_a_change_shows_when_it_is_accepted_and_when_it_is_in_force(site: ASite) -> None:
    result = site.admin("group", "add", "cleaners")

    first, second = result.stdout.splitlines()
    assert first.startswith("accepted as revision ")
    assert second.startswith("no controller is trusted yet: in force nowhere (")


def test_a_card_opens_from_its_grant_until_its_revoke(site: ASite) -> None:
    _prepare(site, handle="ada", card=CARD, zone="floor-1")

    before = site.admin("why", CARD, "floor-1", "--json")
    site.ask("grant", "ada", "floor-1")
    between = site.admin("why", CARD, "floor-1", "--json")
    site.ask("revoke", "ada", "floor-1")
    after = site.admin("why", CARD, "floor-1", "--json")

    assert [each.exit_code for each in (before, between, after)] == [1, 0, 1]
    told = [json.loads(each.stdout) for each in (before, between, after)]
    assert [each["reason"] for each in told] == ["no_grant", "granted", "no_grant"]


def test_why_asks_about_another_time_by_the_sites_wall_clock(site: ASite) -> None:
    _prepare(site, handle="alan", card="H10301:1:2", zone="floor-2")
    site.ask("schedule", "set", "office", "mon-fri 07:00-19:00")
    site.ask("grant", "alan", "floor-2", "--schedule", "office")

    monday_morning = site.admin("why", "H10301:1:2", "floor-2", "--at", "2026-11-23T07:00")
    monday_before = site.admin("why", "H10301:1:2", "floor-2", "--at", "2026-11-23T06:59:59")

    assert (monday_morning.exit_code, monday_before.exit_code) == (0, 1)
    assert "outside_schedule" in monday_before.stdout


@pytest.mark.parametrize(("verb", "reason"), [("lost", "credential_lost"), ("suspend", "credential_suspended")])
def test_a_blocked_card_is_denied_until_resumed(site: ASite, verb: str, reason: str) -> None:
    card, handle, zone = f"uid:0{len(verb)}A2B3C4", f"holder-{verb}", f"zone-{verb}"
    _prepare(site, handle=handle, card=card, zone=zone)
    site.ask("grant", handle, zone)

    site.ask("card", verb, card)
    blocked = site.admin("why", card, zone)
    site.ask("card", "resume", card.lower())
    resumed = site.admin("why", card, zone)

    assert (blocked.exit_code, resumed.exit_code) == (1, 0)
    assert reason in blocked.stdout


def test_a_person_is_edited_in_what_is_given_and_keeps_the_rest(site: ASite) -> None:
    site.ask("person", "add", "hopper", "--name", "Grace", "--until", "2027-01-31")

    def of_hopper(*arguments: str) -> tuple[str, str, int | None]:
        site.ask("person", "edit", "hopper", *arguments)
        (row,) = [each for each in site.ask("list", "people") if each["handle"] == "hopper"]
        return row["name"], row["status"], row["valid_until"]

    assert of_hopper("--name", "Grace Hopper") == ("Grace Hopper", "active", 1801350000)
    assert of_hopper("--status", "suspended") == ("Grace Hopper", "suspended", 1801350000)
    assert of_hopper("--until", "none") == ("Grace Hopper", "suspended", None)


def test_a_person_gets_another_handle_and_the_old_one_is_free(site: ASite) -> None:
    _prepare(site, handle="augusta", card="H10301:11:1", zone="floor-11")
    site.ask("grant", "augusta", "floor-11")

    site.ask("person", "edit", "augusta", "--handle", "countess", "--name", "Ada Lovelace")
    site.ask("person", "add", "augusta")

    (grant,) = [each for each in site.ask("list", "grants") if each["zone"] == "floor-11"]
    assert (grant["handle"], grant["name"]) == ("countess", "Ada Lovelace")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("hopper",), 2), (("hopper", "--handle", ""), 2), (("nobody", "--name", "Nobody"), 1)],
)
def test_an_edit_of_nothing_or_nobody_says_so(site: ASite, arguments: tuple[str, ...], code: int) -> None:
    assert site.admin("person", "edit", *arguments).exit_code == code


def test_a_suspended_person_is_denied_and_a_removed_one_unknown(site: ASite) -> None:
    _prepare(site, handle="babbage", card="H10301:7:7", zone="floor-7")
    site.ask("grant", "babbage", "floor-7")

    site.ask("person", "suspend", "babbage")
    suspended = site.admin("why", "H10301:7:7", "floor-7").stdout
    site.ask("person", "remove", "babbage")
    removed = site.admin("why", "H10301:7:7", "floor-7").stdout

    assert "holder_suspended" in suspended
    assert "unknown_card" in removed


def test_a_groups_grant_admits_its_members_while_they_are_in_it(site: ASite) -> None:
    _prepare(site, handle="member", card="H10301:8:8", zone="floor-8")
    site.ask("group", "add", "staff")
    site.ask("grant", "staff", "floor-8")

    outside = site.admin("why", "H10301:8:8", "floor-8").exit_code
    site.ask("group", "join", "staff", "member")
    inside = site.admin("why", "H10301:8:8", "floor-8").exit_code
    site.ask("group", "leave", "staff", "member")
    left = site.admin("why", "H10301:8:8", "floor-8").exit_code

    assert (outside, inside, left) == (1, 0, 1)


def test_a_name_of_both_a_person_and_a_group_must_be_told_apart(site: ASite) -> None:
    site.ask("zone", "add", "floor-9", "--kind", "floor")
    site.ask("group", "add", "night")
    site.ask("person", "add", "night")

    unclear = site.admin("grant", "night", "floor-9")
    clear = site.change("grant", "night", "floor-9", "--as", "group")

    assert (unclear.exit_code, unclear.stderr.count("--as person or --as group")) == (1, 1)
    assert clear["verdict"] == "done"


def test_places_and_calendars_are_listed_and_removed(site: ASite) -> None:
    site.ask("zone", "add", "vault", "--kind", "server-room", "--on-audit-failure", "release")
    site.ask("door", "add", "vault-door", "vault")
    site.ask("schedule", "set", "nights", "fri-mon 22:00-06:00", "--ignore-holidays")
    site.ask("holiday", "add", "2026-12-25")

    shown = {what: site.admin("list", what).stdout for what in ("zones", "doors", "schedules", "holidays")}
    removals = ("door remove vault-door", "zone remove vault", "schedule remove nights", "holiday remove 2026-12-25")
    verdicts = [site.change(*removal.split())["verdict"] for removal in removals]

    assert ["vault", "server-room", "release"] in [line.split() for line in shown["zones"].splitlines()]
    assert "vault-door" in shown["doors"]
    assert "fri,sat,sun,mon 22:00-06:00" in shown["schedules"]
    assert "2026-12-25" in shown["holidays"]
    assert verdicts == ["done"] * 4
    assert "vault" not in site.admin("list", "zones").stdout


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("grant nobody floor-1", "unknown-holder: no person has this handle"),
        ("zone remove nowhere", "unknown-zone: there is no such zone"),
        ("card lost H10301:250:1", "unknown-card: this card belongs to nobody"),
        ("person suspend nobody", "unknown-holder"),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_code_1(site: ASite, command: str, sentence: str) -> None:
    result = site.admin(*command.split())

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"doorctl: {sentence}")
    assert result.stderr.count("\n") == 1


def test_status_names_the_site_and_counts_refusals(site: ASite) -> None:
    site.admin("zone", "remove", "nowhere")

    (status,) = site.ask("status")

    assert (status["site"], status["epoch"]) == ("hq", 1)
    assert status["refusals"]["unknown-zone"] >= 1


def test_neither_wire_nor_disk_holds_what_is_personal(site: ASite) -> None:
    handle, name, card, other = "lovelace", "Augusta King", "uid:04A2B3C4D5E6F7", "uid:04F7E6D5C4B3A2"
    numbers = [text for each in (card, other) for text in (each[4:], each[4:].lower())]

    overheard = asyncio.run(_overhear(site, ["person", "add", handle, "--name", name], ["card", "add", handle, card]))
    overheard += asyncio.run(
        _overhear(site, ["list", "people"], ["card", "replace", card, other], ["person", "suspend", handle])
    )
    on_disk = b"".join(path.read_bytes() for path in (site.folder / "hub" / "state").glob("site.db*"))

    assert b"person-add" in overheard
    assert b"doorctl/v1/delta" in overheard
    for secret in (handle, name, *numbers):
        assert secret.encode() not in overheard
    assert b"Augusta King" in on_disk  # the hub is where names live
    assert [number for number in numbers if number.encode() in on_disk] == []


def test_an_admin_whose_key_is_not_trusted_gets_no_answer(site: ASite, tmp_path: Path) -> None:
    stranger = ASite(tmp_path)
    shutil.copytree(site.folder / "admin", tmp_path / "admin")
    shutil.rmtree(tmp_path / "admin" / "keys")
    new_identity(tmp_path / "admin" / "keys")

    result = stranger.admin("status", "--timeout", "3")

    assert result.exit_code == 3
    assert "the hub gave no answer within 3 s" in result.stderr


async def _overhear(site: ASite, *commands: list[str]) -> bytes:
    """Run commands while subscribed to everything."""
    heard: list[bytes] = []
    client = MqttClient(
        client_id="eavesdropper",
        brokers=[("127.0.0.1", site.port)],
        subscriptions=["#"],
        on_message=lambda topic, payload, _: heard.append(topic.encode() + b" " + payload),
        session_seconds=0,
    )
    running = asyncio.create_task(client.run())
    await client.wait_connected(60)
    for command in commands:
        result = await asyncio.to_thread(site.admin, *command)
        assert result.exit_code == 0, result.output
    client.stop()
    await running
    return b"\n".join(heard)


def _prepare(site: ASite, *, handle: str, card: str, zone: str) -> None:
    site.ask("zone", "add", zone, "--kind", "floor")
    site.ask("door", "add", zone, zone)
    site.ask("person", "add", handle)
    site.ask("card", "add", handle, card)
