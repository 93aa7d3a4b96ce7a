"""Enrolment at a reader: which card is meant, by what was shown and when."""

from dataclasses import replace

import pytest

from doorctl.core.machines.enrolment import AGAIN_SECONDS, Enrolment, Shown, show, unknown_card
from doorctl.core.request import NO_POLICY
from tests.core import builders

A, B = b"a" * 32, b"b" * 32
STRANGER = builders.facts(credential=None, holder=None)


def shown(*cards: tuple[bytes | None, float]) -> list[Shown]:
    """Show cards, each at a time, and tell what each meant."""
    enrolment, meant = Enrolment("1", 60.0), []
    for card, at in cards:
        enrolment, what = show(enrolment, card, at)
        meant.append(what)
    return meant


@pytest.mark.parametrize(
    ("cards", "meant"),
    [
        (((A, 0), (A, AGAIN_SECONDS)), [Shown.ONCE, Shown.TWICE]),
        (((A, 0), (A, AGAIN_SECONDS + 0.1)), [Shown.ONCE, Shown.ONCE]),
        (((A, 0), (A, 10.1), (A, 11)), [Shown.ONCE, Shown.ONCE, Shown.TWICE]),
        (((A, 0), (B, 0), (A, 0), (B, 0)), [Shown.ONCE] * 4),
        (((A, 0), (B, 1), (B, 2)), [Shown.ONCE, Shown.ONCE, Shown.TWICE]),
        (((A, 0), (None, 1), (A, 2)), [Shown.ONCE, Shown.KNOWN, Shown.ONCE]),
    ],
)
def test_the_card_that_comes_twice_one_time_after_the_other_is_meant(
    cards: tuple[tuple[bytes | None, float], ...], meant: list[Shown]
) -> None:
    assert shown(*cards) == meant


def test_only_a_card_that_the_policy_does_not_know_can_be_enrolled() -> None:
    request = builders.a_request()

    assert unknown_card(request, STRANGER) == request.credentials[0]
    assert unknown_card(request, builders.facts()) is None
    assert unknown_card(request, NO_POLICY) is None
    assert unknown_card(replace(request, credentials=()), STRANGER) is None
