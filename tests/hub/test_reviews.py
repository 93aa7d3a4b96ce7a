"""Access reviews: every line is answered, what is revoked is gone, and a finished review is a record."""

import pytest

from doorctl.audit.leaf import read_leaf
from doorctl.core.model import ZoneKind
from doorctl.hub.verbs.evidence.reviews import lines_hash
from doorctl.trust.note import Role
from doorctl.wire.commands import GrantAdd, GroupAdd, GroupJoin, PersonAdd, Revoke, ZoneSet
from doorctl.wire.report_words import ReviewFinish, ReviewMark, ReviewOutcome, ReviewsOf, ReviewsPage, ReviewStart
from tests.hub.builders import NOON_SECONDS, ASite, a_private

REVIEW = "ab" * 16
CONFIRMED, REVOKED = ReviewOutcome.CONFIRMED, ReviewOutcome.REVOKED


@pytest.fixture
def reviewed(site: ASite) -> ASite:
    """Ada and the group of Grace may enter the server room, and a review of it has begun."""
    site.ask(PersonAdd("h1"), a_private(handle="ada", name="Ada"))
    site.ask(PersonAdd("h2"), a_private(handle="grace", name="Grace"))
    site.ask(ZoneSet("servers", ZoneKind.SERVER_ROOM))
    site.ask(GroupAdd("ops"))
    site.ask(GroupJoin("ops", "h2"))
    site.ask(GrantAdd("g1", "servers", holder="h1"))
    site.ask(GrantAdd("g2", "servers", group="ops"))
    assert site.ask(ReviewStart(REVIEW, ("servers",))).verdict == "done"
    return site


def mark(said: ReviewOutcome, *, holder: str | None = None, group: str | None = None) -> ReviewMark:
    return ReviewMark(REVIEW, "servers", said, holder=holder, group=group)


def lines(site: ASite) -> list[tuple[object, ...]]:
    page = site.ask_for(ReviewsOf(REVIEW[:6]), ReviewsPage)
    return [(line.zone, line.handle or line.group, line.members, line.outcome, line.by) for line in page.lines]


def test_a_review_begins_with_everybody_who_has_a_grant(reviewed: ASite) -> None:
    assert lines(reviewed) == [("servers", "ada", 0, "open", None), ("servers", "ops", 1, "open", None)]


def test_who_said_what_is_kept(reviewed: ASite) -> None:
    reviewed.ask(mark(CONFIRMED, holder="h1"), admin=reviewed.alan)

    assert lines(reviewed)[0] == ("servers", "ada", 0, "confirmed", "alan")


def test_revoked_is_only_what_has_no_grant_any_more(reviewed: ASite) -> None:
    assert reviewed.ask(mark(REVOKED, group="ops")).reason == "still-granted"
    reviewed.ask(Revoke("servers", group="ops"))
    assert reviewed.ask(mark(REVOKED, group="ops")).verdict == "done"


def test_confirmed_is_only_what_has_a_grant(reviewed: ASite) -> None:
    reviewed.ask(Revoke("servers", holder="h1"))

    assert reviewed.ask(mark(CONFIRMED, holder="h1")).reason == "not-granted"


def test_a_review_with_open_lines_cannot_be_finished(reviewed: ASite) -> None:
    reviewed.ask(mark(CONFIRMED, holder="h1"))

    assert reviewed.ask(ReviewFinish(REVIEW)).reason == "review-unfinished"


def finish(site: ASite) -> None:
    site.ask(mark(CONFIRMED, holder="h1"))
    site.ask(mark(CONFIRMED, group="ops"))
    assert site.ask(ReviewFinish(REVIEW)).verdict == "done"


def test_a_finished_review_is_a_record_with_the_hash_of_its_lines(reviewed: ASite) -> None:
    finish(reviewed)

    ((leaf,),) = reviewed.rows("SELECT leaf FROM records WHERE kind = 'review_done'")
    told = read_leaf(leaf).detail  # type: ignore[arg-type]
    assert told.startswith(f"review {REVIEW}: 2 confirmed, 0 revoked, ")
    assert lines_hash(reviewed.connection, REVIEW) in told
    (found,) = reviewed.ask_for(ReviewsOf(), ReviewsPage).reviews
    assert (found.finished_at, found.finished_by, found.open) == (NOON_SECONDS, "grace", 0)


def test_a_finished_review_stays_as_it_is(reviewed: ASite) -> None:
    finish(reviewed)

    assert reviewed.ask(mark(CONFIRMED, holder="h1")).reason == "review-finished"
    assert reviewed.ask(ReviewFinish(REVIEW)).reason == "review-finished"


def test_the_hash_of_the_lines_outlives_the_erasure_of_a_person(reviewed: ASite) -> None:
    finish(reviewed)
    before = lines_hash(reviewed.connection, REVIEW)
    reviewed.connection.execute("INSERT INTO erased_people (holder, at, revision) VALUES ('h1', 1, 1)")

    assert lines_hash(reviewed.connection, REVIEW) == before
    assert reviewed.rows("SELECT holder, salt FROM review_lines WHERE \"group\" = ''") == [("", b"")]


@pytest.mark.parametrize(
    ("do", "word"),
    [
        (ReviewStart(REVIEW, ("servers",)), "review-used"),
        (ReviewStart("cd" * 16, ("nowhere",)), "unknown-zone"),
        (ReviewMark("cd" * 16, "servers", CONFIRMED, holder="h1"), "unknown-review"),
        (mark(CONFIRMED, holder="h2"), "not-in-review"),
        (ReviewsOf("cd"), "unknown-review"),
    ],
)
def test_what_there_is_not_is_refused(reviewed: ASite, do: ReviewStart | ReviewMark | ReviewsOf, word: str) -> None:
    assert reviewed.ask(do).reason == word


def test_an_admin_reviews_their_own_zones_and_an_auditor_none(reviewed: ASite) -> None:
    auditor = reviewed.hire("ada", Role.AUDITOR)
    elsewhere = reviewed.hire("eve", Role.ADMIN, zones=("floor-1",))

    assert reviewed.ask(mark(CONFIRMED, holder="h1"), admin=auditor).reason == "not-allowed"
    assert reviewed.ask(mark(CONFIRMED, holder="h1"), admin=elsewhere).reason == "not-allowed"
    assert reviewed.ask(ReviewStart("cd" * 16, ("servers",)), admin=elsewhere).reason == "not-allowed"
