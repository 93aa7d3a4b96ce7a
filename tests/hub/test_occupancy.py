"""Who is inside by uploaded records: each controller by itself, the newest word counts, names for those who may."""

from datetime import timedelta

import pytest

from doorctl.audit.leaf import TreeMark
from doorctl.core.areas import Passback
from doorctl.core.model import ZoneKind
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.hub.own_log import Entry
from doorctl.trust.note import Role
from doorctl.wire.commands import CardAdd, DoorSet, GrantAdd, PersonAdd, PersonRemove, ZoneSet
from doorctl.wire.messages import FEATURE_LEVEL
from doorctl.wire.occupancy_words import OccupancyFound, OccupancyOf, ZoneOccupancySet
from doorctl.wire.privacy import PersonErase, RetentionSet
from doorctl.wire.questions import Why
from doorctl.wire.results import WhyResult
from tests.hub.alerts.watching import a_log, write
from tests.hub.builders import ADAS_CARD, NOON, NOON_SECONDS, ASite, a_private, later
from tests.hub.logs import ALog, send, tree_of
from tests.hub.own_log.writing import an_own_log

ENTERED, LEFT, RESET = RecordKind.ENTERED, RecordKind.LEFT, RecordKind.OCCUPANCY_RESET


@pytest.fixture
def building(site_with_two: ASite) -> ASite:
    """A building with a floor in it, Ada and Grace."""
    for zone in ("building", "floor"):
        site_with_two.ask(ZoneSet(zone, ZoneKind.FLOOR))
    site_with_two.ask(ZoneOccupancySet("floor", within="building", most=8))
    for holder, handle in (("h1", "ada"), ("h2", "grace")):
        site_with_two.ask(PersonAdd(holder), a_private(handle=handle, name=handle.title()))
    return site_with_two


def move(log: ALog, kind: RecordKind, zone: str, holder: str = "h1", *, at: int | None = None) -> None:
    """Write that somebody moved, or was forgotten."""
    write(log, at=at, subject=f"holder:{holder}" if holder else "", kind=kind, zone=zone, outcome=None)


def arrive(site: ASite, *logs: ALog) -> None:
    for log in logs:
        assert send(site, log.batch(0, len(log.leaves)), log.openings, at=later(60))


def found(site: ASite, zone: str | None = None, *, names: bool = False, role: Role | None = None) -> OccupancyFound:
    admin = site.grace if role is None else site.hire(f"{role}-1", role)
    return site.ask_for(OccupancyOf(zone, names=names), OccupancyFound, admin=admin)


def test_who_entered_and_has_not_left_is_counted_zone_by_zone(building: ASite) -> None:
    log = a_log(building)
    for holder in ("h1", "h2"):
        move(log, ENTERED, "building", holder)
        move(log, ENTERED, "floor", holder)
    move(log, LEFT, "floor", "h2")
    arrive(building, log)

    told = found(building, names=True, role=Role.OFFICER)

    assert (told.counts, told.most) == ({"building": 2, "floor": 1}, {"floor": 8})
    assert [(it.zone, it.handle, it.name, it.controller, it.record) for it in told.lines] == [
        ("building", "ada", "Ada", "pi-1", 0),
        ("building", "grace", "Grace", "pi-1", 2),
        ("floor", "ada", "Ada", "pi-1", 1),
    ]
    assert found(building, "floor").counts == {"floor": 1}


def test_of_two_controllers_the_newest_word_counts_whichever_comes_first(building: ASite) -> None:
    entered, left = a_log(building), a_log(building, 1)
    move(entered, ENTERED, "floor", at=10)
    move(left, LEFT, "building", at=20)

    for logs in ((left, entered),):
        arrive(building, *logs)

    assert found(building).counts == {"building": 0, "floor": 0}


