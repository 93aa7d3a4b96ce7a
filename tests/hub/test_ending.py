"""What ends soon: people, cards and grants, from now on until so many seconds later."""

import pytest

from doorctl.core.model import Status, ZoneKind
from doorctl.hub.verbs.lists import ENDING, LISTS
from doorctl.wire.commands import CardAdd, GrantAdd, PersonAdd, PersonSet, ZoneSet
from doorctl.wire.questions import MAX_PAGE_ROWS, ListRows
from doorctl.wire.results import Page
from tests.hub.builders import NOON_SECONDS, ASite, a_private, later

DAY = 86_400
TO_THE_SECOND = sorted({*ENDING} - {"trainings"})
"""A training ends with a day (tests/hub/test_trainings.py)."""
ENDS = {"h1": NOON_SECONDS + DAY, "h2": NOON_SECONDS + 30 * DAY, "h3": NOON_SECONDS + 30 * DAY + 1, "h4": None}


@pytest.fixture
def agency(site: ASite) -> ASite:
    """Four people, each with a card and a grant that ends as they do: in 1 day, in 30, just after that, never."""
    site.ask(ZoneSet("lab", ZoneKind.FLOOR))
    for holder, end in ENDS.items():
        site.ask(PersonAdd(holder, valid_until=end), a_private(handle=f"temp-{holder}"))
        site.ask(CardAdd(holder, valid_until=end), a_private(card=f"H10301:1:{holder[1]}"))
        site.ask(GrantAdd(f"g-{holder}", "lab", holder=holder, valid_until=end))
    return site


def who_ends(site: ASite, what: str, seconds: int, *, after: int = 0) -> list[str]:
    page = site.ask_for(ListRows(what, ending=seconds), Page, at=later(after))
    return sorted(str(row["holder"]) for row in page.rows)


@pytest.mark.parametrize("what", TO_THE_SECOND)
def test_what_ends_within_a_span_is_told_to_the_second(agency: ASite, what: str) -> None:
    assert [who_ends(agency, what, seconds) for seconds in (DAY - 1, DAY, 30 * DAY, 30 * DAY + 1)] == [
        [],
        ["h1"],
        ["h1", "h2"],
        ["h1", "h2", "h3"],
    ]


@pytest.mark.parametrize("what", TO_THE_SECOND)
def test_what_is_over_ends_no_more(agency: ASite, what: str) -> None:
    assert who_ends(agency, what, 30 * DAY, after=DAY - 1) == ["h1", "h2", "h3"]
    assert who_ends(agency, what, 30 * DAY, after=DAY) == ["h2", "h3"]


def test_who_is_suspended_ends_all_the_same(agency: ASite) -> None:
    agency.ask(PersonSet("h1", Status.SUSPENDED))

    assert who_ends(agency, "people", DAY) == ["h1"]


@pytest.mark.parametrize("what", sorted({*LISTS, "admins"} - {*ENDING}))
def test_of_what_has_no_end_nothing_is_told(agency: ASite, what: str) -> None:
    assert agency.ask(ListRows(what, ending=DAY)).reason == "unknown-list"


def test_pages_of_what_ends_are_together_the_whole(site: ASite) -> None:
    people = [(f"h{number:04}", NOON_SECONDS + (DAY if number % 2 else 9 * DAY)) for number in range(900)]
    site.connection.execute("BEGIN")
    site.connection.executemany("INSERT INTO holders (id, status, valid_until) VALUES (?, 'active', ?)", people)
    site.connection.execute("COMMIT")

    page = site.ask_for(ListRows("people", ending=DAY), Page)
    found = [row["holder"] for row in page.rows]
    while page.after is not None:
        page = site.ask_for(ListRows("people", after=page.after, ending=DAY), Page)
        found += [row["holder"] for row in page.rows]

    assert len(found) > 2 * MAX_PAGE_ROWS
    assert found == [holder for holder, _ in people[1::2]]
