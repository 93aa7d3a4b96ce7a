"""A badge that is not back by its time is an alert, once for each visitor who keeps it."""

import pytest

from doorctl.core.suspicion.alerts import RuleName
from doorctl.wire.alerts import AlertRuleSet
from doorctl.wire.commands import PersonAdd
from doorctl.wire.privacy import PersonErase
from doorctl.wire.visits import VisitorIn, VisitorOut
from tests.hub.alerts.watching import alerts_in, rules_of, turn
from tests.hub.builders import NOON_SECONDS, ASite, a_private, later

BADGE = a_private(card="H10301:7:70")
MINUTE = 60


@pytest.fixture
def reception(site: ASite) -> ASite:
    """A site where Alan has a badge for a minute."""
    site.ask(PersonAdd("h1"), a_private(handle="ada"))
    site.ask(VisitorIn("v1", "h1", NOON_SECONDS + MINUTE), a_private(handle="alan", card=BADGE.card))
    return site


def test_a_badge_that_is_not_back_is_told_once(reception: ASite) -> None:
    before = turn(reception, seconds=MINUTE - 5)
    raised = [rules_of(turn(reception, seconds=MINUTE + 10 * each)) for each in range(4)]
    (found,) = alerts_in(reception)

    assert before == []
    assert raised == [["badge-overdue"], [], [], []]
    assert (found.about, found.severity) == ("holder:v1", "medium")


def test_a_badge_that_came_back_in_time_is_not(reception: ASite) -> None:
    reception.ask(VisitorOut(), BADGE)

    assert turn(reception, seconds=MINUTE) == []


def test_its_next_visitor_is_told_of_anew(reception: ASite) -> None:
    turn(reception, seconds=MINUTE)
    until = NOON_SECONDS + 3 * MINUTE
    reception.ask(VisitorIn("v2", "h1", until), a_private(handle="joan", card=BADGE.card), at=later(2 * MINUTE))

    assert turn(reception, seconds=2 * MINUTE + 10) == []
    assert rules_of(turn(reception, seconds=3 * MINUTE)) == ["badge-overdue"]


def test_of_whoever_was_erased_nobody_is_named(reception: ASite) -> None:
    reception.ask(PersonErase("v1"))
    turn(reception, seconds=MINUTE)

    assert [alert.about for alert in alerts_in(reception)] == [""]


def test_the_rule_can_be_switched_off(reception: ASite) -> None:
    reception.ask(AlertRuleSet(RuleName.BADGE_OVERDUE, enabled=False))

    assert turn(reception, seconds=MINUTE) == []


def test_of_more_than_are_told_at_once_none_is_lost_and_it_is_said_how_many_are_left(reception: ASite) -> None:
    badges = [(number.to_bytes(32), NOON_SECONDS + MINUTE) for number in range(1 << 224, 203 << 224, 1 << 224)]
    reception.connection.executemany('INSERT INTO badges ("key", due_at) VALUES (?, ?)', badges)
    for each in range(4):
        turn(reception, seconds=MINUTE + 10 * each)
    details = [str(detail) for (detail,) in reception.rows("SELECT detail FROM alerts ORDER BY position")]

    assert len(details) == 203
    assert [detail.partition("; ")[2] for detail in details if ";" in detail] == [
        "103 more are not back, and told next",
        "3 more are not back, and told next",
    ]
