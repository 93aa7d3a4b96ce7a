"""Rules of retention over any records and ages, held to a plain reading of what they say."""

from hypothesis import given
from hypothesis import strategies as st

from doorctl.core.record_classes import RecordClass, class_of
from doorctl.core.records import RecordKind
from doorctl.hub.retention_rules import DAY_SECONDS, Kept, Rule, past_openings, rule_for, rules_to_drop

NOW = 1_800_000_000
ZONES = ("", "lab", "floor")
DAYS = st.one_of(st.none(), st.integers(1, 20))
RULES = st.dictionaries(
    st.tuples(st.sampled_from(("*", "lab", "floor")), st.sampled_from(RecordClass).map(str)),
    st.builds(Rule, DAYS, DAYS, st.text("abc", max_size=2)),
)
AGES = st.integers(-3 * DAY_SECONDS, 25 * DAY_SECONDS)
RECORDS = st.lists(
    st.tuples(st.sampled_from([*RecordKind, "of_tomorrow"]), st.sampled_from(ZONES), AGES), min_size=1, max_size=12
).map(lambda drawn: [Kept(seq, str(kind), zone, NOW - age) for seq, (kind, zone, age) in enumerate(drawn)])


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
    believed = [record.at for record in records[: index + 1] if record.at <= NOW]
    return (NOW - max([before, *believed])) / DAY_SECONDS


@given(RECORDS, RULES)
def test_the_most_exact_rule_counts(records: list[Kept], rules: dict[tuple[str, str], Rule]) -> None:
    assert [rule_for(record, rules) for record in records] == [the_rule(record, rules) for record in records]


@given(RECORDS, RULES, AGES.map(lambda age: NOW - abs(age)))
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


@given(RECORDS, RULES, AGES.map(lambda age: NOW - abs(age)))
def test_a_segment_goes_when_its_newest_record_is_past_the_longest_days(
    records: list[Kept], rules: dict[tuple[str, str], Rule], before: int
) -> None:
    held = [the_rule(record, rules) for record in records]
    days = [rule.leaf_days for rule in held]
    age = the_age_days(records, len(records) - 1, before)
    goes = all(each is not None and age >= each for each in days)

    assert rules_to_drop(records, rules, before=before, now=NOW) == (list(dict.fromkeys(held)) if goes else None)


def test_a_clock_that_fell_back_makes_no_record_older() -> None:
    records = [Kept(0, "decision", "lab", NOW - DAY_SECONDS), Kept(1, "decision", "lab", 0)]

    assert past_openings(records, {("*", "*"): Rule(2, 2)}, before=0, now=NOW) == []


def test_a_clock_that_ran_ahead_keeps_no_later_record_for_ever() -> None:
    records = [Kept(0, "boot", "", NOW + 9 * DAY_SECONDS), Kept(1, "decision", "lab", NOW - 3 * DAY_SECONDS)]

    assert past_openings(records, {("*", "*"): Rule(2, 2)}, before=0, now=NOW) == [0, 1]
