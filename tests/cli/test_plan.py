"""``doorctl plan``, ``apply`` and ``export-site`` by a real hub over a real broker."""

import json
from pathlib import Path

from tests.cli.sites import ASite

SITE_YAML = """\
people:
  - handle: ada
    name: Ada
    until: 2037-01-31
    groups: [staff]
    cards: [H10301:123:4567]
  - {handle: alan, name: Alan, cards: ["uid:04A2B3C4"]}
groups: [staff]
zones:
  - {zone: floor-3, kind: floor}
doors:
  - {door: floor-3-east, zone: floor-3}
schedules:
  - {schedule: office, windows: ["mon-fri 07:00-19:00"]}
grants:
  - {group: staff, zone: floor-3, schedule: office}
"""


def a_file(folder: Path, text: str) -> str:
    path = folder / "site.yaml"
    path.write_text(text)
    return str(path)


def test_a_site_goes_from_file_to_plan_to_hub_and_back(site: ASite, tmp_path: Path) -> None:
    file, plan = a_file(tmp_path, SITE_YAML), str(tmp_path / "plan.json")
    (tmp_path / "export.yaml").touch(mode=0o644)

    shown = site.admin("plan", file, "--out", plan)
    unchanged = site.ask("list", "people")
    applied = site.admin("apply", plan)
    why = site.admin("why", "H10301:123:4567", "floor-3-east", "--at", "2027-06-07T10:00")
    exported = site.admin("export-site", "--out", str(tmp_path / "export.yaml"))
    again = site.admin("plan", str(tmp_path / "export.yaml"))

    assert shown.exit_code == 0, shown.output
    assert "floor-3-east\n  +     1 gain: ada" in shown.stdout
    assert "in all: 1 gain something, 0 lose something, 0 come in on other terms, at 1 door(s)" in shown.stdout
    assert unchanged == []
    assert (applied.exit_code, why.exit_code, exported.exit_code) == (0, 0, 0), applied.output + why.output
    assert again.stdout.startswith("nothing to do")
    assert (tmp_path / "plan.json").stat().st_mode & 0o077 == 0
    assert (tmp_path / "export.yaml").stat().st_mode & 0o077 == 0


def test_a_plan_of_yesterday_is_refused(site: ASite, tmp_path: Path) -> None:
    file, plan = a_file(tmp_path, "groups: [staff, guards]\n"), str(tmp_path / "plan.json")
    site.ask("plan", file, "--out", plan)
    site.ask("group", "add", "cleaners")

    refused = site.admin("apply", plan)

    assert refused.exit_code == 1
    assert "site-moved" in refused.stderr


def test_programs_get_the_plan_as_an_object(site: ASite, tmp_path: Path) -> None:
    (told,) = site.ask("plan", a_file(tmp_path, "groups: [a-new-group]\ngrants: []\n"))

    assert told["steps"]["group-add"] == 1
    assert {"revision", "doors", "plan"} < set(told)


def test_people_come_from_a_spreadsheet_too(site: ASite, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("handle,name,card\ngrace,Grace,H10301:9:9\n")
    (told,) = site.ask("plan", a_file(tmp_path, "groups: []\n"), "--people", str(people))

    assert told["steps"]["person-add"] == 1


def test_a_file_with_mistakes_names_them_all_and_a_changed_plan_is_none(site: ASite, tmp_path: Path) -> None:
    wrong = site.admin("plan", a_file(tmp_path, "people:\n  - {handle: ada, cards: [H10301:999:1]}\n"))
    plan = tmp_path / "plan.json"
    site.ask("plan", a_file(tmp_path, "groups: [x]\n"), "--out", str(plan))
    made = json.loads(plan.read_text())
    plan.write_text(json.dumps({**made, "parts": [made["parts"][0][:-8] + "AAAAAAA="]}))
    changed = site.admin("apply", str(plan))

    assert (wrong.exit_code, changed.exit_code) == (2, 1)
    assert "1 mistake(s)" in wrong.stderr
    assert "line 2 (person ada): " in wrong.stderr
    assert "bad-plan" in changed.stderr


def test_a_person_of_a_spreadsheet_in_a_group_that_is_not_there_is_told_with_file_and_line(
    site: ASite, tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    people.write_text("handle;groups\ngrace;stuff\n")

    wrong = site.admin("plan", a_file(tmp_path, "groups: [staff]\n"), "--people", str(people))

    assert wrong.exit_code == 2
    assert f"{people} line 2 (grace): there is no group stuff: is it staff?" in wrong.stderr


def test_what_refers_to_nothing_and_what_stands_there_twice_is_told_with_its_lines(
    site: ASite, tmp_path: Path
) -> None:
    text = "zones:\n  - {zone: floor-3, kind: floor}\ndoors:\n  - {door: east, zone: flor-3}\n"

    wrong = site.admin("plan", a_file(tmp_path, text))
    twice = site.admin("plan", a_file(tmp_path, text + "  - {door: east, zone: floor-3}\n"))

    assert (wrong.exit_code, twice.exit_code) == (2, 2)
    assert "line 4 (door east): there is no zone flor-3: is it floor-3?" in wrong.stderr
    assert "lines 4, 5 (door east): stands there twice" in twice.stderr


def test_a_site_file_is_no_plan(site: ASite, tmp_path: Path) -> None:
    refused = site.admin("apply", a_file(tmp_path, SITE_YAML))

    assert refused.exit_code == 1
    assert "site.yaml is no plan: make one with `doorctl plan" in refused.stderr
