"""References of a site file to what is not there, and those that may stay."""

from dataclasses import replace

import pytest
from hypothesis import given

from doorctl.core.model import Factor, ZoneKind
from doorctl.policy.rows import FactorTime
from doorctl.site.mistakes import Mistakes, SiteFileError
from doorctl.site.references import check_references
from doorctl.site.state import GROUP, PERSON, ScheduleState, SiteState, Subject, Terms, ZoneState
from tests.site.builders import EMPTY, a_person, sites

FLOOR = ZoneState(ZoneKind.FLOOR)
STAFF_ON_FLOOR = (Subject(GROUP, "staff"), "floor-3")
SITE = SiteState(
    people={"ada": a_person(groups=frozenset({"staff"}))},
    groups=frozenset({"staff"}),
    zones={"floor-3": FLOOR},
    doors={"east": "floor-3"},
    schedules={"office": ScheduleState(())},
    holidays=frozenset(),
    grants={STAFF_ON_FLOOR: frozenset({Terms("office")})},
)


def check(wanted: SiteState, present: SiteState = EMPTY) -> None:
    check_references(wanted, present, Mistakes("site.yaml", {"person ada": "people.csv line 3 (ada)"}))


def grants_of(subject: Subject, zone: str = "floor-3", schedule: str | None = None) -> SiteState:
    return replace(SITE, grants={(subject, zone): frozenset({Terms(schedule)})})


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (
            replace(SITE, people={"ada": a_person(groups=frozenset({"stuff"}))}),
            "people.csv line 3 (ada): there is no group stuff: is it staff?",
        ),
        (
            replace(SITE, people={"grace": a_person(groups=frozenset({"x"}))}, groups=frozenset(), grants={}),
            "person grace: there is no group x: name it under `groups:`, or correct this",
        ),
        (replace(SITE, doors={"east": "floor-4"}), "door east: there is no zone floor-4: is it floor-3?"),
        (
            replace(SITE, zones={"floor-3": replace(FLOOR, break_glass="guards")}),
            "zone floor-3: break_glass: there is no group guards: name it under `groups:`, or correct this",
        ),
        (
            replace(SITE, zones={"floor-3": replace(FLOOR, factor_times=(FactorTime("ofice", Factor.PIN),))}),
            "zone floor-3: factor_times: there is no schedule ofice: is it office?",
        ),
        (
            replace(SITE, zones={"floor-3": replace(FLOOR, strict=True, factor=Factor.CARD_OR_PIN)}),
            "zone floor-3: a strict zone lets in by a roster of cards: it takes no PIN without a card",
        ),
        (
            replace(
                SITE,
                zones={"floor-3": replace(FLOOR, strict=True, factor_times=(FactorTime("office", Factor.PIN),))},
            ),
            "zone floor-3: a strict zone lets in by a roster of cards: it takes no PIN without a card",
        ),
        (
            grants_of(Subject(GROUP, "staf")),
            "grant of staf for floor-3: there is no group staf: is it staff?",
        ),
        (
            grants_of(Subject(PERSON, "alan")),
            "grant of alan for floor-3: there is no person alan: name it under `people:`, or correct this",
        ),
        (
            grants_of(Subject(GROUP, "staff"), "floor-33"),
            "grant of staff for floor-33: there is no zone floor-33: is it floor-3?",
        ),
        (
            grants_of(Subject(GROUP, "staff"), schedule="offices"),
            "grant of staff for floor-3: there is no schedule offices: is it office?",
        ),
    ],
)
def test_what_refers_to_nothing_is_told_with_its_place(wanted: SiteState, told: str) -> None:
    with pytest.raises(SiteFileError) as found:
        check(wanted)

    assert str(found.value).splitlines()[1:] == [told]


def test_every_mistake_is_told_at_once() -> None:
    wanted = replace(SITE, groups=frozenset(), zones={})

    with pytest.raises(SiteFileError, match=r"3 mistake\(s\)"):
        check(wanted)


@given(sites())
def test_a_whole_site_refers_to_what_it_has(site: SiteState) -> None:
    check(site)


def test_what_the_file_does_not_speak_of_is_looked_for_at_the_hub() -> None:
    check(SiteState(grants=SITE.grants), present=SITE)


def test_a_group_that_goes_takes_its_memberships_and_grants_along() -> None:
    check(SiteState(groups=frozenset()), present=SITE)


def test_a_person_who_goes_takes_their_grants_along() -> None:
    check(SiteState(people={}), present=grants_of(Subject(PERSON, "ada")))


def test_a_zone_does_not_go_while_doors_and_grants_lead_into_it() -> None:
    with pytest.raises(SiteFileError, match=r"2 mistake\(s\)"):
        check(SiteState(zones={}), present=SITE)
