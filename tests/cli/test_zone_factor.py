"""``doorctl zone factor``, and the same by a site file: what a zone asks for at its doors."""

from pathlib import Path

import pytest

from tests.cli.sites import ASite, a_site

SITE_YAML = """\
zones:
  - {zone: floor-3, kind: floor, factor: card-or-pin}
  - zone: server-room
    kind: server-room
    strict: true
    factor: card-and-pin
    factor_times: [{schedule: office, factor: card}]
    pin_tries: 3
    pin_block: 10m
doors: [{door: server-room-1, zone: server-room}]
schedules: [{schedule: office, windows: ["mon-fri 07:00-19:00"]}]
"""


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["key"], "'key' is not one of"),
        (["--in", "office"], "is not SCHEDULE=FACTOR: write office=card"),
        (["--in", "none", "--in", "office=card"], "'none' is not SCHEDULE=FACTOR"),
        (["--pin-tries", "21"], "less than or equal to 20"),
        (["--pin-block", "9s"], "not between 10s and 1d"),
        (["--pin-block", "none"], "not a span of time"),
    ],
)
def test_what_no_zone_can_ask_for_is_wrong_use_before_anybody_is_asked(
    tmp_path: Path, options: list[str], told: str
) -> None:
    site = a_site(tmp_path / "hq", port=1)  # nothing listens there

    result = site.admin("zone", "factor", "floor-3", *options)

    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())


def test_what_is_given_changes_and_the_rest_stays(site: ASite) -> None:
    site.ask("zone", "add", "lab", "--kind", "floor", "--no-wait")
    site.ask("schedule", "set", "office", "mon-fri 07:00-19:00", "--no-wait")
    site.ask("schedule", "set", "night", "mon-fri 22:00-06:00", "--no-wait")
    told = []
    for given in (
        ["card-and-pin", "--in", "office=card", "--in", "night=pin"],
        ["--pin-tries", "3"],
        ["card", "--pin-block", "10m"],
        ["--in", "none"],
    ):
        site.ask("zone", "factor", "lab", *given, "--no-wait")
        (asked,) = site.ask("zone", "factor", "lab")
        times = [f"{time['schedule']}={time['factor']}" for time in asked["times"]]
        told.append((asked["factor"], times, asked["pin_tries"], asked["pin_block_seconds"]))

    assert told == [
        ("card-and-pin", ["office=card", "night=pin"], 5, 300),
        ("card-and-pin", ["office=card", "night=pin"], 3, 300),
        ("card", ["office=card", "night=pin"], 3, 600),
        ("card", [], 3, 600),
    ]


def test_it_is_shown_in_words_also_for_a_zone_that_was_never_asked(site: ASite) -> None:
    site.ask("zone", "add", "hall", "--kind", "floor", "--no-wait")
    usual = site.admin("zone", "factor", "hall").stdout.splitlines()[1]
    site.ask("zone", "factor", "hall", "pin", "--in", "office=card-or-pin", "--no-wait")

    shown = site.admin("zone", "factor", "hall").stdout.splitlines()[1]
    listed = site.admin("list", "zones").stdout

    assert (usual.split(), shown.split()) == (
        ["hall", "card", "5", "5m", "1", "30s", "none"],
        ["hall", "pin", "office=card-or-pin", "5", "5m", "1", "30s", "none"],
    )
    assert "office=card-or-pin" in listed


def test_a_zone_that_is_not_there_is_told(site: ASite) -> None:
    refused = site.admin("zone", "factor", "attic", "pin")

    assert (refused.exit_code, "unknown-zone" in refused.stderr) == (1, True)


def test_a_site_file_says_it_and_a_plan_tells_which_doors_ask_for_less_or_more(site: ASite, tmp_path: Path) -> None:
    file, plan, export = tmp_path / "site.yaml", str(tmp_path / "plan.json"), str(tmp_path / "export.yaml")
    file.write_text(SITE_YAML)
    site.ask("plan", str(file), "--out", plan)
    applied = site.admin("apply", plan)
    site.ask("export-site", "--out", export)
    again = site.admin("plan", export)
    file.write_text(SITE_YAML.replace("factor: card-and-pin", "factor: card"))

    less = site.admin("plan", str(file))

    assert applied.exit_code == 0, applied.output
    assert again.stdout.startswith("nothing to do")
    assert "pin_block: 10m" in Path(export).read_text()
    assert "rule  zone server-room: factor card-and-pin -> card\n" in less.stdout
    assert "rule  door server-room-1: asks for card-and-pin, office=card -> card, office=card (less)\n" in less.stdout


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("factor: key", "factor: 'key' is none of card, card-or-pin, card-and-pin, pin"),
        ("factor: pin, strict: true", "a strict zone lets in by a roster of cards: it takes no PIN without a card"),
        (
            "factor_times: [{schedule: ofice, factor: card}]",
            "factor_times: there is no schedule ofice: is it office?",
        ),
        ("pin_block: 9", "'9' is not between 10s and 1d"),
        ("pin_tries: 0", "pin_tries: at least 1"),
        ("pin: 4711", "pin is nothing that can stand here"),
    ],
)
def test_what_cannot_stand_in_a_site_file_is_told_with_its_line(
    site: ASite, tmp_path: Path, line: str, told: str
) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(
        f"schedules: [{{schedule: office, windows: []}}]\nzones:\n  - {{zone: lab, kind: floor, {line}}}\n"
    )

    wrong = site.admin("plan", str(file))

    assert wrong.exit_code == 2
    assert "line 3" in wrong.stderr
    assert told in wrong.stderr
