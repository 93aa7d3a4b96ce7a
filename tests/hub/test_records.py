"""The question for records: found by what they are about, page by page, each with its exact leaf."""

from typing import Any

import msgspec
import pytest

from doorctl.audit.leaf import read_leaf
from doorctl.core.reasons import Outcome
from doorctl.core.records import RecordKind
from doorctl.database import transaction
from doorctl.hub.verbs.evidence.records import MOST_LOOKED_AT
from doorctl.trust.note import Role
from doorctl.wire.commands import PersonAdd
from doorctl.wire.questions import Records
from doorctl.wire.results import RecordLine, RecordsPage
from tests.hub.builders import NOON_SECONDS, ASite, a_private
from tests.hub.logs import UNKNOWN_BADGE, ALog, a_log, send


@pytest.fixture
def site_with_records(site_with_two: ASite) -> ASite:
    """Ada was at two doors of two zones; an unknown badge was denied."""
    site = site_with_two
    site.ask(PersonAdd("h1"), a_private(handle="ada", name="Ada"))
    log = ALog(site.controllers[0])
    log.write(subject="holder:h1", door="door-1", zone="floor-3")
    log.write(subject="holder:h1", door="door-2", zone="servers")
    log.write(subject=UNKNOWN_BADGE, door="door-2", zone="servers", outcome="denied")
    log.write(door="door-1", zone="floor-3")
    send(site, log.batch(0, 4), log.openings)
    return site


def at_doors(page: RecordsPage) -> list[RecordLine]:
    """Pass over the hub's own."""
    return [line for line in page.records if line.controller != "hub"]


@pytest.mark.parametrize(
    ("do", "found"),
    [
        (Records(), [0, 1, 2, 3]),
        (Records(zone="servers"), [1, 2]),
        (Records(door="door-1"), [0, 3]),
        (Records(holder="h1"), [0, 1]),
        (Records(holder="h2"), []),
        (Records(outcome=Outcome.DENIED), [2]),
        (Records(since=NOON_SECONDS + 1), [1, 2, 3]),
        (Records(until=NOON_SECONDS + 1), [0]),
        (Records(zone="servers", holder="h1", outcome=Outcome.GRANTED), [1]),
    ],
)
def test_records_are_found_by_what_they_are_about(site_with_records: ASite, do: Records, found: list[int]) -> None:
    page = site_with_records.ask_for(do, RecordsPage)

    assert [line.seq for line in at_doors(page)] == found
    assert page.more is False


def test_a_record_names_its_person_and_an_unknown_badge_its_credential(site_with_records: ASite) -> None:
    officer = site_with_records.hire("alonzo", Role.OFFICER)

    page = site_with_records.ask_for(Records(names=True), RecordsPage, admin=officer)

    first, _, third, fourth = at_doors(page)

    assert (first.holder, first.handle, first.name, first.credential) == ("h1", "ada", "Ada", None)
    assert (third.holder, third.handle, third.credential) == (None, None, "ab" * 32)
    assert (fourth.holder, fourth.credential) == (None, None)


def test_names_stand_beside_records_only_where_they_are_asked_for(site_with_records: ASite) -> None:
    first, *_ = at_doors(
        site_with_records.ask_for(Records(), RecordsPage, admin=site_with_records.hire("alonzo", Role.OFFICER))
    )

    assert (first.holder, first.handle, first.name) == ("h1", None, None)


@pytest.mark.parametrize(
    ("role", "verdict"),
    [(Role.AUDITOR, "done"), (Role.CLERK, "done"), (Role.OFFICER, "done"), (Role.ADMIN, "refused")],
)
def test_names_beside_records_are_for_those_whose_work_they_are(
    site_with_records: ASite, role: Role, verdict: str
) -> None:
    alan = site_with_records.hire("alonzo", role)

    assert site_with_records.ask(Records(), admin=alan).verdict == "done"
    assert site_with_records.ask(Records(names=True), admin=alan).verdict == verdict


