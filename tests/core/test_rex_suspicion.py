"""Who leaves by REX and is not known to be inside: by the count where there is one, else by entries."""

from typing import Any

import pytest
from hypothesis import given

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleName
from tests.core.suspicion_rig import MOMENTS, NOON, a_swipe, only, raised


@given(entries=MOMENTS, exits=MOMENTS)
def test_somebody_leaves_where_nobody_was_let_in(entries: list[int], exits: list[int]) -> None:
    room: dict[str, Any] = {"zone": "vault", "is_server_room": True}
    came = [a_swipe(at, **room) for at in entries]
    went = [a_swipe(at, kind=RecordKind.REX, outcome=None, **room) for at in exits]
    book = only(RuleName.REX_WHEN_EMPTY, seconds=50.0, quiet_seconds=1.0)

    found = raised([*came, *went], book)

    assert {each.at - NOON for each in found} == {
        left
        for left in exits
        if any(came <= left for came in entries) and not any(left - 50 <= came <= left for came in entries)
    }


@pytest.mark.parametrize(
    ("inside", "more", "told"),
    [
        (0, {}, ["nobody counts as inside"]),
        (0, {"is_server_room": False}, ["nobody counts as inside"]),
        (1, {}, []),
        (None, {}, []),
        (0, {"is_late": True}, []),
        (0, {"is_complete": False}, []),
        (0, {"reason": Reason.GRANTED}, []),
    ],
)
def test_whoever_opens_from_inside_counts_as_inside(
    inside: int | None, more: dict[str, Any], told: list[str]
) -> None:
    room: dict[str, Any] = {"zone": "vault", "is_server_room": True, "reason": Reason.REX, **more}
    opened = a_swipe(10, kind=RecordKind.OPENED, outcome=None, inside=inside, **room)

    assert [each.detail for each in raised([opened], only(RuleName.REX_WHEN_EMPTY))] == told


@pytest.mark.parametrize(("inside", "told"), [(0, 1), (None, 1), (1, 0)])
def test_who_counts_as_inside_may_ask_to_leave_after_any_time(inside: int | None, told: int) -> None:
    room: dict[str, Any] = {"zone": "vault", "is_server_room": True}
    left = a_swipe(90_000, kind=RecordKind.REX, outcome=None, inside=inside, **room)

    assert len(raised([a_swipe(**room), left], only(RuleName.REX_WHEN_EMPTY))) == told


@pytest.mark.parametrize("unsure", [{"is_late": True}, {"is_complete": False}, {"is_server_room": False}])
def test_who_leaves_is_not_judged_where_not_everything_is_known(unsure: dict[str, Any]) -> None:
    room: dict[str, Any] = {"zone": "vault", "is_server_room": True}
    left = a_swipe(90_000, kind=RecordKind.REX, outcome=None, **{**room, **unsure})

    assert raised([a_swipe(**room), left], only(RuleName.REX_WHEN_EMPTY)) == []
