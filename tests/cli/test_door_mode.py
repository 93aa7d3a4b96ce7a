"""``doorctl door modes`` and ``doorctl door mode``, and the same by a site file."""

import time
from pathlib import Path

import pytest

from tests.cli.sites import ASite, a_site

SITE_YAML = """\
zones:
  - {zone: ground, kind: floor}
  - {zone: server-room, kind: server-room, strict: true}
doors:
  - {door: shop, zone: ground, mode_times: [{schedule: office, mode: first-person-in}]}
  - {door: bureau, zone: ground, mode: office, office_group: keepers}
  - {door: yard, zone: ground}
groups: [keepers]
schedules: [{schedule: office, windows: ["mon-fri 07:00-19:00"]}]
"""


def a_shop(site: ASite) -> None:
    """Add a door, and what its modes may name."""
    site.ask("zone", "add", "ground", "--kind", "floor", "--no-wait")
    site.ask("door", "add", "shop", "ground", "--no-wait")
    site.ask("schedule", "set", "office", "mon-fri 07:00-19:00", "--no-wait")
    site.ask("group", "add", "keepers", "--no-wait")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["modes", "shop", "ajar"], "'ajar' is not one of"),
        (["modes", "shop", "--in", "office"], "is not SCHEDULE=MODE: write office=unlocked"),
        (["modes", "shop", "--in", "none", "--in", "office=card"], "'none' is not SCHEDULE=MODE"),
        (["mode", "shop", "office"], "office begins by the clock or by a holder"),
        (["mode", "shop", "first-person-in"], "command card, locked, unlocked"),
        (["mode", "shop", "unlocked", "--for", "1h", "--until", "2030-01-01"], "say --for SPAN or --until T"),
        (["mode", "shop", "unlocked", "--for", "59s"], "not between 1m and 366d"),
        (["mode", "shop", "unlocked", "--usual"], "give no mode with it"),
        (["mode", "shop", "--for", "1h"], "say which mode"),
    ],
)
def test_what_no_door_can_be_is_wrong_use_before_anybody_is_changed(
    tmp_path: Path, arguments: list[str], told: str
) -> None:
    site = a_site(tmp_path / "hq", port=1)  # nothing listens there

    result = site.admin("door", *arguments)

    assert result.exit_code in {2, 3}
    assert told in " ".join(result.stderr.split())


def test_what_is_given_changes_and_the_rest_stays(site: ASite) -> None:
    a_shop(site)
    told = []
    for given in (
        ["card", "--in", "office=first-person-in"],
        ["locked"],
        ["office", "--office-group", "keepers"],
        ["--in", "none"],
        ["card", "--office-group", "none"],
    ):
        site.ask("door", "modes", "shop", *given, "--no-wait")
        (found,) = site.ask("door", "modes", "shop")
        times = [f"{each['schedule']}={each['mode']}" for each in found["times"]]
        told.append((found["mode"], times, found["office_group"]))

    assert told == [
        ("card", ["office=first-person-in"], None),
        ("locked", ["office=first-person-in"], None),
        ("office", ["office=first-person-in"], "keepers"),
        ("office", [], "keepers"),
        ("card", [], None),
    ]


def test_a_command_is_shown_until_it_is_ended(site: ASite) -> None:
    a_shop(site)
    before = int(time.time())
    site.ask("door", "mode", "shop", "unlocked", "--for", "2h", "--no-wait")
    (commanded,) = site.ask("door", "mode", "shop")
    site.ask("door", "mode", "shop", "locked", "--no-wait")
    shown = site.admin("door", "mode", "shop").stdout.splitlines()[1].split()
    site.ask("door", "mode", "shop", "--usual", "--no-wait")
    (ended,) = site.ask("door", "mode", "shop")

    assert commanded["commanded"] == "unlocked"
    assert before + 7200 <= commanded["until"] <= time.time() + 7200
    assert shown == ["shop", "locked", "none"]
    assert ended == {"door": "shop", "commanded": None, "until": None}


def test_modes_are_shown_in_words_and_listed(site: ASite) -> None:
    a_shop(site)
    site.ask("door", "modes", "shop", "office", "--in", "office=unlocked", "--office-group", "keepers", "--no-wait")

    shown = site.admin("door", "modes", "shop").stdout.splitlines()[1].split()
    listed = site.admin("list", "doors").stdout

    assert shown == ["shop", "office", "office=unlocked", "keepers"]
    assert "office=unlocked" in listed


@pytest.mark.parametrize("command", ["mode", "modes"])
def test_a_door_that_is_not_there_is_told(site: ASite, command: str) -> None:
    refused = site.admin("door", command, "attic")

    assert (refused.exit_code, "unknown-door" in refused.stderr) == (1, True)


def test_a_site_file_says_the_modes_of_doors_and_none_of_it_is_lost(site: ASite, tmp_path: Path) -> None:
    file, plan, export = tmp_path / "site.yaml", str(tmp_path / "plan.json"), str(tmp_path / "export.yaml")
    file.write_text(SITE_YAML)
    site.ask("plan", str(file), "--out", plan)
    applied = site.admin("apply", plan)
    site.ask("export-site", "--out", export)
    again = site.admin("plan", export)
    file.write_text(SITE_YAML.replace("first-person-in", "unlocked"))
    unlocked = site.admin("plan", str(file)).stdout

    doors = {row["door"]: row for row in site.ask("list", "doors")}
    assert applied.exit_code == 0, applied.output
    assert again.stdout.startswith("nothing to do")
    assert (doors["bureau"]["mode"], doors["bureau"]["office_group"]) == ("office", "keepers")
    assert doors["shop"]["mode_times"] == '[{"schedule":"office","mode":"first-person-in"}]'
    assert doors["yard"]["mode"] is None
    assert "rule  door shop: mode card, office=first-person-in -> card, office=unlocked\n" in unlocked


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("mode: ajar", "ajar"),
        ("mode: first-person-in", "first-person-in takes a schedule"),
        ("mode: office", "takes an office_group"),
        ("mode_times: [{schedule: nights, mode: card}]", "there is no schedule nights"),
        ("office_group: nobody", "there is no group nobody"),
    ],
)
def test_a_mistake_in_a_site_file_is_told_with_its_line(site: ASite, tmp_path: Path, wrong: str, told: str) -> None:
    wanted = tmp_path / "site.yaml"
    wanted.write_text(SITE_YAML.replace("{door: yard, zone: ground}", f"{{door: yard, zone: ground, {wrong}}}"))

    result = site.admin("plan", str(wanted))

    assert result.exit_code != 0
    assert "line 7" in result.stderr
    assert told in " ".join(result.stderr.split())
