"""What the question why tells beside the decision: what would have to change, by whom, and what may be told aloud."""

import re
from datetime import UTC, datetime

import pytest

from doorctl.core.model import Factor, Status, Weekday, ZoneKind
from doorctl.core.reasons import Outcome, Reason
from doorctl.hub.rights.roles import RIGHTS
from doorctl.hub.verbs.rights.remedies import REMEDIES
from doorctl.policy.rows import WindowRow
from doorctl.trust.note import Role
from doorctl.wire.commands import (
    CardAdd,
    CardSet,
    DoorSet,
    GrantAdd,
    PersonAdd,
    PersonSet,
    PinSet,
    Private,
    Revoke,
    ScheduleSet,
    ZoneSet,
)
from doorctl.wire.questions import Why
from doorctl.wire.results import ReasonTold, WhyResult
from doorctl.wire.rights import Lockdown, ZoneFactorSet, ZoneRuleSet
from tests.hub.builders import ADAS_CARD, ASite, a_private
from tests.test_docs_commands import what_is_wrong_with

LETS_IN = {
    *(Reason.GRANTED, Reason.BREAK_GLASS, Reason.DURESS, Reason.PASSBACK_NOTED, Reason.LEFT_ALONE),
    *(Reason.ORDER, Reason.TECHNICIAN, Reason.MODE, Reason.REX, Reason.FIRE),
}
MONDAY = int(datetime(2027, 1, 18, 7, tzinfo=UTC).timestamp())
ADA = a_private(handle="ada")
GRANT = "`doorctl grant ada lab`"


@pytest.fixture
def lab(site: ASite) -> ASite:
    """A laboratory that Ada may enter on Monday mornings; it is Friday noon."""
    site.ask(ZoneSet("lab", ZoneKind.FLOOR))
    site.ask(DoorSet("lab-door", "lab"))
    site.ask(ScheduleSet("mornings", (WindowRow((Weekday.MONDAY,), "07:00", "11:00"),)))
    site.ask(PersonAdd("h1"), a_private(handle="ada", name="Ada"))
    site.ask(CardAdd("h1"), a_private(card=ADAS_CARD))
    site.ask(GrantAdd("g1", "lab", holder="h1", schedule="mornings"))
    return site


def why(site: ASite, who: Private | None = None, *, role: Role | None = None, with_pin: bool = False) -> WhyResult:
    admin = site.grace if role is None else site.hire(f"{role}-1", role)
    return site.ask_for(Why("lab-door", with_pin=with_pin), WhyResult, who or a_private(card=ADAS_CARD), admin=admin)


def reasons(found: WhyResult) -> list[Reason]:
    return [each.reason for each in found.reasons]


def test_every_reason_that_denies_has_a_remedy() -> None:
    assert set(REMEDIES) == set(Reason) - LETS_IN


@pytest.mark.parametrize("reason", REMEDIES)
def test_a_remedy_names_commands_and_verbs_that_there_are(reason: Reason) -> None:
    remedy = REMEDIES[reason]
    text = remedy.text.format(door="lab-door", zone="lab", handle="ada")

    assert [wrong for each in re.findall(r"`doorctl ([^`]+)`", text) if (wrong := what_is_wrong_with(each))] == []
    assert remedy.verb is None or remedy.verb in RIGHTS


def test_why_tells_what_would_have_to_change_by_whom_and_when_it_ends_by_itself(lab: ASite) -> None:
    found = why(lab)

    assert found.reasons == (
        ReasonTold(
            Reason.OUTSIDE_SCHEDULE,
            Reason.OUTSIDE_SCHEDULE.meaning,
            f"{GRANT} for always, or on another schedule",
            ("admin",),
            MONDAY,
        ),
    )
    assert (found.comes_in_at, found.told) == (
        MONDAY,
        "No access at this time. Please come back Mon 2027-01-18 07:00.",
    )


def test_the_way_into_a_strict_zone_is_an_officers(lab: ASite) -> None:
    lab.ask(ZoneRuleSet("lab", strict=True))

    assert {each.reason: each.roles for each in why(lab).reasons} == {
        Reason.OUTSIDE_SCHEDULE: ("officer",),
        Reason.NO_ROSTER: ("officer",),
    }


