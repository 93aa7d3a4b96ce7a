"""``doorctl threat``, ``zone threat``, ``zone classes``, ``card class``, ``person clearance``, and site files."""

from pathlib import Path

import pytest

from doorctl.core.classes import NOT_CLONABLE
from tests.cli.sites import ASite, a_site

SITE_YAML = """\
people:
  - {handle: ada, clearance: 2, cards: [{card: "H10301:9:1", class: desfire}, "H10301:9:2"]}
zones:
  - zone: server-room
    kind: server-room
    reader_classes: [wiegand]
    card_classes: [seos, desfire]
    threats: [{threat: 3, factor: card-and-pin, clearance: 2}, {threat: 2, factor: card}]
doors: [{door: server-room-1, zone: server-room}]
"""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("threat", "set", "6"), "less than or equal to 5"),
        (("threat", "set", "high"), "should be a valid integer"),
        (("zone", "classes", "lab", "--readers", "radio"), "'radio' is none of osdp-sc, wiegand, text"),
        (("zone", "classes", "lab", "--cards", "prox,paper"), "'paper' is none of prox, mifare-classic"),
        (("zone", "threat", "lab", "--at", "0"), "greater than or equal to 1"),
        (("person", "clearance", "ada", "10"), "less than or equal to 9"),
        (("card", "class", "H10301:1:1", "paper"), "'paper' is not one of"),
        (("why", "ada", "lab-door", "--threat", "9"), "less than or equal to 5"),
    ],
)
def test_what_there_is_not_is_wrong_use_before_anybody_is_asked(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    result = a_site(tmp_path / "hq", port=1).admin(*words)  # nothing listens there

    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())


def test_a_zone_shows_what_it_takes_and_what_is_given_of_it_changes(site: ASite) -> None:
    site.ask("zone", "add", "lab", "--kind", "floor", "--no-wait")
    told = []
    for given in ([], ["--readers", "wiegand,text"], ["--cards", "not-clonable"], ["--readers", "all"]):
        if given:
            site.ask("zone", "classes", "lab", *given, "--no-wait")
        (asked,) = site.ask("zone", "classes", "lab")
        told.append((asked["reader_classes"], asked["card_classes"]))
    shown = site.admin("zone", "classes", "lab").stdout.splitlines()[1]

    safe = sorted(NOT_CLONABLE)
    assert told == [([], []), (["text", "wiegand"], []), (["text", "wiegand"], safe), ([], safe)]
    assert shown.split() == ["lab", "all", "desfire,seos"]


def test_a_zone_shows_what_it_asks_for_at_levels_and_what_is_given_of_one_changes(site: ASite) -> None:
    site.ask("zone", "add", "gallery", "--kind", "floor", "--no-wait")
    nothing = site.admin("zone", "threat", "gallery")
    site.ask("zone", "threat", "gallery", "--at", "3", "--factor", "card-and-pin", "--no-wait")
    site.ask("zone", "threat", "gallery", "--at", "3", "--clearance", "2", "--no-wait")
    site.ask("zone", "threat", "gallery", "--at", "5", "--clearance", "9", "--no-wait")
    both = site.ask("zone", "threat", "gallery")
    site.ask("zone", "threat", "gallery", "--at", "3", "--none", "--no-wait")

    assert "gallery asks for the same at every threat level." in nothing.output
    assert both == [
        {"at": 3, "factor": "card-and-pin", "clearance": 2},
        {"at": 5, "factor": "card-or-pin", "clearance": 9},
    ]
    assert [step["at"] for step in site.ask("zone", "threat", "gallery")] == [5]


@pytest.mark.parametrize("given", [["--factor", "card"], ["--at", "3"], ["--at", "3", "--none", "--clearance", "1"]])
def test_what_says_too_little_or_too_much_of_a_level_is_wrong_use(site: ASite, given: list[str]) -> None:
    site.ask("zone", "add", "attic", "--kind", "floor", "--no-wait")

    assert site.admin("zone", "threat", "attic", *given).exit_code == 2


