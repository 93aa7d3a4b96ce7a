"""A policy that is made anew is not as fresh as the one before it was, until the hub has confirmed it."""

import pytest

from doorctl.clock import WallClock
from doorctl.door.policy.standing import Standing
from doorctl.wire.bell import Confirmed
from tests.core import builders


@pytest.mark.parametrize(
    ("places", "age"),
    [
        ([(1, 5), (1, 5), (1, 6)], 10.0),
        ([(1, 5), (0, 0), (1, 3)], None),
        ([(1, 5), (1, 4)], None),
        ([(1, 5), (2, 1)], 10.0),
    ],
    ids=["goes on", "begins anew", "goes back", "goes on in another epoch"],
)
def test_what_was_confirmed_counts_until_the_policy_goes_back(
    *, places: list[tuple[int, int]], age: float | None
) -> None:
    standing = Standing(WallClock(), counter=lambda: 50.0)
    standing.reached(1, 5)
    standing.confirm(Confirmed(asked_at=40.0, hub_time=0))

    for epoch, revision in places:
        standing.reached(epoch, revision)

    assert standing.add_to(builders.facts()).policy_age_seconds == age
