"""A visitor's badge that is lost, and another in its place: as a card, and as a badge of the pool."""

import pytest

from doorctl.core.model import ZoneKind
from doorctl.core.reasons import Reason
from doorctl.wire.commands import CardAdd, CardRemove, CardReplace, DoorSet, GrantAdd, PersonAdd, ZoneSet
from doorctl.wire.questions import Why
from doorctl.wire.results import WhyResult
from doorctl.wire.visits import SponsorSet, VisitorIn, VisitorOut
from tests.hub.builders import CARD_KEYS, NOON_SECONDS, ASite, a_private, later

BADGE, NEW, OTHER = "H10301:7:70", "H10301:7:71", "H10301:7:72"
HOUR = 3600
UNTIL = NOON_SECONDS + 4 * HOUR


@pytest.fixture
def lab(site: ASite) -> ASite:
    """Ada's guest Alan is in, with a badge for the laboratory; another badge lies in the pool."""
    for do, private in (
        (ZoneSet("lab", ZoneKind.FLOOR), None),
        (DoorSet("lab-door", "lab"), None),
        (PersonAdd("h1"), a_private(handle="ada")),
        (GrantAdd("g1", "lab", holder="h1"), None),
        (SponsorSet("h1", ("lab",), 9, 8 * HOUR), None),
        (VisitorIn("v1", "h1", UNTIL, ("lab",)), a_private(handle="alan", card=BADGE)),
        (VisitorIn("v2", "h1", UNTIL), a_private(handle="joan", card=OTHER)),
        (VisitorOut(), a_private(card=OTHER)),
    ):
        assert site.ask(do, private).verdict == "accepted"
    return site


def replaced_by(site: ASite, card: str = NEW) -> str:
    """Replace the badge; return why not, or nothing."""
    return site.ask(CardReplace("v1"), a_private(card=card), at=later(HOUR)).reason


def badges(site: ASite) -> set[tuple[object, ...]]:
    return set(site.rows('SELECT "key", holder, host, since, due_at FROM badges'))


def key(card: str) -> bytes:
    return CARD_KEYS.credential_key(card)


@pytest.mark.parametrize("new", [NEW, OTHER])
def test_another_badge_takes_the_place_of_a_lost_one_with_all_that_makes_it_a_visitor_s(lab: ASite, new: str) -> None:
    visitor = lab.rows("SELECT * FROM visitors")

    assert replaced_by(lab, new) == ""

    assert lab.rows("SELECT * FROM visitors") == visitor == [("v1", "h1", None, "h1")]
    assert (key(new), "v1", "h1", NOON_SECONDS, UNTIL) in badges(lab)
    assert key(BADGE) not in {badge for badge, *_ in badges(lab)}
    found = lab.ask_for(Why("lab-door"), WhyResult, a_private(card=new))
    assert [each.reason for each in found.reasons] == [Reason.ESCORT_AWAITED]


def test_the_badge_in_the_place_of_a_lost_one_comes_back_and_its_visitor_is_gone(lab: ASite) -> None:
    replaced_by(lab)

    assert lab.ask(VisitorOut(), a_private(card=NEW)).verdict == "accepted"
    assert (key(NEW), None, None, None, None) in badges(lab)
    assert lab.rows("SELECT holder FROM visitors") == lab.rows("SELECT holder FROM credentials") == []


def test_a_lost_badge_that_is_found_takes_nobody_s_rights_and_is_handed_out_again_once_it_is_forgotten(
    lab: ASite,
) -> None:
    replaced_by(lab)
    again = VisitorIn("v3", "h1", UNTIL)
    back = lab.ask(VisitorOut(), a_private(card=BADGE)).reason
    taken = lab.ask(again, a_private(handle="kurt", card=BADGE)).reason
    lab.ask(CardRemove(), a_private(card=BADGE))

    assert (back, taken) == ("no-badge", "badge-out")
    assert lab.rows("SELECT holder FROM visitors") == [("v1",)]
    assert lab.ask(again, a_private(handle="kurt", card=BADGE)).verdict == "accepted"


def test_a_card_that_is_no_badge_is_replaced_by_none(lab: ASite) -> None:
    before = badges(lab)
    lab.ask(CardAdd("h1"), a_private(card="H10301:1:1"))
    lab.ask(CardReplace("h1"), a_private(card=NEW))

    assert badges(lab) == before
