"""Longer times for somebody at the hub: given, taken, told to few, and gone with the person."""

import pytest

from doorctl.policy.apply import position_of, recomputed_digest, rows_where
from doorctl.policy.rows import HolderTimesRow
from doorctl.trust.note import Role
from doorctl.wire.commands import PersonAccess, PersonAdd, PersonRemove
from doorctl.wire.held_results import HeldFound
from doorctl.wire.privacy import PersonErase, PersonHeld
from doorctl.wire.questions import ListRows, SitePage
from doorctl.wire.results import PackedPage, Page
from tests.hub.builders import ASite, a_private

LONGER = PersonAccess("h1", release_seconds=15, held_open_seconds=60)


@pytest.fixture
def peopled(site: ASite) -> ASite:
    """Ada needs longer."""
    site.ask(PersonAdd("h1"), a_private(handle="ada"))
    site.ask(LONGER)
    return site


def times(site: ASite) -> list[HolderTimesRow]:
    assert position_of(site.connection).digest == recomputed_digest(site.connection)
    return rows_where(site.connection, HolderTimesRow, holder="h1")


def test_times_are_given_changed_and_taken(peopled: ASite) -> None:
    told = [times(peopled)]
    for do in (PersonAccess("h1", held_open_seconds=90), PersonAccess("h1")):
        assert peopled.ask(do).verdict == "accepted"
        told.append(times(peopled))

    assert told == [[HolderTimesRow("h1", 15, 60)], [HolderTimesRow("h1", None, 90)], []]


def test_what_is_so_already_makes_no_change(peopled: ASite) -> None:
    assert [peopled.ask(LONGER).verdict, peopled.ask(PersonAccess("h9")).reason] == ["done", "unknown-holder"]


@pytest.mark.parametrize("do", [PersonRemove("h1"), PersonErase("h1")], ids=lambda do: type(do).__name__)
def test_times_go_with_the_person(peopled: ASite, do: PersonRemove | PersonErase) -> None:
    assert peopled.ask(do).verdict == "accepted"

    assert times(peopled) == []


def test_no_kept_change_tells_of_an_erased_person_that_they_needed_longer(peopled: ASite) -> None:
    peopled.ask(PersonErase("h1"))

    held = peopled.connection.execute("SELECT count(*) FROM changes WHERE instr(change, 'release_seconds')")
    assert held.fetchone() == (0,)


def test_no_leaf_of_the_hubs_log_tells_of_them_and_no_list_does(peopled: ASite) -> None:
    auditor = peopled.hire("ann", Role.AUDITOR)
    leaves = b"".join(bytes(leaf) for (leaf,) in peopled.connection.execute("SELECT leaf FROM records"))
    (row,) = peopled.ask_for(ListRows("people"), Page, admin=auditor).rows
    page = peopled.ask_for(SitePage("people"), PackedPage, admin=auditor)

    assert (b"person-access" in leaves, b"holder-times" in leaves, b"seconds" in leaves) == (True, False, False)
    assert [name for name in (*row, *page.columns) if "seconds" in name] == []


def test_a_persons_export_tells_them(peopled: ASite) -> None:
    person = peopled.ask_for(PersonHeld("h1"), HeldFound).person

    assert (person["release_seconds"], person["held_open_seconds"]) == (15, 60)
