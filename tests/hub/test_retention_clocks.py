"""No clock drops what is younger than its days: the hub's own that is behind or was set ahead, or a controller's."""

from datetime import timedelta

import pytest

from doorctl.core.record_classes import RecordClass
from doorctl.core.records import RecordKind
from doorctl.hub.retention_schema import make_arrivals
from doorctl.wire.privacy import RetentionSet
from tests.hub.builders import NOON, NOON_SECONDS
from tests.hub.full_site import SEGMENT, SIZE, AFullSite
from tests.hub.own_log.reading import own_log


@pytest.mark.parametrize("days", [730, 20_000], ids=["two-years", "to-1970"])
def test_a_hub_whose_clock_is_behind_drops_nothing(full: AFullSite, days: int) -> None:
    full.keep(openings=90, leaves=365)
    full.pass_at(NOON - timedelta(days=days))
    full.site.ask(RetentionSet("*", RecordClass.ADMIN, leaf_days=730), at=NOON - timedelta(days=days))
    full.site.restart()
    full.pass_at(NOON - timedelta(days=days - 1))

    assert full.kept == (0, len(full.log.openings))
    assert full.verdict(NOON + timedelta(days=1)).whole


def test_a_pass_waits_while_the_clock_is_behind_the_hubs_own_records(full: AFullSite) -> None:
    full.keep(openings=1)
    full.site.ask(RetentionSet("*", RecordClass.ADMIN, leaf_days=730), at=NOON + timedelta(days=9))
    full.pass_at(NOON + timedelta(days=8))
    meanwhile = full.kept[1]
    full.pass_at(NOON + timedelta(days=9))

    assert (meanwhile, full.kept[1]) == (len(full.log.openings), 0)


def test_a_pass_waits_two_days_after_the_clock_was_set_ahead(full: AFullSite) -> None:
    full.keep(openings=90, leaves=365)
    kept = []
    full.site.hub.chronicle.clock_stepped(400 * 86_400, NOON + timedelta(days=400))
    for days in (400, 401, 403):
        full.pass_at(NOON + timedelta(days=days))
        kept.append(full.kept[0])

    assert kept == [0, 0, 2 * SEGMENT]


def test_a_pass_waits_two_days_after_a_start_beyond_a_week_of_silence(full: AFullSite) -> None:
    full.keep(openings=90, leaves=365)
    full.site.hub.chronicle.begin(full.site.trust(), NOON + timedelta(days=400), config="aa", state_dir=full.folder)
    full.pass_at(NOON + timedelta(days=400))

    assert full.kept[0] == 0
    assert [leaf.detail for leaf in own_log(full.site).of(RecordKind.CLOCK_STEP)] == [
        f"+{400 * 86_400} seconds at most, since the record before this start"
    ]


def test_nothing_else_is_forgotten_by_its_age_either_meanwhile(full: AFullSite) -> None:
    at = NOON + timedelta(days=4000)
    full.keep(leaves=365)
    full.site.hub.chronicle.clock_stepped(4000 * 86_400, at)
    kept = []
    for days in (0, 3):
        full.site.hub.tidy(at + timedelta(days=days))
        kept.append(full.site.rows("SELECT count(*) FROM given_commands")[0][0])

    assert kept == [1, 0]


@pytest.mark.parametrize("steps", [(60, -40), (90_000, -90_000)], ids=["small", "there and back"])
def test_a_clock_that_is_as_it_was_holds_no_pass_up(full: AFullSite, steps: tuple[int, int]) -> None:
    full.keep(leaves=365)
    for step in steps:
        full.site.hub.chronicle.clock_stepped(step, NOON + timedelta(days=400))
    full.pass_at(NOON + timedelta(days=400))

    assert full.kept[0] == 2 * SEGMENT


def test_records_of_next_year_count_from_when_they_came(full: AFullSite) -> None:
    full.site.connection.execute("UPDATE records SET at = at + 31536000 WHERE controller = 'pi-1'")
    full.keep(openings=90)
    full.pass_at(NOON + timedelta(days=90, seconds=-1))
    the_second_before = full.kept[1]
    full.pass_at(NOON + timedelta(days=91))

    assert (the_second_before, full.kept[1]) == (len(full.log.openings), 0)


def test_records_from_a_clock_before_it_was_set_count_from_when_they_came(full: AFullSite) -> None:
    full.site.connection.execute("UPDATE records SET at = seq WHERE controller = 'pi-1'")
    full.keep(openings=90, leaves=365)
    full.pass_at(NOON + timedelta(days=89))
    before = full.kept
    full.pass_at(NOON + timedelta(days=366))

    assert before == (0, len(full.log.openings))
    assert full.kept[0] == 2 * SEGMENT


def test_what_no_cosigned_record_covers_stays(full: AFullSite) -> None:
    full.site.connection.execute("DELETE FROM arrivals")
    full.keep(openings=90, leaves=365)
    full.pass_at(NOON + timedelta(days=999))

    assert full.kept == (0, len(full.log.openings))


def test_when_records_came_is_known_of_a_site_from_before_it_was_kept(full: AFullSite) -> None:
    held = full.site.rows("SELECT * FROM arrivals")
    full.site.connection.execute("DROP TABLE arrivals")
    full.site.connection.execute("DROP TRIGGER arrivals_as_cosigned")
    make_arrivals(full.site.connection)

    assert full.site.rows("SELECT * FROM arrivals") == held == [("pi-1", 1, SIZE, NOON_SECONDS)]


def test_when_records_came_is_forgotten_with_them(full: AFullSite) -> None:
    full.site.connection.execute("INSERT INTO arrivals VALUES ('pi-1', 1, 100, ?)", (NOON_SECONDS,))
    full.keep(leaves=365)
    full.pass_at(NOON + timedelta(days=400))

    assert full.site.rows("SELECT size FROM arrivals") == [(SIZE,)]
