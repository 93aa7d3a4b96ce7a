"""Visitors' badges at the hub: what one leaves to its next visitor, and what becomes of one that is lost."""

import pytest

from doorctl.core.reasons import Reason
from doorctl.wire.commands import (
    CardRemove,
    GrantAdd,
    PersonRemove,
)
from doorctl.wire.privacy import PersonErase
from doorctl.wire.rights import CardKeysRotate
from doorctl.wire.visits import (
    VisitorIn,
    VisitorOut,
)
from tests.hub.builders import ASite, a_private
from tests.hub.visited_lab import ADAS_CARD, BADGE, HOUR, UNTIL, let_in, listed, why, with_lab


@pytest.fixture
def lab(site: ASite) -> ASite:
    return with_lab(site)


def test_a_badge_that_comes_back_is_nobody_s_and_its_visitor_gone(lab: ASite) -> None:
    let_in(lab)

    assert lab.ask(VisitorOut(), a_private(card=BADGE)).verdict == "accepted"
    assert lab.rows("SELECT * FROM visitors UNION ALL SELECT id, 1, 1, 1 FROM holders WHERE id = 'v1'") == []
    assert lab.rows("SELECT holder, due_at FROM badges") == [(None, None)]
    assert Reason.UNKNOWN_CARD in why(lab)


def test_a_badge_takes_nothing_over_from_one_visitor_to_the_next(lab: ASite) -> None:
    let_in(lab)
    lab.ask(GrantAdd("g9", "lobby", holder="v1"))

    after = VisitorIn("v2", "h2", UNTIL + 9 * HOUR)
    assert let_in(lab, after, handle="joan", seconds=4 * HOUR - 1) == "badge-out"
    assert let_in(lab, after, handle="joan", seconds=4 * HOUR) == ""
    assert lab.rows("SELECT zone FROM grants WHERE holder LIKE 'v%'") == []
    assert lab.rows("SELECT holder FROM credentials WHERE holder LIKE 'v%'") == [("v2",)]
    assert lab.rows("SELECT holder FROM badges") == [("v2",)]
    assert lab.rows("SELECT holder, escort, sponsor FROM visitors") == [("v2", "h2", None)]


def test_somebody_s_card_is_no_badge(lab: ASite) -> None:
    assert let_in(lab, badge=ADAS_CARD) == "card-taken"
    assert lab.ask(VisitorOut(), a_private(card=ADAS_CARD)).reason == "no-badge"
    assert lab.ask(VisitorOut(), a_private(card=BADGE)).reason == "no-badge"


def test_a_badge_that_is_lost_leaves_the_pool(lab: ASite) -> None:
    let_in(lab)
    lab.ask(VisitorOut(lost=True), a_private(card=BADGE))

    assert lab.rows("SELECT * FROM badges") == []
    assert Reason.UNKNOWN_CARD in why(lab)


def test_a_badge_whose_card_was_removed_otherwise_can_still_come_back(lab: ASite) -> None:
    let_in(lab)
    lab.ask(CardRemove(), a_private(card=BADGE))
    lab.ask(PersonRemove("v1"))

    assert [row["due_at"] for row in listed(lab, "badges")] == [UNTIL]
    assert lab.ask(VisitorOut(), a_private(card=BADGE)).verdict == "done"
    assert [row["due_at"] for row in listed(lab, "badges")] == [None]


def test_new_card_keys_leave_badges_what_they_are(lab: ASite) -> None:
    let_in(lab)
    lab.ask(CardKeysRotate())

    assert lab.ask(VisitorOut(), a_private(card=BADGE)).verdict == "accepted"
    assert lab.rows("SELECT holder FROM badges") == [(None,)]


def test_whoever_is_erased_stands_at_no_badge(lab: ASite) -> None:
    let_in(lab)
    lab.ask(PersonErase("v1"))
    lab.ask(PersonErase("h1"))

    assert lab.rows("SELECT holder, host, due_at FROM badges") == [(None, None, UNTIL)]
    assert lab.rows("SELECT * FROM visitors") == lab.rows("SELECT * FROM sponsors") == []
