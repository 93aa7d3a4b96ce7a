"""Delegates at the hub: who invites in another's name for a time, and by whose rights."""

import pytest

from doorctl.core.model import Status
from doorctl.core.records import RecordKind
from doorctl.trust.note import Role
from doorctl.wire.commands import PersonAdd, PersonRemove, PersonSet, Verb
from doorctl.wire.held_results import HeldFound
from doorctl.wire.privacy import HeldPart, PersonHeld
from doorctl.wire.questions import Lookup
from doorctl.wire.results import Found
from doorctl.wire.visits import DelegateEnd, DelegateSet, HostSet, SponsorRemove, SponsorSet, VisitorIn, VisitorSet
from tests.hub.builders import NOON_SECONDS, ASite, a_private, later
from tests.hub.hosts_lab import ada, grace, invite, take_back, with_hosts
from tests.hub.own_log.reading import own_log
from tests.hub.visited_lab import HOUR, OTHER_BADGE, UNTIL, listed

TO_THE_LOBBY = VisitorIn("v1", "h1", UNTIL, ("lobby",))


@pytest.fixture
def lab(site: ASite) -> ASite:
    """Grace, who invites nobody to the lobby herself, may invite in Ada's name for two hours."""
    with_hosts(site)
    assert site.ask(DelegateSet("h1", "h2", NOON_SECONDS + 2 * HOUR)).verdict == "done"
    return site


def test_a_delegate_invites_within_the_limits_of_whose_name_it_is(lab: ASite) -> None:
    assert invite(lab, TO_THE_LOBBY, by=grace(lab)) == ""

    assert lab.rows("SELECT holder, escort, sponsor FROM visitors") == [("v1", "h1", "h1")]
    own = VisitorIn("v2", "h2", UNTIL, ("lobby",))
    assert invite(lab, own, by=grace(lab), handle="joan", badge=OTHER_BADGE) == "beyond-sponsor"


def test_the_record_names_the_delegate_s_key_and_in_whose_name(lab: ASite) -> None:
    invite(lab, by=grace(lab))

    read = own_log(lab)
    last = read.of(RecordKind.COMMAND)[-1]
    assert last.act is not None
    assert last.act.admin == "grace-key"
    assert '"sponsor":"h1"' in read.texts[last.seq, 1]


def test_a_delegate_and_the_sponsor_take_back_the_badges_of_each_guest_in_that_name(lab: ASite) -> None:
    invite(lab, by=grace(lab))
    invite(lab, VisitorIn("v2", "h1", UNTIL), handle="joan", badge=OTHER_BADGE)

    assert (take_back(lab), take_back(lab, OTHER_BADGE, by=grace(lab))) == ("", "")


def test_guests_by_whomever_they_were_invited_count_together(lab: ASite) -> None:
    lab.ask(SponsorSet("h1", ("lab",), 1, 8 * HOUR))
    invite(lab)

    assert invite(lab, VisitorIn("v2", "h1", UNTIL), by=grace(lab), handle="joan", badge=OTHER_BADGE) == (
        "beyond-sponsor"
    )


def test_nobody_else_is_a_delegate_nor_anybody_the_other_way_round(lab: ASite) -> None:
    lab.ask(PersonAdd("h3"), a_private(handle="kurt"))
    kurt = lab.hire("kurt-key", Role.HOST)
    lab.ask(HostSet("h3", "kurt-key"))

    assert (invite(lab, by=kurt), invite(lab, VisitorIn("v1", "h2", UNTIL))) == ("not-own-guest", "not-own-guest")


def test_a_delegate_is_one_until_the_time_that_was_said_and_then_forgotten(lab: ASite) -> None:
    before = invite(lab, by=grace(lab), seconds=2 * HOUR - 1)
    at_the_end = invite(
        lab, VisitorIn("v2", "h1", UNTIL), by=grace(lab), handle="joan", badge=OTHER_BADGE, seconds=2 * HOUR
    )
    lab.hub.tidy(later(3 * HOUR))

    assert (before, at_the_end) == ("", "not-own-guest")
    assert lab.rows("SELECT * FROM delegates") == []


