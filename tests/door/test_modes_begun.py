"""What a holder begins: the first person in unlocks for the window, keepers their office; and what ends that."""

from dataclasses import replace
from datetime import timedelta

import pytest

from doorctl.core.areas import Occupancy, Passback, Way
from doorctl.core.model import Factor, Status, Zone
from doorctl.core.modes import DoorModes, Mode
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import Facts
from doorctl.door.presence.occupancy import Place
from doorctl.wire.orders import DenyCard, DenyHolder
from tests.core import builders
from tests.door.hand_driven import RELEASED, SECURED
from tests.door.modal import ADA, FIRST_BY_DAY, GRACE, GRACES_KEY, MORNING, OFFICE, ModalDoor

UNLOCKED = DoorModes(Mode.UNLOCKED)
HOUR = 3600.0
HARD = replace(builders.FLOOR_3, occupancy=Occupancy(passback=Passback.HARD))
KEEPER, OTHER_KEEPER = replace(ADA, may_toggle=True), replace(GRACE, may_toggle=True)


def first_in() -> ModalDoor:
    """Make a door that Ada has unlocked as the first of its window, and has passed."""
    door = ModalDoor(FIRST_BY_DAY).begin()
    door.let_in()
    door.wait(10)
    return door


def an_office() -> ModalDoor:
    """Make an office whose keepers Ada and Grace are."""
    door = ModalDoor(OFFICE).begin()
    door.people = {builders.KEY: KEEPER, GRACES_KEY: OTHER_KEEPER}
    return door


def unlocked_office() -> ModalDoor:
    """Make an office that Ada has unlocked, and has passed."""
    door = an_office()
    door.let_in_twice()
    door.wait(10)
    return door


def test_the_first_whom_all_rules_admit_unlocks_the_door_for_the_window() -> None:
    door = ModalDoor(FIRST_BY_DAY).begin()
    door.people = {builders.KEY: replace(ADA, grants=()), GRACES_KEY: GRACE}
    door.let_in()
    denied = list(door.hand.moves)
    door.let_in(GRACES_KEY)
    door.wait(HOUR)
    during = door.is_released
    door.wait(5 * HOUR)

    assert (denied, during, door.is_released) == ([], True, False)
    assert door.told == [
        "first-person-in by=schedule:office",
        "first-person-in unlocked by=schedule:office",
        "card by=usual",
    ]


def test_the_record_of_what_a_holder_unlocks_leads_to_their_decision() -> None:
    door = first_in()
    kinds = [it.kind for it in door.hand.statements]
    mode = [it for it in door.hand.statements if it.kind is RecordKind.MODE][1]

    assert mode.of == kinds.index(RecordKind.DECISION)


def test_whoever_comes_before_the_window_unlocks_nothing() -> None:
    door = ModalDoor(FIRST_BY_DAY, at=MORNING).begin()
    door.let_in()
    door.wait(2 * HOUR)

    assert not door.is_released


def test_it_takes_everybody_whom_the_zone_asks_for_to_be_the_first() -> None:
    two = replace(builders.FLOOR_3, persons=2)
    door = ModalDoor(FIRST_BY_DAY, zone=two).begin()
    door.let_in()
    door.wait(10)
    alone = list(door.hand.moves)
    door.let_in(GRACES_KEY)
    door.wait(10)

    assert alone == []
    assert door.is_released


def test_the_next_window_waits_for_its_own_first() -> None:
    door = first_in()
    door.wait(24 * HOUR)
    door.wait(1)

    assert not door.is_released
    assert door.told[-1] == "first-person-in by=schedule:office"


@pytest.mark.parametrize(
    "ada",
    [
        replace(ADA, holder=replace(builders.ADA, valid_until=builders.NOON + timedelta(hours=1))),
        replace(ADA, credential=replace(builders.ADAS_CARD, valid_until=builders.NOON + timedelta(hours=1))),
        replace(ADA, grants=(replace(builders.ADAS_GRANT, valid_until=builders.NOON + timedelta(hours=1)),)),
    ],
    ids=["holder", "card", "grant"],
)
def test_what_a_holder_unlocked_ends_with_what_they_may(ada: Facts) -> None:
    door = ModalDoor(FIRST_BY_DAY).begin()
    door.people = {builders.KEY: ada}
    door.let_in()
    door.wait(HOUR - 1)
    before = door.is_released
    door.wait(1)

    assert (before, door.is_released) == (True, False)


@pytest.mark.parametrize("deed", [DenyHolder("ada", 99), DenyCard(builders.KEY, 99)])
@pytest.mark.parametrize("make", [first_in, unlocked_office])
def test_an_order_that_denies_who_unlocked_a_door_ends_it_at_once(make: object, deed: DenyHolder | DenyCard) -> None:
    door: ModalDoor = make()  # type: ignore[operator]
    door.keeps_waiting = True
    door.hand.deny_list.add(deed, door.hand.position)
    door.door.end_what_is_denied()

    assert not door.is_released


def test_an_order_that_denies_somebody_else_ends_nothing() -> None:
    door = first_in()
    door.hand.deny_list.add(DenyHolder("grace", 99), door.hand.position)
    door.door.end_what_is_denied()

    assert door.is_released


@pytest.mark.parametrize(
    "ada",
    [
        replace(ADA, grants=()),
        replace(ADA, holder=replace(builders.ADA, status=Status.SUSPENDED)),
        replace(ADA, holder=None, credential=None),
    ],
    ids=["no grant", "suspended", "gone"],
)
def test_another_policy_that_takes_their_right_away_ends_it(ada: Facts) -> None:
    door = first_in()
    door.people = {builders.KEY: ada}
    door.tell()
    door.hand.commit_all()

    assert not door.is_released


