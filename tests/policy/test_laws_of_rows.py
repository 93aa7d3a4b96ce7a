"""A law of policies: the rows about Ada and the door decide whether she is let in, in any order, and no others."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from doorctl.core.decision import decide
from doorctl.core.model import Factor, Status, Weekday, ZoneKind
from doorctl.core.request import AccessRequest, Decision
from doorctl.policy.rows import (
    CredentialRow,
    DoorRow,
    FactorTime,
    GrantRow,
    GroupRow,
    HolderRow,
    LockdownRow,
    MemberRow,
    PinRow,
    Row,
    ScheduleRow,
    WindowRow,
    ZoneFactorRow,
    ZoneRow,
    ZoneRuleRow,
)
from tests.policy.policies import BUILDING, KEY, OTHER_KEY, facts_of, write_policy
from tests.policy.test_facts import NOON

REQUESTS = 25
PIN, DURESS, ALONE, ALONE_DURESS = (each * 32 for each in (b"p", b"d", b"1", b"2"))
OFFICE = ScheduleRow("office", (WindowRow(tuple(Weekday), "08:00", "18:00"),))
SOONER, LATER = (int((NOON + timedelta(hours=hours)).timestamp()) for hours in (-1, 1))
OTHERS_FIRST: tuple[Row, ...] = (
    HolderRow("grace"),
    HolderRow("alan", Status.SUSPENDED),
    GroupRow("cleaners"),
    ZoneRow("lobby", ZoneKind.FLOOR),
    ScheduleRow("nights", (WindowRow(tuple(Weekday), "22:00", "06:00"),)),
)
OTHERS: tuple[Row, ...] = (
    DoorRow("back", "lobby"),
    CredentialRow(OTHER_KEY, "grace"),
    CredentialRow(b"l" * 32, "alan", Status.LOST),
    PinRow("grace", 1, b"x" * 32, alone=b"y" * 32),
    MemberRow("grace", "staff"),
    MemberRow("grace", "guards"),
    MemberRow("alan", "cleaners"),
    GrantRow("a0", "floor-3", holder="grace"),
    GrantRow("a1", "floor-3", group="cleaners"),
    GrantRow("z1", "lobby", holder="ada"),
    GrantRow("z2", "lobby", group="staff"),
    ZoneFactorRow("lobby", Factor.CARD_AND_PIN),
    ZoneRuleRow("lobby", strict=True),
    LockdownRow("lobby"),
)


@pytest.mark.parametrize("policies", [40, pytest.param(400, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
def test_rows_about_others_and_the_order_of_rows_do_not_matter(policies: int, tmp_path: Path, chance: Random) -> None:
    answers = set()
    for number in range(policies):
        first, then = rows_of_roots(chance), rows_about_ada(chance)
        alone, among = tmp_path / f"{number}.db", tmp_path / f"{number}-among-others.db"
        write_policy(alone, [*BUILDING, *first, *then])
        write_policy(among, [*BUILDING, *shuffled(chance, first, OTHERS_FIRST), *shuffled(chance, then, OTHERS)])
        for request in (a_request(chance) for _ in range(REQUESTS)):
            age = chance.choice((10.0, 61.0))
            answer = decided(alone, request, age)
            answers.add(answer.reason)

            assert decided(among, request, age) == answer, (request, then)

    assert len(answers) > 5


def rows_of_roots(chance: Random) -> tuple[Row, ...]:
    """Make what others refer to."""
    ada = HolderRow("ada", chance.choice((Status.ACTIVE,) * 5 + (Status.SUSPENDED,)))
    return ada, GroupRow("staff"), GroupRow("guards"), OFFICE


def rows_about_ada(chance: Random) -> list[Row]:
    """Choose among the rows that count for Ada at the front door."""
    until = chance.choice((None, None, SOONER, LATER))
    times = (FactorTime("office", chance.choice(list(Factor))),) if chance.random() < 0.5 else ()
    rows: list[Row] = [
        PinRow("ada", 1, PIN, DURESS, ALONE, ALONE_DURESS),
        MemberRow("ada", "staff"),
        MemberRow("ada", "guards"),
        GrantRow("g1", "floor-3", holder="ada", schedule="office", valid_until=until),
        GrantRow("g2", "floor-3", group="staff", valid_from=chance.choice((None, LATER))),
        ZoneFactorRow("floor-3", chance.choice(list(Factor)), times),
        ZoneRow("floor-3", ZoneKind.FLOOR, max_age_seconds=60),
        ZoneRuleRow("floor-3", break_glass="guards"),
    ]
    rare: list[Row] = [LockdownRow(chance.choice(("floor-3", "*")))]
    card = CredentialRow(KEY, "ada", chance.choice((Status.ACTIVE,) * 5 + (Status.LOST,)))
    return [card, *(row for row in rows if chance.random() < 0.7), *(row for row in rare if chance.random() < 0.1)]


def a_request(chance: Random) -> AccessRequest:
    """Ask at the front door with Ada's card, her PINs or a wrong one."""
    at = NOON + timedelta(minutes=chance.randrange(3 * 1440))
    if chance.random() < 0.3:
        pin = chance.choice((ALONE, ALONE_DURESS, PIN))
        return AccessRequest("front", (), at, pins=(pin,), pin_alone=True)
    return AccessRequest("front", (KEY,), at, pins=chance.choice((None, (PIN,), (PIN,), (DURESS,), (ALONE,))))


def shuffled(chance: Random, rows: tuple[Row, ...] | list[Row], others: tuple[Row, ...]) -> list[Row]:
    """Mix rows with others."""
    mixed = [*rows, *others]
    chance.shuffle(mixed)
    return mixed


def decided(path: Path, request: AccessRequest, age: float) -> Decision:
    """Decide by a policy of an age."""
    return decide(request, replace(facts_of(path, request), policy_age_seconds=age))