def test_what_may_be_told_aloud_never_tells_lost_suspended_and_unknown_apart(lab: ASite) -> None:
    told = {why(lab, a_private(card="H10301:9:9")).told}
    for status in (Status.LOST, Status.SUSPENDED):
        lab.ask(CardSet(status), a_private(card=ADAS_CARD))
        told.add(why(lab).told)
    lab.ask(CardSet(Status.ACTIVE), a_private(card=ADAS_CARD))
    lab.ask(PersonSet("h1", Status.SUSPENDED))
    told.add(why(lab).told)

    assert told == {"No access."}


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OFFICER, Role.AUDITOR])
def test_a_lockdown_is_told_to_admins_officers_and_auditors(lab: ASite, role: Role) -> None:
    lab.ask(Lockdown("lab"))

    found = why(lab, role=role)

    assert (found.reason, reasons(found)) == (Reason.LOCKDOWN, [Reason.LOCKDOWN, Reason.OUTSIDE_SCHEDULE])
    assert len(found.grants) == 1


def test_a_clerk_gets_no_reason_that_only_others_can_end(lab: ASite) -> None:
    lab.ask(Lockdown("lab"))
    lab.ask(CardSet(Status.LOST), a_private(card=ADAS_CARD))

    found = why(lab, role=Role.CLERK)

    assert (found.outcome, found.reason, found.grants, found.told) == (Outcome.DENIED, None, (), "No access.")
    assert reasons(found) == [Reason.CREDENTIAL_LOST, Reason.OUTSIDE_SCHEDULE]


def test_a_clerk_gets_what_the_desk_the_holder_or_time_ends(lab: ASite) -> None:
    lab.ask(ZoneFactorSet("lab", Factor.CARD_AND_PIN))

    without = why(lab, role=Role.CLERK)
    lab.ask(PinSet("h1"), Private("5" * 32, pin="2580"))
    awaited = lab.ask_for(Why("lab-door"), WhyResult, a_private(card=ADAS_CARD), admin=lab.others[0])

    assert (without.reason, reasons(without)) == (Reason.OUTSIDE_SCHEDULE, [Reason.OUTSIDE_SCHEDULE, Reason.NO_PIN])
    assert reasons(awaited) == [Reason.OUTSIDE_SCHEDULE, Reason.PIN_AWAITED]


def test_nobody_is_sent_away_who_only_has_to_enter_the_pin(lab: ASite) -> None:
    lab.ask(GrantAdd("g2", "lab", holder="h1"))
    lab.ask(ZoneFactorSet("lab", Factor.CARD_AND_PIN))
    lab.ask(PinSet("h1"), Private("5" * 32, pin="2580"))

    assert why(lab).told == "Please enter your PIN."


def test_why_answers_for_a_person_by_the_best_of_their_cards(lab: ASite) -> None:
    lab.ask(CardSet(Status.LOST), a_private(card=ADAS_CARD))
    alone = why(lab, ADA)
    lab.ask(CardAdd("h1"), a_private(card="H10301:9:9"))
    of_two = why(lab, ADA)

    assert (alone.cards, reasons(alone)) == (1, [Reason.CREDENTIAL_LOST, Reason.OUTSIDE_SCHEDULE])
    assert (of_two.cards, reasons(of_two), of_two.handle) == (2, [Reason.OUTSIDE_SCHEDULE], "ada")


def test_a_pin_that_counts_alone_is_one_of_a_persons_ways_in(lab: ASite) -> None:
    lab.ask(Revoke("lab", holder="h1"))
    lab.ask(GrantAdd("g2", "lab", holder="h1"))
    lab.ask(CardSet(Status.LOST), a_private(card=ADAS_CARD))
    lab.ask(PinSet("h1", alone=True), Private("5" * 32, pin="73914"))
    lab.ask(ZoneFactorSet("lab", Factor.PIN))

    without, with_pin = why(lab, ADA), why(lab, ADA, with_pin=True)

    assert (without.outcome, with_pin.outcome) == (Outcome.DENIED, Outcome.GRANTED)
    assert (without.cards, with_pin.cards) == (1, 2)


def test_a_person_who_is_not_there_or_has_no_card_is_refused_by_name(lab: ASite) -> None:
    lab.ask(PersonAdd("h2"), a_private(handle="alan"))

    told = [lab.ask(Why("lab-door"), a_private(handle=handle)).reason for handle in ("alan", "nobody")]

    assert told == ["no-card", "unknown-holder"]
