"""Admins' rights by command: approvals, rosters, rules, suspended admins, digests; two admins at a real hub."""

import asyncio
import json
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from typer.testing import Result

from doorctl.cli.hub_client import HubClient
from doorctl.cli.reminder import TOLD_FILE, end_reminders, remember_told, reminders, reminders_due
from doorctl.wire.questions import DigestOf, ListRows
from doorctl.wire.report_words import ReviewFound, ReviewsOf, ReviewsPage
from doorctl.wire.results import DayCount, Digest, Page
from tests.cli.sites import ASite, run

CARD, OTHER_CARD = "H10301:77:1", "H10301:77:2"


@pytest.fixture(scope="module")
def alan(site: ASite) -> Path:
    """The folder of a second admin, who has every role."""
    folder = site.folder / "alan"
    joined = run("admin", "join", "alan", "--like", str(site.admin_toml), "--dir", str(folder), "--no-passphrase")
    code = joined.stdout.split()[-1]
    roles = [word for role in ("admin", "officer", "clerk", "auditor") for word in ("--role", role)]
    notes = [site.trust_note, site.folder / "admin" / "trust.note", folder / "trust.note"]
    trusts = [word for note in notes for word in ("--trust", str(note))]
    added = run("trust", "add-admin", code, *roles, "--root", str(site.folder / "root-1"), *trusts)
    assert added.exit_code == 0, added.output
    while site.ask("status")[0]["trust_version"] == 1:
        pass
    return folder


def as_alan(folder: Path, *arguments: str) -> Result:
    return run(*arguments, "--config", str(folder / "admin.toml"))


def prepare(site: ASite, zone: str, *rule: str) -> None:
    site.admin("person", "add", "ada", "--name", "Ada")
    site.admin("card", "add", "ada", CARD)
    site.ask("zone", "add", zone, "--kind", "server-room")
    site.ask("zone", "rule", zone, *rule)


def states(rows: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["state"], row["person"]) for row in rows]


def test_a_rule_keeps_what_is_not_spoken_of_and_is_shown(site: ASite) -> None:
    site.ask("zone", "add", "lab", "--kind", "server-room")
    site.ask("zone", "rule", "lab", "--strict", "--max-age", "15m", "--mechanical-key")
    site.ask("zone", "rule", "lab", "--approvals", "2")

    (shown,) = site.ask("zone", "rule", "lab")

    assert shown == {
        "zone": "lab",
        "approvals": 2,
        "strict": 1,
        "max_age_seconds": 900,
        "break_glass": None,
        "mechanical_key": 1,
        "grace_after_boot_seconds": None,
    }


