"""The rules of suspicion, each against a plain oracle that sees all records at once, however they arrive."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import DEFAULTS, Distances, RuleBook, RuleName, Seen, Severity, Suspicion, Trace
from doorctl.core.suspicion.rules import RULES, judge, silences
from tests.core.suspicion_rig import (
    ADA,
    BY_THEMSELVES,
    MOMENTS,
    NOON,
    PLACES,
    AMemory,
    a_denial,
    a_swipe,
    only,
    raised,
    uses,
    windows,
)

QUIET = 100.0
FAR = Distances(
    doors={frozenset({"door-1", "door-2"}): 30.0}, zones={frozenset({"zone-door-1", "zone-door-3"}): 60.0}
)
COUNTING: dict[RuleName, dict[str, Any]] = {
    RuleName.DENIALS_AT_DOOR: {"subject": ""},
    RuleName.DENIALS_OF_CARD: {"door": "door-2"},
    RuleName.WRONG_PINS: {"reason": "wrong_pin"},
    RuleName.WRONG_PINS_AT_READER: {"reason": "wrong_pin", "subject": ""},
}


def pairs(records: Sequence[Seen]) -> list[tuple[Seen, Seen]]:
    """Give the uses of one card by clocks that can be compared, two by two."""
    return [
        (one, other)
        for one, other in combinations(records, 2)
        if one.subject == other.subject and one.has_good_clock and other.has_good_clock
    ]


def are_apart(found: Sequence[Suspicion], quiet: float) -> bool:
    """Tell whether alerts about the same are never within the quiet time of each other."""
    same = ((one, other) for one, other in combinations(found, 2) if one.key == other.key)
    return all(abs(one.at - other.at) >= quiet for one, other in same)


@pytest.mark.parametrize("rule", COUNTING)
@given(moments=MOMENTS)
def test_too_many_within_a_time_are_found_in_any_order(rule: RuleName, moments: list[int]) -> None:
    book = only(rule, count=3, seconds=20.0, quiet_seconds=QUIET)

    found = raised([a_denial(at, **COUNTING[rule]) for at in moments], book)

    hot = windows([NOON + at for at in moments], count=3, seconds=20.0)
    assert {each.at for each in found} <= {run[-1] for run in hot}
    assert all(any(abs(each.at - run[-1]) < QUIET + 20 for each in found) for run in hot)
    assert are_apart(found, QUIET)
    assert all(len(each.records) == 3 for each in found)


@pytest.mark.parametrize("rule", COUNTING)
def test_what_counts_is_counted_by_itself(rule: RuleName) -> None:
    book = only(rule, count=3, seconds=20.0)
    others = {"door": "door-9", "subject": "holder:h9", "reason": "no_grant"}
    two = [a_denial(at, **COUNTING[rule]) for at in (0, 1)]

    assert raised([*two, a_denial(2, **others), a_swipe(3, door="door-2")], book) == []
    assert len(raised([*two, a_denial(2, **COUNTING[rule])], book)) == 1


@given(records=uses())
def test_two_doors_too_fast_are_found_in_any_order(records: list[Seen]) -> None:
    def is_too_fast(one: Seen, other: Seen) -> bool:
        needed = {("door-1", "door-2"): 30, ("door-1", "door-3"): 60}
        first, second = sorted((one.door, other.door))
        return abs(one.at - other.at) < needed.get((first, second), 0)

    found = raised(records, only(RuleName.TOO_FAST, FAR, quiet_seconds=QUIET))

    culprits = [(one, other) for one, other in pairs(records) if is_too_fast(one, other)]
    assert {each.subject for each in found} == {one.subject for one, _ in culprits}
    assert {each.at for each in found} <= {max(one.at, other.at) for one, other in culprits}
    assert are_apart(found, QUIET)


@given(records=uses())
def test_one_card_at_two_readers_at_once_is_found_in_any_order(records: list[Seen]) -> None:
    def is_at_once(one: Seen, other: Seen) -> bool:
        return abs(one.at - other.at) <= 2 and (one.door, one.reader) != (other.door, other.reader)

    found = raised(records, only(RuleName.TWICE_AT_ONCE, quiet_seconds=QUIET))

    culprits = [(one, other) for one, other in pairs(records) if is_at_once(one, other)]
    assert {each.subject for each in found} == {one.subject for one, _ in culprits}
    assert {each.at for each in found} <= {max(one.at, other.at) for one, other in culprits}
    assert are_apart(found, QUIET)


@given(records=uses())
def test_the_first_use_of_a_server_room_is_told_once_for_each_person_and_room(records: list[Seen]) -> None:
    rooms = [
        a_swipe(each.at - NOON, zone=each.zone, subject=each.subject, is_server_room=each.door == "door-1")
        for each in records
    ]

    found = raised(rooms, only(RuleName.FIRST_USE))

    assert sorted((each.subject, each.zone) for each in found) == sorted(
        {(each.subject, each.zone) for each in rooms if each.is_server_room}
    )


def test_a_denial_is_no_use_of_a_server_room() -> None:
    book = only(RuleName.FIRST_USE)
    found = raised([a_denial(is_server_room=True), a_swipe(1, is_server_room=True)], book)

    assert [each.at for each in found] == [NOON + 1]


@pytest.mark.parametrize("reason", ["person_awaited", "leader_awaited", "break_glass_awaits_second", "interlocked"])
def test_who_waits_for_company_or_another_door_counts_as_no_denial(reason: str) -> None:
    waits = a_denial(reason=reason, reasons=(reason,))

    assert raised([waits] * 20, only(RuleName.DENIALS_AT_DOOR)) == []
    assert raised([waits] * 20, only(RuleName.DENIALS_OF_CARD)) == []


def test_who_waits_for_company_with_what_else_denies_counts_as_a_denial() -> None:
    denied = a_denial(reason="no_grant", reasons=("no_grant", "person_awaited"))

    assert len(raised([denied] * 5, only(RuleName.DENIALS_AT_DOOR))) == 1


def test_who_waits_for_another_door_before_the_pin_is_asked_for_counts_as_no_denial() -> None:
    waits = a_denial(reason="interlocked", reasons=("interlocked", "pin_awaited", "person_awaited"))

    assert raised([waits] * 20, only(RuleName.DENIALS_AT_DOOR)) == []


def test_who_was_there_before_the_room_became_one_does_not_use_it_for_the_first_time() -> None:
    assert raised([a_swipe(), a_swipe(1, is_server_room=True)], only(RuleName.FIRST_USE)) == []


@given(moments=MOMENTS, left=st.one_of(st.none(), st.integers(0, 400)), granted=st.booleans())
def test_whoever_comes_after_leaving_is_told(moments: list[int], left: int | None, granted: bool) -> None:
    left_at = None if left is None else NOON + left
    make = a_swipe if granted else a_denial

    found = raised([make(at, left_at=left_at) for at in moments], only(RuleName.AFTER_LEAVING, quiet_seconds=1.0))

    late = {NOON + at for at in moments if left is not None and at >= left}
    assert {each.at for each in found} == late
    assert {each.detail for each in found} <= {"was let in all the same" if granted else "was denied"}


def test_a_door_may_know_before_the_hub_that_somebody_has_left() -> None:
    book = only(RuleName.AFTER_LEAVING)

    assert [each.subject for each in raised([a_denial(reason="holder_expired")], book)] == [ADA]


@pytest.mark.parametrize(("is_open", "told"), [(True, 0), (False, 1), (None, 0)])
def test_out_of_hours_is_by_the_sites_schedule(is_open: bool | None, told: int) -> None:
    book = only(RuleName.OUT_OF_HOURS, schedule="office")

    assert len(raised([a_swipe(is_in_hours=is_open), a_denial(is_in_hours=is_open)], book)) == told


@pytest.mark.parametrize(("rule", "record", "other"), BY_THEMSELVES)
def test_some_records_are_alerts_by_themselves(rule: RuleName, record: dict[str, Any], other: dict[str, Any]) -> None:
    found = raised([a_swipe(outcome=None, **record), a_swipe(500, outcome=None, **other)], only(rule))

    assert [(each.rule, each.at, each.door) for each in found] == [(rule, NOON, "door-1")]


def test_one_input_that_is_quiet_hides_no_other_and_no_other_fault_of_its_own() -> None:
    book = only(RuleName.INPUT_FAULT, quiet_seconds=600.0)
    details = ("contact short", "contact short", "contact open-line", "rex short")
    records = [a_swipe(at, outcome=None, kind=RecordKind.INPUT_FAULT, detail=it) for at, it in enumerate(details)]

    found = raised(
        [*records, a_swipe(9, outcome=None, kind=RecordKind.INPUT_FAULT, detail=details[0], door="x")], book
    )

    assert [each.detail for each in found] == [
        "line of contact: short",
        "line of contact: open-line",
        "line of rex: short",
        "line of contact: short",
    ]


def test_an_alert_about_an_input_says_our_own_words_alone() -> None:
    invented = a_swipe(outcome=None, kind=RecordKind.TAMPER, detail="tamper opened by holder h1")

    assert raised([invented], only(RuleName.TAMPER)) == []


@given(heard=st.dictionaries(st.sampled_from(PLACES), st.integers(0, 100)), asked=st.lists(st.integers(100, 300)))
def test_each_silence_is_told_once(heard: dict[str, int], asked: list[int]) -> None:
    book, memory = only(RuleName.SILENT, seconds=60.0), AMemory()
    times = {controller: NOON + at for controller, at in heard.items()}
    found: list[Suspicion] = []

    for now in sorted(asked):
        judged = silences(times, book, memory.recall, since=NOON + 50, now=NOON + now)
        memory.marks += judged.marks
        found += judged.suspicions

    last = max(asked, default=0)
    assert [each.controller for each in found] == sorted(
        (name for name, at in heard.items() if last - max(at, 50) > 60),
        key=lambda name: (min(now for now in sorted(asked) if now - max(heard[name], 50) > 60), name),
    )


def test_a_controller_that_was_heard_again_may_be_silent_again() -> None:
    book, memory = only(RuleName.SILENT, seconds=60.0), AMemory()
    told = []

    for heard in (NOON, NOON + 300):
        judged = silences({"pi-1": heard}, book, memory.recall, since=NOON, now=heard + 61)
        memory.marks += judged.marks
        told += [each.controller for each in judged.suspicions]

    assert told == ["pi-1", "pi-1"]


def test_no_silence_is_told_while_the_rule_is_off() -> None:
    book = only(RuleName.FLOOD)

    assert silences({"pi-1": NOON}, book, AMemory().recall, since=NOON, now=NOON + 1e6).suspicions == ()


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_is_off_raises_nothing_and_remembers_all_the_same(rule: RuleName) -> None:
    off = only(RuleName.TEST)
    memory = AMemory()

    assert memory.see(a_denial(reason="wrong_pin", left_at=NOON, kind=RecordKind.DECISION), off) == ()
    assert {mark.trace for mark in memory.marks} >= {
        *(Trace.DENIED_AT, Trace.DENIED_WHO, Trace.WRONG_PIN, Trace.WRONG_PIN_AT, Trace.USED)
    }


def test_an_alert_says_that_its_record_came_late_how_bad_it_is_and_what_led_to_it() -> None:
    book = only(RuleName.TWICE_AT_ONCE, severity=Severity.CRITICAL)

    found = raised([a_swipe(), a_swipe(1, reader="out", is_late=True)], book)

    assert found == [
        Suspicion(
            RuleName.TWICE_AT_ONCE,
            Severity.CRITICAL,
            NOON + 1,
            ADA,
            "1.0 s between two readers; the other is at door-1",
            subject=ADA,
            controller="pi-1",
            door="door-1",
            zone="floor-1",
            records=(1, 2),
            is_late=True,
        )
    ]


@given(records=uses())
def test_no_detail_names_whom_it_is_about(records: list[Seen]) -> None:
    found = raised(records, RuleBook(DEFAULTS, FAR))

    assert [each for each in found if each.subject.partition(":")[2] in each.detail] == []


def test_a_mark_of_a_first_use_is_made_once() -> None:
    memory = AMemory()

    for at in range(5):
        memory.see(a_swipe(at), RuleBook())

    assert len(memory.recall(Trace.FIRST, f"{ADA}|floor-1", 0, 1e12)) == 1


def test_every_rule_has_settings() -> None:
    assert set(DEFAULTS) == set(RuleName)


def test_an_order_that_was_refused_is_no_denial_of_a_card() -> None:
    order = a_denial(kind=RecordKind.ORDER)

    assert judge(order, RuleBook(), AMemory().recall).marks == ()
    assert raised([order] * 20, RuleBook()) == []
