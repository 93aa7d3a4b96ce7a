"""Who is inside by the count of the whole site: what other doors saw counts here while the hub is heard of."""

from dataclasses import replace
from datetime import timedelta

import pytest

from doorctl.audit.occupancy import KeptOccupancy
from doorctl.core.areas import OUTSIDE, Occupancy, Passback
from doorctl.core.machines.door_events import FireStarted
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.site_count import SILENCE_SECONDS
from doorctl.wire.bell import SiteOccupancy
from doorctl.wire.whereabouts import People, Word
from tests.door.counted import CountedDoors, nested, one_zone

HARD = Occupancy(passback=Passback.HARD)
FLOOR = "floor-3"
GRANTED, PASSBACK = Reason.GRANTED, Reason.PASSBACK


@pytest.fixture
def doors() -> CountedDoors:
    return CountedDoors(*one_zone(HARD))


def word(doors: CountedDoors, zone: str = FLOOR, *, inside: bool = True, ago: float = 10) -> Word:
    """Say that somebody is inside a zone, or left it, since so many seconds."""
    return Word(zone, int((doors.wall - timedelta(seconds=ago)).timestamp()), inside)


def whole(doors: CountedDoors, people: People | None = None, *, age: float = 0) -> None:
    """Tell the whole as of a while ago."""
    doors.book.hear(SiteOccupancy(doors.now - age, people or {}, begins=True))


def change(doors: CountedDoors, people: People | None = None) -> None:
    """Tell what has changed just now."""
    doors.book.hear(SiteOccupancy(doors.now, people or {}))


def come(doors: CountedDoors, *holders: str) -> list[Reason | None]:
    """Have them present their cards and pass one after the other; return the reasons."""
    reasons = []
    for holder in holders:
        doors.pass_time(2)
        reasons.append(doors.go(holder, "front"))
    return reasons


def details(doors: CountedDoors) -> list[str]:
    """Return the details of decisions and movements."""
    kinds = {RecordKind.DECISION, RecordKind.ENTERED, RecordKind.LEFT}
    return [it.statement.detail for it in doors.drafts if it.statement.kind in kinds]


def test_who_entered_by_another_door_of_the_site_enters_no_more(doors: CountedDoors) -> None:
    whole(doors, {"ada": (word(doors),)})

    assert doors.go("ada", "front") is PASSBACK
    assert doors.go("grace", "front") is GRANTED
    assert details(doors) == ["way in, count site", "way in, count site", "site"]


def test_who_left_by_another_door_enters_again(doors: CountedDoors) -> None:
    whole(doors)
    doors.go("ada", "front")
    doors.pass_time(10)
    change(doors, {"ada": (word(doors, inside=False, ago=5),)})

    assert doors.go("ada", "front") is GRANTED


def test_after_a_silence_our_own_count_alone_counts_and_the_record_says_so(doors: CountedDoors) -> None:
    whole(doors, {"ada": (word(doors),)})
    doors.pass_time(SILENCE_SECONDS)
    before = doors.go("ada", "front")
    doors.pass_time(1)
    after = doors.go("ada", "front")

    assert (before, after) == (PASSBACK, GRANTED)
    assert details(doors) == ["way in, count site", "way in, count own", "own"]


def test_a_sign_of_life_keeps_the_sites_count(doors: CountedDoors) -> None:
    whole(doors, {"ada": (word(doors),)})
    doors.pass_time(40)
    change(doors)
    doors.pass_time(40)

    assert doors.go("ada", "front") is PASSBACK


def test_what_was_held_back_for_too_long_is_as_old_as_it_is(doors: CountedDoors) -> None:
    whole(doors, {"ada": (word(doors),)}, age=SILENCE_SECONDS + 1)

    assert doors.go("ada", "front") is GRANTED


def test_without_a_whole_a_change_counts_for_nothing(doors: CountedDoors) -> None:
    change(doors, {"ada": (word(doors),)})

    assert doors.go("ada", "front") is GRANTED
    assert details(doors)[0] == "way in, count own"


