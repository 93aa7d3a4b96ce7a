"""``doorctl zone training``, ``person trained`` and ``list trainings``: of a real hub."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.sites import ASite

LONG_AGO = "2020-01-01"


@pytest.fixture(scope="module")
def roof(site: ASite) -> ASite:
    for words in ("zone add roof --kind floor", "person add ada"):
        site.ask(*words.split())
    return site


def test_a_zone_asks_for_courses_until_it_does_not(roof: ASite) -> None:
    for words in (["--course", "gas", "--within", "30d"], ["--course", "ladder", "--within", "365d"]):
        roof.change("zone", "training", "roof", *words)
    both = roof.ask("zone", "training", "roof")
    roof.change("zone", "training", "roof", "--course", "gas", "--none")

    assert both == [{"course": "gas", "within_days": 30}, {"course": "ladder", "within_days": 365}]
    assert roof.ask("zone", "training", "roof") == [{"course": "ladder", "within_days": 365}]


def test_whose_training_ends_soon_is_listed_the_first_first(roof: ASite) -> None:
    recent = (datetime.now(UTC) - timedelta(days=360)).date().isoformat()
    roof.change("zone", "training", "roof", "--course", "ladder", "--within", "365d")
    roof.change("person", "trained", "ada", "--course", "ladder", "--on", recent)

    (row,) = json.loads(f"[{roof.admin('list', 'trainings', '--ending', '30d', '--json').stdout.strip()}]")

    assert (row["handle"], row["course"], row["day"]) == ("ada", "ladder", recent)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["zone", "training", "roof", "--course", "gas", "--within", "36h"], 2, "'36h' is not between"),
        (["zone", "training", "roof", "--within", "30d"], 2, "name the --course"),
        (["zone", "training", "cellar"], 1, "no such zone"),
        (["person", "trained", "ada", "--course", "gas"], 2, "either --on, or --never"),
        (["person", "trained", "ada", "--course", "gas", "--on", "2026-02-31"], 2, "is not a date"),
        (["person", "trained", "ada", "--course", "gas", "--on", "9999-12-31"], 1, "bad-date"),
    ],
)
def test_what_cannot_be_is_refused(roof: ASite, words: list[str], code: int, sentence: str) -> None:
    result = roof.admin(*words)

    assert (result.exit_code, sentence in result.output) == (code, True)


def test_a_site_file_holds_what_zones_ask_and_who_was_trained(roof: ASite, tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(
        "people:\n  - {handle: ada, trained: {gas: 2020-01-01}}\n"
        "zones:\n  - {zone: roof, kind: floor, trainings: {gas: 30d, ladder: 365d}}\n"
    )
    planned = roof.admin("plan", str(file), "--out", str(tmp_path / "plan.json"))
    applied = roof.admin("apply", str(tmp_path / "plan.json"))
    exported = roof.admin("export-site", "--out", str(tmp_path / "export.yaml"))
    again = roof.admin("plan", str(tmp_path / "export.yaml"))

    assert (applied.exit_code, exported.exit_code) == (0, 0), planned.output + applied.output
    assert "gas within 30d, ladder within 365d" in planned.stdout
    assert again.stdout.startswith("nothing to do")
    assert roof.ask("list", "trainings")[0]["day"] == LONG_AGO
