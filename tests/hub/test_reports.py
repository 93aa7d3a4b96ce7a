"""The question for counts: stretch by stretch, bounded, and days only where an officer allows them."""

import msgspec
import pytest

from doorctl.core.model import HolidayRule, Weekday
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.hub.verbs.evidence.reports import MOST_COUNTED
from doorctl.hub.verbs.lists import MAX_RESULT_BYTES
from doorctl.policy.rows import WindowRow
from doorctl.reports.tallies import Counts, merge
from doorctl.trust.note import Role
from doorctl.wire.commands import PersonAdd, ScheduleSet
from doorctl.wire.report_words import SettingSet, SiteSetting, TalliesOf, TalliesPage, Tally, unpack
from tests.hub.alerts.watching import write
from tests.hub.builders import NOON_SECONDS, ASite, a_private
from tests.hub.logs import UNKNOWN_BADGE, ALog, send

DAYS = TalliesOf((Tally.DAYS,))


@pytest.fixture
def busy(site_with_two: ASite) -> ASite:
    """Ada was at two doors, a badge was denied, a door was forced, and Ada opened the first."""
    site = site_with_two
    site.ask(PersonAdd("h1"), a_private(handle="ada", name="Ada"))
    log = ALog(site.controllers[0])
    log.write(subject="holder:h1")
    log.write(subject="holder:h1", door="door-2", zone="servers")
    log.write(subject=UNKNOWN_BADGE, outcome="denied")
    log.write(kind=RecordKind.FORCED_OPEN)
    log.write(kind=RecordKind.OPENED, of=0)
    send(site, log.batch(0, 5), log.openings)
    return site


def all_of(site: ASite, do: TalliesOf) -> Counts:
    counts: Counts = {}
    while True:
        page = site.ask_for(do, TalliesPage)
        merge(counts, unpack(page.counts))
        if not page.more:
            return counts
        do = msgspec.structs.replace(do, after=page.after)


def test_an_opening_is_whose_decision_it_followed(busy: ASite) -> None:
    counts = all_of(busy, TalliesOf((Tally.ENTRIES,)))

    assert {words: first for (_, words), (_, first, _) in counts.items()} == {
        ("h1", "floor-3", "door-1", "granted"): NOON_SECONDS,
        ("h1", "servers", "door-2", "granted"): NOON_SECONDS + 1,
        ("h1", "floor-3", "door-1", "opened"): NOON_SECONDS + 4,
    }


def test_who_was_let_in_under_duress_is_counted_like_anybody(site_with_two: ASite) -> None:
    site = site_with_two
    for controller, reason in zip(site.controllers, (Reason.GRANTED, Reason.DURESS), strict=True):
        log = ALog(controller)
        write(log, door=f"{controller.id}-door", outcome="granted", reason=reason)
        write(
            log, door=f"{controller.id}-door", outcome=None, reason=reason, kind=RecordKind.OPENED, of=0, subject=""
        )
        send(site, log.batch(0, 2), log.openings)
    tallies = tuple(set(Tally) - {Tally.DAYS, Tally.OUT_OF_HOURS})

    usual, forced = (all_of(site, TalliesOf(tallies, door=f"{each}-door")) for each in ("pi-1", "pi-2"))

    assert {(tally, str(words).replace("pi-1", "pi-2")): seen for (tally, words), seen in usual.items()} == {
        (tally, str(words)): seen for (tally, words), seen in forced.items()
    }
    assert any(tally is Tally.ENTRIES and words[3] == "opened" for tally, words in forced)


def test_several_tallies_come_of_one_look(busy: ASite) -> None:
    counts = all_of(busy, TalliesOf((Tally.DENIED, Tally.DOORS)))

    assert {(tally, words) for tally, words in counts} == {
        (Tally.DENIED, ("", "door-1", "floor-3", "granted")),
        (Tally.DOORS, ("2027-01-15", "door-1", "floor-3", "forced_open")),
    }


@pytest.mark.parametrize(
    ("do", "found"),
    [
        (TalliesOf((Tally.ENTRIES,), zone="servers"), 1),
        (TalliesOf((Tally.ENTRIES,), door="door-1"), 2),
        (TalliesOf((Tally.ENTRIES,), since=NOON_SECONDS + 1), 2),
        (TalliesOf((Tally.ENTRIES,), until=NOON_SECONDS + 1), 1),
    ],
)
def test_records_are_counted_by_time_zone_and_door(busy: ASite, do: TalliesOf, found: int) -> None:
    assert len(all_of(busy, do)) == found


def test_a_long_log_is_counted_stretch_by_stretch_and_each_answer_fits(busy: ASite) -> None:
    busy.connection.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :last) "
        "INSERT INTO records (controller, log_epoch, seq, leaf, at, kind, door, zone, outcome) SELECT "
        "'pi-2', 1, i, CAST('{\"reason\":\"no_grant\"}' AS BLOB), :at, 'decision', "
        "lower(hex(randomblob(16))), lower(hex(randomblob(16))), 'denied' FROM n",
        {"at": NOON_SECONDS, "last": MOST_COUNTED + 5},
    )
    first = busy.ask_for(TalliesOf((Tally.DENIED,)), TalliesPage)
    counts = all_of(busy, TalliesOf((Tally.DENIED,)))

    assert first.more
    assert len(msgspec.json.encode(first)) < MAX_RESULT_BYTES
    assert sum(number for number, _, _ in counts.values()) == MOST_COUNTED + 6


def test_a_period_begins_at_what_the_hub_wrote_shortly_before_it(busy: ASite) -> None:
    busy.ask(TalliesOf((Tally.ENTRIES,)))  # the first look of an hour is a record itself
    whole = busy.ask_for(TalliesOf((Tally.ENTRIES,)), TalliesPage)
    late = busy.ask_for(TalliesOf((Tally.ENTRIES,), since=NOON_SECONDS + 2 * 3600), TalliesPage)

    assert (unpack(late.counts), late.after, late.more) == ((), whole.after, False)


def test_days_are_told_only_once_an_officer_has_allowed_it(busy: ASite) -> None:
    assert busy.ask(DAYS).reason == "days-report-off"
    busy.ask(SettingSet(SiteSetting.DAYS_REPORT, allowed=True))
    assert len(all_of(busy, DAYS)) == 1
    busy.ask(SettingSet(SiteSetting.DAYS_REPORT, allowed=False))
    assert busy.ask(DAYS).reason == "days-report-off"


def test_nobody_but_an_officer_allows_days(busy: ASite) -> None:
    clerk = busy.hire("ada", Role.CLERK, Role.ADMIN, Role.AUDITOR)

    assert busy.ask(SettingSet(SiteSetting.DAYS_REPORT, allowed=True), admin=clerk).reason == "not-allowed"


def test_out_of_hours_is_outside_of_the_schedule_that_was_named(busy: ASite) -> None:
    mornings = WindowRow((Weekday.FRIDAY,), "06:00", "12:00")
    busy.ask(ScheduleSet("mornings", (mornings,), HolidayRule.IGNORE))

    assert len(all_of(busy, TalliesOf((Tally.OUT_OF_HOURS,), schedule="mornings"))) == 2
    assert busy.ask(TalliesOf((Tally.OUT_OF_HOURS,))).reason == "no-schedule"
    assert busy.ask(TalliesOf((Tally.OUT_OF_HOURS,), schedule="nights")).reason == "unknown-schedule"