def test_another_policy_that_lets_them_in_still_ends_nothing_whatever_they_would_have_to_bring() -> None:
    door = first_in()
    pin_and_company = Zone("floor-3", factor=Factor.CARD_AND_PIN, persons=2)
    door.tell(zone=pin_and_company, pin=builders.ADAS_PIN)
    door.hand.commit_all()

    assert door.is_released


def test_members_of_the_office_group_unlock_and_lock_it_by_coming_twice() -> None:
    door = an_office()
    door.let_in_twice()
    door.wait(10)
    after_ada = door.is_released
    door.let_in_twice(GRACES_KEY)
    door.wait(10)

    assert (after_ada, door.is_released) == (True, False)
    assert door.told == ["office by=usual", "office unlocked by=usual", "office by=usual"]


def enter(door: ModalDoor, holder: str) -> None:
    """Let somebody count as inside."""
    door.hand.around.occupancy.passed(Place("front", "floor-3", (), Way.IN, frozenset({holder})), of=None)


def test_a_keeper_who_counts_as_inside_locks_the_office_and_is_not_let_in() -> None:
    door = unlocked_office()
    door.people[builders.KEY] = replace(KEEPER, zone=HARD)
    enter(door, "ada")
    before = len(door.hand.moves)
    door.let_in_twice()

    decisions = [it.reason for it in door.hand.statements if it.kind is RecordKind.DECISION]
    assert decisions[-2:] == [Reason.PASSBACK, Reason.PASSBACK]
    assert door.hand.moves[before:] == [SECURED]
    assert not door.door.is_left_unlocked


@pytest.mark.parametrize(
    "ada",
    [
        replace(KEEPER, zone=HARD, may_toggle=False),
        replace(KEEPER, zone=HARD, grants=()),
    ],
    ids=["no keeper", "no grant"],
)
def test_nobody_else_who_is_denied_locks_an_office(ada: Facts) -> None:
    door = unlocked_office()
    door.people[builders.KEY] = ada
    enter(door, "ada")
    door.let_in_twice()

    assert door.door.is_left_unlocked


def test_a_keeper_who_is_denied_unlocks_nothing() -> None:
    door = an_office()
    door.people[builders.KEY] = replace(KEEPER, zone=HARD)
    enter(door, "ada")
    door.let_in_twice()

    assert door.hand.moves == []


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [(builders.KEY, builders.KEY, 5.1), (builders.KEY, GRACES_KEY, 1.0)],
    ids=["too late", "two people"],
)
def test_two_people_or_one_who_comes_too_late_unlock_no_office(first: bytes, second: bytes, apart: float) -> None:
    door = an_office()
    door.let_in(first)
    door.wait(apart)
    door.let_in(second)
    door.wait(10)

    assert not door.is_released


def test_a_third_time_is_a_first_again() -> None:
    door = an_office()
    door.let_in_twice()
    door.wait(1)
    door.let_in()
    door.wait(10)

    assert door.is_released


def test_whoever_is_not_of_the_group_unlocks_no_office() -> None:
    door = ModalDoor(OFFICE).begin()
    door.let_in_twice()
    door.wait(10)

    assert not door.is_released


def test_who_leaves_the_office_group_leaves_no_office_unlocked() -> None:
    door = unlocked_office()
    door.people = {builders.KEY: ADA}
    door.tell()

    assert not door.is_released


@pytest.mark.parametrize("modes", [DoorModes(), UNLOCKED, DoorModes(Mode.LOCKED)])
def test_another_mode_ends_what_a_holder_has_begun(modes: DoorModes) -> None:
    door = unlocked_office()
    door.set(modes)
    door.set(OFFICE)

    assert not door.is_released


def test_a_lockdown_ends_what_a_holder_has_begun_for_good() -> None:
    door = unlocked_office()
    door.tell(locked_down=True)
    door.hand.commit_all()
    during = door.is_released
    door.tell(locked_down=False)
    door.hand.commit_all()

    assert (during, door.is_released) == (False, False)


def test_who_unlocks_under_duress_unlocks_as_always() -> None:
    door = ModalDoor(FIRST_BY_DAY, pin=builders.ADAS_PIN).begin()
    door.present(pin=builders.ADAS_PIN.duress)
    door.hand.commit_all()
    door.wait(10)

    assert door.hand.statement(RecordKind.DECISION).reason is Reason.DURESS
    assert door.is_released


def test_a_holder_whom_another_policy_has_overtaken_unlocks_nothing() -> None:
    door = ModalDoor(FIRST_BY_DAY).begin()
    door.present()
    door.tell()
    door.hand.commit_all()
    door.wait(10)

    assert door.hand.moves == [RELEASED, SECURED]


@pytest.mark.parametrize("modes", [FIRST_BY_DAY, OFFICE], ids=["first person in", "office"])
def test_who_breaks_the_glass_unlocks_the_door_for_nobody_else(modes: DoorModes) -> None:
    zone = replace(builders.FLOOR_3, max_age_seconds=60, break_glass="crew")
    door = ModalDoor(modes, zone=zone, may_break_glass=True, may_toggle=True, grants=(), policy_age_seconds=999.0)
    door.begin()
    door.let_in()
    for _ in range(2):
        door.about["policy_age_seconds"] = 999.0
        door.let_in()
        door.present(GRACES_KEY)
        door.about["policy_age_seconds"] = 1.0
        door.hand.commit_all()
        door.wait(1)

    assert Reason.BREAK_GLASS in [it.reason for it in door.hand.statements if it.kind is RecordKind.DECISION]
    assert not door.door.is_left_unlocked
