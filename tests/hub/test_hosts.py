"""Hosts at the hub: an admin's key by which a person lets their own guests in and out, and nothing else."""

import pytest

from doorctl.core.model import Status
from doorctl.core.records import RecordKind
from doorctl.hub.rights.roles import RIGHTS
from doorctl.hub.verbs.people.hosts import MOST_TRIED
from doorctl.trust.note import Role
from doorctl.wire.commands import CardAdd, CardReplace, GrantAdd, PersonAdd, PersonEdit, PersonRemove, PersonSet, Verb
from doorctl.wire.questions import DigestOf, ListRows, Lookup
from doorctl.wire.results import Digest, Found
from doorctl.wire.rights import AdminSuspend, ZoneRuleSet
from doorctl.wire.visits import (
    DelegateSet,
    HostEnd,
    HostSet,
    SponsorRemove,
    SponsorSet,
    VisitorIn,
    VisitorOut,
    VisitorSet,
)
from tests.hub.builders import NOON_SECONDS, AnAdmin, ASite, a_private, later
from tests.hub.hosts_lab import THIRD_BADGE, ada, grace, invite, take_back, with_hosts
from tests.hub.own_log.reading import own_log
from tests.hub.visited_lab import ADAS_CARD, BADGE, HOUR, OTHER_BADGE, UNTIL, listed

NO_BADGE = "H10301:7:99"
BRIEF = VisitorIn("v1", "h1", NOON_SECONDS + HOUR, ("lab",))


@pytest.fixture
def lab(site: ASite) -> ASite:
    return with_hosts(site)


def test_a_host_lets_a_guest_in_and_out_in_their_own_name(lab: ASite) -> None:
    assert invite(lab) == ""
    assert lab.rows("SELECT holder, escort, sponsor FROM visitors") == [("v1", "h1", "h1")]
    assert lab.rows("SELECT zone, valid_until FROM grants WHERE holder = 'v1'") == [("lab", UNTIL)]

    assert take_back(lab) == ""
    assert lab.rows("SELECT * FROM visitors") == []


def test_the_record_names_the_key_that_invited_and_in_whose_name(lab: ASite) -> None:
    invite(lab)
    invite(lab, VisitorIn("v2", "h1", UNTIL, ("vault",)), handle="joan", badge=OTHER_BADGE)

    read = own_log(lab)
    taken, refused = read.of(RecordKind.COMMAND)[-2:]
    assert taken.act is not None
    assert refused.act is not None
    assert (taken.act.admin, taken.act.verb, refused.act.admin) == ("ada-key", "visitor-in", "ada-key")
    assert '"sponsor":"h1"' in read.texts[taken.seq, 1]
    assert (read.texts[refused.seq, 0], refused.act.reason) == ("holder:h1", "beyond-sponsor")


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        (VisitorIn("v1", "h2", UNTIL, ("lab",)), "not-own-guest"),
        (VisitorIn("v1", "nobody", UNTIL), "not-own-guest"),
        (VisitorIn("v1", "h1", UNTIL, ("vault",)), "beyond-sponsor"),
        (VisitorIn("v1", "h1", NOON_SECONDS + 9 * HOUR), "beyond-sponsor"),
        (VisitorIn("v1", "h1", UNTIL, any_escort=True), "bad-escort"),
        (VisitorIn("v1", "h1", UNTIL, escort_group="staff"), "bad-escort"),
        (GrantAdd("g9", "lab", holder="h1"), "not-allowed"),
        (SponsorSet("h1", ("vault",), 9, 8 * HOUR), "not-allowed"),
        (HostSet("h2", "ada-key"), "not-allowed"),
        (DelegateSet("h1", "h2", UNTIL), "not-allowed"),
        (VisitorSet("h2", sponsor="h1"), "not-allowed"),
        (PersonAdd("h9"), "not-allowed"),
        (CardAdd("h1"), "not-allowed"),
    ],
)
def test_what_a_host_may_not_is_refused_by_name_and_recorded(lab: ASite, do: Verb, reason: str) -> None:
    assert lab.ask(do, a_private(handle="alan", card=BADGE), admin=ada(lab)).reason == reason

    last = own_log(lab).of(RecordKind.COMMAND)[-1].act
    assert last is not None
    assert (last.admin, last.reason) == ("ada-key", reason)
    assert lab.rows("SELECT * FROM visitors") == []


