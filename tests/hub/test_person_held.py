"""All that is held about one person: alerts and access reviews come page by page, each once, and nobody else's."""

import base64
from collections.abc import Callable

import msgspec
import pytest

from doorctl.core.classes import CardClass
from doorctl.core.model import ZoneKind
from doorctl.core.suspicion.alerts import RuleName, Severity, Suspicion
from doorctl.database import transaction
from doorctl.hub.alerts.store import raising
from doorctl.hub.verbs.people.held_parts import MOST_SEARCHED
from doorctl.wire.commands import CardAdd, GrantAdd, PersonAdd, PersonRemove, PinCodeSet, PinSet, Private, ZoneSet
from doorctl.wire.held_results import HeldFound, Line
from doorctl.wire.privacy import HeldPart, PersonHeld
from doorctl.wire.report_words import ReviewStart
from doorctl.wire.threats import ClearanceSet
from doorctl.wire.visits import SponsorSet, VisitorIn
from tests.hub.builders import NOON_SECONDS, ASite, a_private

MORE_THAN_A_PAGE = 205
HASHES = 'SELECT "key", duress, alone, alone_duress FROM pins'
SPELLINGS: tuple[Callable[[bytes], str], ...] = (bytes.hex, lambda key: base64.b64encode(key).decode())


@pytest.fixture
def watched(site: ASite) -> ASite:
    """Ada and Grace may enter the server room."""
    site.ask(ZoneSet("servers", ZoneKind.SERVER_ROOM))
    for number, handle in enumerate(("ada", "grace"), 1):
        site.ask(PersonAdd(f"h{number}"), a_private(handle=handle, name=handle.title()))
        site.ask(GrantAdd(f"g{number}", "servers", holder=f"h{number}"))
    return site


def raise_alerts(site: ASite, holder: str, count: int) -> None:
    suspicion = Suspicion(
        RuleName.FIRST_USE, Severity.LOW, NOON_SECONDS, "", "the first time", subject=f"holder:{holder}"
    )
    with transaction(site.connection):
        for _ in range(count):
            site.connection.execute(*raising(site.connection, suspicion, at=NOON_SECONDS).statement)


def test_pages_of_alerts_follow_each_other_and_are_about_nobody_else(watched: ASite) -> None:
    raise_alerts(watched, "h1", MORE_THAN_A_PAGE)
    raise_alerts(watched, "h2", 1)

    first = watched.ask_for(PersonHeld("h1", alerts_before=0), HeldFound)
    rest = watched.ask_for(PersonHeld("h1", alerts_before=first.after), HeldFound)

    found = (*first.alerts, *rest.alerts)
    assert [alert.position for alert in found] == list(range(MORE_THAN_A_PAGE, 0, -1))
    assert {(alert.about, alert.handle) for alert in found} == {("holder:h1", "ada")}
    assert (first.after, rest.after) == (first.alerts[-1].position, None)


def test_pages_of_reviews_follow_each_other_and_are_about_nobody_else(watched: ASite) -> None:
    reviews = [f"{number:032x}" for number in range(MORE_THAN_A_PAGE)]
    for review in reviews:
        watched.ask(ReviewStart(review, ("servers",)))

    first = watched.ask_for(PersonHeld("h1", reviews_after=0), HeldFound)
    rest = watched.ask_for(PersonHeld("h1", reviews_after=first.after), HeldFound)
    of_grace = watched.ask_for(PersonHeld("h2", reviews_after=0), HeldFound)

    assert [line.review for line in (*first.reviews, *rest.reviews)] == reviews
    assert (first.after, rest.after) == (first.reviews[-1].position, None)
    assert not {line.position for line in of_grace.reviews} & {line.position for line in first.reviews}


def test_it_tells_whether_a_pin_is_held_and_one_for_duress_and_never_what_it_is(watched: ASite) -> None:
    found, pages, hashes = [], b"", set[str]()
    for do, private in (
        (PinSet("h1"), Private("5" * 32, pin="2580")),
        (PinSet("h1", alone=True), Private("5" * 32, pin="25801", duress="73912")),
        (PersonRemove("h1"), None),
    ):
        watched.ask(do, private)
        base = watched.ask_for(PersonHeld("h1"), HeldFound)
        found.append((base.person["pin"], base.person["pin_for_duress"]))
        pages += msgspec.json.encode((base, watched.ask_for(PersonHeld("h1", acts_after=0), HeldFound)))
        hashes |= {
            form(key) for row in watched.rows(HASHES) for key in row if isinstance(key, bytes) for form in SPELLINGS
        }

    assert found == [("with-card", None), ("alone", "held"), (None, None)]
    assert len(hashes) == 2 * 5
    assert [each for each in hashes if each in pages.decode()] == []


def test_it_tells_that_somebody_has_a_code_for_an_own_pin_and_until_when(watched: ASite) -> None:
    watched.ask(PinCodeSet("h1", NOON_SECONDS + 3600), Private("5" * 32, pin="79927398"))

    assert watched.ask_for(PersonHeld("h1"), HeldFound).person["pin_code_until"] == NOON_SECONDS + 3600


