"""All that is held about one person: alerts and access reviews come page by page, each once, and nobody else's."""

import base64
from collections.abc import Callable

import msgspec
import pytest

from doorctl.core.model import ZoneKind
from doorctl.core.suspicion.alerts import RuleName, Severity, Suspicion
from doorctl.database import transaction
from doorctl.hub.alerts.store import raising
from doorctl.wire.commands import GrantAdd, PersonAdd, PersonRemove, PinSet, Private, ZoneSet
from doorctl.wire.held_results import HeldFound
from doorctl.wire.privacy import PersonHeld
from doorctl.wire.report_words import ReviewStart
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
