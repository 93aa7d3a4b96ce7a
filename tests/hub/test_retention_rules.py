"""Rules of retention over any records and ages, held to a plain reading of what they say."""

from hypothesis import given
from hypothesis import strategies as st

from doorctl.core.record_classes import RecordClass, class_of
from doorctl.core.records import RecordKind
from doorctl.hub.retention_rules import (
    DAY_SECONDS,
    EARLIEST,
    Kept,
    Rule,
    newest_believed,
    past_openings,
    rule_for,
    rules_to_drop,
)

NOW = 1_800_000_000
ZONES = ("", "lab", "floor")
DAYS = st.one_of(st.none(), st.integers(1, 20))
RULES = st.dictionaries(
    st.tuples(st.sampled_from(("*", "lab", "floor")), st.sampled_from(RecordClass).map(str)),
    st.builds(Rule, DAYS, DAYS, st.text("abc", max_size=2)),
)
AGES = st.integers(-3 * DAY_SECONDS, 25 * DAY_SECONDS)
NEVER_SET = st.just(NOW)
CLOCKS = st.one_of(AGES, NEVER_SET)
RECORDS = st.lists(
    st.tuples(st.sampled_from([*RecordKind, "of_tomorrow"]), st.sampled_from(ZONES), CLOCKS, CLOCKS),
    min_size=1,
    max_size=12,
).map(
    lambda drawn: [
        Kept(seq, str(kind), zone, NOW - told, NOW - came) for seq, (kind, zone, told, came) in enumerate(drawn)
    ]
)
BEFORE = st.one_of(st.just(0), AGES.map(lambda age: NOW - abs(age)))


def the_rule(record: Kept, rules: dict[tuple[str, str], Rule]) -> Rule:
    """Find the most exact rule by trying every one of them."""
    fitting = [
        (place[0] != "*", place[1] != "*", rule)
        for place, rule in rules.items()
        if place[0] in ("*", record.zone) and place[1] in (RecordClass.ALL, class_of(record.kind))
    ]
    return max(fitting, key=lambda each: each[:2], default=(False, False, Rule()))[2]


def the_age_days(records: list[Kept], index: int, before: int) -> float:
    """Reckon how old a record is, at the youngest."""
    if records[index].came > NOW:
        return -1
    told = [at for record in records[: index + 1] for at in (record.at, record.came)]
    known = max([before, *(at for at in told if EARLIEST <= at <= NOW)])
    if not known and index + 1 < len(records):
        return the_age_days(records, index + 1, before)
    return (NOW - (known or NOW)) / DAY_SECONDS


@given(RECORDS, RULES)
def test_the_most_exact_rule_counts(records: list[Kept], rules: dict[tuple[str, str], Rule]) -> None:
    assert [rule_for(record, rules) for record in records] == [the_rule(record, rules) for record in records]


@given(RECORDS, RULES, BEFORE)
def test_openings_go_when_they_or_their_record_are_past_their_days(
    records: list[Kept], rules: dict[tuple[str, str], Rule], before: int
) -> None:
    expected = []
    for index, record in enumerate(records):
        rule = the_rule(record, rules)
        days = [each for each in (rule.openings_days, rule.leaf_days) if each is not None]
        if days and the_age_days(records, index, before) >= min(days):
            expected.append(record.seq)

    assert past_openings(records, rules, before=before, now=NOW) == expected


@given(RECORDS, RULES, BEFORE)
def test_a_segment_goes_when_its_newest_record_is_past_the_longest_days(
    records: list[Kept], rules: dict[tuple[str, str], Rule], before: int
) -> None:
    held = [the_rule(record, rules) for record in records]
    days = [rule.leaf_days for rule in held]
    age = min(the_age_days(records, index, before) for index in range(len(records)))
    goes = all(each is not None and age >= each for each in days)

    assert rules_to_drop(records, rules, before=before, now=NOW) == (list(dict.fromkeys(held)) if goes else None)


@given(RECORDS, st.integers(1, 20), BEFORE)
def test_nothing_goes_that_is_younger_than_its_days_by_any_clock(records: list[Kept], days: int, before: int) -> None:
    rules, youngest = {("*", "*"): Rule(days, days)}, NOW - days * DAY_SECONDS
    young = {each.seq for each in records if youngest < each.came or youngest < each.at <= NOW}

    assert young.isdisjoint(past_openings(records, rules, before=before, now=NOW))
    assert not young or rules_to_drop(records, rules, before=before, now=NOW) is None


LONG_AGO, YESTERDAY, TOMORROW = NOW - 3 * DAY_SECONDS, NOW - DAY_SECONDS, NOW + DAY_SECONDS
TWO_DAYS = {("*", "*"): Rule(2, 2)}


def the_past(*times: tuple[int, int]) -> list[int]:
    """Return which of these records are past two days, by their own time and that of the hub."""
    records = [Kept(seq, "decision", "lab", told, came) for seq, (told, came) in enumerate(times)]
    return past_openings(records, TWO_DAYS, before=0, now=NOW)


def test_a_clock_that_fell_back_makes_no_record_older() -> None:
    assert the_past((YESTERDAY, LONG_AGO), (0, LONG_AGO)) == []


def test_a_clock_that_ran_ahead_keeps_no_later_record_for_ever() -> None:
    assert the_past((NOW + 9 * DAY_SECONDS, LONG_AGO), (LONG_AGO, LONG_AGO)) == [0, 1]


def test_a_record_of_a_clock_that_was_never_set_is_as_old_as_the_hub_has_it() -> None:
    assert the_past((5, LONG_AGO), (13, YESTERDAY)) == [0]


def test_a_record_from_the_future_is_as_old_as_the_hub_has_it() -> None:
    assert the_past((TOMORROW, LONG_AGO), (TOMORROW, YESTERDAY)) == [0]


def test_what_the_hub_took_in_at_a_time_that_is_still_to_come_stays_alone() -> None:
    assert the_past((LONG_AGO, LONG_AGO), (LONG_AGO, TOMORROW), (LONG_AGO, LONG_AGO)) == [0, 2]


def test_a_segment_with_a_record_that_the_hub_took_in_in_the_future_stays() -> None:
    records = [Kept(0, "decision", "lab", LONG_AGO, TOMORROW), Kept(1, "decision", "lab", LONG_AGO, LONG_AGO)]

    assert rules_to_drop(records, TWO_DAYS, before=0, now=NOW) is None


def test_where_no_clock_was_ever_set_nothing_goes() -> None:
    assert the_past((0, 1), (2, 3)) == []


def test_what_was_written_before_the_clock_was_set_is_as_old_as_what_came_then() -> None:
    assert the_past((0, 0), (LONG_AGO, LONG_AGO), (YESTERDAY, YESTERDAY)) == [0, 1]


def test_no_time_that_is_still_to_come_is_handed_on() -> None:
    assert newest_believed([Kept(0, "boot", "", 5, TOMORROW)], before=0, now=NOW) == 0
