"""Temporary staff: whatever lets a person in, nothing does from the second on in which their time is over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from doorctl.core.decision import decide
from doorctl.core.model import Factor, ZoneKind
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Companion
from doorctl.policy.rosters import RosterBook
from doorctl.policy.rows import (
    CredentialRow,
    GrantRow,
    GroupRow,
    HolderRow,
    MemberRow,
    PinRow,
    RosterRow,
    Row,
    ZoneFactorRow,
    ZoneRow,
    ZoneRuleRow,
)
from tests.policy.policies import ADAS_GRANT, BUILDING, KEY, OTHER_KEY, facts_of, write_policy
from tests.policy.rosters import ZONE, a_roster, trust

END = datetime(2026, 6, 3, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BEFORE = [END - n * SECOND for n in (3600, 3, 2, 1)] + [END - timedelta(microseconds=1)]
AFTER = [END + n * SECOND for n in (0, 1, 2, 3, 60, 3600, 86_400, 10 * 366 * 86_400)]

PIN, DURESS, ALONE, ALONE_DURESS = (each * 32 for each in (b"p", b"d", b"1", b"2"))
ADA = (
    HolderRow(id="ada", valid_until=int(END.timestamp())),
    CredentialRow(key=KEY, holder="ada"),
    CredentialRow(key=OTHER_KEY, holder="ada"),
    PinRow("ada", ring_keys=1, key=PIN, duress=DURESS, alone=ALONE, alone_duress=ALONE_DURESS),
)
STAFF = (GroupRow("staff"), MemberRow("ada", "staff"))
BOTH, PIN_ALONE = ZoneFactorRow(ZONE, Factor.CARD_AND_PIN), ZoneFactorRow(ZONE, Factor.PIN)
CARD = AccessRequest("front", (KEY,), END)
KEYED = AccessRequest("front", (), END, pin_alone=True)

WAYS: dict[str, tuple[AccessRequest, tuple[Row, ...]]] = {
    "card": (CARD, (ADAS_GRANT,)),
    "other-card": (replace(CARD, credentials=(OTHER_KEY,)), (ADAS_GRANT,)),
    "group": (CARD, (*STAFF, GrantRow("g2", ZONE, group="staff"))),
    "card-and-pin": (replace(CARD, pins=(PIN,)), (ADAS_GRANT, BOTH)),
    "card-and-duress": (replace(CARD, pins=(DURESS,)), (ADAS_GRANT, BOTH)),
    "pin-alone": (replace(KEYED, pins=(ALONE,)), (ADAS_GRANT, PIN_ALONE)),
    "duress-alone": (replace(KEYED, pins=(ALONE_DURESS,)), (ADAS_GRANT, PIN_ALONE)),
    "together": (replace(CARD, companions=(Companion("grace"),)), (ADAS_GRANT, ZoneFactorRow(ZONE, persons=2))),
    "glass": (
        replace(CARD, companions=(Companion("grace", breaks_glass=True),)),
        (*STAFF, ZoneRow(ZONE, ZoneKind.FLOOR, max_age_seconds=60), ZoneRuleRow(zone=ZONE, break_glass="staff")),
    ),
    "roster": (
        replace(CARD, strict_zone=ZONE),
        (ADAS_GRANT, ZoneRuleRow(zone=ZONE, strict=True), RosterRow(zone=ZONE, note=a_roster())),
    ),
}
"""All that lets Ada in: her rows have no end of their own, she has one."""


def reasons(path: Path, way: str, moments: list[datetime]) -> set[Reason]:
    """Decide by the policy on disk at each of these moments."""
    book = RosterBook(signatures={ZONE: 1})
    book.believe(trust())
    facts = facts_of(path, WAYS[way][0], rosters=book)
    return {decide(replace(WAYS[way][0], at=at), facts).reason for at in moments}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_of_a_person_admits_from_the_second_on_in_which_their_time_is_over(tmp_path: Path, way: str) -> None:
    path = tmp_path / "policy.db"
    write_policy(path, [*BUILDING, *ADA, *WAYS[way][1]])

    before, after = reasons(path, way, BEFORE), reasons(path, way, AFTER)

    assert before <= {Reason.GRANTED, Reason.DURESS, Reason.BREAK_GLASS}
    assert after == {Reason.HOLDER_EXPIRED}
