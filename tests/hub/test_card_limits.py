"""Limits of cards at the hub: given, taken, followed through every change of a card, and what was used is told."""

import pytest
from msgspec.structs import replace

from doorctl.core.model import ZoneKind
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.policy.apply import position_of, recomputed_digest, rows_where
from doorctl.policy.rows import CredentialLimitsRow
from doorctl.trust.note import Role
from doorctl.wire.commands import (
    CardAdd,
    CardLimit,
    CardRemove,
    CardReplace,
    DoorSet,
    GrantAdd,
    PersonAdd,
    PersonRemove,
    ZoneSet,
)
from doorctl.wire.held_results import HeldFound
from doorctl.wire.messages import FEATURE_LEVEL, change_from
from doorctl.wire.privacy import PersonErase, PersonHeld
from doorctl.wire.questions import ListRows, Why
from doorctl.wire.results import Cell, Page, WhyResult
from doorctl.wire.rights import CardKeysRotate
from tests.hub.builders import ADAS_CARD, CARD_KEYS, NOON_SECONDS, ASite, a_private, later
from tests.hub.logs import ALog, send

CARD, NEW = a_private(card=ADAS_CARD), a_private(card="H10301:123:9876")
KEY = CARD_KEYS.credential_key(ADAS_CARD)
LIMITED = CardAdd("h1", limits="l1", uses=2, first_use_seconds=3600)
ROW = CredentialLimitsRow(KEY, "h1", "l1", NOON_SECONDS, 2, 3600)


@pytest.fixture
def lab(site_with_two: ASite) -> ASite:
    """Ada has a card with limits that opens the lab, whose door a controller serves."""
    site = site_with_two
    for do, private in (
        (PersonAdd("h1"), a_private(handle="ada")),
        (LIMITED, CARD),
        (ZoneSet("lab", ZoneKind.FLOOR), None),
        (DoorSet("door-1", "lab"), None),
        (GrantAdd("g1", "lab", holder="h1"), None),
    ):
        assert site.ask(do, private).verdict == "accepted"
    site.ack(site.controllers[0], doors=("door-1",), level=FEATURE_LEVEL)
    return site


def limits(site: ASite) -> list[CredentialLimitsRow]:
    assert position_of(site.connection).digest == recomputed_digest(site.connection)
    return rows_where(site.connection, CredentialLimitsRow, holder="h1")


def used(site: ASite) -> Cell:
    (row,) = site.ask_for(ListRows("cards"), Page).rows
    return row["used"]


def reason(site: ASite, *, seconds: float = 0) -> str | None:
    return site.ask_for(Why("door-1"), WhyResult, CARD, at=later(seconds)).reason


def uploaded(site: ASite, *uses: tuple[RecordKind, str]) -> None:
    """Let the controller of the door upload records of uses."""
    log = ALog(site.controllers[0])
    for kind, detail in uses:
        log.write(subject="holder:h1", kind=kind, detail=detail)
    send(site, log.batch(0, len(log.leaves)), log.openings)


def test_a_card_is_added_with_its_limits_and_never_without(lab: ASite) -> None:
    orders = [
        operation.row.table
        for (raw,) in lab.connection.execute("SELECT change FROM changes ORDER BY revision")
        for operation in change_from(raw).operations
    ]

    assert limits(lab) == [ROW]
    assert orders.index("credential_limits") < orders.index("credentials")


def test_limits_are_given_anew_and_taken_away(lab: ASite) -> None:
    anew = lab.ask(CardLimit("l2", uses=5), CARD, at=later(60))
    rows = limits(lab)
    none, again = (lab.ask(CardLimit(), CARD) for _ in range(2))

    assert rows == [CredentialLimitsRow(KEY, "h1", "l2", NOON_SECONDS + 60, uses=5)]
    assert [anew.text, none.text] == [
        "the card counts for 5 use(s), from now on",
        "the card has no such limits any more",
    ]
    assert (again.verdict, limits(lab)) == ("done", [])


@pytest.mark.parametrize(
    ("do", "refusal"),
    [
        (CardLimit(uses=5), "bad-limits"),
        (CardAdd("h1", first_use_seconds=60), "bad-limits"),
        (CardLimit("l2", uses=5), "unknown-card"),
    ],
)
def test_limits_that_cannot_be_are_refused_by_name(lab: ASite, do: CardLimit | CardAdd, refusal: str) -> None:
    private = NEW if refusal == "unknown-card" or isinstance(do, CardAdd) else CARD

    assert lab.ask(do, private).reason == refusal
    assert limits(lab) == [ROW]


def test_limits_that_a_controller_would_answer_by_denying_everybody_are_refused(lab: ASite) -> None:
    lab.ack(lab.controllers[1], level=CredentialLimitsRow.level - 1)

    told = lab.ask(CardLimit("l2", uses=5), CARD)

    assert (told.reason, lab.controllers[1].id in told.text, limits(lab)) == ("older-controllers", True, [ROW])


def test_limits_follow_a_card_through_a_rotation_and_count_on(lab: ASite) -> None:
    lab.ask(CardKeysRotate())

    assert limits(lab) == [replace(ROW, key=lab.ring.credential_key(ADAS_CARD))]


def test_a_card_in_the_place_of_a_lost_one_has_its_limits_and_counts_on(lab: ASite) -> None:
    lab.ask(CardReplace("h1"), NEW)

    assert {row.key: row.id for row in limits(lab)} == {KEY: "l1", CARD_KEYS.credential_key(NEW.card): "l1"}


