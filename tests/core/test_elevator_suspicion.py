"""Suspicion about elevators: who chose the floor of a server room was let in there, and used their card once."""

from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleName, Seen
from tests.core.suspicion_rig import a_swipe, only, raised


def a_choice(seconds: float = 1.0, **more: object) -> Seen:
    """Make the choice of a floor by Ada."""
    about = {"kind": RecordKind.FLOOR_CHOSEN, "door": "lift-9", "zone": "vault", "reader": "", "outcome": None}
    return a_swipe(seconds, **(about | {"is_server_room": True} | more))


def test_who_chose_the_floor_of_a_server_room_for_the_first_time_is_told_once() -> None:
    in_cabin = a_swipe(door="lift", zone="", reader="cabin")

    found = raised([in_cabin, a_choice(), a_choice(90)], only(RuleName.FIRST_USE))

    assert [(each.door, each.zone) for each in found] == [("lift-9", "vault")]


def test_a_server_room_whose_floor_was_chosen_is_not_empty() -> None:
    rex = a_swipe(60, kind=RecordKind.REX, zone="vault", subject="", outcome=None, is_server_room=True)
    long_before = a_swipe(-500_000, zone="vault", is_server_room=True)

    assert raised([long_before, a_choice(), rex], only(RuleName.REX_WHEN_EMPTY)) == []
    assert len(raised([long_before, rex], only(RuleName.REX_WHEN_EMPTY))) == 1


def test_a_choice_is_no_second_use_of_the_card() -> None:
    in_cabin = a_swipe(door="lift", zone="", reader="cabin")

    assert raised([in_cabin, a_choice()], only(RuleName.TWICE_AT_ONCE)) == []
