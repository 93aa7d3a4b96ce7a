"""What a policy knows of classes and of the threat level, and that what it cannot read lets nobody in."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from doorctl.core.classes import CardClass, ReaderClass
from doorctl.core.decision import decide
from doorctl.core.model import Factor
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest
from doorctl.core.rules.factors import factor_asked
from doorctl.database import open_reader
from doorctl.policy.facts import FactsReader
from doorctl.policy.needs import needs_of, zones_of
from doorctl.policy.rows import (
    ClearanceRow,
    CredentialClassRow,
    CredentialRow,
    ErasureRow,
    FactorTime,
    HolderRow,
    PinRow,
    Row,
    ScheduleRow,
    ThreatRow,
    ZoneClassesRow,
    ZoneFactorRow,
    ZoneThreatRow,
)
from doorctl.wire.messages import Put
from tests.policy.policies import (
    ADA,
    ADAS_GRANT,
    BUILDING,
    KEY,
    OTHER_KEY,
    change_policy,
    edit,
    facts_of,
    write_policy,
)
from tests.policy.test_facts import NOON

ASKS = AccessRequest("front", (KEY,), NOON, reader_class=ReaderClass.WIEGAND)
TAKES = ZoneClassesRow("floor-3", (ReaderClass.WIEGAND,), (CardClass.DESFIRE,))
IS_DESFIRE = CredentialClassRow(KEY, "ada", CardClass.DESFIRE)
AT_3 = ZoneThreatRow("floor-3", 3, Factor.CARD_AND_PIN, 2)


def a_policy(folder: Path, *rows: Row) -> Path:
    path = folder / "policy.db"
    write_policy(path, [*BUILDING, *ADA, ADAS_GRANT, *rows])
    return path


def reason(path: Path, request: AccessRequest = ASKS) -> Reason:
    return decide(request, facts_of(path, request)).reason


def reason_at(path: Path, threat: int) -> Reason:
    """Decide as it would be at another threat level."""
    with closing(open_reader(path)) as connection:
        facts, _ = FactsReader(connection, threat=threat).facts(ASKS)
    return decide(ASKS, replace(facts, clock_trusted=True)).reason


def test_a_zone_takes_the_classes_of_its_row_and_the_card_is_of_the_class_of_its_own(tmp_path: Path) -> None:
    path = a_policy(tmp_path, TAKES)
    unknown = reason(path)

    change_policy(path, [IS_DESFIRE])

    assert (unknown, reason(path)) == (Reason.CARD_CLASS, Reason.GRANTED)
    assert reason(path, replace(ASKS, reader_class=ReaderClass.TEXT)) is Reason.READER_CLASS


def test_the_class_of_a_card_is_that_which_its_holder_has_it_in(tmp_path: Path) -> None:
    path = a_policy(tmp_path, TAKES, HolderRow("grace"), CredentialClassRow(KEY, "grace", CardClass.DESFIRE))

    assert reason(path) is Reason.CARD_CLASS


@pytest.mark.parametrize("damage", ["card_class = 'unheard-of'", "card_class = ''"])
def test_a_class_of_card_that_nobody_knows_is_unknown(tmp_path: Path, damage: str) -> None:
    path = a_policy(tmp_path, TAKES, IS_DESFIRE)
    edit(path, f"UPDATE credential_classes SET {damage}")

    assert reason(path) is Reason.CARD_CLASS


@pytest.mark.parametrize(
    "damage",
    [
        "zone_classes SET reader_classes = '[\"radio\"]'",
        "zone_classes SET card_classes = '[\"paper\"]'",
        "zone_classes SET card_classes = 'x'",
        "zone_threats SET factor = 'nothing'",
        "zone_threats SET threat = 0",
        "zone_threats SET clearance = 10",
    ],
)
def test_a_zone_whose_bars_cannot_be_read_is_opened_by_nothing(tmp_path: Path, damage: str) -> None:
    path = a_policy(tmp_path, TAKES, IS_DESFIRE, AT_3)
    edit(path, f"UPDATE {damage}")

    assert reason(path) is Reason.UNKNOWN_ZONE


def test_a_zone_asks_for_more_from_the_threat_level_on_of_which_it_says_so(tmp_path: Path) -> None:
    path = a_policy(tmp_path, AT_3, ClearanceRow("ada", 2), PinRow("ada", 1, b"p" * 32))

    told = []
    for level in (1, 2, 3, 5, 1):
        change_policy(path, [ThreatRow("hq", level)])
        told.append(reason(path))

    assert told == [Reason.GRANTED, Reason.GRANTED, Reason.PIN_AWAITED, Reason.PIN_AWAITED, Reason.GRANTED]


def test_what_would_be_at_another_threat_level_can_be_asked(tmp_path: Path) -> None:
    path = a_policy(tmp_path, ZoneThreatRow("floor-3", 3, clearance=2), ThreatRow("hq", 3))

    assert [reason_at(path, level) for level in (1, 2, 3, 4)] == [
        *(Reason.GRANTED, Reason.GRANTED),
        *(Reason.CLEARANCE_TOO_LOW, Reason.CLEARANCE_TOO_LOW),
    ]


@pytest.mark.parametrize(("clearance", "expected"), [(1, Reason.CLEARANCE_TOO_LOW), (2, Reason.GRANTED)])
def test_who_is_cleared_as_highly_as_is_asked_for_is_let_in(tmp_path: Path, clearance: int, expected: Reason) -> None:
    row = ZoneThreatRow("floor-3", 1, clearance=2)

    assert reason(a_policy(tmp_path, row, ClearanceRow("ada", clearance))) is expected


def test_a_clearance_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    path = a_policy(tmp_path, ZoneThreatRow("floor-3", 1, clearance=2), ClearanceRow("ada", 9))
    edit(path, "UPDATE clearances SET clearance = 10")

    assert reason(path) is Reason.CLEARANCE_TOO_LOW


@pytest.mark.parametrize("damage", [0, 6, 99])
def test_a_threat_level_that_there_is_not_is_the_highest(tmp_path: Path, damage: int) -> None:
    path = a_policy(tmp_path, ZoneThreatRow("floor-3", 5, clearance=1), ThreatRow("hq", 1))
    edit(path, f"UPDATE threats SET threat = {damage}")

    assert reason(path) is Reason.CLEARANCE_TOO_LOW


def test_of_several_threat_levels_the_highest_counts(tmp_path: Path) -> None:
    rows = (ThreatRow("hq", 1), ThreatRow("other", 3), ThreatRow("third", 2))

    assert reason(a_policy(tmp_path, ZoneThreatRow("floor-3", 3, clearance=1), *rows)) is Reason.CLEARANCE_TOO_LOW


def test_what_a_zone_asks_for_by_the_clock_is_raised_too(tmp_path: Path) -> None:
    by_day = ZoneFactorRow("floor-3", Factor.CARD, (FactorTime("always", Factor.CARD_OR_PIN),))
    path = a_policy(tmp_path, ScheduleRow("always", ()), by_day, AT_3, ThreatRow("hq", 4))

    zone = facts_of(path, ASKS).zone

    assert zone is not None
    assert (zone.raised_to, zone.factor_times) == (Factor.CARD_AND_PIN, (("always", Factor.CARD_OR_PIN),))
    assert factor_asked(ASKS, facts_of(path, ASKS)) is Factor.CARD_AND_PIN


def test_a_policy_of_a_doorctl_without_classes_bars_nobody(tmp_path: Path) -> None:
    path = a_policy(tmp_path)
    edit(
        path,
        *(
            f"DROP TABLE {table}"
            for table in ("zone_classes", "credential_classes", "threats", "zone_threats", "clearances")
        ),
    )

    assert reason(path, replace(ASKS, reader_class=None)) is Reason.GRANTED


def test_neither_class_nor_clearance_is_looked_up_where_none_is_asked_for(tmp_path: Path) -> None:
    path = a_policy(tmp_path, IS_DESFIRE, ClearanceRow("ada", 5))
    with closing(open_reader(path)) as connection:
        reader = FactsReader(connection)
        reader.facts(ASKS)
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        facts, _ = reader.facts(ASKS)

    assert (facts.card_class, facts.clearance) == (CardClass.UNKNOWN, 0)
    assert not [each for each in statements if "gathered" in each]


def test_an_erasure_takes_classes_and_clearance_along(tmp_path: Path) -> None:
    others = (HolderRow("grace"), CredentialRow(OTHER_KEY, "grace"), ClearanceRow("grace", 1))
    theirs = CredentialClassRow(OTHER_KEY, "grace", CardClass.SEOS)
    path = tmp_path / "policy.db"
    write_policy(path, [*BUILDING, *ADA, IS_DESFIRE, ClearanceRow("ada", 2), *others, theirs])

    change_policy(path, [ErasureRow("ada")])

    with closing(open_reader(path)) as connection:
        left = [
            connection.execute(f"SELECT holder FROM {table}").fetchall()
            for table in ("credential_classes", "clearances", "credentials")
        ]
    assert left == [[("grace",)]] * 3


def test_a_doorctl_of_before_denies_in_the_zones_that_name_classes_or_levels_and_in_no_other() -> None:
    of_zones = (Put(TAKES), Put(AT_3))
    of_others = (Put(IS_DESFIRE), Put(ThreatRow("hq", 3)), Put(ClearanceRow("ada", 2)))

    assert [needs_of([each]) for each in (*of_zones, *of_others)] == [5] * 5
    assert (zones_of(of_zones), zones_of(of_others)) == (("floor-3",), ())
