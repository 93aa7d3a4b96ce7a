"""Wrong PINs and duress as the rules of suspicion see them: what counts as one, and that nothing hides the other."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.core.records import RecordKind
from doorctl.core.rules.wrong_pins import WrongPins, is_blocked, with_another
from doorctl.core.suspicion.alerts import RuleBook, RuleName, Seen, Severity
from tests.core import builders
from tests.core.suspicion_rig import ADA, NOON, a_denial, a_swipe, only, raised, uses, windows

PIN_DENIALS = st.lists(
    st.builds(
        lambda at, reasons, reader, subject: a_denial(
            at, reason=reasons[0], reasons=reasons, reader=reader, subject=subject
        ),
        st.integers(0, 400),
        st.sampled_from(
            (
                ("wrong_pin",),
                ("pin_blocked", "no_grant"),
                ("credential_lost", "wrong_pin"),
                ("no_pin",),
                ("no_grant",),
            )
        ),
        st.sampled_from(("in", "out")),
        st.sampled_from((ADA, "credential:ab", "")),
    ),
    max_size=14,
)


@pytest.mark.parametrize("rule", [RuleName.WRONG_PINS, RuleName.WRONG_PINS_AT_READER])
@given(records=PIN_DENIALS)
def test_wrong_pins_are_those_that_were_wrong_or_not_tried_any_more(rule: RuleName, records: list[Seen]) -> None:
    def of(seen: Seen) -> str:
        return seen.subject if rule is RuleName.WRONG_PINS else f"pi-1|{seen.reader}"

    found = raised(records, only(rule, count=3, seconds=20.0, quiet_seconds=1000.0))

    moments: dict[str, list[float]] = {}
    for seen in records:
        if of(seen) and {"wrong_pin", "pin_blocked"} & set(seen.reasons):
            moments.setdefault(of(seen), []).append(seen.at)
    assert sorted(each.key for each in found) == sorted(
        key for key, each in moments.items() if windows(each, count=3, seconds=20.0)
    )


@pytest.mark.parametrize("rule", [RuleName.WRONG_PINS, RuleName.WRONG_PINS_AT_READER])
def test_as_many_wrong_pins_as_block_at_a_door_raise_an_alert_slower_ones_too_and_fewer_do_not(
    rule: RuleName,
) -> None:
    wrong = [a_denial(at, reason="wrong_pin") for at in (0, 70, 140, 210, 280)]

    assert raised(wrong[:-1], RuleBook()) == []
    assert rule in {each.rule for each in raised(wrong, RuleBook())}


@pytest.mark.parametrize(
    ("told", "rules"),
    [
        ("blocks credential; way in, count site", ["wrong-pins"]),
        ("blocks reader", ["wrong-pins-at-reader"]),
        ("own-pin; blocks credential; blocks reader", ["wrong-pins", "wrong-pins-at-reader"]),
        ("own-pin", []),
    ],
)
def test_what_a_door_blocks_raises_an_alert_at_once_however_few_wrong_pins_the_zone_bears(
    told: str, rules: list[str]
) -> None:
    found = raised([a_denial(reason="wrong_pin"), a_denial(1, reason="wrong_pin", detail=told)], RuleBook())

    assert [(each.rule, each.records) for each in found] == [(rule, (2,)) for rule in rules]


def test_a_block_and_those_who_go_on_are_one_alert() -> None:
    goes_on = [a_denial(at, reason="pin_blocked") for at in range(2, 9)]
    begins = a_denial(1, reason="no_grant", detail="blocks credential; blocks reader")

    found = [each.rule for each in raised([begins, *goes_on], RuleBook())]

    assert [rule for rule in found if "pins" in rule] == ["wrong-pins", "wrong-pins-at-reader"]


def test_tries_with_one_card_that_are_so_slow_that_no_door_blocks_it_raise_an_alert() -> None:
    times = range(0, 24 * 3600, 76)
    wrong: WrongPins | None = None
    for at in times:
        moment = builders.NOON + timedelta(seconds=at)
        assert not is_blocked(wrong, moment, builders.FLOOR_3)
        wrong = with_another(wrong, moment, builders.FLOOR_3)

    found = raised([a_denial(at, reason="wrong_pin") for at in times[:5]], RuleBook())

    assert [each.rule for each in found] == [RuleName.WRONG_PINS]


@given(records=uses(), others=uses())
def test_whoever_enters_the_pin_for_duress_is_told_each_time_and_nobody_else(
    records: list[Seen], others: list[Seen]
) -> None:
    forced = [replace(seen, reason="duress") for seen in records]

    found = [each for each in raised([*forced, *others], RuleBook()) if each.rule is RuleName.DURESS]

    assert [(each.at, each.door, each.subject, each.severity, each.records) for each in found] == [
        (seen.at, seen.door, seen.subject, Severity.CRITICAL, (number,)) for number, seen in enumerate(forced, 1)
    ]


def test_duress_is_an_alert_whatever_became_of_the_door_and_once_for_each_decision() -> None:
    after = [
        a_swipe(kind=kind, outcome=None, reason="duress")
        for kind in (RecordKind.RELEASED, RecordKind.OPENED, RecordKind.RELOCKED, RecordKind.NOT_OPENED)
    ]

    denied = a_denial(reason="outside_schedule", reasons=("outside_schedule", "duress"))

    found = raised([a_swipe(reason="duress"), *after, denied], only(RuleName.DURESS))

    assert [each.records for each in found] == [(1,), (6,)]


@pytest.mark.parametrize("rule", [RuleName.FIRST_USE, RuleName.OUT_OF_HOURS, RuleName.AFTER_LEAVING])
def test_who_is_let_in_under_duress_is_let_in(rule: RuleName) -> None:
    book = only(rule, schedule="office")
    seen = a_swipe(is_server_room=True, is_in_hours=False, left_at=NOON)
    forced = raised([replace(seen, reason="duress")], book)

    assert forced == raised([seen], book)
    assert len(forced) == 1
