"""One door at work: records before releases, one decision at a time, egress whatever else is going on."""

from dataclasses import replace

import pytest

from doorctl.core.machines.door_events import ContactClosed, ContactOpened, FireEnded, FireStarted, RexPressed
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import NO_POLICY
from doorctl.door.access_point import MAX_WAITING
from doorctl.policy.building import PolicyPosition
from tests.core import builders
from tests.door.hand_driven import (
    ADMITTED,
    DENIED,
    FAULT,
    GRANTED,
    LATE_SECONDS,
    RELEASED,
    SECURED,
    HandDrivenDoorway,
    releasing_on_failure,
)

NOT_ADMITTED = builders.facts()


@pytest.fixture
def ada() -> HandDrivenDoorway:
    return HandDrivenDoorway()


def test_nothing_moves_before_the_record_is_committed(ada: HandDrivenDoorway) -> None:
    ada.present()

    assert ada.done == ["record decision"]


def test_after_the_commit_the_strike_is_first_then_the_light_then_the_next_record(ada: HandDrivenDoorway) -> None:
    ada.present()
    ada.commit()

    assert ada.done == ["record decision", RELEASED, GRANTED, "record released"]
    assert ada.statement(RecordKind.RELEASED).of == 0


def test_a_decision_says_who_where_why_and_by_which_policy(ada: HandDrivenDoorway) -> None:
    ada.present()

    decision = ada.statement(RecordKind.DECISION)
    assert (decision.door, decision.zone, decision.reader) == ("front", "floor-3", "front-in")
    assert (decision.outcome, decision.reason, decision.reasons) == (Outcome.GRANTED, Reason.GRANTED, ())
    assert decision.policy is not None
    assert (decision.policy.epoch, decision.policy.revision) == (1, 7)
    assert ada.waiting[0].draft.subject == "holder:ada"


def test_an_unknown_badge_is_recorded_by_its_credential_key() -> None:
    stranger = HandDrivenDoorway(builders.facts(credential=None, holder=None))
    stranger.present()
    stranger.commit()

    assert stranger.done == ["record decision", DENIED]
    assert stranger.statement(RecordKind.DECISION).reason is Reason.UNKNOWN_CARD


def test_without_a_policy_a_card_is_denied_and_recorded() -> None:
    stranger = HandDrivenDoorway(NO_POLICY)
    stranger.present()
    stranger.commit()

    assert stranger.statement(RecordKind.DECISION).reason is Reason.NO_POLICY
    assert stranger.moves == []


def test_a_late_commit_does_not_release(ada: HandDrivenDoorway) -> None:
    ada.present()
    ada.now += LATE_SECONDS + 0.1
    ada.commit()

    assert ada.done == ["record decision", "record not_released", DENIED]
    late = ada.statement(RecordKind.NOT_RELEASED)
    assert (late.reason, late.of) == (Reason.LATE, 0)


def test_a_slow_commit_still_releases(ada: HandDrivenDoorway) -> None:
    ada.present()
    ada.now += LATE_SECONDS - 0.1
    ada.commit()

    assert ada.moves == [RELEASED]


def test_a_card_that_waited_for_another_is_late_from_when_it_was_read(ada: HandDrivenDoorway) -> None:
    ada.present()
    ada.present()
    ada.now += LATE_SECONDS + 1
    ada.commit()
    ada.now += 0.01
    ada.commit_all()

    assert ada.moves == []
    assert ada.kinds.count(RecordKind.NOT_RELEASED) == 2


def test_a_failed_commit_denies_where_the_zone_says_nothing_else(ada: HandDrivenDoorway) -> None:
    ada.present()
    ada.fail()

    assert ada.done == ["record decision", FAULT]


def test_a_failed_commit_releases_where_the_zone_says_so() -> None:
    ada = HandDrivenDoorway(releasing_on_failure())
    ada.present()
    ada.fail()

    assert ada.moves == [RELEASED]
    assert ada.statement(RecordKind.RELEASED).reason is Reason.AUDIT_FAILED


def test_a_failed_commit_never_releases_for_a_denied_card() -> None:
    ada = HandDrivenDoorway(
        builders.facts(zone=releasing_on_failure().zone),
    )
    ada.present()
    ada.fail()

    assert ada.moves == []


def test_after_a_failed_commit_the_next_card_is_decided(ada: HandDrivenDoorway) -> None:
    ada.present()
    ada.fail()
    ada.present()
    ada.commit()

    assert ada.moves == [RELEASED]


def test_cards_and_contacts_wait_in_their_order_while_a_decision_is_pending(ada: HandDrivenDoorway) -> None:
    ada.present()
    ada.doorway.take(ContactOpened(ada.now))
    ada.doorway.take(ContactClosed(ada.now))
    ada.present()
    before = list(ada.kinds)
    ada.commit_all()

    assert before == [RecordKind.DECISION]
    assert ada.kinds == [
        RecordKind.DECISION,
        RecordKind.RELEASED,
        RecordKind.OPENED,
        RecordKind.RELOCKED,
        RecordKind.CLOSED,
        RecordKind.DECISION,
        RecordKind.RELEASED,
    ]


@pytest.mark.parametrize("event", [RexPressed(1000.0), FireStarted(1000.0)])
def test_egress_and_fire_release_at_once_while_a_decision_is_pending(
    ada: HandDrivenDoorway, event: RexPressed | FireStarted
) -> None:
    ada.present()
    ada.doorway.step(event)

    assert ada.moves == [RELEASED]
    assert ada.done.index(RELEASED) == 1