def test_the_threat_level_is_shown_raised_and_lowered_and_status_tells_it(site: ASite) -> None:
    (before,) = site.ask("threat", "show")
    site.ask("threat", "set", "4", "--no-wait")
    (raised,) = site.ask("threat", "show")
    status = site.admin("status").stdout
    site.ask("threat", "set", "1", "--no-wait")
    (lowered,) = site.ask("threat", "show")

    assert [each["threat"] for each in (before, raised, lowered)] == [1, 4, 1]
    assert "threat level 4" in status


def test_a_zone_that_becomes_strict_bars_clonable_cards_unless_it_is_told_otherwise(site: ASite) -> None:
    taken = []
    for zone, more in (("cage-1", []), ("cage-2", ["--clonable-cards"])):
        site.ask("zone", "add", zone, "--kind", "server-room", "--no-wait")
        site.ask("zone", "rule", zone, "--strict", *more, "--no-wait")
        (asked,) = site.ask("zone", "classes", zone)
        taken.append(asked["card_classes"])
    status = site.admin("status").stdout

    assert taken == [sorted(NOT_CLONABLE), []]
    assert "cage-2 is strict and takes cards that can be copied" in status
    assert "cage-1 is strict" not in status


def test_a_card_is_of_the_class_that_is_said_and_a_person_is_cleared_so_far(site: ASite) -> None:
    site.ask("person", "add", "grace", "--no-wait")
    site.ask("card", "add", "grace", "H10301:8:1", "--class", "seos", "--no-wait")
    site.ask("card", "replace", "H10301:8:1", "H10301:8:2", "--no-wait")
    site.ask("card", "class", "H10301:8:1", "prox", "--no-wait")
    site.ask("person", "clearance", "grace", "3", "--no-wait")
    cards = [card["card_class"] for card in site.ask("list", "cards") if card["handle"] == "grace"]
    (cleared,) = site.ask("person", "clearance", "grace")

    assert sorted(cards) == ["prox", "seos"]
    assert cleared == {"handle": "grace", "clearance": 3}


def test_why_and_who_tell_what_would_be_at_a_threat_level(site: ASite) -> None:
    site.ask("zone", "add", "studio", "--kind", "floor", "--no-wait")
    site.ask("door", "add", "studio-1", "studio", "--no-wait")
    site.ask("zone", "threat", "studio", "--at", "4", "--clearance", "1", "--no-wait")
    site.ask("person", "add", "alan", "--no-wait")
    site.ask("card", "add", "alan", "H10301:7:1", "--no-wait")
    site.ask("grant", "alan", "studio", "--no-wait")

    now, then = site.admin("why", "alan", "studio-1"), site.admin("why", "alan", "studio-1", "--threat", "4")
    could, could_then = (site.admin("who", "studio-1", "--threat", level).output for level in ("3", "4"))

    assert (now.exit_code, then.exit_code) == (0, 1)
    assert "at threat level 4" in then.stdout
    assert "`doorctl person clearance alan 2`" in then.stdout
    assert "1 of" in could
    assert "Not let in: 1 clearance_too_low" in could_then


def test_a_site_file_says_all_of_it_and_a_file_that_was_exported_has_nothing_to_do(
    site: ASite, tmp_path: Path
) -> None:
    file, plan, export = tmp_path / "site.yaml", str(tmp_path / "plan.json"), str(tmp_path / "export.yaml")
    file.write_text(SITE_YAML)
    site.ask("plan", str(file), "--out", plan)
    applied = site.admin("apply", plan)
    site.ask("export-site", "--out", export)
    again = site.admin("plan", export)
    file.write_text(SITE_YAML.replace("[seos, desfire]", "[seos]").replace("clearance: 2, cards", "cards"))
    other = site.admin("plan", str(file))

    written = Path(export).read_text()
    assert applied.exit_code == 0, applied.output
    assert again.stdout.startswith("nothing to do")
    assert ("class: desfire" in written, "clearance: 2" in written) == (True, True)
    assert "rule  zone server-room: card_classes desfire, seos -> seos\n" in other.stdout