def test_what_makes_a_visitor_or_a_sponsor_of_somebody_is_held_about_them(watched: ASite) -> None:
    until = NOON_SECONDS + 3600
    watched.ask(SponsorSet("h1", ("servers",), 2, 7200))
    watched.ask(VisitorIn("v1", "h1", until), a_private(handle="alan", card="H10301:7:70"))

    host = watched.ask_for(PersonHeld("h1"), HeldFound).person
    guest = watched.ask_for(PersonHeld("v1"), HeldFound).person

    assert (host["invites_to"], host["guests_at_once"], host["guests_stay_seconds"]) == ('["servers"]', 2, 7200)
    assert (guest["escort"], guest["sponsor"]) == ("h1", "h1")


def lines_of(site: ASite, part: HeldPart, holder: str = "h1") -> list[Line]:
    """Return all lines of a part, page by page."""
    page = site.ask_for(PersonHeld(holder, part=part), HeldFound)
    lines = [*page.lines]
    while page.after_key is not None:
        page = site.ask_for(PersonHeld(holder, part=part, after_key=page.after_key), HeldFound)
        lines += page.lines
    return lines


def test_a_badge_is_held_about_its_visitor_and_about_the_host_whose_guest_that_is(watched: ASite) -> None:
    until = NOON_SECONDS + 3600
    watched.ask(VisitorIn("v1", "h1", until), a_private(handle="alan", card="H10301:7:70"))

    (of_host,), (of_guest,) = (lines_of(watched, HeldPart.BADGES, holder) for holder in ("h1", "v1"))

    told = of_host["visitor"], of_host["host"], of_host["handed_out_at"], of_host["due_at"]
    assert told == ("v1", "h1", NOON_SECONDS, until)
    assert of_guest == of_host
    assert lines_of(watched, HeldPart.GUESTS) == [{"guest": "v1", "escort": "h1", "sponsor": None}]
    assert lines_of(watched, HeldPart.BADGES, "h2") == lines_of(watched, HeldPart.GUESTS, "h2") == []


def test_where_they_were_last_is_told_page_by_page_each_zone_once(watched: ASite) -> None:
    rows = [("pi-1", holder, f"zone-{number}", 1, number, 1) for number in range(450) for holder in ("h1", "h2")]
    watched.connection.executemany("INSERT INTO whereabouts VALUES (?, ?, ?, ?, ?, ?)", rows)

    lines = lines_of(watched, HeldPart.WHEREABOUTS)

    assert sorted(str(line["zone"]) for line in lines) == sorted(f"zone-{number}" for number in range(450))


def test_each_change_that_names_them_tells_what_it_did_to_them_alone(watched: ASite) -> None:
    for number in range(50):
        watched.ask(ClearanceSet("h1", number % 9 + 1))
        watched.ask(ClearanceSet("h2", number % 9 + 1))

    lines = lines_of(watched, HeldPart.CHANGES)

    assert [line["revision"] for line in lines] == sorted({int(str(line["revision"])) for line in lines})
    assert sum("clearance" in str(line["put"]) for line in lines) == 50
    assert [line for line in lines if "h2" in str(line)] == []


def test_a_page_of_changes_is_searched_for_among_so_many_at_most(watched: ASite) -> None:
    ((before,),) = watched.rows("SELECT count(*) FROM changes")
    of_nobody = [(1000 + number, b"{}", b"") for number in range(2 * MOST_SEARCHED)]
    watched.connection.executemany("INSERT INTO changes (revision, change, chain) VALUES (?, ?, ?)", of_nobody)

    page = watched.ask_for(PersonHeld("h1", part=HeldPart.CHANGES), HeldFound)

    assert page.after_key == str(MOST_SEARCHED)
    assert 0 < len(page.lines) == len(lines_of(watched, HeldPart.CHANGES)) < int(str(before))


def test_no_change_tells_the_hash_of_a_pin_or_of_a_code(watched: ASite) -> None:
    watched.ask(PinSet("h1"), Private("5" * 32, pin="2580", duress="7391"))
    watched.ask(PinCodeSet("h1", NOON_SECONDS + 3600), Private("5" * 32, pin="79927398"))
    keys = [*watched.rows('SELECT "key", duress FROM pins'), *watched.rows('SELECT "key" FROM pin_codes')]

    told = str(lines_of(watched, HeldPart.CHANGES))

    assert ('"pin"' in told, '"pin-code"' in told) == (True, True)
    hashes = [key for row in keys for key in row if isinstance(key, bytes)]
    assert len(hashes) == 3
    assert [form(key) for key in hashes for form in SPELLINGS if form(key) in told] == []


def test_pages_of_a_part_begin_behind_any_key(watched: ASite) -> None:
    for part in HeldPart:
        page = watched.ask_for(PersonHeld("h1", part=part, after_key="~" * 200), HeldFound)

        assert page.after_key is None


def test_of_which_class_their_cards_are_and_how_far_they_are_cleared_is_held_about_them(watched: ASite) -> None:
    watched.ask(CardAdd("h1", card_class=CardClass.SEOS), a_private(card="H10301:7:71"))
    watched.ask(ClearanceSet("h1", 2))

    held = watched.ask_for(PersonHeld("h1"), HeldFound)

    assert held.person["clearance"] == 2
    assert "seos" in {card["card_class"] for card in held.cards}
