"""One answer about all floors: a grant before a denial, then the nearest miss; duress is never left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.core.machines.floor_answers import answer_about, told_among
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.request import Decision


def granted(reason: Reason = Reason.GRANTED) -> Decision:
    return Decision(Outcome.GRANTED, reason)


def denied(*reasons: Reason) -> Decision:
    return Decision(Outcome.DENIED, reasons[0], reasons)


NO_GRANT = denied(Reason.NO_GRANT)
DECISIONS = st.one_of(
    st.sampled_from([Reason.GRANTED, Reason.BREAK_GLASS, Reason.DURESS]).map(granted),
    st.lists(
        st.sampled_from([Reason.LOCKDOWN, Reason.NO_GRANT, Reason.OUTSIDE_SCHEDULE, Reason.WRONG_PIN, Reason.DURESS]),
        min_size=1,
        max_size=3,
        unique=True,
    ).map(lambda reasons: denied(*sorted(reasons, key=lambda reason: reason is Reason.DURESS))),
)


@pytest.mark.parametrize(
    ("decisions", "told"),
    [
        ([NO_GRANT, granted()], granted()),
        ([granted(), granted(Reason.DURESS)], granted(Reason.DURESS)),
        ([granted(), granted(Reason.BREAK_GLASS)], granted(Reason.BREAK_GLASS)),
        ([NO_GRANT, denied(Reason.OUTSIDE_SCHEDULE)], denied(Reason.OUTSIDE_SCHEDULE)),
        ([denied(Reason.GRANT_EXPIRED), denied(Reason.OUTSIDE_SCHEDULE)], denied(Reason.OUTSIDE_SCHEDULE)),
        ([denied(Reason.LOCKDOWN, Reason.NO_GRANT), NO_GRANT], NO_GRANT),
        ([NO_GRANT, denied(Reason.LOCKDOWN)], denied(Reason.LOCKDOWN)),
        ([NO_GRANT, denied(Reason.PIN_BLOCKED, Reason.PIN_AWAITED)], denied(Reason.PIN_BLOCKED, Reason.PIN_AWAITED)),
        ([denied(Reason.LOCKDOWN), denied(Reason.PERSON_AWAITED)], denied(Reason.PERSON_AWAITED)),
        ([denied(Reason.OUTSIDE_SCHEDULE), denied(Reason.PIN_AWAITED)], denied(Reason.PIN_AWAITED)),
        (
            [denied(Reason.PIN_BLOCKED), denied(Reason.LOCKDOWN, Reason.DURESS)],
            denied(Reason.PIN_BLOCKED, Reason.DURESS),
        ),
    ],
    ids=[
        *("grant", "duress", "break-glass", "schedule", "nearest-grant", "fewer-rules", "lockdown", "blocked"),
        *("company", "pin", "duress-elsewhere"),
    ],
)
def test_the_answer_that_stands_for_all(decisions: list[Decision], told: Decision) -> None:
    assert answer_about(decisions) == told


@given(decisions=st.lists(DECISIONS, min_size=1, max_size=6))
def test_the_answer_is_granted_exactly_where_a_floor_is_and_says_duress_where_any_does(
    decisions: list[Decision],
) -> None:
    answer = answer_about(decisions)
    said = {reason for decision in decisions for reason in (decision.reason, *decision.reasons)}

    assert answer.is_granted is any(decision.is_granted for decision in decisions)
    assert answer.reason is decisions[told_among(decisions)].reason
    if not answer.is_granted:
        assert (Reason.DURESS in {answer.reason, *answer.reasons}) is (Reason.DURESS in said)
