"""The question why decides as the door would, by every rule, at any time, with and without the PIN."""

from datetime import UTC, datetime
from pathlib import Path

from doorctl.core.model import Factor, Status, Weekday
from doorctl.core.reasons import Outcome, Reason
from doorctl.policy.rows import WindowRow
from doorctl.wire.commands import CardSet, GrantAdd, PinSet, Private, Revoke, ScheduleSet
from doorctl.wire.questions import Why
from doorctl.wire.results import ReasonTold, WhyResult
from doorctl.wire.rights import ZoneFactorSet
from tests.hub.builders import ADAS_CARD, NOON, NOON_SECONDS, ASite, a_private
from tests.hub.floor_3 import with_ada


def test_why_answers_with_the_decision_of_the_doors(site: ASite) -> None:
    with_ada(site)
    site.ask(GrantAdd("g1", "floor-3", group="staff"))

    answer = site.ask_for(Why("door-1"), WhyResult, a_private(card=ADAS_CARD))

    assert answer == WhyResult(
        door="door-1",
        zone="floor-3",
        at=NOON_SECONDS,
        epoch=1,
        revision=7,
        outcome=Outcome.GRANTED,
        reason=Reason.GRANTED,
        told=Reason.GRANTED.told,
        reasons=(ReasonTold(Reason.GRANTED, Reason.GRANTED.meaning),),
        grant="g1",
        grants=(
            {
                "grant": "g1",
                "subject": "staff",
                "zone": "floor-3",
                "schedule": None,
                "valid_from": None,
                "valid_until": None,
            },
        ),
        holder="h1",
        handle="ada",
        name="Ada",
    )


def reasons_with_and_without_the_pin(site: ASite) -> list[Reason | None]:
    asked = (Why("door-1", with_pin=True), Why("door-1"))
    return [site.ask_for(each, WhyResult, a_private(card=ADAS_CARD)).reason for each in asked]


def test_why_supposes_the_pin_where_a_door_asks_for_one(site: ASite) -> None:
    with_ada(site)
    site.ask(GrantAdd("g1", "floor-3", group="staff"))
    site.ask(ZoneFactorSet("floor-3", Factor.CARD_AND_PIN))
    who_has_none = reasons_with_and_without_the_pin(site)
    site.ask(PinSet("h1"), Private("5" * 32, pin="2580"))
    who_has_one = reasons_with_and_without_the_pin(site)
    site.ask(Revoke("floor-3", group="staff"))

    assert reasons_with_and_without_the_pin(site) == [Reason.NO_GRANT, Reason.NO_GRANT]
    assert who_has_none == [Reason.NO_PIN, Reason.NO_PIN]
    assert who_has_one == [Reason.GRANTED, Reason.PIN_AWAITED]


def test_why_asks_for_a_roster_where_the_door_calls_itself_strict(tmp_path: Path) -> None:
    site = ASite(tmp_path, controllers=["pi-1"])
    with_ada(site)
    site.ask(GrantAdd("g1", "floor-3", group="staff"))
    (controller,) = site.controllers
    site.ack(controller, doors=("door-1",), strict_zones={"door-1": "vault"})

    answer = site.ask_for(Why("door-1"), WhyResult, a_private(card=ADAS_CARD))
    site.close()

    assert {each.reason for each in answer.reasons} == {Reason.NOT_THE_STRICT_ZONE, Reason.NO_ROSTER}
    assert answer.grant is None


def test_why_lists_every_reason_that_denies(site: ASite) -> None:
    with_ada(site)
    site.ask(CardSet(Status.LOST), a_private(card=ADAS_CARD))

    answer = site.ask_for(Why("door-1"), WhyResult, a_private(card=ADAS_CARD))

    assert (answer.outcome, answer.reason) == (Outcome.DENIED, Reason.CREDENTIAL_LOST)
    assert [each.reason for each in answer.reasons] == [Reason.CREDENTIAL_LOST, Reason.NO_GRANT]


def test_why_asks_the_sites_clock_and_the_given_time(site: ASite) -> None:
    with_ada(site)
    site.hub.set_timezone("America/New_York", NOON)
    site.ask(ScheduleSet("office", (WindowRow((Weekday.FRIDAY,), "08:00", "18:00"),)))
    site.ask(GrantAdd("g1", "floor-3", holder="h1", schedule="office"))

    outcomes = [
        site.ask_for(Why("door-1", at=int(at.timestamp())), WhyResult, a_private(card=ADAS_CARD)).outcome
        for at in (datetime(2027, 1, 15, 12, 59, tzinfo=UTC), datetime(2027, 1, 15, 13, tzinfo=UTC))
    ]

    assert outcomes == [Outcome.DENIED, Outcome.GRANTED]


def test_why_for_an_unknown_card_at_an_unknown_door_names_both(site: ASite) -> None:
    answer = site.ask_for(Why("door-9"), WhyResult, a_private(card=ADAS_CARD))

    reasons = [each.reason for each in answer.reasons]
    assert (reasons[0], Reason.UNKNOWN_CARD in reasons, answer.holder) == (Reason.UNKNOWN_DOOR, True, None)


def test_why_at_the_end_of_time_finds_every_schedule_closed(site: ASite) -> None:
    with_ada(site)
    site.hub.set_timezone("Asia/Tokyo", NOON)
    site.ask(ScheduleSet("office", (WindowRow((Weekday.FRIDAY,), "08:00", "18:00"),)))
    site.ask(GrantAdd("g1", "floor-3", holder="h1", schedule="office"))

    found = site.ask_for(Why("door-1", at=253_402_300_799), WhyResult, a_private(card=ADAS_CARD))

    assert (found.reason, found.told) == (Reason.OUTSIDE_SCHEDULE, Reason.OUTSIDE_SCHEDULE.told)