def test_rex_releases_although_no_record_can_be_written(ada: HandDrivenDoorway) -> None:
    ada.doorway.step(RexPressed(ada.now))
    while ada.waiting:
        ada.fail()

    assert ada.moves == [RELEASED]


def test_time_passes_while_a_decision_is_pending(ada: HandDrivenDoorway) -> None:
    ada.doorway.step(RexPressed(ada.now))
    ada.present()
    deadline = ada.doorway.next_deadline
    assert deadline is not None
    ada.doorway.tick(deadline)

    assert ada.moves == [RELEASED, SECURED]


def test_the_strike_stays_released_through_a_decision_until_the_fire_is_over(ada: HandDrivenDoorway) -> None:
    ada.doorway.step(FireStarted(ada.now))
    ada.facts = NOT_ADMITTED
    ada.present()
    ada.commit_all()
    ada.doorway.step(FireEnded(ada.now))

    assert ada.moves == [RELEASED, SECURED]


def test_cards_that_wait_are_bounded_and_the_dropped_ones_counted(ada: HandDrivenDoorway) -> None:
    for _ in range(1 + MAX_WAITING + 5):
        ada.present()
    ada.commit_all()
    ada.doorway.close(ada.now)

    assert ada.kinds.count(RecordKind.DECISION) == 1 + MAX_WAITING
    assert ada.statement(RecordKind.FLOOD_SUMMARY).detail == "dropped=5"
    assert ada.done.count(DENIED) == 5


def test_a_flood_of_cards_hides_no_forced_opening(ada: HandDrivenDoorway) -> None:
    ada.doorway.take(ContactClosed(ada.now))
    ada.facts = NOT_ADMITTED
    for _ in range(MAX_WAITING * 2):
        ada.present()
    ada.doorway.take(ContactOpened(ada.now))
    ada.commit_all()

    assert RecordKind.FORCED_OPEN in ada.kinds


def test_refusals_are_recorded_once_a_second_and_the_others_told_each_minute(ada: HandDrivenDoorway) -> None:
    ada.facts = NOT_ADMITTED
    for _ in range(100):
        ada.present()
        ada.commit_all()
    ada.now += 60
    ada.doorway.tick(ada.now)

    assert ada.kinds == [RecordKind.DECISION, RecordKind.FLOOD_SUMMARY]
    assert ada.statement(RecordKind.FLOOD_SUMMARY).detail == "no_grant=99"
    assert ada.done.count(DENIED) == 100


def test_a_granted_card_is_recorded_however_often_it_comes(ada: HandDrivenDoorway) -> None:
    for _ in range(50):
        ada.present()
        ada.commit_all()

    assert ada.kinds.count(RecordKind.DECISION) == 50


def test_what_was_only_counted_is_told_at_the_end(ada: HandDrivenDoorway) -> None:
    for _ in range(3):
        ada.doorway.report_fault("front-in", "parity", "parity 00ff")
    ada.doorway.close(ada.now)

    assert ada.kinds == [RecordKind.READ_FAULT, RecordKind.FLOOD_SUMMARY]
    assert ada.statement(RecordKind.FLOOD_SUMMARY).detail == "parity=2"


def test_the_facts_that_count_are_those_of_the_moment_of_the_decision(ada: HandDrivenDoorway) -> None:
    ada.present()
    ada.present()
    ada.facts = NOT_ADMITTED
    ada.commit_all()
    ada.facts = ADMITTED

    outcomes = [statement.outcome for statement in ada.statements if statement.kind is RecordKind.DECISION]
    assert outcomes == [Outcome.GRANTED, Outcome.DENIED]


def test_while_the_policy_is_slow_to_answer_cards_wait_and_rex_releases(ada: HandDrivenDoorway) -> None:
    ada.keeps_waiting = True
    ada.present()
    ada.present()
    ada.doorway.step(RexPressed(ada.now))

    assert len(ada.questions) == 1
    assert ada.moves == [RELEASED]


def test_an_answer_of_the_policy_that_comes_too_late_opens_nothing(ada: HandDrivenDoorway) -> None:
    ada.keeps_waiting = True
    ada.present()
    ada.now += LATE_SECONDS + 0.1
    ada.questions.pop()()
    ada.commit_all()

    assert ada.moves == []
    assert ada.statement(RecordKind.NOT_RELEASED).reason is Reason.LATE


def test_a_grant_that_was_revoked_before_its_commit_opens_nothing(ada: HandDrivenDoorway) -> None:
    ada.present()
    ada.facts, ada.position = NOT_ADMITTED, PolicyPosition(1, 8)
    ada.commit_all()

    assert ada.moves == []
    assert ada.statement(RecordKind.NOT_RELEASED).reason is Reason.NO_GRANT


def test_a_grant_that_another_policy_confirms_opens(ada: HandDrivenDoorway) -> None:
    ada.present()
    ada.position = PolicyPosition(1, 8)
    ada.commit()

    assert ada.moves == [RELEASED]


def test_a_failure_long_after_the_card_was_read_opens_nothing_even_where_the_zone_releases() -> None:
    ada = HandDrivenDoorway(releasing_on_failure())
    ada.present()
    ada.now += 60
    ada.fail()

    assert ada.moves == []


def test_facts_that_make_no_sense_are_no_policy(ada: HandDrivenDoorway) -> None:
    ada.facts = replace(ADMITTED, grants=(None,))  # type: ignore[arg-type]
    ada.present()

    assert ada.statement(RecordKind.DECISION).reason is Reason.NO_POLICY