@pytest.mark.parametrize(
    ("zone", "holder", "left_over"),
    [
        ("", "", {"building": 0, "floor": 0}),
        ("building", "", {"building": 0, "floor": 0}),
        ("floor", "", {"building": 2, "floor": 0}),
        ("", "h1", {"building": 1, "floor": 1}),
        ("floor", "h1", {"building": 1, "floor": 1}),
        ("building", "h1", {"building": 1, "floor": 1}),
    ],
)
def test_what_a_controller_forgets_is_forgotten_here(
    building: ASite, zone: str, holder: str, left_over: dict[str, int]
) -> None:
    log, other = a_log(building), a_log(building, 1)
    for who in ("h1", "h2"):
        move(log, ENTERED, "building", who)
        move(log, ENTERED, "floor", who)
    move(log, RESET, zone, holder)
    arrive(building, log, other)

    assert found(building).counts == left_over


def test_who_has_entered_since_the_time_of_a_reset_is_inside_still(building: ASite) -> None:
    log = a_log(building)
    move(log, ENTERED, "floor", "h1", at=10)
    move(log, ENTERED, "floor", "h2", at=20)
    write(log, at=30, subject="", kind=RESET, zone="floor", outcome=None, before=NOON_SECONDS + 20)
    arrive(building, log)

    assert [it.handle for it in found(building, "floor", names=True, role=Role.OFFICER).lines] == ["grace"]


def test_a_reset_of_one_whose_opening_is_gone_makes_nobody_forgotten(building: ASite) -> None:
    log = a_log(building)
    for who in ("h1", "h2"):
        move(log, ENTERED, "building", who)
    move(log, RESET, "", "h1")
    assert send(building, log.batch(0, 3), log.openings[:2], at=later(60))

    assert found(building).counts["building"] == 2


def test_a_fire_at_one_controller_makes_no_other_forget(building: ASite) -> None:
    log, other = a_log(building), a_log(building, 1)
    move(log, ENTERED, "floor", "h1")
    move(log, RESET, "", "")
    move(other, ENTERED, "floor", "h2")
    arrive(building, other, log)

    assert found(building).counts == {"building": 0, "floor": 1}


def test_an_erased_person_is_nowhere_also_by_what_comes_late(building: ASite) -> None:
    log = a_log(building)
    move(log, ENTERED, "floor", "h1")
    arrive(building, log)
    before = found(building).counts

    building.ask(PersonErase("h1"))
    late = a_log(building, 1)
    move(late, ENTERED, "floor", "h1")
    arrive(building, late)

    assert (before, found(building).counts) == ({"building": 0, "floor": 1}, {"building": 0, "floor": 0})
    assert building.rows("SELECT * FROM whereabouts") == []


@pytest.mark.parametrize(("kept_days", "inside"), [(30, []), (31, ["h1"])])
def test_where_somebody_is_goes_with_the_opening_that_told_it(
    building: ASite, kept_days: int, inside: list[str]
) -> None:
    building.hub.chronicle.take_trust(building.trust(), NOON)
    building.ask(RetentionSet("*", openings_days=kept_days))
    log = a_log(building)
    move(log, ENTERED, "floor", "h1")
    arrive(building, log)
    an_own_log(building).append(
        Entry(RecordKind.COSIGNED, tree=TreeMark("pi-1", 1, 1, tree_of(log.leaves).root.hex())), at=NOON_SECONDS
    )

    for _ in range(20):
        building.hub.tick(NOON + timedelta(days=30, hours=12))

    assert [holder for (holder,) in building.rows("SELECT holder FROM whereabouts")] == inside


@pytest.mark.parametrize(("days", "count"), [(30, 1), (32, 0)])
def test_where_somebody_was_a_month_ago_is_forgotten_also_if_they_never_left(
    building: ASite, days: int, count: int
) -> None:
    log = a_log(building)
    move(log, ENTERED, "floor", "h1")
    arrive(building, log)

    building.hub.tidy(NOON + timedelta(days=days))

    assert len(building.rows("SELECT * FROM whereabouts")) == count