def test_a_host_has_four_commands() -> None:
    assert {word for word, right in RIGHTS.items() if Role.HOST in right.roles} == {
        *("visitor-in", "visitor-out"),
        *("lookup", "digest"),
    }


def test_two_keys_of_one_person_have_no_more_guests_than_one(lab: ASite) -> None:
    second = lab.hire("ada-phone", Role.HOST)
    lab.ask(HostSet("h1", "ada-phone"))

    told = [
        invite(lab, VisitorIn(f"v{number}", "h1", UNTIL), by=by, handle=f"guest-{number}", badge=badge)
        for number, by, badge in ((1, ada(lab), BADGE), (2, second, OTHER_BADGE), (3, ada(lab), THIRD_BADGE))
    ]

    assert told == ["", "", "beyond-sponsor"]


@pytest.mark.parametrize("badge", [BADGE, ADAS_CARD, NO_BADGE, OTHER_BADGE])
def test_a_host_takes_out_no_guest_of_another_and_learns_nothing_of_any_other_card(lab: ASite, badge: str) -> None:
    invite(lab, VisitorIn("v1", "h2", UNTIL), by=grace(lab))

    assert take_back(lab, badge) == take_back(lab, badge, lost=True) == "not-own-guest"
    assert lab.rows("SELECT holder FROM visitors") == [("v1",)]
    assert len(listed(lab, "badges")) == 3


@pytest.mark.parametrize("badge", [BADGE, ADAS_CARD, NO_BADGE])
def test_a_host_hands_out_a_free_badge_alone_and_learns_nothing_of_any_other_card(lab: ASite, badge: str) -> None:
    invite(lab, VisitorIn("v1", "h2", UNTIL), by=grace(lab))

    assert invite(lab, VisitorIn("v2", "h1", UNTIL), handle="joan", badge=badge) == "no-badge"


def test_a_host_tries_so_many_cards_an_hour_and_no_more(lab: ASite) -> None:
    wanted = VisitorIn("v1", "h1", UNTIL)
    tried = {invite(lab, wanted, badge=f"H10301:8:{number}") for number in range(MOST_TRIED)}

    hit_or_miss = [invite(lab, wanted, badge=badge) for badge in (BADGE, NO_BADGE)]
    an_hour_later = invite(lab, wanted, seconds=HOUR)
    by_another = invite(lab, VisitorIn("v3", "h2", UNTIL), by=grace(lab), handle="joan", badge=OTHER_BADGE)

    assert (tried, hit_or_miss) == ({"no-badge"}, ["too-many-cards"] * 2)
    assert (an_hour_later, by_another) == ("", "")


def test_a_host_hands_on_the_badge_of_an_own_guest_whose_time_is_over_and_of_no_other_s(lab: ASite) -> None:
    invite(lab, BRIEF)
    invite(lab, VisitorIn("v2", "h2", NOON_SECONDS + HOUR), by=grace(lab), handle="joan", badge=OTHER_BADGE)
    next_ = VisitorIn("v3", "h1", UNTIL)

    assert invite(lab, next_, handle="kurt", badge=OTHER_BADGE, seconds=HOUR) == "no-badge"
    assert invite(lab, next_, handle="kurt", seconds=HOUR) == ""


def test_somebody_who_was_made_a_visitor_with_a_card_of_their_own_is_not_taken_out_by_a_host(lab: ASite) -> None:
    lab.ask(PersonAdd("h3"), a_private(handle="temp"))
    lab.ask(CardAdd("h3"), a_private(card=NO_BADGE))
    lab.ask(VisitorSet("h3", escort="h1", sponsor="h1"))

    assert take_back(lab, NO_BADGE) == "not-own-guest"


