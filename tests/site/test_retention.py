"""Rules of retention in a site file: the commands that lead to them, and what is told of it."""

from hypothesis import given

from doorctl.core.record_classes import EVERY, RecordClass, most_exact
from doorctl.site.retention import Rules, retention_changes, retention_steps
from doorctl.site.state import RetentionState
from doorctl.site.steps import Step
from doorctl.wire.privacy import RetentionRemove, RetentionSet
from tests.site.builders import ZONES, rules

ALL = (EVERY, EVERY)
VAULT, VAULT_DOORS = ("vault", EVERY), ("vault", "doors")


def after(step: Step, before: Rules) -> Rules:
    """Carry a command out."""
    match step.verb:
        case RetentionSet(zone=zone, records=records, openings_days=openings, leaf_days=leaves):
            return {**before, (zone, records): RetentionState(openings, leaves)}
        case RetentionRemove(zone=zone, records=records):
            return {place: rule for place, rule in before.items() if place != (zone, records)}
    raise AssertionError(step)


def held(of: Rules) -> dict[tuple[str, str], RetentionState | None]:
    """Tell by which rule records of each zone and class go."""
    every = [(zone, records) for zone in (*ZONES, "attic") for records in RecordClass if records != EVERY]
    return {place: most_exact(of, *place) for place in every}


@given(rules(ZONES), rules(ZONES))
def test_from_any_rules_to_any_others_no_record_falls_under_a_third_one(before: Rules, wanted: Rules) -> None:
    present, old, new = before, held(before), held(wanted)

    for step in retention_steps(before, wanted):
        present = after(step, present)
        assert all(rule in (old[place], new[place]) for place, rule in held(present).items())

    assert present == wanted


@given(rules(ZONES))
def test_the_same_rules_are_nothing_to_do_and_nothing_to_tell(same: Rules) -> None:
    assert (list(retention_steps(same, same)), list(retention_changes(same, same))) == ([], [])


def test_what_is_kept_shorter_and_longer_is_told_with_before_and_after() -> None:
    before = {ALL: RetentionState(90, None)}
    wanted = {ALL: RetentionState(90, 730), VAULT: RetentionState(365, 730)}

    assert list(retention_changes(before, wanted)) == [
        "retention in every other zone, all records: the record for ever -> 730 days (shorter)",
        "retention in vault, all records: who it was 90 days -> 365 days (longer); "
        "the record for ever -> 730 days (shorter)",
    ]


def test_a_rule_that_goes_is_told_by_what_counts_then() -> None:
    before = {ALL: RetentionState(None, 30), VAULT_DOORS: RetentionState(1, None)}

    assert list(retention_changes(before, {ALL: RetentionState(None, 30)})) == [
        "retention in vault, doors: who it was 1 day -> 30 days (longer); the record for ever -> 30 days (shorter)"
    ]
