"""``doorctl report`` and ``review`` with a real hub: tables, CSV and HTML of what a controller brought."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from tests.cli.sites import ALog, ASite, a_decision, join_controller

BADGE = "credential:" + "c" * 64
HOSTILE = '<b onmouseover="alert(1)">Ada</b>'


@pytest.fixture(scope="module")
def busy(site: ASite) -> ASite:
    """Ada and Grace of the staff were at doors; somebody else was denied, a door was forced, glass was broken."""
    for zone in ("floor-3", "server-room"):
        site.change("zone", "add", zone, "--kind", "floor")
    ada = site.ask("person", "add", "ada", "--name", HOSTILE)[0]["holder"]
    grace = site.ask("person", "add", "grace", "--name", "=Grace()")[0]["holder"]
    site.change("group", "add", "staff")
    site.change("group", "join", "staff", "grace")
    site.change("grant", "ada", "floor-3")
    site.change("grant", "staff", "floor-3")
    site.change("schedule", "set", "mornings", "mon-sun 06:00-09:00")
    join_controller(site)
    forced, _ = a_decision(4, "floor-3")
    glass, _ = a_decision(5, "server-room")
    ALog(site).bring(
        a_decision(0, "floor-3", subject=f"holder:{ada}"),
        a_decision(1, "server-room", Outcome.DENIED, subject=f"holder:{ada}"),
        a_decision(2, "floor-3", subject=f"holder:{ada}"),
        a_decision(3, "floor-3", Outcome.DENIED, subject=BADGE),
        (replace(forced, kind=RecordKind.FORCED_OPEN, outcome=None, reason=None), ""),
        (replace(glass, reason=Reason.BREAK_GLASS), f"holder:{grace}"),
    )
    return site


def rows(site: ASite, *words: str) -> list[dict[str, Any]]:
    result = site.admin(*words, "--json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_access_tells_who_may_enter_why_and_by_whom_the_never_used_first(busy: ASite) -> None:
    found = rows(busy, "report", "access", "floor-3", "--names")

    assert [(row["person"], row["why"], row["uses"], row["counts now"]) for row in found] == [
        ("=Grace() (grace)", "group staff", 0, "no: no card"),
        (f"{HOSTILE} (ada)", "own grant", 2, "no: no card"),
    ]
    assert {row["given by"] for row in found} == {"admin"}


def test_without_names_persons_are_holder_ids(busy: ASite) -> None:
    found = rows(busy, "report", "denied")

    assert [
        (len(row["person"]), row["door"], row["reason"], row["count"]) for row in found if row["door"] != "x"
    ] == [
        (len("(not known)"), "floor-3", "no_grant", 1),
        (16, "server-room", "no_grant", 1),
    ]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["denied", "--door", "floor-3"], 1),
        (["denied", "--from", "2026-11-22"], 0),
        (["denied", "--to", "2026-11-22"], 2),
        (["doors"], 1),
        (["break-glass"], 1),
        (["out-of-hours", "--schedule", "mornings"], 2),
        (["out-of-hours", "--schedule", "mornings", "--zone", "floor-3"], 1),
    ],
)
def test_a_report_is_about_what_was_asked_for(busy: ASite, words: list[str], count: int) -> None:
    assert len(rows(busy, "report", *words)) == count


def test_inside_is_about_the_last_hours_and_names_who_is_silent(busy: ASite) -> None:
    result = busy.admin("report", "inside", "--hours", "1")

    assert result.exit_code == 0
    assert "nobody is known to be inside" in result.stdout
    assert "controller-1 (doors not known) is silent" in result.stderr


def test_changes_tell_who_changed_what(busy: ASite) -> None:
    found = rows(busy, "report", "changes", "--zone", "floor-3")

    assert [(row["admin"], row["what"]) for row in found][:3] == [("admin", "zone-set"), *[("admin", "grant")] * 2]
    assert '"type":"zone"' in found[0]["after"]


def test_a_long_cell_is_cut_in_a_table_alone_which_says_so(busy: ASite) -> None:
    words = ("report", "changes", "--zone", "floor-3")
    whole = max((row["after"] or "" for row in rows(busy, *words)), key=len)

    table, text = busy.admin(*words), busy.admin(*words, "--format", "csv").stdout

    assert f"{whole[:99]}…" in table.stdout
    assert whole not in table.stdout
    assert "…; --format csv, --format html and --json have them whole." in table.stderr
    assert whole in [row["after"] for row in csv.DictReader(text.splitlines())]
    assert "…" not in busy.admin(*words, "--format", "html").stdout


def test_where_no_cell_is_long_nothing_is_said_of_it(busy: ASite) -> None:
    assert "…" not in busy.admin("report", "denied").output


def test_days_are_reported_only_where_an_officer_has_allowed_it(busy: ASite) -> None:
    refused = busy.admin("report", "days")
    busy.change("report", "allow-days", "yes")
    found = rows(busy, "report", "days")
    busy.change("report", "allow-days", "no")

    assert (refused.exit_code, "watching them at work" in refused.stderr) == (1, True)
    assert sorted((row["day"], row["entries"]) for row in found) == [("2026-11-21", 1), ("2026-11-21", 2)]
    assert busy.admin("report", "days").exit_code == 1


def test_csv_holds_every_row_and_no_formula(busy: ASite, tmp_path: Path) -> None:
    out = tmp_path / "access.csv"
    result = busy.admin("report", "access", "floor-3", "--names", "--format", "csv", "--out", str(out))

    assert result.exit_code == 0, result.output
    with out.open(newline="") as file:
        assert [row["person"] for row in csv.DictReader(file)] == ["'=Grace() (grace)", f"{HOSTILE} (ada)"]


def test_html_is_one_file_in_which_a_name_stays_a_name(busy: ASite, tmp_path: Path) -> None:
    out = tmp_path / "overview.html"
    result = busy.admin("report", "overview", "--names", "--format", "html", "--out", str(out))

    assert result.exit_code == 0, result.output
    text = out.read_text()
    assert "<b onmouseover" not in text
    assert "&lt;b onmouseover=&quot;alert(1)&quot;&gt;Ada&lt;/b&gt; (ada)" in text
    assert text.index("Break-glass") < text.index("Entries per hour and door") < text.index("Denied</h2>")


def test_beside_csv_it_is_said_who_is_silent(busy: ASite) -> None:
    result = busy.admin("report", "inside", "--format", "csv")

    assert "controller-1 (doors not known) is silent" in result.stderr
    assert "silent" not in result.stdout


def test_csv_of_an_overview_names_the_table_of_each_row(busy: ASite) -> None:
    result = busy.admin("report", "overview", "--format", "csv")

    firsts = {line.partition(",")[0] for line in result.stdout.splitlines()}
    assert {"table", "Break-glass", "Denied", "Doors held and forced", "Entries per hour and door"} <= firsts


def test_names_and_files_are_told_to_the_hub(busy: ASite, tmp_path: Path) -> None:
    def exports() -> int:
        return len(rows(busy, "audit", "tail", "--kind", "export_made", "--last", "1000"))

    before = exports()
    busy.admin("report", "denied")
    unnamed = exports()
    busy.admin("report", "denied", "--names")
    busy.admin("report", "denied", "--format", "csv", "--out", str(tmp_path / "d.csv"))

    assert (unnamed - before, exports() - unnamed) == (0, 2)


@pytest.mark.parametrize(
    "words",
    [
        ["denied", "--out", "x.csv"],
        ["denied", "--json", "--format", "csv"],
        ["out-of-hours"],
        ["denied", "--from", "2026-11-22", "--to", "2026-11-22"],
        ["changes", "--from", "2026-11-22", "--to", "2026-11-21T18:00"],
    ],
)
def test_what_would_write_nothing_readable_is_wrong_use(busy: ASite, words: list[str]) -> None:
    assert busy.admin("report", *words).exit_code == 2


@pytest.mark.parametrize(
    "words", [["access", "flor-3"], ["inside", "--zone", "flor-3"], ["inside", "--outside", "street"]]
)
def test_a_zone_that_is_not_there_is_no_empty_report(busy: ASite, words: list[str]) -> None:
    result = busy.admin("report", *words)

    assert (result.exit_code, result.stdout, "unknown-zone: there is no zone" in result.stderr) == (1, "", True)


@pytest.mark.parametrize("words", [["report", "denied"], ["report", "overview"], ["audit", "tail"]], ids=" ".join)
def test_a_door_that_is_not_there_now_is_told(busy: ASite, words: list[str]) -> None:
    result = busy.admin(*words, "--door", "front-dor")

    assert (result.exit_code, "there is no door front-dor now" in result.stderr) == (0, True)


@pytest.fixture
def review(busy: ASite) -> Iterator[str]:
    """Begin a review of floor-3, where Ada and the staff have a grant."""
    yield busy.change("review", "start", "floor-3")["review"]
    busy.admin("grant", "staff", "floor-3")


def outcomes(site: ASite, review: str) -> list[tuple[str, str]]:
    return [(row["who"][:5], row["outcome"]) for row in rows(site, "review", "show", review)]


def test_a_review_is_confirmed_revoked_finished_and_shown(busy: ASite, review: str, tmp_path: Path) -> None:
    begun = outcomes(busy, review)
    early = busy.admin("review", "finish", review[:8])
    busy.change("review", "confirm", review[:8], "ada")
    assert busy.admin("review", "revoke", review[:8], "staff", "--no-wait").exit_code == 0
    busy.change("review", "finish", review[:8])

    assert [said for _, said in begun] == ["open", "open"]
    assert (early.exit_code, "open" in early.stderr) == (1, True)
    assert sorted(said for _, said in outcomes(busy, review)) == ["confirmed", "revoked"]
    assert [row["person"] for row in rows(busy, "report", "access", "floor-3", "--names")] == [f"{HOSTILE} (ada)"]
    (listed,) = [row for row in rows(busy, "review", "show") if row["review"] == review]
    assert (listed["confirmed"], listed["revoked"], listed["finished_by"]) == (1, 1, "admin")
    out = tmp_path / "review.html"
    assert busy.admin("review", "show", review, "--format", "html", "--out", str(out)).exit_code == 0
    assert "Access review" in out.read_text()


def test_somebody_who_is_not_in_the_review_cannot_be_confirmed(busy: ASite, review: str) -> None:
    result = busy.admin("review", "confirm", review, "grace")

    assert (result.exit_code, "no line of grace" in result.stderr) == (1, True)
