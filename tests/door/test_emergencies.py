"""One door when something is wrong: two who break the glass, a lockdown, an order that denies."""

from dataclasses import replace

import pytest

from doorctl.core.model import Credential, Holder
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import Facts
from doorctl.door.asking.asked import Presented
from doorctl.door.asking.company import GLASS_SECONDS
from doorctl.door.flood import RECORDS_A_MINUTE
from doorctl.policy.building import DoorPlace, PolicyPosition
from doorctl.wire.orders import DenyCard, DenyHolder, LockDown
from tests.core import builders
from tests.door.hand_driven import ADMITTED, DENIED, RELEASED, SECURED, HandDrivenDoorway, releasing_on_failure

GRACES_KEY = b"g" * 32
STALE = builders.facts(
    zone=replace(builders.FLOOR_3, max_age_seconds=900, break_glass="rescue"),
    policy_age_seconds=901,
    may_break_glass=True,
)
DENY_ADA = DenyHolder("ada", revision=9)
LOCKED = DoorPlace("floor-3", locked_down=True)


def of_grace(facts: Facts) -> Facts:
    """The same, but it is Grace who asks, with Ada's card in the request: what counts is the holder."""
    return replace(facts, holder=Holder("grace"), credential=Credential(builders.KEY, "grace"))


@pytest.fixture
def door() -> HandDrivenDoorway:
    return HandDrivenDoorway(STALE)


def ada_then_grace(door: HandDrivenDoorway, *, seconds_between: float = 10.0) -> None:
    door.present()
    door.commit()
    door.now += seconds_between
    door.facts = of_grace(door.facts)
    door.present()
    door.commit_all()


def decisions(door: HandDrivenDoorway) -> list[tuple[Outcome | None, Reason | None, int | None]]:
    found = [it for it in door.statements if it.kind is RecordKind.DECISION]
    return [(it.outcome, it.reason, it.of) for it in found]


def test_two_who_break_the_glass_open_together_and_the_second_record_names_the_first(door: HandDrivenDoorway) -> None:
    ada_then_grace(door, seconds_between=GLASS_SECONDS)

    assert decisions(door) == [
        (Outcome.DENIED, Reason.BREAK_GLASS_AWAITS_SECOND, None),
        (Outcome.GRANTED, Reason.BREAK_GLASS, 0),
    ]
    assert door.moves == [RELEASED]
    assert door.statement(RecordKind.RELEASED).reason is Reason.BREAK_GLASS


def test_breaking_the_glass_is_an_alarm(door: HandDrivenDoorway, capfd: pytest.CaptureFixture[str]) -> None:
    ada_then_grace(door)

    journal = capfd.readouterr().err
    assert "<2>event=break_glass_begun door=front record=0" in journal
    assert "<2>event=break_glass door=front record=1" in journal


def test_a_second_under_duress_opens_once_too_and_the_record_names_the_first(
    door: HandDrivenDoorway, capfd: pytest.CaptureFixture[str]
) -> None:
    door.present()
    door.commit()
    door.facts = replace(of_grace(STALE), pin=builders.ADAS_PIN)
    under_duress = Presented(builders.a_request(pin=builders.ADAS_PIN.duress), "front-in", door.now)
    door.doorway.take(under_duress)
    door.commit_all()
    door.present()
    door.commit_all()

    assert decisions(door)[1:] == [
        (Outcome.GRANTED, Reason.DURESS, 0),
        (Outcome.DENIED, Reason.BREAK_GLASS_AWAITS_SECOND, None),
    ]
    journal = capfd.readouterr().err
    assert "<2>event=break_glass door=front record=1" in journal
    assert "<2>event=duress door=front record=1" in journal


def test_two_break_the_glass_through_a_lockdown_by_order_also_between_them(door: HandDrivenDoorway) -> None:
    door.present()
    door.commit()
    door.deny_list.add(LockDown("floor-3", 9), door.position)
    door.doorway.end_what_is_denied()
    door.facts = of_grace(STALE)
    door.present()
    door.commit_all()

    assert [reason for _, reason, _ in decisions(door)] == [Reason.BREAK_GLASS_AWAITS_SECOND, Reason.BREAK_GLASS]
    assert door.moves == [RELEASED]


def test_a_second_who_comes_too_late_begins_anew(door: HandDrivenDoorway) -> None:
    ada_then_grace(door, seconds_between=GLASS_SECONDS + 0.1)

    assert [reason for _, reason, _ in decisions(door)] == [Reason.BREAK_GLASS_AWAITS_SECOND] * 2
    assert door.moves == []


def test_one_who_asks_twice_does_not_open(door: HandDrivenDoorway) -> None:
    for _ in range(3):
        door.present()
        door.commit_all()
        door.now += 5

    assert door.moves == []


def test_a_pair_opens_once_and_the_next_needs_a_second_again(door: HandDrivenDoorway) -> None:
    ada_then_grace(door)
    door.now += 1
    door.present()
    door.commit_all()

    assert door.moves == [RELEASED]


def test_a_first_whose_record_failed_waits_for_nobody(door: HandDrivenDoorway) -> None:
    door.present()
    door.fail()
    door.facts = of_grace(STALE)
    door.present()
    door.commit_all()

    assert door.moves == []


def test_a_first_right_behind_another_s_denial_waits_for_a_second(door: HandDrivenDoorway) -> None:
    door.facts = replace(builders.facts(), credential=None, holder=None)
    door.present()
    door.commit()
    door.facts = STALE
    ada_then_grace(door)

    assert door.moves == [RELEASED]


