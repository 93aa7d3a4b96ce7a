"""What a policy knows of factors and PINs, and that what it cannot read lets nobody in with less."""

from pathlib import Path

import pytest

from doorctl.core.decision import decide
from doorctl.core.model import Factor, HeldPin
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest
from doorctl.policy.rows import FactorTime, GroupRow, MemberRow, PinRow, Row, ScheduleRow, ZoneFactorRow
from tests.policy.policies import ADA, ADAS_GRANT, BUILDING, KEY, change_policy, edit, facts_of, write_policy
from tests.policy.test_facts import NOON

PIN, DURESS, ALONE, ALONE_DURESS, WRONG = (each * 32 for each in (b"p", b"d", b"1", b"2", b"w"))
ADAS_PIN = PinRow("ada", ring_keys=1, key=PIN, duress=DURESS, alone=ALONE, alone_duress=ALONE_DURESS)
BOTH = ZoneFactorRow("floor-3", Factor.CARD_AND_PIN, pin_tries=3, pin_block_seconds=60)


def by_card(*pins: bytes) -> AccessRequest:
    """Ask by Ada's card, and by a PIN where one is given."""
    return AccessRequest("front", (KEY,), NOON, pins=pins or None)


def by_pin(*pins: bytes) -> AccessRequest:
    return AccessRequest("front", (), NOON, pins=pins, pin_alone=True)


def a_policy(folder: Path, *rows: Row) -> Path:
    path = folder / "policy.db"
    write_policy(path, [*BUILDING, *ADA, ADAS_GRANT, *rows])
    return path


def reason(path: Path, request: AccessRequest) -> Reason:
    return decide(request, facts_of(path, request)).reason


def test_a_zone_is_read_with_what_it_asks_for(tmp_path: Path) -> None:
    times = (FactorTime("office", Factor.CARD), FactorTime("office", Factor.PIN))
    row = ZoneFactorRow("floor-3", Factor.CARD_AND_PIN, times, 3, 60, 2, 45, "guards")

    zone = facts_of(a_policy(tmp_path, GroupRow("guards"), ScheduleRow("office", ()), row), by_card()).zone

    assert zone is not None
    assert (zone.factor, zone.factor_times) == (
        Factor.CARD_AND_PIN,
        (("office", Factor.CARD), ("office", Factor.PIN)),
    )
    assert (zone.pin_tries, zone.pin_block_seconds) == (3, 60)
    assert (zone.persons, zone.persons_seconds, zone.persons_group) == (2, 45, "guards")


def test_a_member_of_the_group_of_which_one_must_be_leads(tmp_path: Path) -> None:
    path = a_policy(tmp_path, GroupRow("guards"), ZoneFactorRow("floor-3", persons=2, persons_group="guards"))
    before = facts_of(path, by_card()).leads

    change_policy(path, [MemberRow("ada", "guards")])

    assert (before, facts_of(path, by_card()).leads) == (False, True)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (by_card(), Reason.PIN_AWAITED),
        (by_card(PIN), Reason.GRANTED),
        (by_card(DURESS), Reason.DURESS),
        (by_card(WRONG), Reason.WRONG_PIN),
        (by_card(ALONE), Reason.WRONG_PIN),
        (by_pin(ALONE), Reason.CARD_AWAITED),
    ],
)
def test_a_zone_asks_for_the_pin_of_the_cards_holder(
    tmp_path: Path, request_: AccessRequest, expected: Reason
) -> None:
    assert reason(a_policy(tmp_path, BOTH, ADAS_PIN), request_) is expected


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (by_pin(ALONE), Reason.GRANTED),
        (by_pin(ALONE_DURESS), Reason.DURESS),
        (by_pin(PIN), Reason.WRONG_PIN),
        (by_pin(WRONG), Reason.WRONG_PIN),
        (by_pin(WRONG, ALONE), Reason.WRONG_PIN),
        (by_pin(), Reason.WRONG_PIN),
    ],
)
def test_a_pin_alone_names_its_holder(tmp_path: Path, request_: AccessRequest, expected: Reason) -> None:
    assert reason(a_policy(tmp_path, ZoneFactorRow("floor-3", Factor.PIN), ADAS_PIN), request_) is expected


def test_a_pin_made_with_two_keys_of_the_ring_is_found_by_the_second(tmp_path: Path) -> None:
    pin = PinRow("ada", ring_keys=2, key=PIN, alone=ALONE)
    path = a_policy(tmp_path, ZoneFactorRow("floor-3", Factor.PIN), pin)

    assert reason(path, by_pin(WRONG, ALONE)) is Reason.GRANTED


def test_no_pin_is_looked_up_where_a_card_is_enough(tmp_path: Path) -> None:
    path = a_policy(tmp_path, ADAS_PIN)

    assert facts_of(path, by_card()).pin is None
    assert facts_of(path, by_card(PIN)).pin == HeldPin(PIN, DURESS, 1)


def test_a_policy_of_a_doorctl_without_pins_asks_for_cards(tmp_path: Path) -> None:
    path = a_policy(tmp_path)
    edit(path, "DROP TABLE pins", "DROP TABLE zone_factors")

    assert reason(path, by_card()) is Reason.GRANTED
    assert reason(path, by_pin(ALONE)) is Reason.CARD_AWAITED


@pytest.mark.parametrize(
    "damage",
    ["factor = 'nothing'", "times = '[{}]'", "times = 'x'", "pin_block_seconds = 0", "pin_tries = 21", "persons = 0"],
)
def test_a_zone_whose_factor_cannot_be_read_is_opened_by_nothing(tmp_path: Path, damage: str) -> None:
    path = a_policy(tmp_path, BOTH, ADAS_PIN)
    edit(path, f"UPDATE zone_factors SET {damage}")

    assert reason(path, by_card(PIN)) is Reason.UNKNOWN_ZONE


def test_a_holders_pin_that_cannot_be_read_is_nobodys(tmp_path: Path) -> None:
    path = a_policy(tmp_path, BOTH, ADAS_PIN)
    edit(path, "UPDATE pins SET ring_keys = 0")

    assert reason(path, by_card(PIN)) is Reason.WRONG_PIN