def test_records_come_page_by_page_in_the_order_of_their_arrival(site_with_records: ASite) -> None:
    site = site_with_records
    first = site.ask_for(Records(limit=4), RecordsPage)
    second = site.ask_for(Records(after=first.after, limit=4), RecordsPage)
    third = site.ask_for(Records(after=second.after, limit=4), RecordsPage)

    assert len(first.records) == 4
    assert [line.seq for line in (*at_doors(first), *at_doors(second))] == [0, 1, 2, 3]
    assert (first.more, second.more, third) == (True, False, RecordsPage((), second.after, more=False))


def test_a_page_of_records_is_bounded_in_bytes(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=200)
    send(site_with_two, log.batch(0, 200))

    page = site_with_two.ask_for(Records(), RecordsPage)

    assert page.more
    assert len(msgspec.json.encode(page)) < 50 * 1024


def test_the_leaf_in_an_export_is_the_exact_one(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=1)
    send(site_with_two, log.batch(0, 1))

    (line,) = at_doors(site_with_two.ask_for(Records(), RecordsPage))

    assert line.leaf.encode() == log.leaves[0]


def test_the_hubs_own_records_stand_among_them_but_for_those_by_which_logs_vouch_for_each_other(
    site_with_records: ASite,
) -> None:
    page = site_with_records.ask_for(Records(), RecordsPage)

    kinds = [read_leaf(line.leaf.encode()).kind for line in page.records if line.controller == "hub"]
    assert kinds == [RecordKind.LOG_OPENED, RecordKind.COMMAND]


def test_a_command_about_a_person_is_found_by_the_person(site_with_records: ASite) -> None:
    page = site_with_records.ask_for(Records(holder="h1"), RecordsPage)

    assert [(line.controller, line.holder) for line in page.records] == [("hub", "h1"), *[("pi-1", "h1")] * 2]


@pytest.mark.parametrize("filters", [{"door": "nowhere"}, {"holder": "nobody"}, {"since": 2**33}])
def test_one_question_looks_at_so_many_records_and_the_next_goes_on_there(
    site_with_two: ASite, filters: dict[str, Any]
) -> None:
    site = site_with_two
    site.ask(Records())  # the first look of an hour is a record itself
    site.connection.execute(
        "INSERT INTO records (position, controller, log_epoch, seq, leaf, at, kind, door, zone) "
        "VALUES (?, 'pi-1', 1, 0, ?, 1, 'decision', 'front', 'floor-3')",
        (2 * MOST_LOOKED_AT, b"{}"),
    )

    first = site.ask_for(Records(**filters), RecordsPage)
    second = site.ask_for(Records(after=first.after, **filters), RecordsPage)

    assert first == RecordsPage((), MOST_LOOKED_AT, more=True)
    assert second == RecordsPage((), 2 * MOST_LOOKED_AT, more=False)


def test_what_a_question_costs_does_not_grow_with_the_records_that_a_person_has_beyond_it(
    site_with_two: ASite,
) -> None:
    site, steps = site_with_two, 0
    beyond = range(2 * MOST_LOOKED_AT, 2 * MOST_LOOKED_AT + 3000)
    with transaction(site.connection):
        site.connection.executemany(
            "INSERT INTO records (position, controller, log_epoch, seq, leaf, at, kind, door, zone) "
            "VALUES (?, 'pi-1', 1, ?, ?, 1, 'decision', 'front', 'floor-3')",
            [(position, position, b"{}") for position in beyond],
        )
        site.connection.executemany(
            "INSERT INTO openings (controller, log_epoch, seq, salt, subject) VALUES ('pi-1', 1, ?, ?, 'holder:h1')",
            [(position, b"salt") for position in beyond],
        )

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    site.connection.set_progress_handler(count, 100)
    page = site.ask_for(Records(holder="h1"), RecordsPage)
    site.connection.set_progress_handler(None, 0)

    assert (page.records, steps < 20) == ((), True)
