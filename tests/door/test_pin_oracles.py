"""Nothing that somebody sees, times or counts at a keypad tells whose PIN one is, or the one for duress."""

from dataclasses import replace
from pathlib import Path

import pytest

from doorctl.core.model import Factor, HeldPin
from doorctl.core.reasons import Reason
from doorctl.core.request import Facts
from tests.core import builders
from tests.door.keypads import (
    ADA,
    ADA_BY_PIN_ALONE,
    ALONE,
    HELD_ALONE,
    OTHER_READER,
    READER,
    RING,
    WAITING,
    WRONG,
    ZONE,
    Keypads,
)

DURESS_ALONE = "471101"
BY_PIN = replace(ADA_BY_PIN_ALONE, pin=HeldPin(HELD_ALONE.key, RING.credential_key(f"pin:{DURESS_ALONE}")))
NOT_NOW = replace(BY_PIN, grants=())
NOBODY = replace(BY_PIN, holder=None, grants=(), pin=None)


@pytest.fixture
def front(keys: Path) -> Keypads:
    return Keypads(keys, BY_PIN)


def tried(front: Keypads, facts: Facts, pin: str, reader: str = READER) -> list[str]:
    """Enter a PIN alone, and tell what is done before anything is on disk."""
    front.door.facts = facts
    before = len(front.door.done)
    front.keys(f"{pin}#", reader)
    seen = front.door.done[before:]
    front.door.commit_all()
    return seen


def test_a_pin_of_somebody_who_may_not_pass_takes_as_long_as_one_of_nobody_also_in_a_flood(front: Keypads) -> None:
    tried(front, NOT_NOW, ALONE)

    assert tried(front, NOT_NOW, ALONE) == tried(front, NOBODY, WRONG)


def test_a_pin_of_somebody_who_may_not_pass_blocks_the_reader_as_one_of_nobody_does(front: Keypads) -> None:
    for _ in range(3):
        tried(front, NOT_NOW, ALONE)
    tried(front, BY_PIN, ALONE)

    assert front.reasons == [*[Reason.NO_GRANT] * 3, Reason.PIN_BLOCKED]
    tried(front, BY_PIN, ALONE, OTHER_READER)
    assert front.reasons[-1] is Reason.GRANTED


def test_who_waits_for_company_by_a_pin_alone_blocks_nobody(front: Keypads) -> None:
    two = replace(BY_PIN, zone=replace(BY_PIN.zone or ZONE, persons=2))
    for _ in range(5):
        tried(front, two, ALONE)
        front.wait(2)

    assert front.reasons == [Reason.PERSON_AWAITED] * 5


@pytest.mark.parametrize(
    ("facts", "denial"),
    [
        (replace(BY_PIN, zone=replace(ZONE, factor=Factor.CARD_AND_PIN)), Reason.CARD_AWAITED),
        (replace(BY_PIN, zone=replace(ZONE, factor=Factor.PIN, pin_tries=1)), Reason.PIN_BLOCKED),
    ],
)
def test_where_no_pin_is_looked_at_the_one_for_duress_is_not_either(
    front: Keypads, facts: Facts, denial: Reason
) -> None:
    tried(front, NOBODY, WRONG)
    tried(front, facts, WRONG)

    assert tried(front, facts, DURESS_ALONE) == tried(front, facts, WRONG)
    assert Reason.DURESS not in [reason for it in front.door.statements for reason in it.reasons]
    assert front.reasons[1] is denial


def test_a_card_that_waited_in_vain_opens_nothing_though_a_card_is_enough_by_now(keys: Path) -> None:
    ada = Keypads(keys, ADA)
    ada.card()
    ada.door.facts = replace(ADA, zone=builders.FLOOR_3)

    ada.wait(20)

    assert ada.door.done[0] == WAITING
    assert ada.door.moves == []