def test_a_restart_knows_nothing_of_the_site() -> None:
    doors = CountedDoors(*one_zone(HARD))
    whole(doors, {"ada": (word(doors),)})

    assert CountedDoors(*one_zone(HARD)).go("ada", "front") is GRANTED


def test_half_a_whole_counts_for_nothing_and_leaves_what_counted_before(doors: CountedDoors) -> None:
    whole(doors, {"ada": (word(doors),)})
    doors.book.hear(SiteOccupancy(doors.now, {"grace": (word(doors),)}, begins=True, ends=False))
    half = doors.swipe("ada", "front"), doors.count(FLOOR)
    doors.go("alan", "front")
    doors.book.hear(SiteOccupancy(doors.now, {"barbara": (word(doors),)}))

    assert half == (PASSBACK, (1,))
    assert come(doors, "ada", "grace", "alan", "barbara") == [
        GRANTED,
        PASSBACK,
        PASSBACK,
        PASSBACK,
    ]


def test_what_the_hub_has_not_counted_yet_of_our_own_doors_counts_here(doors: CountedDoors) -> None:
    whole(doors, {"ada": (word(doors, inside=False),), "grace": (word(doors),)})
    doors.go("ada", "front")
    doors.go("grace", "front", out=True)
    doors.pass_time(5)
    whole(doors, {"ada": (word(doors, inside=False, ago=15),), "grace": (word(doors, ago=15),)})

    assert come(doors, "ada", "grace") == [PASSBACK, GRANTED]


def test_who_left_by_our_door_before_a_restart_is_outside_though_the_hub_does_not_know_it_yet() -> None:
    left = KeptOccupancy({("ada", OUTSIDE): (int(CountedDoors(*one_zone(HARD)).wall.timestamp()) - 5, 0)})
    doors = CountedDoors(*one_zone(HARD), kept=left)
    whole(doors, {"ada": (word(doors, ago=60),)})

    assert doors.go("ada", "front") is GRANTED


def test_who_is_known_here_alone_counts_with_all_others(doors: CountedDoors) -> None:
    doors.go("ada", "front")
    whole(doors, {"grace": (word(doors),)})

    assert doors.count(FLOOR) == (2,)


def test_of_whom_the_hub_knows_nothing_any_more_is_forgiven(doors: CountedDoors) -> None:
    whole(doors, {"ada": (word(doors),)})
    change(doors, {"ada": ()})

    assert doors.go("ada", "front") is GRANTED


def test_who_left_elsewhere_is_forgiven_by_our_own_count_when_the_hub_falls_silent(doors: CountedDoors) -> None:
    doors.go("ada", "front")
    doors.pass_time(10)
    whole(doors, {"ada": (word(doors, inside=False, ago=5),)})
    doors.pass_time(SILENCE_SECONDS + 1)

    assert doors.go("ada", "front") is GRANTED


def test_who_entered_elsewhere_is_not_kept_in_by_our_own_count_when_the_hub_falls_silent(doors: CountedDoors) -> None:
    doors.go("ada", "front", out=True)
    doors.pass_time(10)
    whole(doors, {"ada": (word(doors, ago=5),)})
    doors.pass_time(SILENCE_SECONDS + 1)

    assert doors.go("ada", "front", out=True) is GRANTED


def test_the_site_counts_how_many_a_zone_holds_and_who_stays() -> None:
    doors = CountedDoors(*one_zone(Occupancy(limits=((FLOOR, 2),), least=2)))
    whole(doors, {who: (word(doors),) for who in ("ada", "grace")})

    assert doors.swipe("alan", "front") is Reason.ZONE_FULL
    assert doors.swipe("ada", "front", out=True) is Reason.MINIMUM_AWAITED