def test_a_flood_of_unknown_cards_keeps_nobody_from_breaking_the_glass(door: HandDrivenDoorway) -> None:
    unknown = replace(builders.facts(), credential=None, holder=None)
    for _ in range(RECORDS_A_MINUTE + 1):
        door.facts = unknown
        door.present()
        door.commit_all()
        door.now += 1.01
    door.facts = STALE
    ada_then_grace(door)

    assert [it.reason for it in door.statements].count(Reason.UNKNOWN_CARD) == RECORDS_A_MINUTE
    assert door.moves == [RELEASED]


def test_another_policy_ends_the_wait_for_a_second(door: HandDrivenDoorway) -> None:
    door.present()
    door.commit()
    door.doorway.move_to(DoorPlace("floor-3"))
    door.facts = of_grace(STALE)
    door.now += 1
    door.present()
    door.commit_all()

    assert door.moves == []


def test_an_order_that_denies_the_first_ends_the_wait_for_a_second(door: HandDrivenDoorway) -> None:
    door.present()
    door.commit()
    door.deny_list.add(DENY_ADA, door.position)
    door.doorway.end_what_is_denied()
    door.facts = of_grace(STALE)
    door.now += 1
    door.present()
    door.commit_all()

    assert door.moves == []


def test_an_order_that_denies_another_ends_no_wait(door: HandDrivenDoorway) -> None:
    door.present()
    door.commit()
    door.deny_list.add(DenyHolder("alan", revision=9), door.position)
    door.doorway.end_what_is_denied()
    door.facts = of_grace(STALE)
    door.now += 1
    door.present()
    door.commit_all()

    assert door.moves == [RELEASED]


@pytest.mark.parametrize("deed", [DENY_ADA, DenyCard(builders.KEY, revision=9)])
def test_who_is_denied_by_an_order_does_not_pass(deed: DenyHolder | DenyCard) -> None:
    ada = HandDrivenDoorway()
    ada.deny_list.add(deed, ada.position)
    ada.present()
    ada.commit_all()

    assert ada.statement(RecordKind.DECISION).reason is Reason.DENIED_BY_ORDER
    assert ada.moves == []


def test_an_order_that_comes_before_the_record_is_on_disk_opens_nothing() -> None:
    ada = HandDrivenDoorway()
    ada.present()
    ada.deny_list.add(DENY_ADA, ada.position)
    ada.commit_all()

    assert ada.done == ["record decision", "record not_released", DENIED]
    assert ada.statement(RecordKind.NOT_RELEASED).reason is Reason.DENIED_BY_ORDER


def test_an_order_or_another_policy_that_comes_before_a_record_fails_opens_nothing() -> None:
    ada = HandDrivenDoorway(releasing_on_failure())
    ada.present()
    ada.deny_list.add(DENY_ADA, ada.position)
    ada.fail()
    ada.deny_list.forget(PolicyPosition(1, 9))
    ada.present()
    ada.position = PolicyPosition(1, 10)
    ada.fail()

    assert ada.moves == []


def test_an_order_ends_what_was_released_for_the_holder() -> None:
    ada = HandDrivenDoorway()
    ada.present()
    ada.commit_all()
    ada.deny_list.add(DENY_ADA, ada.position)
    ada.doorway.end_what_is_denied()

    assert ada.moves == [RELEASED, SECURED]
    assert ada.statement(RecordKind.RELOCKED).reason is Reason.DENIED_BY_ORDER


def test_an_order_leaves_what_was_released_for_another() -> None:
    ada = HandDrivenDoorway()
    ada.present()
    ada.commit_all()
    ada.deny_list.add(DenyCard(GRACES_KEY, revision=9), ada.position)
    ada.doorway.end_what_is_denied()

    assert ada.moves == [RELEASED]


def test_an_order_that_denies_ends_when_the_policy_says_it_itself() -> None:
    ada = HandDrivenDoorway()
    ada.deny_list.add(DENY_ADA, PolicyPosition(1, 7))
    still = []
    for position in (None, PolicyPosition(1, 8), PolicyPosition(1, 9)):
        ada.deny_list.forget(position)
        still.append(ada.deny_list.denies(builders.a_request(), ADMITTED))

    assert still == [True, True, False]


def test_a_later_epoch_ends_an_order_that_denies_whatever_its_revision() -> None:
    ada = HandDrivenDoorway()
    ada.deny_list.add(DENY_ADA, PolicyPosition(1, 7))
    ada.deny_list.forget(PolicyPosition(2, 1))

    assert not ada.deny_list.denies(builders.a_request(), ADMITTED)


def test_a_lockdown_ends_a_release_and_the_wait_for_its_record() -> None:
    ada = HandDrivenDoorway()
    ada.present()
    ada.commit_all()
    ada.doorway.move_to(LOCKED)

    assert ada.moves == [RELEASED, SECURED]
    assert ada.statement(RecordKind.RELOCKED).reason is Reason.LOCKDOWN


def test_a_lockdown_that_comes_before_the_record_is_on_disk_opens_nothing() -> None:
    ada = HandDrivenDoorway()
    ada.present()
    ada.facts, ada.position = replace(ADMITTED, locked_down=True), PolicyPosition(1, 8)
    ada.doorway.move_to(LOCKED)
    ada.commit_all()

    assert ada.moves == []
    assert ada.statement(RecordKind.NOT_RELEASED).reason is Reason.LOCKDOWN


def test_a_strict_door_asks_for_its_zone_and_its_roster() -> None:
    ada = HandDrivenDoorway(strict_zone="floor-3")
    ada.present()

    assert [request.strict_zone for request in ada.requests] == ["floor-3"]
    assert ada.statement(RecordKind.DECISION).reason is Reason.NO_ROSTER


def test_a_record_says_how_old_the_policy_was(door: HandDrivenDoorway) -> None:
    door.present()

    policy = door.statement(RecordKind.DECISION).policy
    assert policy is not None
    assert policy.age_seconds == 901
