"""Classes and threat levels as people write them, in commands and in a site file."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from doorctl.core.classes import NOT_CLONABLE, CardClass, ReaderClass
from doorctl.core.model import Factor, ZoneKind
from doorctl.site.bars import (
    ThreatEntry,
    card_classes_in,
    checked_steps,
    reader_classes_in,
    steps_in,
    written_classes,
    written_steps,
)
from doorctl.site.differences import Differences
from doorctl.site.entries import SiteEntries
from doorctl.site.mistakes import Mistakes, SiteFileError
from doorctl.site.reading import Reading, entries_of
from doorctl.site.rule_changes import rule_changes
from doorctl.site.site_yaml import entries_from
from doorctl.site.state import CardState, SiteState, ZoneState
from doorctl.wire.classes import CardClassSet, ZoneClassesSet
from doorctl.wire.commands import CardEdit
from doorctl.wire.threats import ClearanceSet, ZoneThreatSet
from doorctl.wire.verb import VerbStruct
from tests.site.builders import EMPTY, a_person

KEY = "aa" * 32
PLAIN = ZoneState(ZoneKind.FLOOR)
UTC = ZoneInfo("UTC")
AT_2, AT_3 = ThreatEntry(2, Factor.CARD), ThreatEntry(3, Factor.CARD_AND_PIN, 2)


def read(entries: SiteEntries) -> SiteState:
    return Reading(UTC, {}, str, Mistakes("site.yaml")).state_of(entries)


def with_zone(zone: ZoneState) -> SiteState:
    return replace(EMPTY, zones={"lab": zone})


def verbs(present: SiteState, wanted: SiteState) -> list[VerbStruct]:
    return [step.verb for step in Differences(present, wanted, lambda: "id").steps()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all", ()),
        ("wiegand", (ReaderClass.WIEGAND,)),
        ("text, osdp-sc", (ReaderClass.TEXT, ReaderClass.OSDP_SC)),
    ],
)
def test_classes_of_readers_are_written_with_commas(text: str, expected: tuple[ReaderClass, ...]) -> None:
    assert reader_classes_in(text) == expected


def test_classes_of_cards_can_be_those_that_cannot_be_copied() -> None:
    assert set(card_classes_in("not-clonable")) == NOT_CLONABLE
    assert card_classes_in("prox,seos") == (CardClass.PROX, CardClass.SEOS)
    assert card_classes_in("all") == ()


@pytest.mark.parametrize("text", ["radio", "wiegand,radio", "", "wiegand,", "not-clonable"])
def test_a_class_that_there_is_not_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is none of osdp-sc, wiegand, text"):
        reader_classes_in(text)


def test_what_lists_tell_is_written_as_it_is_read() -> None:
    assert written_classes('["wiegand","text"]') == "wiegand, text"
    assert written_classes("[]") == "all"
    steps = '[{"threat":2,"factor":"card"},{"threat":3,"factor":"card-and-pin","clearance":2}]'
    assert steps_in(steps) == (AT_2, AT_3)
    assert written_steps(steps) == "2: card, clearance 0; 3: card-and-pin, clearance 2"


def test_steps_come_in_their_order_without_those_that_ask_for_nothing() -> None:
    assert checked_steps((AT_3, ThreatEntry(5), AT_2)) == (AT_2, AT_3)
    with pytest.raises(ValueError, match="threat level 3 stands here twice"):
        checked_steps((AT_3, ThreatEntry(3)))


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("reader_classes: [radio]", "none of osdp-sc, wiegand, text"),
        ("card_classes: [paper]", "none of prox, mifare-classic, iclass, desfire, seos, unknown"),
        ("threats: [{threat: 6}]", "at most 5"),
        ("threats: [{threat: 3, clearance: 10}]", "at most 9"),
        ("threats: [{threat: 3, at: 4}]", "at is nothing that can stand here"),
    ],
)
def test_a_site_file_says_only_what_there_is(zone: str, told: str) -> None:
    with pytest.raises(SiteFileError, match=told):
        entries_from(f"zones: [{{zone: lab, kind: floor, {zone}}}]", source="site.yaml")


@pytest.mark.parametrize(
    ("said", "classes"),
    [
        ("strict: true", (CardClass.DESFIRE, CardClass.SEOS)),
        ("strict: true, card_classes: []", ()),
        ("strict: true, card_classes: [seos, prox]", (CardClass.PROX, CardClass.SEOS)),
        ("strict: false", ()),
        ("card_classes: [seos]", (CardClass.SEOS,)),
    ],
)
def test_a_strict_zone_of_a_site_file_bars_what_can_be_copied_unless_it_says_otherwise(
    said: str, classes: tuple[CardClass, ...]
) -> None:
    entries = entries_from(f"zones: [{{zone: lab, kind: floor, {said}}}]", source="site.yaml")

    zone = (read(entries).zones or {})["lab"]

    assert zone == replace(PLAIN, strict="strict: true" in said, card_classes=classes)
    assert read(entries_of(with_zone(zone), site="example", timezone=UTC)) == with_zone(zone)


def test_a_plan_brings_a_zone_from_what_it_takes_and_asks_for_to_what_it_shall() -> None:
    before = ZoneState(ZoneKind.FLOOR, card_classes=(CardClass.SEOS,), threats=(AT_2, ThreatEntry(4, clearance=1)))
    after = ZoneState(ZoneKind.FLOOR, reader_classes=(ReaderClass.TEXT,), threats=(AT_2, AT_3))

    assert verbs(with_zone(before), with_zone(after)) == [
        ZoneThreatSet("lab", 4),
        ZoneThreatSet("lab", 3, Factor.CARD_AND_PIN, 2),
        ZoneClassesSet("lab", (ReaderClass.TEXT,)),
    ]
    assert verbs(with_zone(after), with_zone(after)) == []


def test_a_plan_tells_what_changes_of_a_zone() -> None:
    after = ZoneState(ZoneKind.FLOOR, reader_classes=(ReaderClass.TEXT,), threats=(AT_3,))

    assert rule_changes(with_zone(PLAIN), with_zone(after)) == (
        "zone lab: reader_classes none -> text",
        "zone lab: threats none -> 3: card-and-pin, clearance 2",
    )


def test_a_plan_says_of_which_class_cards_are_and_how_far_people_are_cleared() -> None:
    before, after = a_person(), a_person(cards={KEY: CardState(card_class=CardClass.SEOS)}, clearance=2)
    present, wanted = (replace(EMPTY, people={"ada": person}, holders={"ada": "h1"}) for person in (before, after))

    changes = verbs(present, wanted)

    assert changes == [ClearanceSet("h1", 2), CardClassSet(CardClass.SEOS)]
    assert not [each for each in changes if isinstance(each, CardEdit)]


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        (PLAIN, replace(PLAIN, strict=True), True),
        (PLAIN, replace(PLAIN, strict=True, card_classes=(CardClass.SEOS, CardClass.PROX)), True),
        (PLAIN, replace(PLAIN, strict=True, card_classes=tuple(NOT_CLONABLE)), False),
        (replace(PLAIN, strict=True), replace(PLAIN, strict=True, persons=2), False),
        (None, replace(PLAIN, strict=True), True),
        (None, PLAIN, False),
    ],
)
def test_a_plan_names_a_zone_that_becomes_strict_and_takes_cards_that_can_be_copied(
    before: ZoneState | None, after: ZoneState, named: bool
) -> None:
    told = rule_changes(EMPTY if before is None else with_zone(before), with_zone(after))

    assert any("takes cards that can be copied" in line for line in told) is named
