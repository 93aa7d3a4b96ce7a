"""Whoever waits, for company or for their PIN, has waited in vain from the second on in which their right ends."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from doorctl.core.model import Credential, Holder, RosterLine
from doorctl.core.reasons import Reason
from doorctl.core.request import Facts
from tests.core import builders
from tests.door.hand_driven import RELEASED, HandDrivenDoorway
from tests.door.keypads import ADA, PIN, Keypads

PAIR = builders.facts(builders.ADAS_GRANT, zone=replace(builders.FLOOR_3, persons=2, persons_seconds=300))
GLASS = builders.facts(
    zone=replace(builders.FLOOR_3, max_age_seconds=60), policy_age_seconds=61.0, may_break_glass=True
)
END = builders.NOON + timedelta(seconds=5)
MORNING = builders.a_schedule(builders.a_window("08:00", "12:01"))
ON_SCHEDULE = replace(builders.ADAS_GRANT, schedule="office")


def moves_of_two(ada: Facts, grace: Facts, *, after: float, strict_zone: str | None = None) -> list[str]:
    """Have Ada present a card at noon, and Grace so many seconds after it; return what the strike did."""
    door = HandDrivenDoorway(ada, strict_zone=strict_zone)
    door.present()
    door.commit_all()
    door.now += after
    door.facts = replace(grace, holder=Holder("grace"), credential=Credential(builders.KEY, "grace"))
    door.present()
    door.commit_all()
    return door.moves


@pytest.mark.parametrize(
    ("ada", "grace", "ends_after"),
    [
        (replace(PAIR, holder=replace(builders.ADA, valid_until=END)), PAIR, 5),
        (replace(PAIR, credential=replace(builders.ADAS_CARD, valid_until=END)), PAIR, 5),
        (replace(PAIR, grants=(replace(builders.ADAS_GRANT, valid_until=END),)), PAIR, 5),
        (replace(PAIR, grants=(ON_SCHEDULE,), schedules={"office": MORNING}), PAIR, 60),
        (replace(GLASS, holder=replace(builders.ADA, valid_until=END)), GLASS, 5),
    ],
    ids=["person", "card", "grant", "schedule", "glass"],
)
def test_the_first_is_company_until_their_own_end_and_not_at_it(ada: Facts, grace: Facts, ends_after: int) -> None:
    before = moves_of_two(ada, grace, after=ends_after - 0.001)
    at_the_end = moves_of_two(ada, grace, after=float(ends_after))

    assert (before, at_the_end) == ([RELEASED], [])


def test_a_line_of_the_roster_that_ends_ends_the_company_too() -> None:
    endless, ending = RosterLine(), RosterLine(until=END)
    ada, grace = replace(PAIR, roster=(ending,)), replace(PAIR, roster=(endless,))

    moves = [moves_of_two(ada, grace, after=seconds, strict_zone="floor-3") for seconds in (4.999, 5.0)]

    assert moves == [[RELEASED], []]


@pytest.mark.parametrize(("seconds", "reason"), [(4.999, Reason.GRANTED), (5.0, Reason.HOLDER_EXPIRED)])
def test_a_card_that_waits_for_its_pin_counts_at_the_moment_of_the_pin(
    keys: Path, seconds: float, reason: Reason
) -> None:
    keypads = Keypads(keys, replace(ADA, holder=replace(builders.ADA, valid_until=END)))
    keypads.card()

    keypads.wait(seconds)
    keypads.keys(f"{PIN}#")
    keypads.door.commit_all()

    assert keypads.reasons == [reason]
    assert keypads.door.moves == [RELEASED] * (reason is Reason.GRANTED)
