"""Counting records: against a plain count of each event alone, in stretches cut anywhere."""

from collections import defaultdict
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.core.schedule import is_open
from doorctl.reports.tallies import WORDS, Counts, Event, WallClock, count, merge, rows_of
from doorctl.wire.report_words import Tally
from tests.reports.builders import NOON, OFFICE, PARIS, a_clock, an_event

EVENTS = st.lists(
    st.builds(
        an_event,
        st.integers(NOON - 400 * 86_400, NOON),
        kind=st.sampled_from(["decision", "opened", "held_open", "forced_open"]),
        outcome=st.sampled_from(["granted", "denied"]),
        reason=st.sampled_from(["granted", "duress", "no_grant", "break_glass", "a_newer_word", None]),
        door=st.sampled_from(["front", "back"]),
        zone=st.sampled_from(["floor-3", "servers"]),
        subject=st.sampled_from(["holder:ada", "holder:grace", "credential:ab", None]),
    ),
    max_size=30,
)


def counted(
    *events: Event, tally: Tally, clock: WallClock | None = None
) -> dict[tuple[str, ...], tuple[int, int, int]]:
    return {words: numbers for (_, words), numbers in count(events, [tally], clock or a_clock()).items()}


@given(EVENTS)
def test_a_tally_counts_each_event_that_has_its_words_with_first_and_last_time(events: list[Event]) -> None:
    times: dict[tuple[Tally, tuple[str, ...]], list[int]] = defaultdict(list)
    for tally in Tally:
        for event in events:
            if (words := WORDS[tally](event, a_clock())) is not None:
                times[tally, words].append(event.at)

    assert count(events, Tally, a_clock()) == {key: (len(each), min(each), max(each)) for key, each in times.items()}


@given(EVENTS, st.integers(0, 30), st.randoms())
def test_stretches_put_together_in_any_order_are_the_whole(events: list[Event], cut: int, chance: object) -> None:
    stretches = [events[:cut], events[cut:]]
    chance.shuffle(stretches)  # type: ignore[attr-defined]
    merged: Counts = {}
    for stretch in stretches:
        merge(merged, rows_of(count(stretch, Tally, a_clock())))

    assert merged == count(events, Tally, a_clock())


def test_an_entry_is_granted_and_surer_where_the_door_was_seen_open() -> None:
    found = counted(an_event(), an_event(NOON + 2, kind="opened"), an_event(outcome="denied"), tally=Tally.ENTRIES)

    assert found == {
        ("ada", "floor-3", "front", "granted"): (1, NOON, NOON),
        ("ada", "floor-3", "front", "opened"): (1, NOON + 2, NOON + 2),
    }


def test_an_unknown_badge_is_nobody_and_enters_nowhere() -> None:
    badge = an_event(outcome="denied", reason="unknown_card", subject="credential:ab")

    assert counted(badge, tally=Tally.DENIED) == {("", "front", "floor-3", "unknown_card"): (1, NOON, NOON)}
    assert counted(badge._replace(outcome="granted"), tally=Tally.ENTRIES) == {}


def test_days_and_hours_are_those_on_the_sites_wall() -> None:
    late = int(datetime(2027, 1, 15, 23, 30, tzinfo=UTC).timestamp())

    assert set(counted(an_event(late), tally=Tally.DAYS)) == {("2027-01-16", "ada")}
    assert set(counted(an_event(late), tally=Tally.HOURS)) == {("front", "00", "granted")}


@given(st.integers(0, 253_402_300_799))
def test_out_of_hours_is_whatever_the_schedule_is_not_open_at(at: int) -> None:
    outside = bool(counted(an_event(at), tally=Tally.OUT_OF_HOURS)) if at < 253_402_200_000 else None

    assert outside in {
        None,
        not is_open(OFFICE, datetime.fromtimestamp(min(at, 253_402_200_000), UTC), PARIS, frozenset()),
    }


def test_without_a_schedule_nothing_is_out_of_hours() -> None:
    assert counted(an_event(NOON + 12 * 3600), tally=Tally.OUT_OF_HOURS, clock=a_clock(None)) == {}


def test_the_last_hours_of_the_calendar_are_counted_too() -> None:
    assert set(counted(an_event(253_402_300_799), tally=Tally.DAILY)) == {("9999-12-31", "granted")}


def test_break_glass_is_told_of_both_who_asked() -> None:
    first = an_event(outcome="denied", reason="break_glass_awaits_second")
    second = an_event(reason="break_glass", subject="holder:grace")

    assert [words[1:] for words in counted(first, second, tally=Tally.BREAK_GLASS)] == [
        ("ada", "front", "floor-3", "break_glass_awaits_second"),
        ("grace", "front", "floor-3", "break_glass"),
    ]


@pytest.mark.parametrize("tally", sorted(set(Tally) - {Tally.BREAK_GLASS}))
def test_who_is_let_in_under_duress_counts_like_anybody_who_is_let_in(tally: Tally) -> None:
    by_night = NOON + 10 * 3600

    assert counted(an_event(by_night, reason="duress"), tally=tally) == counted(an_event(by_night), tally=tally)


def test_doors_held_and_forced_are_told_by_day() -> None:
    held = an_event(kind="held_open", subject=None)
    forced = an_event(kind="forced_open", subject=None)

    assert set(counted(held, forced, an_event(), tally=Tally.DOORS)) == {
        ("2027-01-15", "front", "floor-3", "held_open"),
        ("2027-01-15", "front", "floor-3", "forced_open"),
    }