@pytest.mark.parametrize(
    ("ended", "reason"),
    [
        (DelegateEnd("h1", "h2"), "not-own-guest"),
        (PersonSet("h2", Status.SUSPENDED), "host-gone"),
        (PersonSet("h1", Status.SUSPENDED), "host-gone"),
        (SponsorRemove("h1"), "no-sponsor"),
        (PersonRemove("h1"), "not-own-guest"),
        (PersonRemove("h2"), "no-host"),
    ],
    ids=["ended", "delegate suspended", "sponsor suspended", "no sponsor", "sponsor removed", "delegate removed"],
)
def test_a_delegate_invites_nobody_once_either_does_not_count(lab: ASite, ended: Verb, reason: str) -> None:
    lab.ask(ended)

    assert invite(lab, by=grace(lab)) == reason


def test_who_becomes_a_visitor_invites_nobody_for_anybody(lab: ASite) -> None:
    lab.ask(SponsorRemove("h2"))
    lab.ask(VisitorSet("h2", escort="h1"))

    assert invite(lab, by=grace(lab)) == "is-visitor"


def test_a_delegate_finds_in_whose_name_they_invite(lab: ASite) -> None:
    found = lab.ask_for(Lookup(), Found, a_private(handle="ada"), admin=grace(lab))

    assert found.holder == "h1"
    assert lab.ask(Lookup(), a_private(handle="grace"), admin=ada(lab)).reason == "unknown-holder"


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        (DelegateSet("nobody", "h2", UNTIL), "unknown-holder"),
        (DelegateSet("h1", "nobody", UNTIL), "unknown-holder"),
        (DelegateSet("h1", "h2", NOON_SECONDS), "bad-time"),
        (DelegateSet("h1", "h1", UNTIL), "bad-delegate"),
        (DelegateSet("h1", "v1", UNTIL), "bad-delegate"),
        (DelegateSet("h3", "h2", UNTIL), "no-sponsor"),
        (DelegateEnd("h1", "nobody"), "unknown-holder"),
    ],
)
def test_who_cannot_be_a_delegate_is_refused_by_name(lab: ASite, do: Verb, reason: str) -> None:
    lab.ask(PersonAdd("h3"), a_private(handle="kurt"))
    invite(lab)

    assert lab.ask(do).reason == reason


def test_what_is_said_of_delegates_is_recorded_of_both_and_of_neither_in_the_leaf(lab: ASite) -> None:
    lab.ask(DelegateEnd("h1", "h2"))

    read = own_log(lab)
    last = read.of(RecordKind.COMMAND)[-1]
    assert last.act is not None
    assert (last.act.verb, last.detail) == ("delegate-end", "")
    assert read.texts[last.seq, 0] == "holder:h1"
    assert '"before":{"rows":[{"type":"delegate","holder":"h2","sponsor":"h1","until"' in read.texts[last.seq, 1]


def test_what_is_said_twice_or_ended_twice_changes_nothing(lab: ASite) -> None:
    again = DelegateSet("h1", "h2", NOON_SECONDS + 2 * HOUR)
    said: tuple[Verb, ...] = (again, DelegateEnd("h1", "h2"), DelegateEnd("h1", "h2"))

    assert [lab.ask(do).text for do in said] == [
        "this person is a delegate until then already",
        "invites in the other's name no longer",
        "this person is no delegate",
    ]


def test_delegates_are_listed_and_held_about_both(lab: ASite) -> None:
    (row,) = listed(lab, "delegates")
    held = [lab.ask_for(PersonHeld(holder, part=HeldPart.DELEGATES), HeldFound).lines for holder in ("h1", "h2")]

    assert (row["sponsor_handle"], row["handle"], row["until"]) == ("ada", "grace", NOON_SECONDS + 2 * HOUR)
    assert held == [({"sponsor": "h1", "delegate": "h2", "until": NOON_SECONDS + 2 * HOUR},)] * 2