def test_who_leaves_a_building_leaves_the_floor_that_another_controller_let_them_into() -> None:
    doors = CountedDoors(*nested(floor=Occupancy(around=("building",)), building=HARD))
    whole(doors, {"ada": (word(doors, "building"), word(doors, "floor"))})
    doors.go("ada", "gate", out=True)

    assert [(kind, zone, detail) for kind, zone, _, detail in doors.moved] == [
        (RecordKind.LEFT, "floor", "site"),
        (RecordKind.LEFT, "building", "site"),
    ]
    assert doors.count("building", "floor") == (0, 0)


def test_who_goes_on_within_a_building_is_inside_it_by_our_own_count_from_then_on() -> None:
    doors = CountedDoors(*nested(floor=replace(HARD, around=("building",)), building=HARD))
    whole(doors, {"ada": (word(doors, "building"),)})
    reason = doors.go("ada", "front")
    doors.pass_time(SILENCE_SECONDS + 1)

    assert (reason, doors.count("building", "floor")) == (GRANTED, (1, 1))
    assert doors.go("ada", "front", out=True) is GRANTED
    assert doors.count("building", "floor") == (1, 0)


def test_an_out_reader_that_is_the_only_way_out_keeps_nobody_in_by_the_sites_count() -> None:
    doors = CountedDoors(*one_zone(HARD), egress_is_wired=False)
    whole(doors, {"ada": (word(doors, inside=False),)})

    assert doors.go("ada", "front", out=True) is Reason.PASSBACK_NOTED


def test_fire_forgets_what_was_told_and_what_is_told_of_before_it(doors: CountedDoors) -> None:
    whole(doors, {"ada": (word(doors),), "grace": (word(doors, ago=-3),)})
    doors.tell("front", FireStarted(doors.now))
    forgotten = doors.moved[-1]
    doors.pass_time(10)
    change(doors, {"ada": (word(doors, ago=20),)})

    assert (forgotten[0], forgotten[3]) == (RecordKind.OCCUPANCY_RESET, "fire: 2 forgotten")
    assert come(doors, "ada", "grace") == [GRANTED, GRANTED]


def test_a_reset_of_one_person_forgives_them_what_the_hub_tells_of_before(doors: CountedDoors) -> None:
    whole(doors, {"ada": (word(doors),), "grace": (word(doors),)})
    doors.pass_time(5)
    doors.book.carry_out("ada", FLOOR, int(doors.wall.timestamp()))
    doors.pass_time(5)
    whole(doors, {"ada": (word(doors, ago=20),), "grace": (word(doors, ago=20),)})

    assert come(doors, "ada", "grace") == [GRANTED, PASSBACK]


def test_a_reset_of_one_person_forgives_also_that_they_are_outside(doors: CountedDoors) -> None:
    whole(doors, {"ada": (word(doors, inside=False),)})
    doors.book.carry_out("ada", FLOOR, int(doors.wall.timestamp()))

    assert doors.go("ada", "front", out=True) is GRANTED


def test_a_reset_counts_over_a_restart_for_what_the_hub_tells_of_before() -> None:
    kept = KeptOccupancy(resets={("*", FLOOR): (0, int(CountedDoors(*one_zone(HARD)).wall.timestamp()) - 5)})
    doors = CountedDoors(*one_zone(HARD), kept=kept)
    whole(doors, {"ada": (word(doors, ago=10),), "grace": (word(doors, ago=3),)})

    assert come(doors, "ada", "grace") == [GRANTED, PASSBACK]


def test_a_reset_that_is_still_to_come_by_a_clock_that_was_set_back_forgives_nobody() -> None:
    ahead = int(CountedDoors(*one_zone(HARD)).wall.timestamp()) + 9000
    doors = CountedDoors(*one_zone(HARD), kept=KeptOccupancy(resets={("*", "*"): (0, ahead)}))
    whole(doors, {"ada": (word(doors),)})

    assert doors.swipe("ada", "front") is PASSBACK


def test_an_erased_person_is_nowhere(doors: CountedDoors) -> None:
    doors.go("ada", "front")
    whole(doors, {"ada": (word(doors),)})
    doors.book.erase("ada")

    assert doors.count(FLOOR) == (0,)