@pytest.mark.parametrize(
    ("arguments", "exit_code", "sentence"),
    [
        (("nowhere", "--strict"), 1, "unknown-zone"),
        (("attic", "--max-age", "soon"), 2, "is not a span of time"),
        (("attic", "--max-age", "15m"), 1, "needs-break-glass"),
        (("attic", "--approvals", "3"), 2, "less than or equal to 2"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(
    site: ASite, arguments: tuple[str, ...], exit_code: int, sentence: str
) -> None:
    site.ask("zone", "add", "attic", "--kind", "floor")

    result = site.admin("zone", "rule", *arguments)

    assert result.exit_code == exit_code
    assert sentence in result.stderr


def test_a_grant_waits_until_another_admin_approves(site: ASite, alan: Path) -> None:
    prepare(site, "vault", "--approvals", "2")

    asked = site.admin("grant", "ada", "vault", "--json")
    (waiting,) = site.ask("approvals")
    own = site.admin("approve", waiting["request"], "--yes")
    approved = run("approve", waiting["request"][:8], "--config", str(alan / "admin.toml"), typed="y\n")

    pending = json.loads(asked.stdout)
    assert (asked.exit_code, pending["verdict"], pending["request"]) == (3, "pending", waiting["request"])
    assert (waiting["person"], waiting["zones"]) == ("ada", "vault")
    assert (own.exit_code, "own-request" in own.stderr) == (1, True)
    assert (waiting["asks"]["verb"], waiting["asks"]["zone"]) == ("grant", "vault")
    assert approved.exit_code == 0, approved.stderr
    assert f"holder={waiting['asks']['holder']} (ada)" in approved.stderr
    assert [grant["zone"] for grant in site.ask("list", "grants") if grant["zone"] == "vault"] == ["vault"]
    assert site.ask("approvals") == []


def test_a_request_is_taken_back(site: ASite) -> None:
    prepare(site, "safe", "--approvals", "2")
    site.admin("grant", "ada", "safe")
    (waiting,) = site.ask("approvals")

    refused = site.admin("refuse", waiting["request"], "--yes")
    late = site.admin("refuse", waiting["request"], "--yes")

    assert (refused.exit_code, late.exit_code, site.ask("approvals")) == (0, 1, [])
    assert "request-decided: it was refused, or taken back, already" in late.stderr


def test_who_says_no_decides_nothing_and_yes_takes_the_whole_id(site: ASite, alan: Path) -> None:
    prepare(site, "crypt", "--approvals", "2")
    site.admin("grant", "ada", "crypt")
    (waiting,) = site.ask("approvals")

    by_beginning = as_alan(alan, "approve", waiting["request"][:8], "--yes")
    no = run("approve", waiting["request"], "--config", str(alan / "admin.toml"), typed="n\n")

    assert (by_beginning.exit_code, no.exit_code, "Approve what " in no.stderr) == (2, 1, True)
    assert site.ask("approvals") == [waiting]
    site.ask("refuse", waiting["request"], "--yes")


def test_an_officer_signs_the_roster_that_the_grants_make(site: ASite) -> None:
    prepare(site, "room-1", "--strict")
    site.ask("grant", "ada", "room-1")

    before = states(site.ask("roster", "show", "room-1"))
    signed = site.change("roster", "sign", "room-1", "--yes")
    site.admin("person", "add", "edith")
    site.admin("card", "add", "edith", OTHER_CARD)
    site.ask("grant", "edith", "room-1")
    site.ask("revoke", "ada", "room-1")
    after = states(site.ask("roster", "show", "room-1"))

    assert (before, signed["version"]) == ([("new", "ada")], 1)
    assert sorted(after) == [("gone", "ada"), ("new", "edith")]


def test_an_officer_who_says_no_signs_nothing(site: ASite) -> None:
    prepare(site, "room-2", "--strict")
    site.ask("schedule", "set", "mornings", "mon-fri 07:00-12:00")
    site.ask("grant", "ada", "room-2", "--schedule", "mornings")

    result = run("roster", "sign", "room-2", "--config", str(site.admin_toml), typed="n\n")

    assert (result.exit_code, "Sign these 1 line(s)?" in result.stderr) == (1, True)
    assert "Schedule mornings, new or changed: mon,tue,wed,thu,fri 07:00-12:00" in result.stdout
    assert "by the clock of Europe/Paris" in result.stdout
    assert states(site.ask("roster", "show", "room-2")) == [("new", "ada")]


def test_two_officers_sign_one_after_the_other(site: ASite, alan: Path, tmp_path: Path) -> None:
    prepare(site, "room-3", "--strict", "--approvals", "2")
    site.admin("grant", "ada", "room-3")
    (waiting,) = site.ask("approvals")
    assert as_alan(alan, "approve", waiting["request"], "--yes").exit_code == 0
    note = tmp_path / "room-3.note"

    alone = site.admin("roster", "sign", "room-3", "--yes")
    site.ask("roster", "sign", "room-3", "--yes", "--out", str(note))
    with_first = as_alan(alan, "roster", "sign", "room-3", "--yes", "--with", str(note))

    assert (alone.exit_code, "too-few-officers" in alone.stderr) == (1, True)
    assert with_first.exit_code == 0, with_first.stderr
    assert re.findall("^— (.*?) ", note.read_text(), flags=re.MULTILINE) == [f"admin.{site.trust.admins[0].id}"]
    assert states(site.ask("roster", "show", "room-3")) == [("kept", "ada")]


def test_a_second_officer_does_not_sign_what_the_rules_no_longer_say(site: ASite, alan: Path, tmp_path: Path) -> None:
    prepare(site, "room-4", "--strict")
    site.ask("grant", "ada", "room-4")
    note = tmp_path / "room-4.note"
    site.ask("roster", "sign", "room-4", "--yes", "--out", str(note))
    site.ask("revoke", "ada", "room-4")

    result = as_alan(alan, "roster", "sign", "room-4", "--yes", "--with", str(note))

    assert (result.exit_code, "old-roster" in result.stderr) == (1, True)


def test_a_version_that_was_signed_and_never_brought_is_not_signed_again(site: ASite, tmp_path: Path) -> None:
    prepare(site, "room-6", "--strict")
    site.ask("grant", "ada", "room-6")

    aside = site.change("roster", "sign", "room-6", "--yes", "--out", str(tmp_path / "room-6.note"))
    brought = site.change("roster", "sign", "room-6", "--yes")

    assert (aside["version"], brought["version"]) == (1, 2)


def test_a_suspended_admin_is_refused_and_told_by_the_list(site: ASite, alan: Path) -> None:
    site.ask("admin", "suspend", "alan")
    refused = as_alan(alan, "status")
    suspended = {row["admin"]: row["suspended"] for row in site.ask("admin", "list")}
    site.ask("admin", "restore", "alan")
    restored = as_alan(alan, "status")

    assert (refused.exit_code, "admin-suspended" in refused.stderr) == (1, True)
    assert (suspended["alan"], restored.exit_code) == ("yes", 0)


def test_card_keys_are_rotated_and_cards_count_on(site: ASite) -> None:
    prepare(site, "room-5")
    site.ask("door", "add", "room-5-door", "room-5")
    site.ask("grant", "ada", "room-5")

    rotated = site.change("card", "rotate-keys")
    opens = site.admin("why", CARD, "room-5-door")

    assert (rotated["verdict"], opens.exit_code) == ("done", 0)


@pytest.mark.parametrize("decision", ["approve", "refuse"])
def test_what_waits_no_longer_is_refused_with_a_sentence(site: ASite, decision: str) -> None:
    result = site.admin(decision, "0123")

    assert result.exit_code == 1
    assert "unknown-request: no command that waits begins with this: `doorctl approvals` shows" in result.stderr


def test_a_digest_shows_ones_own_commands_with_what_became_of_them(site: ASite) -> None:
    site.admin("zone", "remove", "nowhere")
    day = datetime.now(ZoneInfo("Europe/Paris")).date()

    (refused, *_) = reversed(site.ask("digest", "--day", day.isoformat(), "--refused", "--all"))

    assert (refused["verb"], refused["about"], refused["reason"]) == ("zone-remove", "zone=nowhere", "unknown-zone")


def test_a_digest_tells_what_was_asked_for_and_with_names_of_whom(site: ASite) -> None:
    site.ask("zone", "add", "attic", "--kind", "floor")
    site.ask("person", "add", "hedy")
    site.ask("schedule", "set", "late", "mon-fri 18:00-22:00")
    site.ask("grant", "hedy", "attic", "--until", "2037-01-31T18:00")
    site.ask("zone", "rule", "attic", "--approvals", "2")
    day = datetime.now(ZoneInfo("Europe/Paris")).date().isoformat()

    (schedule, grant, rule) = site.ask("digest", "--day", day, "--names")[-3:]
    shown = site.admin("digest", "--day", day).stdout

    assert schedule["about"].endswith("windows=mon,tue,wed,thu,fri/18:00-22:00 holidays=replace")
    assert grant["person"] == "hedy"
    assert rule["about"] == "zone=attic approvals=2 strict=no mechanical_key=no"
    assert "valid_until=2037-01-31T18:00:00+01:00" in shown


def test_the_first_command_of_a_day_asks_for_the_days_before_once(site: ASite) -> None:
    told = site.folder / "admin" / TOLD_FILE
    told.unlink(missing_ok=True)

    site.ask("status")
    first = told.read_text()
    told.write_text("9999-01-01\n")
    site.ask("status")

    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\n", first)
    assert told.read_text() == "9999-01-01\n"


def test_an_admin_does_not_join_by_the_keys_of_another(site: ASite, alan: Path) -> None:
    files = ("--like", str(site.admin_toml), "--dir", str(alan))

    result = run("admin", "join", "bob", *files, "--no-passphrase")

    assert (result.exit_code, "the keys of alan" in result.stderr) == (2, True)


A_REVIEW = ReviewFound("ab" * 16, ("floor-3",), 1, "ada", None, None, open=2, confirmed=0, revoked=0)


class AHubThatAnswers:
    """Answers the questions for the digest, which it remembers, for access reviews, and for who ends soon."""

    def __init__(self) -> None:
        self.asked: list[DigestOf] = []

    async def ask(self, do: DigestOf | ReviewsOf | ListRows, _: type[object]) -> Digest | ReviewsPage | Page:
        if isinstance(do, ListRows):
            assert do == ListRows("people", ending=7 * 86_400)
            return Page(do.what, ({"holder": "h1"}, {"holder": "h2"}))
        if isinstance(do, ReviewsOf):
            return ReviewsPage((A_REVIEW, replace(A_REVIEW, finished_at=9, finished_by="ada")))
        self.asked.append(do)
        return Digest(do.day, (), (DayCount("2020-01-15", 1, 0),))


def test_a_reminder_counts_from_the_day_told_last_however_long_ago(tmp_path: Path) -> None:
    hub = AHubThatAnswers()
    remember_told(tmp_path, "2020-01-14")

    told = asyncio.run(reminders_due(cast("HubClient", hub), tmp_path, ZoneInfo("UTC")))

    assert ([each.since for each in hub.asked], len(told)) == (["2020-01-14"], 3)
    assert told[1] == (
        "access review abababab of floor-3 is not finished: 2 line(s) are open; "
        "`doorctl review show abababab` shows them"
    )
    assert told[2] == "the time of 2 person(s) ends within 7 days: `doorctl list people --ending 7d` shows whose"


def test_a_host_is_reminded_of_the_own_key_alone_and_asks_nothing_else(tmp_path: Path) -> None:
    hub = AHubThatAnswers()
    remember_told(tmp_path, "2020-01-14")

    reminding = reminders_due(cast("HubClient", hub), tmp_path, ZoneInfo("UTC"), of_own_alone=True)

    assert [told[:17] for told in asyncio.run(reminding)] == ["on 2020-01-15 you"]


def test_nobody_is_reminded_of_nobody_and_of_many_only_so_many_are_counted() -> None:
    assert end_reminders(0, more=False) == ()
    assert end_reminders(200, more=True)[0].startswith("the time of 200 or more person(s) ends")


def test_a_reminder_names_each_day_that_was_not_told_yet() -> None:
    days = (DayCount("2027-01-13", 1, 0), DayCount("2027-01-14", 12, 1))

    assert reminders(days, told="2027-01-13") == [
        "on 2027-01-14 your key gave 12 command(s) (1 refused): `doorctl digest --day 2027-01-14` shows them"
    ]
