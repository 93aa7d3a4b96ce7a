"""What a denial looks like, and what nobody can learn from its light."""

import pytest

from doorctl.core.machines.denial_shown import denial_shown
from doorctl.core.machines.door import step
from doorctl.core.machines.door_events import AccessDecided, Effect, RecordCommitted, Signal, SignalName
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.request import Decision
from tests.core.door_builders import GRANTED, a_door, after, effects_of


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        (Reason.NO_GRANT, SignalName.DENIED),
        (Reason.PIN_AWAITED, SignalName.DENIED),
        (Reason.WRONG_PIN, SignalName.WRONG_PIN),
        (Reason.LOCKDOWN, SignalName.LOCKDOWN),
        (Reason.BREAK_GLASS_AWAITS_SECOND, SignalName.WAITING_FOR_SECOND),
    ],
)
def test_a_denial_is_shown_by_its_reason(reason: Reason, shown: SignalName) -> None:
    denied = Decision(Outcome.DENIED, reason, (reason,))

    assert effects_of(after(a_door(), AccessDecided(denied, 0)), RecordCommitted(1, 0)) == [Signal(shown)]


def test_an_unknown_lost_suspended_or_blocked_card_looks_like_any_other_that_is_denied() -> None:
    reasons = (
        Reason.UNKNOWN_CARD,
        Reason.CREDENTIAL_LOST,
        Reason.CREDENTIAL_SUSPENDED,
        Reason.HOLDER_SUSPENDED,
        Reason.DENIED_BY_ORDER,
        Reason.PIN_BLOCKED,
    )

    assert {denial_shown(reason, pin_alone=False) for reason in reasons} == {SignalName.DENIED}


@pytest.mark.parametrize("reason", [Reason.OUTSIDE_SCHEDULE, Reason.HOLDER_SUSPENDED, Reason.PIN_BLOCKED])
def test_a_pin_alone_of_somebody_who_may_not_pass_looks_wrong(reason: Reason) -> None:
    assert shown_for(reason, pin_alone=True) == shown_for(Reason.WRONG_PIN, pin_alone=True)


def test_a_lockdown_that_overtakes_a_grant_is_shown_as_one() -> None:
    state = after(a_door(), AccessDecided(GRANTED, 0))

    _, (_, shown) = step(state, RecordCommitted(1, 0, Reason.LOCKDOWN))

    assert shown == Signal(SignalName.LOCKDOWN)


def shown_for(reason: Reason, *, pin_alone: bool) -> list[Effect]:
    """Give what a door shows for a denial, as the core sees it."""
    denied = Decision(Outcome.DENIED, reason, (reason,))
    return effects_of(after(a_door(), AccessDecided(denied, 0, pin_alone=pin_alone)), RecordCommitted(1, 0))
