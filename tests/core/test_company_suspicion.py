"""Suspicion about who comes along with somebody: let in as they were, by nothing that they did there themselves."""

from typing import Any

from doorctl.core.suspicion.alerts import CAME_ALONG, Distances, RuleName
from doorctl.core.suspicion.rules import RULES
from tests.core.suspicion_rig import NOON, a_swipe, only, raised

FAR = Distances(zones={frozenset({"floor-1", "floor-2"}): 30.0})


def test_who_comes_along_is_let_in_and_shows_no_card_again() -> None:
    told: dict[str, Any] = {
        "reasons": ("wrong_pin", "duress", "passback"),
        "detail": "blocks credential",
        "left_at": NOON - 1,
    }
    along = a_swipe(0, **told, kind=CAME_ALONG, reason="left_alone", is_server_room=True, is_in_hours=False)
    elsewhere = a_swipe(door="door-2", zone="floor-2", reader="other")

    found = {rule for rule in RULES if raised([elsewhere, along], only(rule, FAR))}

    assert found == {RuleName.FIRST_USE, RuleName.OUT_OF_HOURS}


def test_who_has_come_along_is_there_for_the_first_time_no_more() -> None:
    along = a_swipe(kind=CAME_ALONG, is_server_room=True)

    found = raised([along, a_swipe(5, is_server_room=True)], only(RuleName.FIRST_USE))

    assert [each.at for each in found] == [NOON]
