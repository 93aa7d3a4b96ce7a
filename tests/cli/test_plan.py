"""``doorctl plan``, ``apply`` and ``export-site`` by a real hub over a real broker."""

import json
import shutil
from pathlib import Path

from tests.cli.sites import ASite, an_admin, run

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


def test_limits_of_a_card_go_there_and_back_and_are_counted_anew_where_they_change(
    site: ASite, tmp_path: Path
) -> None:
    def applied(card: str) -> dict[str, int]:
        plan = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        file = a_file(tmp_path, f"people:\n  - {{handle: alan, cards: [{card}]}}\ngroups: []\ngrants: []\n")
        (told,) = site.ask("plan", file, "--out", str(plan))
        assert site.admin("apply", str(plan)).exit_code == 0
        steps: dict[str, int] = {verb: count for verb, count in told["steps"].items() if verb.startswith("card")}
        return steps

    told = [
        applied(card)
        for card in (
            '{card: "uid:04A2B3C5", for: 8h, uses: 5}',
            '{card: "uid:04A2B3C5", for: 480m, uses: 5}',
            '{card: "uid:04A2B3C5", uses: 6, until: 2037-01-31}',
            '{card: "uid:04A2B3C5", until: 2037-01-31}',
        )
    ]

    assert told[0]["card-add"] == 1
    assert told[1:] == [{}, {"card-limit": 1, "card-edit": 1}, {"card-limit": 1}]


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


RETENTION_YAML = """\
groups: [keepers]
retention:
  - {openings_days: 90, leaf_days: 730}
  - {zone: archive, records: decisions, openings_days: 365}
"""


def test_rules_of_retention_go_from_file_to_plan_to_hub_and_back(site: ASite, tmp_path: Path) -> None:
    site.change("zone", "add", "archive", "--kind", "server-room", "--no-wait")
    plan, export = str(tmp_path / "plan.json"), str(tmp_path / "export.yaml")

    shown = site.admin("plan", a_file(tmp_path, RETENTION_YAML), "--out", plan)
    applied = site.admin("apply", plan)
    rules = site.ask("retention", "show")
    site.ask("export-site", "--out", export)
    again = site.admin("plan", export)
    none = site.admin("plan", a_file(tmp_path, "retention: []\n"), "--out", plan)
    site.ask("apply", plan)

    assert "rules of retention take an officer" in shown.stdout
    assert "rule  retention in archive, decisions: who it was for ever -> 365 days (shorter)\n" in shown.stdout
    assert applied.exit_code == 0, applied.output
    assert [[rule[name] for name in ("zone", "records", "openings_days", "leaf_days")] for rule in rules] == [
        ["*", "*", 90, 730],
        ["archive", "decisions", 365, None],
    ]
    assert again.stdout.startswith("nothing to do")
    assert "rule  retention in archive, decisions: who it was 365 days -> for ever (longer)\n" in none.stdout
    assert site.ask("retention", "show") == []


def test_a_plan_whose_rules_of_retention_were_others_by_then_is_refused_as_a_whole(
    site: ASite, tmp_path: Path
) -> None:
    plan = str(tmp_path / "plan.json")
    site.ask("plan", a_file(tmp_path, "groups: [late]\nretention:\n  - {leaf_days: 30}\n"), "--out", plan)
    site.change("retention", "set", "all", "--records", "doors", "--leaf-days", "400")

    refused = site.admin("apply", plan)
    site.change("retention", "remove", "all", "--records", "doors")

    assert (refused.exit_code, "site-moved" in refused.stderr) == (1, True)
    assert "late" not in [row["group"] for row in site.ask("list", "groups")]


def test_a_plan_with_rules_of_retention_takes_an_officer_as_the_command_does(site: ASite, tmp_path: Path) -> None:
    plan, folder = str(tmp_path / "plan.json"), tmp_path / "grace"
    site.ask("plan", a_file(tmp_path, "groups: [late]\nretention:\n  - {leaf_days: 30}\n"), "--out", plan)
    root, trust = str(site.folder / "root-1"), str(folder / "trust.note")
    code = an_admin(site, "grace", folder)
    shutil.copy(site.trust_note, trust)
    run("trust", "add-admin", code, "--role", "admin", "--root", root, "--trust", trust)

    refused = run("apply", plan, "--config", str(folder / "admin.toml"))

    assert (refused.exit_code, "not-allowed" in refused.stderr) == (1, True), refused.stderr
    assert "late" not in [row["group"] for row in site.ask("list", "groups")]


def test_a_rule_of_retention_that_cannot_be_meant_is_told_with_its_line(site: ASite, tmp_path: Path) -> None:
    longer = site.admin("plan", a_file(tmp_path, "retention:\n  - {openings_days: 91, leaf_days: 90}\n"))
    unknown = site.admin("plan", a_file(tmp_path, "retention:\n  - {zone: attic, leaf_days: 90}\n"))

    assert (longer.exit_code, unknown.exit_code) == (2, 2)
    assert "line 2: what leads to a person cannot be kept longer than the record itself" in longer.stderr
    assert "line 2 (retention of * in attic): there is no zone attic" in unknown.stderr