def test_who_was_removed_is_told_as_inside_no_longer(building: ASite) -> None:
    log = a_log(building)
    for holder in ("h1", "h2"):
        move(log, ENTERED, "floor", holder)
    arrive(building, log)
    building.ask(PersonRemove("h1"))

    told = found(building, names=True)

    assert (told.counts["floor"], [it.handle for it in told.lines]) == (1, ["grace"])


def test_who_may_not_know_names_is_told_numbers_alone(building: ASite) -> None:
    log = a_log(building)
    move(log, ENTERED, "floor")
    arrive(building, log)
    edith = building.hire("edith", Role.ADMIN)

    assert building.ask(OccupancyOf(names=True), admin=edith).reason == "not-allowed"
    told = building.ask_for(OccupancyOf(), OccupancyFound, admin=edith)
    assert (told.counts["floor"], told.lines) == (1, ())


def test_a_zone_that_is_not_there_is_told(building: ASite) -> None:
    assert building.ask(OccupancyOf("attic")).reason == "unknown-zone"


@pytest.fixture
def guarded(building: ASite) -> ASite:
    """The floor forbids passing back, and pi-1 has its door, by which Ada and Grace may enter."""
    building.ask(ZoneOccupancySet("floor", within="building", passback=Passback.HARD, most=1))
    building.ask(DoorSet("front", "floor"))
    for holder, card in (("h1", ADAS_CARD), ("h2", "H10301:1:2")):
        building.ask(CardAdd(holder), a_private(card=card))
        building.ask(GrantAdd(f"g-{holder}", "floor", holder=holder))
    building.ack(building.controllers[0], doors=("front",), level=FEATURE_LEVEL)
    return building


@pytest.mark.parametrize("holder", ["", "h1"])
def test_why_forgives_once_who_was_forgotten_elsewhere_than_outside(guarded: ASite, holder: str) -> None:
    log = a_log(guarded)
    for kind in (ENTERED, LEFT):
        move(log, kind, "building", "h1")
    arrive(guarded, log)
    before = why(guarded, "ada")
    move(log, RESET, "floor", holder)
    assert send(guarded, log.batch(2, 3), log.openings[2:], at=later(61))

    assert (before, why(guarded, "ada")) == ([Reason.PASSBACK], [Reason.GRANTED])


def why(site: ASite, handle: str, *, at: int | None = None) -> list[Reason]:
    return [it.reason for it in site.ask_for(Why("front", at=at), WhyResult, a_private(handle=handle)).reasons]


def test_why_knows_who_is_inside_by_the_count_of_the_site_now_and_at_no_other_time(guarded: ASite) -> None:
    log, other = a_log(guarded), a_log(guarded, 1)
    for zone in ("building", "floor"):
        move(log, ENTERED, zone, "h1")
    move(log, ENTERED, "building", "h2")
    arrive(guarded, log)
    inside = (why(guarded, "ada"), why(guarded, "grace"))
    move(log, LEFT, "floor", "h1", at=30)
    move(other, ENTERED, "floor", "h2")
    assert send(guarded, log.batch(3, 4), log.openings[3:], at=later(61))
    arrive(guarded, other)

    assert inside == ([Reason.PASSBACK], [Reason.ZONE_FULL])
    assert (why(guarded, "ada"), why(guarded, "grace")) == ([Reason.ZONE_FULL], [Reason.PASSBACK])
    assert why(guarded, "ada", at=int(later(7200).timestamp())) == [Reason.GRANTED]


def test_a_site_of_before_remembers_resets_from_now_on_and_who_was_inside(building: ASite) -> None:
    with_ada = (NOON_SECONDS, "ada", "floor-3")
    building.connection.execute(
        "INSERT INTO whereabouts VALUES ('pi-1', ?, ?, 1, ?, 1)", (*with_ada[1:], with_ada[0])
    )
    building.connection.execute("DROP TABLE whereabouts_resets")
    building.connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'm023_whereabouts_resets'")

    building.restart()

    assert building.rows("SELECT at, holder, zone FROM whereabouts") == [with_ada]
    assert building.rows("SELECT * FROM whereabouts_resets") == []