def test_a_badge_that_a_host_s_guest_has_lost_leaves_the_pool(lab: ASite) -> None:
    invite(lab)

    assert take_back(lab, lost=True) == ""
    assert len(listed(lab, "badges")) == 2
    assert invite(lab, VisitorIn("v2", "h1", UNTIL), handle="joan") == "no-badge"


def test_a_badge_in_place_of_a_lost_one_is_a_host_s_guest_s(lab: ASite) -> None:
    invite(lab)
    lab.ask(CardReplace("v1"), a_private(card=NO_BADGE))

    assert take_back(lab, NO_BADGE) == ""


@pytest.mark.parametrize(
    ("ended", "reasons"),
    [
        (PersonSet("h1", Status.SUSPENDED), ("host-gone", "host-gone")),
        (PersonEdit("h1", Status.ACTIVE, valid_until=NOON_SECONDS + 1), ("host-gone", "host-gone")),
        (PersonRemove("h1"), ("no-host", "no-host")),
        (HostEnd("h1", "ada-key"), ("no-host", "no-host")),
        (HostSet("h2", "ada-key"), ("not-own-guest", "not-own-guest")),
        (SponsorRemove("h1"), ("no-sponsor", "")),
        (AdminSuspend("ada-key"), ("admin-suspended", "admin-suspended")),
    ],
    ids=["suspended", "expired", "removed", "ended", "another's", "no sponsor", "key suspended"],
)
def test_a_host_invites_nobody_once_that_is_over(lab: ASite, ended: Verb, reasons: tuple[str, str]) -> None:
    invite(lab)
    lab.ask(ended)
    second = VisitorIn("v2", "h1", UNTIL)

    invited = lab.ask(second, a_private(handle="joan", card=OTHER_BADGE), admin=ada(lab), at=later(1)).reason
    taken = lab.ask(VisitorOut(), a_private(card=BADGE), admin=ada(lab), at=later(1)).reason

    assert (invited, taken) == reasons


def test_a_later_key_of_the_same_name_invites_nobody_until_it_is_said_whose_it_is(lab: ASite) -> None:
    lab.others.pop(0)
    later_key = lab.hire("ada-key", Role.HOST)

    assert invite(lab, by=later_key) == "no-host"
    lab.ask(HostSet("h1", "ada-key"))
    assert invite(lab, by=later_key) == ""


def test_a_key_that_trust_gives_the_role_no_longer_invites_nobody(lab: ASite) -> None:
    lab.others[0] = AnAdmin("ada-key", ada(lab).identity, ("emperor",))
    lab.hub = lab.a_hub()

    assert invite(lab) == "not-allowed"


def test_a_host_gets_nobody_into_a_strict_zone_or_one_of_two_admins(lab: ASite) -> None:
    lab.ask(ZoneRuleSet("lab", strict=True))
    strict = invite(lab)
    lab.ask(ZoneRuleSet("lab", approvals=2))

    assert (strict, invite(lab, VisitorIn("v2", "h1", UNTIL, ("lab",)))) == ("not-allowed", "two-admins")


def test_guests_count_among_the_grants_of_an_hour_also_those_without_a_zone(lab: ASite) -> None:
    invite(lab, VisitorIn("v1", "h1", UNTIL))

    assert lab.rows("SELECT grants FROM given_commands WHERE admin = 'ada-key'") == [(1,)]


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        (HostSet("nobody", "ada-key"), "unknown-holder"),
        (HostSet("v1", "ada-key"), "is-visitor"),
        (HostSet("h1", "mallory"), "unknown-admin"),
        (HostSet("h1", "edith"), "no-host"),
        (HostEnd("nobody", "ada-key"), "unknown-holder"),
    ],
)
def test_whose_key_cannot_be_is_refused_by_name(lab: ASite, do: Verb, reason: str) -> None:
    lab.hire("edith", Role.CLERK)
    invite(lab)

    assert lab.ask(do).reason == reason