@pytest.mark.parametrize(
    "do", [CardRemove(), PersonRemove("h1"), PersonErase("h1")], ids=lambda do: type(do).__name__
)
def test_limits_go_with_their_card_or_their_holder(lab: ASite, do: CardRemove | PersonRemove | PersonErase) -> None:
    assert lab.ask(do, CARD if isinstance(do, CardRemove) else None).verdict == "accepted"

    assert limits(lab) == []
    if isinstance(do, PersonErase):
        held = lab.connection.execute("SELECT count(*) FROM changes WHERE instr(change, '\"l1\"')")
        assert held.fetchone() == (0,)


def test_what_controllers_have_uploaded_is_summed_without_what_was_forgiven(lab: ASite) -> None:
    before = used(lab)
    uploaded(
        lab,
        (RecordKind.DECISION, "use 1 of 2"),
        (RecordKind.NOT_OPENED, "use forgiven"),
        (RecordKind.DECISION, "use 1 of 2"),
        (RecordKind.DECISION, ""),
        (RecordKind.NOT_OPENED, ""),
    )

    assert (before, used(lab)) == (0, 1)


def test_uses_as_company_are_summed_like_those_of_who_came_last(lab: ASite) -> None:
    uploaded(
        lab,
        (RecordKind.CARD_USED, "use 1 of 2"),
        (RecordKind.CARD_USED, "use forgiven"),
        (RecordKind.CARD_USED, "use 1 of 2"),
        (RecordKind.NOT_OPENED, "use forgiven"),
        (RecordKind.CARD_USED, "use 1"),
    )

    assert used(lab) == 1


def test_uses_in_the_cabin_of_an_elevator_are_summed_like_those_at_doors(lab: ASite) -> None:
    uploaded(
        lab,
        (RecordKind.DECISION, "floors=G,2; use 1 of 2"),
        (RecordKind.NOT_RELEASED, "floors=G,2; use forgiven"),
        (RecordKind.DECISION, "floors=G; use 1 of 2; way in, count own"),
    )
    assert (used(lab), reason(lab)) == (1, Reason.GRANTED)


def test_why_tells_that_a_card_is_used_up_where_it_was(lab: ASite) -> None:
    before = reason(lab)
    uploaded(lab, (RecordKind.DECISION, "use 1 of 2"), (RecordKind.DECISION, "use 2 of 2"))
    after = reason(lab)
    lab.ask(CardLimit("l2", uses=2), CARD, at=later(60))

    assert [before, after, reason(lab, seconds=60)] == [Reason.GRANTED, Reason.USES_SPENT, Reason.GRANTED]


def test_why_tells_that_the_time_from_the_first_use_on_is_over(lab: ASite) -> None:
    uploaded(lab, (RecordKind.DECISION, "use 1 of 2"))

    assert [reason(lab, seconds=each) for each in (3599, 3600)] == [Reason.GRANTED, Reason.FIRST_USE_OVER]


def test_an_access_request_tells_how_often_a_card_was_used_and_when_first(lab: ASite) -> None:
    unused, *_ = lab.ask_for(PersonHeld("h1"), HeldFound).cards
    uploaded(lab, (RecordKind.DECISION, "use 1 of 2"), (RecordKind.DECISION, "use 2 of 2"))

    used, *_ = lab.ask_for(PersonHeld("h1"), HeldFound).cards

    assert [(card["used"], card["first_used_at"]) for card in (unused, used)] == [(0, None), (2, NOON_SECONDS)]


def test_the_time_from_the_first_use_on_begins_anew_when_that_use_was_forgiven(lab: ASite) -> None:
    uploaded(
        lab,
        (RecordKind.DECISION, "use 1 of 2"),
        (RecordKind.NOT_OPENED, "use forgiven"),
        (RecordKind.DECISION, "use 1 of 2"),
    )

    assert [reason(lab, seconds=each) for each in (3601, 3602)] == [Reason.GRANTED, Reason.FIRST_USE_OVER]


def test_uses_at_doors_of_another_controller_do_not_count_at_this_one(lab: ASite) -> None:
    lab.ack(lab.controllers[0], doors=("door-2",), level=FEATURE_LEVEL, counter=2)
    lab.ack(lab.controllers[1], doors=("door-1",), level=FEATURE_LEVEL)
    uploaded(lab, (RecordKind.DECISION, "use 1 of 2"), (RecordKind.DECISION, "use 2 of 2"))

    assert reason(lab) == Reason.GRANTED


def test_a_persons_export_tells_the_limits_of_their_cards(lab: ASite) -> None:
    (card,) = lab.ask_for(PersonHeld("h1"), HeldFound).cards

    assert (card["uses"], card["first_use_seconds"], card["limited_at"]) == (2, 3600, NOON_SECONDS)


def test_the_hubs_own_log_tells_no_credential_key_of_limits_in_a_leaf(lab: ASite) -> None:
    leaves = b"".join(bytes(leaf) for (leaf,) in lab.connection.execute("SELECT leaf FROM records"))

    assert b"card-add" in leaves
    assert b"credential-limits" not in leaves


def test_an_auditor_and_an_admin_of_one_zone_limit_no_card(lab: ASite) -> None:
    told = [
        lab.ask(CardLimit("l2", uses=9), CARD, admin=lab.hire(name, role, zones=zones)).reason
        for name, role, zones in (("ann", Role.AUDITOR, None), ("ben", Role.ADMIN, ("lab",)))
    ]

    assert told == ["not-allowed"] * 2
