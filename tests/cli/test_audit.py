"""``doorctl audit``: records that a controller brought to a real hub, exported and followed."""

import csv
import json
import stat
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.sites import BADGE, ALog, ASite, a_decision, five_records

Row = dict[str, Any]


@pytest.fixture(scope="module")
def log(site: ASite) -> ALog:
    return five_records(site)


@pytest.fixture
def recorded(log: ALog) -> ASite:
    return log.site


def _export(site: ASite, out: Path, *options: str) -> list[Row]:
    result = site.admin("audit", "export", "--format", "csv", "--out", str(out), *options)
    assert result.exit_code == 0, result.output
    with out.open(newline="") as file:
        return _at_doors(csv.DictReader(file))


def _at_doors(rows: Iterable[Row]) -> list[Row]:
    """Pass over the hub's own records."""
    return [row for row in rows if row["controller"] != "hub"]


def test_an_export_has_every_record_in_order_without_names(recorded: ASite, tmp_path: Path) -> None:
    rows = _export(recorded, tmp_path / "all.csv")

    assert [row["seq"] for row in rows] == ["0", "1", "2", "3", "4"]
    assert [bool(row["holder"]) for row in rows] == [True, True, True, False, False]
    assert rows[3]["credential"] == BADGE
    assert "handle" not in rows[0]
    assert "Ada" not in (tmp_path / "all.csv").read_text()


@pytest.mark.parametrize(
    ("options", "seqs"),
    [
        (["--door", "floor-3"], ["0", "2", "3"]),
        (["--zone", "server-room"], ["1", "4"]),
        (["--person", "ada"], ["0", "1"]),
        (["--outcome", "denied"], ["1", "3"]),
        (["--from", "2026-11-21T11:00:02", "--to", "2026-11-21T11:00:04"], ["2", "3"]),  # Paris is an hour ahead
        (["--door", "floor-3", "--outcome", "granted"], ["0", "2"]),
        (["--to", "2026-11-21"], []),
        (["--reason", "no_grant"], ["1", "3"]),
        (["--kind", "decision"], ["0", "1", "2", "3", "4"]),
        (["--kind", "held_open"], []),
    ],
)
def test_filters_choose_records(recorded: ASite, tmp_path: Path, options: list[str], seqs: list[str]) -> None:
    assert [row["seq"] for row in _export(recorded, tmp_path / "some.csv", *options)] == seqs


def test_a_person_can_be_named_by_holder_id(recorded: ASite, tmp_path: Path) -> None:
    (ada,) = [person["holder"] for person in recorded.ask("list", "people") if person["handle"] == "ada"]

    rows = _export(recorded, tmp_path / "ada.csv", "--person", ada)

    assert [row["seq"] for row in rows] == ["0", "1"]


def test_names_come_only_when_asked_for_and_never_as_a_formula(recorded: ASite, tmp_path: Path) -> None:
    rows = _export(recorded, tmp_path / "names.csv", "--names", "--door", "floor-3")

    assert [(row["handle"], row["name"]) for row in rows] == [("ada", "Ada"), ("grace", "'=Grace()"), ("", "")]


def test_json_lines_hold_the_exact_leaf(recorded: ASite) -> None:
    result = recorded.admin("audit", "export", "--format", "jsonl", "--out", "-")

    lines = result.stdout.splitlines()
    rows = _at_doors(json.loads(line) for line in lines)
    assert [row["seq"] for row in rows] == [0, 1, 2, 3, 4]
    assert json.loads(rows[0]["leaf"])["door"] == "floor-3"
    assert result.stderr.startswith(f"{len(lines)} records, from {recorded.folder / 'hub'}")


def test_an_export_is_for_its_owner_alone_and_leaves_nothing_beside(recorded: ASite, tmp_path: Path) -> None:
    _export(recorded, tmp_path / "all.csv")

    assert [path.name for path in tmp_path.iterdir()] == ["all.csv"]
    assert stat.S_IMODE((tmp_path / "all.csv").stat().st_mode) == 0o600


def test_an_export_that_fails_leaves_the_older_one(recorded: ASite, tmp_path: Path) -> None:
    (tmp_path / "all.csv").write_text("older")

    arguments = ("audit", "export", "--format", "csv", "--out", str(tmp_path / "all.csv"))
    result = recorded.admin(*arguments, "--person", "nobody")

    assert result.exit_code == 1
    assert [path.read_text() for path in tmp_path.iterdir()] == ["older"]


def test_an_export_into_a_missing_folder_is_refused(recorded: ASite, tmp_path: Path) -> None:
    result = recorded.admin("audit", "export", "--format", "csv", "--out", str(tmp_path / "no" / "all.csv"))

    assert result.exit_code == 1
    assert "choose another --out" in result.stderr


def test_tail_shows_the_newest_and_whom_they_are_about(recorded: ASite) -> None:
    result = recorded.admin("audit", "tail", "--last", "2", "--names", "--kind", "decision")

    badge, nobody = result.stdout.splitlines()
    assert "2026-11-21 11:00:03.000+01:00  floor-3  decision  denied  no_grant  unknown badge" in badge
    assert "2026-11-21 11:00:04.000+01:00  server-room  decision  granted  granted" in nobody


def test_tail_follows_what_arrives(log: ALog) -> None:
    command = [
        sys.executable,
        "-m",
        "doorctl",
        "audit",
        "tail",
        "--follow",
        "--json",
        "--last",
        "1",
        "--outcome",
        "granted",
    ]
    with subprocess.Popen([*command, "--config", str(log.site.admin_toml)], stdout=subprocess.PIPE) as tail:
        try:
            assert tail.stdout is not None
            before = json.loads(tail.stdout.readline())
            log.bring(a_decision(5, "floor-3"))
            after = json.loads(tail.stdout.readline())
        finally:
            tail.terminate()

    assert (before["seq"], after["seq"]) == (4, 5)
