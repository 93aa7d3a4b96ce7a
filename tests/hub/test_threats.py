"""The threat level at the hub: who raises and who lowers it, and what zones and people have to do with it."""

import hashlib

import msgspec
import pytest

from doorctl.core.model import Factor, ZoneKind
from doorctl.core.reasons import Reason
from doorctl.policy.apply import rows_where
from doorctl.policy.rows import ClearanceRow, ThreatRow, ZoneThreatRow
from doorctl.trust.note import Role
from doorctl.wire.commands import GrantAdd, PersonRemove, PinSet, Verb, ZoneRemove, ZoneSet
from doorctl.wire.privacy import PersonErase
from doorctl.wire.questions import Approvals, ListRows, Lookup, StatusOf, Why
from doorctl.wire.results import Found, Page, SiteStatus, WaitingCommands, WhyResult
from doorctl.wire.rights import Approve, ZoneRuleSet
from doorctl.wire.threats import ClearanceSet, ThreatSet, ZoneThreatSet
from doorctl.wire.who_words import Who, WhoPage
from tests.hub.builders import ADAS_CARD, SITE, ASite, a_private
from tests.hub.floor_3 import with_ada

AT_3 = ZoneThreatSet("floor-3", 3, Factor.CARD_AND_PIN, 2)
ADA = a_private(handle="ada")


@pytest.fixture
def floor(site: ASite) -> ASite:
    """A site where Ada's card opens floor 3, which asks for more from threat level 3 on."""
    with_ada(site).ask(GrantAdd("g1", "floor-3", holder="h1"))
    site.ask(AT_3)
    return site


def threat(site: ASite) -> int:
    return site.ask_for(StatusOf(), SiteStatus).threat


def reasons(site: ASite, level: int | None = None) -> list[Reason]:
    found = site.ask_for(Why("door-1", threat=level), WhyResult, a_private(card=ADAS_CARD))
    return [each.reason for each in found.reasons]


def test_the_threat_level_is_the_lowest_until_somebody_raises_it(floor: ASite) -> None:
    before = threat(floor)

    assert floor.ask(ThreatSet(3)).verdict == "accepted"

    assert (before, threat(floor)) == (1, 3)
    assert rows_where(floor.connection, ThreatRow, id=SITE) == [ThreatRow(SITE, 3)]
    assert floor.ask(ThreatSet(3)).verdict == "done"


def test_at_the_lowest_there_is_no_row(floor: ASite) -> None:
    floor.ask(ThreatSet(3))

    assert floor.ask(ThreatSet(1, lower=True)).verdict == "accepted"

    assert (threat(floor), floor.rows("SELECT * FROM threats")) == (1, [])


@pytest.mark.parametrize("role", Role)
def test_any_admin_of_the_whole_site_raises_it_and_an_officer_alone_lowers_it(floor: ASite, role: Role) -> None:
    somebody = floor.hire("edith", role)

    raised = floor.ask(ThreatSet(3), admin=somebody).verdict
    floor.ask(ThreatSet(4))
    lowered = floor.ask(ThreatSet(2, lower=True), admin=somebody).verdict

    assert raised == ("accepted" if role in {Role.ADMIN, Role.OFFICER} else "refused")
    assert lowered == ("accepted" if role is Role.OFFICER else "refused")


def test_an_admin_of_some_zones_does_not_raise_it(floor: ASite) -> None:
    edith = floor.hire("edith", Role.ADMIN, zones=("floor-3",))

    assert floor.ask(ThreatSet(3), admin=edith).reason == "not-allowed"


def test_who_may_raise_it_does_not_lower_it_by_raising(floor: ASite) -> None:
    edith = floor.hire("edith", Role.ADMIN)
    floor.ask(ThreatSet(4))

    assert floor.ask(ThreatSet(2), admin=edith).reason == "threat-is-higher"
    assert threat(floor) == 4


def test_to_lower_it_takes_two_where_a_zone_of_two_admins_has_said_something_of_a_level(floor: ASite) -> None:
    floor.ask(ThreatSet(4))
    alone = floor.ask(ThreatSet(3, lower=True)).verdict
    floor.ask(ZoneRuleSet("floor-3", approvals=2))

    raised, lowered = floor.ask(ThreatSet(5)).verdict, floor.ask(ThreatSet(1, lower=True)).verdict
    at_first = threat(floor)
    (waiting,) = floor.ask_for(Approvals(), WaitingCommands).requests
    note = hashlib.sha256(waiting.note.encode()).hexdigest()
    agreed = floor.ask(Approve(waiting.request, note, waiting.grounds), admin=floor.alan).verdict

    assert (alone, raised, lowered, at_first) == ("accepted", "accepted", "pending", 5)
    assert (agreed, threat(floor)) == ("accepted", 1)


def test_raising_goes_on_when_trust_has_expired_and_lowering_does_not(floor: ASite) -> None:
    floor.ask(ThreatSet(2))
    floor.trust_expires = 1
    floor.hub = floor.a_hub()

    assert floor.ask(ThreatSet(1, lower=True)).reason == "trust-expired"
    assert floor.ask(ThreatSet(5)).verdict == "accepted"


