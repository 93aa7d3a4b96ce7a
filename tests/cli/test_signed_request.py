"""What waits for a second admin, checked and written out by the admin's own computer."""

import hashlib
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from doorctl.cli.rights.signed_request import signed_request, told
from doorctl.core.model import Factor, Weekday
from doorctl.errors import Refused
from doorctl.policy.rows import (
    DoorRow,
    FactorTime,
    Row,
    ScheduleRow,
    WindowRow,
    ZoneFactorRow,
    ZoneRow,
    ZoneRuleRow,
)
from doorctl.wire.commands import Command, DoorSet, GrantAdd, ScheduleSet, Verb
from doorctl.wire.messages import to_text
from doorctl.wire.notes import Signer, sign_text
from doorctl.wire.results import FirstOf, WaitingCommand
from doorctl.wire.rights import ZoneFactorSet, ZoneRuleSet
from tests.policy.rosters import ALAN, GRACE, trust

REQUEST = "7" * 32
PARIS = ZoneInfo("Europe/Paris")
NIGHTS = (WindowRow((Weekday.MONDAY, Weekday.HOLIDAY), "22:00", "06:00"),)
GRANT = GrantAdd("g1", "vault", holder="h1", valid_until=1_800_000_000)


def waiting(do: Verb = GRANT, *present: Row, by: Signer = GRACE, id_: str = REQUEST) -> WaitingCommand:
    """Make what the hub tells of a command that Grace gave."""
    note = sign_text(to_text(Command("hq", id_, "grace", 1_700_000_000, do)), by).decode()
    return WaitingCommand(REQUEST, "grace", "grant", "", "ada", ("vault",), 0, 1, note, present)


def test_what_its_admin_signed_is_named_by_its_hash() -> None:
    told_by_hub = waiting()

    found = signed_request(told_by_hub, trust())

    assert (found.do, found.sha256) == (GRANT, hashlib.sha256(told_by_hub.note.encode()).hexdigest())


@pytest.mark.parametrize(
    ("shown", "refusal"),
    [
        (waiting(by=ALAN), "unknown-signer"),
        (waiting(id_="8" * 32), "other-request"),
        (replace(waiting(), admin="alan"), "unknown-signer"),
        (replace(waiting(), admin="nobody"), "unknown-signer"),
        (replace(waiting(), note=waiting().note.replace("vault", "crypt")), "bad-signature"),
    ],
)
def test_what_its_admin_has_not_signed_is_not_shown(shown: WaitingCommand, refusal: str) -> None:
    with pytest.raises(Refused, match=refusal):
        signed_request(shown, trust())


@pytest.mark.parametrize(
    ("do", "present", "text"),
    [
        (GRANT, (), "grant  grant=g1  zone=vault  holder=h1 (ada)  valid_until=2027-01-15 09:00:00+01:00"),
        (DoorSet("front", "lobby"), (DoorRow("front", "vault"),), "door-set  door=front  zone=vault -> lobby"),
        (
            ScheduleSet("nights", NIGHTS),
            (ScheduleRow("nights", ()),),
            "schedule-set  schedule=nights  windows=never -> mon,holiday 22:00-06:00  holidays=replace",
        ),
        (
            ZoneRuleSet("vault", mechanical_key=True),
            (ZoneRuleRow("vault", 2, strict=True), ZoneRow("vault", "floor", max_age_seconds=900)),  # type: ignore[arg-type]
            "zone-rule-set  zone=vault  approvals=2 -> 1  strict=yes -> no  max_age_seconds=900 -> none"
            "  mechanical_key=no -> yes",
        ),
        (
            ZoneFactorSet(
                "vault", times=(FactorTime("nights", Factor.PIN), FactorTime("office", Factor.CARD_OR_PIN))
            ),
            (ZoneFactorRow("vault", Factor.CARD_AND_PIN, pin_tries=3), ScheduleRow("nights", NIGHTS)),
            "zone-factor-set  zone=vault  factor=card-and-pin -> card  times=none -> nights=pin, office=card-or-pin"
            "  pin_tries=3 -> 5  pin_block_seconds=300  persons=1  persons_seconds=30"
            "  hours of nights=mon,holiday 22:00-06:00 (holidays: replace)",
        ),
    ],
)
def test_all_that_it_says_is_written_with_what_it_changes(do: Verb, present: tuple[Row, ...], text: str) -> None:
    shown = waiting(do, *present)

    assert told(signed_request(shown, trust()), shown, PARIS) == text


def test_whom_it_lets_in_and_when_is_written_behind_it() -> None:
    asked = waiting(GrantAdd("g1", "vault", group="staff", schedule="nights"))
    shown = replace(
        asked,
        handle=None,
        schedule=ScheduleRow("nights", NIGHTS),
        members=FirstOf(("ada", "alan"), 3),
        holidays=FirstOf((), 0),
    )

    assert told(signed_request(shown, trust()), shown, PARIS) == (
        "grant  grant=g1  zone=vault  group=staff  schedule=nights"
        "  hours=mon,holiday 22:00-06:00 (holidays: replace)  members=3 (ada, alan and 1 more)  holidays=0"
    )
