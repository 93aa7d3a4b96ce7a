"""When it is forgotten who is inside: by the policy once, each day at a zone's time, with a person who is erased."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from doorctl.audit.occupancy import Forgotten, KeptOccupancy
from doorctl.core.areas import Occupancy, Passback, last_reset
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.door.presence.occupancy_watch import OccupancyWatch
from doorctl.policy.building import Building, PolicyPosition
from tests.core.builders import NOON
from tests.door.counted import CountedDoors, nested, one_zone

PARIS = ZoneInfo("Europe/Paris")
HARD = Occupancy(passback=Passback.HARD, reset_minute=4 * 60)


@dataclass
class Watched:
    """Doors that count, and who looks after that."""

    doors: CountedDoors
    trusted: bool = True
    resets: set[tuple[str, str, int]] = field(default_factory=set)
    erased: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.watch = OccupancyWatch(
            self.doors.book,
            self.doors.records,
            clock=lambda: self.doors.wall,
            is_clock_trusted=lambda: self.trusted,
        )
        self.learn()

    def learn(self) -> None:
        """Learn a policy with these resets."""
        position = PolicyPosition(1, 7)
        resets = frozenset(self.resets)
        self.watch.learn(
            Building(position, {}, self.doors.zones, {}, frozenset(), PARIS, erased=self.erased, resets=resets)
        )

    @property
    def forgotten(self) -> list[tuple[str, str, str]]:
        """Zone, subject and detail of each reset that was recorded."""
        resets = [each for each in self.doors.moved if each[0] is RecordKind.OCCUPANCY_RESET]
        return [(zone, subject, detail) for _, zone, subject, detail in resets]


def watched(occupancy: Occupancy = HARD) -> Watched:
    return Watched(CountedDoors(*one_zone(occupancy)))


def test_a_reset_of_the_policy_forgives_once_and_never_again() -> None:
    site = watched()
    site.doors.go("ada", "front")
    site.resets.add(("ada", "*", 100))
    site.learn()
    site.learn()

    told = [site.doors.go("ada", "front"), site.doors.go("ada", "front")]

    assert told == [Reason.GRANTED, Reason.PASSBACK]
    assert site.forgotten == [("", "holder:ada", "order: 1 forgotten")]


def test_a_reset_that_was_carried_out_before_the_restart_is_not_again() -> None:
    kept = KeptOccupancy({("ada", "floor-3"): (int(NOON.timestamp()) - 60, 7)}, {("*", "*"): (100, 5)})
    site = Watched(CountedDoors(*one_zone(HARD), kept=kept), resets={("*", "*", 100)})

    assert (site.forgotten, site.doors.go("ada", "front")) == ([], Reason.PASSBACK)


def test_a_reset_of_a_zone_forgets_those_in_it_and_forgives_all_who_pass_there() -> None:
    floor = Occupancy(around=("building",), passback=Passback.HARD)
    site = Watched(CountedDoors(*nested(floor=floor, building=Occupancy(passback=Passback.HARD))))
    site.doors.go("ada", "gate")
    site.doors.go("ada", "front")
    site.doors.go("grace", "gate")
    site.doors.pass_time(60)
    site.resets.add(("*", "floor", 100))
    site.learn()

    assert site.doors.count("building", "floor") == (2, 0)
    assert [site.doors.go(who, "front", out=True) for who in ("ada", "grace")] == [Reason.GRANTED] * 2
    assert site.doors.go("grace", "gate") is Reason.PASSBACK


def test_who_enters_in_the_very_second_of_a_reset_is_inside() -> None:
    site = watched()
    site.resets.add(("*", "floor-3", 100))
    site.learn()

    assert [site.doors.go("ada", "front"), site.doors.go("ada", "front")] == [Reason.GRANTED, Reason.PASSBACK]


def test_each_day_at_its_time_a_zone_is_forgotten_by_the_clock_of_the_site() -> None:
    site = watched()
    site.doors.wall = datetime(2026, 6, 4, 1, 59, tzinfo=UTC)  # a minute before four in Paris
    site.doors.go("ada", "front")
    site.watch.tick()
    before = site.doors.count("floor-3")

    site.doors.pass_time(60)
    site.doors.go("grace", "front")
    for _ in range(3):
        site.watch.tick()

    assert (before, site.doors.count("floor-3")) == ((1,), (1,))
    assert site.forgotten == [("floor-3", "", "schedule: 1 forgotten")]
    assert site.doors.go("ada", "front") is Reason.GRANTED


def test_a_reset_by_the_clock_is_told_also_where_it_only_forgives_who_is_known_to_be_outside() -> None:
    site = watched()
    site.doors.wall = datetime(2026, 6, 4, 1, 59, tzinfo=UTC)
    for out in (False, True):
        site.doors.go("ada", "front", out=out)

    site.doors.pass_time(60)
    for _ in range(2):
        site.watch.tick()

    assert site.forgotten == [("floor-3", "", "schedule: 0 forgotten")]


def test_a_reset_that_reaches_less_far_than_one_before_takes_nothing_back() -> None:
    book = watched().doors.book
    now = int(NOON.timestamp())
    for before in (now, now - 50):
        book.forget("schedule", zone="floor-3", before=before)

    assert book.last_reset("floor-3") == now


def test_a_clock_that_nothing_confirms_forgets_nobody() -> None:
    site = watched()
    site.doors.go("ada", "front")
    site.trusted = False
    site.doors.pass_time(86_400)

    site.watch.tick()

    assert site.doors.count("floor-3") == (1,)


def test_an_erased_person_is_inside_no_longer_and_nothing_leads_to_them_any_more() -> None:
    site = watched()
    site.doors.keeps_waiting = True
    for who in ("ada", "grace"):
        site.doors.swipe(who, "front")
    site.doors.commit()
    site.doors.open("front")
    site.doors.fail()

    site.erased = frozenset({"ada"})
    site.learn()
    site.watch.tick()
    site.doors.commit()

    assert site.doors.count("floor-3") == (1,)
    assert [it.subject for it in site.doors.drafts[-1:]] == ["holder:grace"]


def test_a_reset_is_remembered_with_its_record() -> None:
    site = watched()
    site.resets.add(("*", "floor-3", 100))

    site.learn()

    now = int(NOON.timestamp())
    (draft,) = site.doors.drafts
    assert draft.remembered == (Forgotten("*", ("floor-3",), now + 1, now, ("*", "floor-3", 100)),)


@pytest.mark.parametrize(
    ("minute", "at", "last"),
    [
        (240, "2026-06-03T12:00+02:00", "2026-06-03T04:00+02:00"),
        (240, "2026-06-03T04:00+02:00", "2026-06-03T04:00+02:00"),
        (240, "2026-06-03T03:59:59+02:00", "2026-06-02T04:00+02:00"),
        (240, "2026-03-29T12:00+02:00", "2026-03-29T04:00+02:00"),
        (0, "2026-10-25T00:30+02:00", "2026-10-25T00:00+02:00"),
        (1439, "2028-03-01T00:00+01:00", "2028-02-29T23:59+01:00"),
    ],
)
def test_the_last_time_of_day_is_that_of_a_clock_on_the_wall(minute: int, at: str, last: str) -> None:
    assert last_reset(minute, datetime.fromisoformat(at), PARIS) == datetime.fromisoformat(last)


def test_a_time_that_the_clock_skips_comes_once_a_day_all_the_same() -> None:
    moments = [datetime(2026, 3, 28, 12, tzinfo=UTC) + timedelta(minutes=minute) for minute in range(3 * 1440)]
    resets = {last_reset(150, moment, PARIS) for moment in moments}

    assert len(resets) == 4
    assert all(
        timedelta(hours=22) < later - earlier < timedelta(hours=26) for earlier, later in pairwise(sorted(resets))
    )
