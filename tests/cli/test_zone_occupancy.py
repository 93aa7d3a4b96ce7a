"""``doorctl zone occupancy`` and ``passback reset``, and the same by a site file."""

from pathlib import Path

import pytest

from tests.cli.sites import ASite, a_site

SITE_YAML = """\
zones:
  - {zone: campus, kind: floor}
  - {zone: building, kind: floor, occupancy: {within: campus, most: 900, reset_at: "04:00"}}
  - zone: server-room
    kind: server-room
    occupancy: {within: building, passback: timed, passback_for: 15m, most: 8, least: 2}
"""
TURNED = """\
zones:
  - {zone: campus, kind: floor, occupancy: {within: server-room}}
  - {zone: building, kind: floor, occupancy: {within: campus, passback: off}}
  - {zone: server-room, kind: server-room, occupancy: {passback: hard}}
"""
GONE = "zones:\n  - {zone: server-room, kind: server-room}\n"


@pytest.fixture
def site(site: ASite, tmp_path: Path) -> ASite:
    """Give the site of this file's tests without the zones of the others."""
    file, plan = tmp_path / "bare.yaml", str(tmp_path / "bare.json")
    file.write_text("zones: []\n")
    for command in (("plan", str(file), "--out", plan), ("apply", plan)):
        told = site.admin(*command)
        assert told.exit_code == 0, told.output
    return site


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["zone", "occupancy", "lab", "--passback", "sometimes"], "'sometimes' is not one of"),
        (["zone", "occupancy", "lab", "--passback-for", "4s"], "not between 5s and 1d"),
        (["zone", "occupancy", "lab", "--most", "0"], "not a number from 1 to 1000000"),
        (["zone", "occupancy", "lab", "--least", "6"], "5"),
        (["zone", "occupancy", "lab", "--reset-at", "4 am"], "write 04:00"),
        (["passback", "reset"], "give --all alone"),
        (["passback", "reset", "ada", "--all"], "give --all alone"),
    ],
)
def test_what_cannot_be_is_wrong_use_before_anybody_is_asked(tmp_path: Path, arguments: list[str], told: str) -> None:
    site = a_site(tmp_path / "hq", port=1)  # nothing listens there

    result = site.admin(*arguments)

    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())


def test_what_is_given_changes_and_the_rest_stays(site: ASite) -> None:
    for zone in ("hall", "lab"):
        site.ask("zone", "add", zone, "--kind", "floor", "--no-wait")
    told = []
    for given in (
        ["--within", "hall", "--passback", "hard", "--least", "2"],
        ["--most", "8", "--reset-at", "04:00"],
        ["--within", "none", "--most", "none"],
        ["--none"],
    ):
        site.ask("zone", "occupancy", "lab", *given, "--no-wait")
        (asked,) = site.ask("zone", "occupancy", "lab")
        told.append(tuple(asked[key] for key in ("within", "passback", "most", "least", "reset_at")))

    assert told == [
        ("hall", "hard", None, 2, None),
        ("hall", "hard", 8, 2, "04:00"),
        (None, "hard", None, 2, "04:00"),
        (None, "off", None, 1, None),
    ]


def test_it_is_shown_in_words(site: ASite) -> None:
    site.ask("zone", "add", "lab", "--kind", "floor", "--no-wait")
    site.ask("zone", "occupancy", "lab", "--passback", "timed", "--passback-for", "15m", "--no-wait")

    shown = site.admin("zone", "occupancy", "lab").stdout.splitlines()[1]

    assert shown.split() == ["lab", "none", "timed", "15m", "none", "1", "none"]


def test_a_reset_names_a_person_a_zone_or_everybody(site: ASite) -> None:
    site.ask("zone", "add", "lab", "--kind", "floor", "--no-wait")
    site.ask("person", "add", "ada", "--name", "Ada", "--no-wait")

    for whom in (["ada"], ["ada", "--zone", "lab"], ["--zone", "lab"], ["--all"]):
        assert site.admin("passback", "reset", *whom, "--no-wait").exit_code == 0
    assert site.admin("passback", "reset", "grace").exit_code == 1


def test_a_site_file_says_it_all_and_turns_it_round_without_a_ring(site: ASite, tmp_path: Path) -> None:
    file, plan, export = tmp_path / "site.yaml", str(tmp_path / "plan.json"), str(tmp_path / "export.yaml")
    shown = []
    for text in (SITE_YAML, TURNED, GONE):
        file.write_text(text)
        shown.append(site.admin("plan", str(file), "--out", plan).stdout)
        applied = site.admin("apply", plan)
        site.ask("export-site", "--out", export)
        again = site.admin("plan", export)

        assert applied.exit_code == 0, applied.output
        assert again.stdout.startswith("nothing to do")
    before = "within building, passback timed for 15m, most 8, least 2"
    assert f"rule  zone server-room: occupancy {before} -> passback hard\n" in shown[1]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{within: lab}", "it lies in itself"),
        ("{within: attic}", "within: there is no zone attic"),
        ("{passback: maybe}", "'maybe' is none of off, soft, hard, timed"),
        ("{passback_for: 4s}", "'4s' is not between 5s and 1d"),
        ("{most: 1, least: 2}", "nobody could enter"),
        ("{least: 6}", "least: at most 5"),
        ("{reset_at: noon}", "a time of day is written like 04:00"),
        ("{inside: hall}", "inside is nothing that can stand here"),
    ],
)
def test_what_cannot_stand_in_a_site_file_is_told_with_its_line(
    site: ASite, tmp_path: Path, line: str, told: str
) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(f"zones:\n  - {{zone: lab, kind: floor, occupancy: {line}}}\n")

    wrong = site.admin("plan", str(file))

    assert wrong.exit_code == 2
    assert "line 2" in wrong.stderr
    assert told in wrong.stderr


def test_every_zone_that_is_counted_is_told_with_how_many_may_be_inside(site: ASite) -> None:
    for zone in ("hall", "lab", "yard"):
        site.ask("zone", "add", zone, "--kind", "floor", "--no-wait")
    nobody = site.admin("occupancy").stdout
    site.ask("zone", "occupancy", "lab", "--within", "hall", "--most", "8", "--no-wait")

    assert "No zone is counted" in nobody
    assert site.ask("occupancy") == [
        {"zone": "hall", "inside": 0, "most": None},
        {"zone": "lab", "inside": 0, "most": 8},
    ]
    assert site.ask("occupancy", "--names") == []
    assert site.admin("occupancy", "attic").exit_code == 1