@pytest.mark.parametrize(
    "do", [HostSet("h1", "grace-key"), DelegateSet("h1", "h2", UNTIL)], ids=["whose key", "whose delegate"]
)
def test_only_who_may_let_a_person_invite_says_by_whom_they_do(lab: ASite, do: Verb) -> None:
    told = []
    for name, roles, zones in (
        ("carl", (Role.CLERK, Role.AUDITOR), None),
        ("omar", (Role.OFFICER,), None),
        ("lena", (Role.ADMIN,), ("lab",)),
        ("lisa", (Role.ADMIN,), ("lab", "lobby")),
    ):
        told.append(lab.ask(do, admin=lab.hire(name, *roles, zones=zones)).reason)

    assert told == ["not-allowed", "not-allowed", "not-allowed", ""]


def test_what_is_said_of_keys_is_listed_and_recorded_with_the_person(lab: ASite) -> None:
    lab.ask(HostEnd("h2", "grace-key"))

    assert [(row["admin"], row["handle"]) for row in listed(lab, "hosts")] == [("ada-key", "ada")]
    read = own_log(lab)
    last = read.of(RecordKind.COMMAND)[-1]
    assert last.act is not None
    assert (last.act.verb, last.detail, read.texts[last.seq, 0]) == ("host-end", "admin=grace-key", "holder:h2")


def test_what_is_said_twice_or_ended_twice_changes_nothing(lab: ASite) -> None:
    said: tuple[Verb, ...] = (HostSet("h1", "ada-key"), HostEnd("h1", "ada-key"), HostEnd("h1", "ada-key"))
    told = [lab.ask(do).text for do in said]

    assert told == [
        "the key of ada-key is this person's already",
        "ada-key invites nobody any more",
        "the key of ada-key is not this person's",
    ]


def test_a_host_with_another_role_may_what_that_one_may_and_what_a_host_may(lab: ASite) -> None:
    limited = lab.hire("lena", Role.HOST, Role.ADMIN, zones=("vault",))
    clerk = lab.hire("carl", Role.HOST, Role.CLERK)
    lab.ask(HostSet("h1", "lena"))

    assert invite(lab, VisitorIn("v1", "h2", UNTIL, ("lab",)), by=limited) == "not-own-guest"
    assert invite(lab, VisitorIn("v1", "h1", UNTIL, ("lab",)), by=limited) == ""
    assert invite(lab, VisitorIn("v2", "h2", UNTIL, ("lab",)), by=clerk, handle="joan", badge=NO_BADGE) == ""


def test_a_host_finds_nobody_but_themself(lab: ASite) -> None:
    own = lab.ask_for(Lookup(standing=True), Found, a_private(handle="ada"), admin=ada(lab))
    others = {
        (refused.reason, refused.text)
        for handle in ("grace", "staff", "nobody")
        for refused in [lab.ask(Lookup(), a_private(handle=handle), admin=ada(lab))]
    }

    assert own == Found(holder="h1", name="")
    assert others == {
        ("unknown-holder", "a host finds nobody but in whose name they invite: this is another's handle")
    }
    assert lab.ask(ListRows("people"), admin=ada(lab)).reason == "not-allowed"


def test_a_host_sees_what_was_done_with_their_key_and_nothing_else(lab: ASite) -> None:
    invite(lab)
    invite(lab, VisitorIn("v2", "h2", UNTIL), by=grace(lab), handle="joan", badge=OTHER_BADGE)

    found = lab.ask_for(DigestOf("2027-01-15"), Digest, admin=ada(lab))
    assert [(each.admin, each.verb) for each in found.commands] == [("ada-key", "visitor-in")]
    assert lab.ask(DigestOf("2027-01-15", everyone=True), admin=ada(lab)).reason == "not-allowed"