def test_what_a_zone_asks_for_at_a_level_stands_in_the_policy(floor: ASite) -> None:
    floor.ask(ZoneThreatSet("floor-3", 5, clearance=9))

    assert rows_where(floor.connection, ZoneThreatRow, zone="floor-3") == [
        ZoneThreatRow("floor-3", 3, Factor.CARD_AND_PIN, 2),
        ZoneThreatRow("floor-3", 5, Factor.CARD_OR_PIN, 9),
    ]
    assert floor.ask(AT_3).verdict == "done"
    floor.ask(ZoneThreatSet("floor-3", 3))
    assert len(floor.rows("SELECT * FROM zone_threats")) == 1


@pytest.mark.parametrize(
    ("do", "waits"),
    [
        (ZoneThreatSet("floor-3", 3, Factor.CARD_AND_PIN, 1), True),
        (ZoneThreatSet("floor-3", 3, Factor.CARD, 2), True),
        (ZoneThreatSet("floor-3", 3, Factor.PIN, 9), True),
        (ZoneThreatSet("floor-3", 3), True),
        (ZoneThreatSet("floor-3", 3, Factor.CARD_AND_PIN, 3), False),
        (ZoneThreatSet("floor-3", 4, Factor.CARD), False),
        (ClearanceSet("h1", 2), True),
        (ClearanceSet("h1", 1), False),
    ],
)
def test_what_may_ask_for_less_waits_for_a_second_admin(floor: ASite, do: Verb, *, waits: bool) -> None:
    floor.ask(ZoneRuleSet("floor-3", approvals=2))

    assert floor.ask(do).verdict == ("pending" if waits else "accepted")


def test_only_an_officer_says_what_zones_ask_for_and_who_is_cleared(floor: ASite) -> None:
    edith = floor.hire("edith", Role.ADMIN, Role.CLERK, Role.AUDITOR)

    assert [floor.ask(do, admin=edith).reason for do in (AT_3, ClearanceSet("h1", 9))] == ["not-allowed"] * 2
    assert floor.ask(ZoneThreatSet("attic", 3, Factor.CARD)).reason == "unknown-zone"
    assert floor.ask(ClearanceSet("h9", 9)).reason == "unknown-holder"


def test_a_zone_does_not_go_before_what_officers_have_said_of_it(floor: ASite) -> None:
    floor.ask(ZoneSet("vault", ZoneKind.SERVER_ROOM))
    floor.ask(ZoneThreatSet("vault", 2, Factor.CARD_AND_PIN))

    refused = floor.ask(ZoneRemove("vault"))
    floor.ask(ZoneThreatSet("vault", 2))

    assert (refused.reason, "`doorctl zone threat vault --at 2 --none`" in refused.text) == ("zone-in-use", True)
    assert floor.ask(ZoneRemove("vault")).verdict == "accepted"


def test_a_clearance_is_told_and_goes_with_its_holder(floor: ASite) -> None:
    floor.ask(ClearanceSet("h1", 2))
    (person,) = floor.ask_for(ListRows("people"), Page).rows
    found = floor.ask_for(Lookup(standing=True), Found, ADA)
    again = floor.ask(ClearanceSet("h1", 2)).verdict

    floor.ask(PersonRemove("h1"))

    assert (person["clearance"], found.clearance, again) == (2, 2, "done")
    assert floor.rows("SELECT * FROM clearances") == []


@pytest.mark.parametrize("ends", [ClearanceSet("h1", 0), PersonErase("h1")])
def test_who_is_not_cleared_any_more_has_no_row(floor: ASite, ends: Verb) -> None:
    floor.ask(ClearanceSet("h1", 2))

    assert floor.ask(ends).verdict == "accepted"

    assert rows_where(floor.connection, ClearanceRow, holder="h1") == []


def test_why_decides_at_the_level_there_is_or_at_the_one_that_is_supposed(floor: ASite) -> None:
    floor.ask(PinSet("h1"), a_private(pin="4711"))
    now, supposed = reasons(floor), reasons(floor, 3)
    floor.ask(ThreatSet(4))

    assert (now, supposed) == ([Reason.GRANTED], [Reason.CLEARANCE_TOO_LOW, Reason.PIN_AWAITED])
    assert (reasons(floor), reasons(floor, 2)) == (supposed, now)
    floor.ask(ClearanceSet("h1", 2))
    assert reasons(floor) == [Reason.PIN_AWAITED]


def test_who_tells_who_could_open_at_a_level_and_with_what(floor: ASite) -> None:
    floor.ask(PinSet("h1"), a_private(pin="4711"))
    floor.ask(ClearanceSet("h1", 2))

    pages = [floor.ask_for(Who("door-1", threat=level), WhoPage) for level in (None, 2, 3)]

    assert [(page.threat, [line.brings for line in page.lines]) for page in pages] == [
        (1, [Factor.CARD]),
        (2, [Factor.CARD]),
        (3, [Factor.CARD_AND_PIN]),
    ]


def test_lists_tell_what_zones_ask_for_at_levels(floor: ASite) -> None:
    floor.ask(ZoneThreatSet("floor-3", 2, Factor.CARD))

    (zone,) = floor.ask_for(ListRows("zones"), Page).rows

    assert msgspec.json.decode(str(zone["threats"])) == [
        {"threat": 2, "factor": "card", "clearance": 0},
        {"threat": 3, "factor": "card-and-pin", "clearance": 2},
    ]


@pytest.mark.parametrize("level", [0, 6])
def test_there_are_five_levels(level: int) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode({"verb": "threat-set", "threat": level}), type=ThreatSet)
