"""Visitors in a site file: who is written as what they cannot be, and in which order a plan makes them so."""

from dataclasses import replace

import pytest

from doorctl.core.model import ZoneKind
from doorctl.site.differences import Differences
from doorctl.site.mistakes import Mistakes, SiteFileError
from doorctl.site.references import check_references
from doorctl.site.site_yaml import entries_from
from doorctl.site.state import PersonState, SiteState, ZoneState
from doorctl.site.visits import EscortState, SponsorState, VisitorState, escort_in, sponsor_in
from doorctl.wire.visits import SponsorRemove, SponsorSet, VisitorEnd, VisitorSet, ZoneEscortSet
from tests.site.builders import EMPTY, a_person

INVITES = SponsorState(frozenset({"floor-3"}), 3, 3600)
FLOOR = ZoneState(ZoneKind.FLOOR)
HOLDERS = {"ada": "h1", "grace": "h2"}


def a_site(ada: PersonState, grace: PersonState, zone: ZoneState = FLOOR) -> SiteState:
    return replace(EMPTY, people={"ada": ada, "grace": grace}, zones={"floor-3": zone}, groups=frozenset({"guards"}))


def mistakes_in(wanted: SiteState, present: SiteState = EMPTY) -> str:
    with pytest.raises(SiteFileError) as found:
        check_references(wanted, present, Mistakes("site.yaml"))
    return str(found.value)


ADA, HOST = a_person(cards={}), a_person(cards={}, sponsor=INVITES)
VISITOR = a_person(cards={}, visitor=VisitorState("ada"))
GUEST = a_person(cards={}, visitor=VisitorState("ada", sponsor="ada"))


@pytest.mark.parametrize(
    ("ada", "grace", "told"),
    [
        (ADA, a_person(visitor=VisitorState("alan")), "escort: there is no person alan"),
        (ADA, a_person(visitor=VisitorState(escort_group="gards")), "there is no group gards: is it guards?"),
        (ADA, GUEST, "sponsor: ada may invite nobody"),
        (VISITOR, VISITOR, "escort: ada is a visitor, and no visitor brings another"),
        (VISITOR, ADA, "nobody brings or invites themselves"),
        (ADA, replace(VISITOR, sponsor=INVITES), "a visitor invites nobody"),
        (a_person(sponsor=replace(INVITES, zones=frozenset({"flor-3"}))), ADA, "there is no zone flor-3"),
    ],
)
def test_who_cannot_be_what_is_written_is_told(ada: PersonState, grace: PersonState, told: str) -> None:
    assert told in mistakes_in(a_site(ada, grace))


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        (replace(FLOOR, visitors=EscortState(group="staff")), "visitors: there is no group staff"),
        (replace(FLOOR, strict=True, visitors=EscortState(alone=True)), "nobody visits a strict zone alone"),
    ],
)
def test_how_visitors_cannot_enter_is_told(zone: ZoneState, told: str) -> None:
    assert told in mistakes_in(a_site(ADA, ADA, zone))


def test_a_visitor_whose_escort_is_gone_stays_one() -> None:
    site = a_site(ADA, a_person(visitor=VisitorState("h9")))

    check_references(site, site, Mistakes("site.yaml"))


@pytest.mark.parametrize(
    ("before", "after", "verbs"),
    [
        (a_site(HOST, ADA), a_site(HOST, GUEST), [VisitorSet("h2", "h1", sponsor="h1")]),
        (a_site(HOST, GUEST), a_site(HOST, VISITOR), [VisitorEnd("h2"), VisitorSet("h2", "h1")]),
        (a_site(HOST, GUEST), a_site(HOST, ADA), [VisitorEnd("h2")]),
        (a_site(HOST, ADA), a_site(ADA, ADA), [SponsorRemove("h1")]),
        (a_site(ADA, ADA), a_site(HOST, ADA), [SponsorSet("h1", ("floor-3",), 3, 3600)]),
        (
            a_site(ADA, ADA),
            a_site(ADA, ADA, replace(FLOOR, visitors=EscortState(most=2))),
            [ZoneEscortSet("floor-3", most=2)],
        ),
    ],
)
def test_a_plan_makes_of_people_what_is_written(before: SiteState, after: SiteState, verbs: list[object]) -> None:
    present = replace(before, holders=HOLDERS)

    assert [step.verb for step in Differences(present, after, lambda: "x").steps()] == verbs


def test_entries_are_read_as_people_write_them() -> None:
    text = """
    people:
      - {handle: ada, sponsor: {zones: [floor-3], guests: 3, stay: 1h}}
      - {handle: grace, visitor: {escort: Ada, sponsor: ada}}
    zones:
      - {zone: floor-3, kind: floor, visitors: {within: 20s, most: 2, per: 10m, group: guards}}
    """
    entries = entries_from(text, source="site.yaml")
    assert entries.people is not None
    assert entries.zones is not None

    assert sponsor_in(entries.people[0].sponsor) == INVITES
    assert escort_in(entries.zones[0].visitors) == EscortState(False, 20, 2, 600, "guards")


@pytest.mark.parametrize(
    "entry",
    [
        "visitor: {escort: ada, escort_group: guards}",
        "sponsor: {zones: [floor-3], guests: 0, stay: 1h}",
        "visitor: {host: ada}",
    ],
)
def test_what_cannot_be_read_is_refused(entry: str) -> None:
    with pytest.raises(SiteFileError):
        entries_from(f"people: [{{handle: grace, {entry}}}]", source="site.yaml")
