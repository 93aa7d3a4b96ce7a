"""A change that was refused is never carried out later: whatever an admin was told is what the hub remembers."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime

import msgspec
import pytest

from doorctl.core.model import ZoneKind
from doorctl.database import transaction
from doorctl.hub.stored_answers import MAX_FAR_COMMANDS, StoredAnswer, store_answer
from doorctl.wire.commands import GroupAdd, PersonAdd, ZoneRemove, ZoneSet
from doorctl.wire.notes import attach, detach
from doorctl.wire.questions import ListRows
from tests.hub.builders import NOON_SECONDS, ASite, a_private, an_id, later
from tests.hub.disks import no_room_in

STAFF = GroupAdd(group="staff")
ADA = PersonAdd(holder="h1")
FLOOR = ZoneSet(zone="floor-3", zone_kind=ZoneKind.FLOOR)
DAY = 86_400

Harm = Callable[[ASite, bytes, str], bytes]


def swapped(site: ASite, payload: bytes, command_id: str) -> bytes:
    other = site.sealed(msgspec.json.encode(a_private(handle="mallory")), command_id)
    return attach(detach(payload)[0], other)


def spoilt(_: ASite, payload: bytes, __: str) -> bytes:
    note, sealed = detach(payload)
    assert sealed is not None
    return attach(note, sealed[:-1] + bytes([sealed[-1] ^ 1]))


def stripped(_: ASite, payload: bytes, __: str) -> bytes:
    return detach(payload)[0]


def test_a_refused_command_stays_refused_when_it_would_succeed_now(site: ASite) -> None:
    payload = site.a_command(ZoneRemove("floor-3"))
    refused = site.send(payload)
    site.ask(FLOOR)

    again = site.send(payload)

    assert again == refused
    assert site.rows("SELECT count(*) FROM zones") == [(1,)]


@pytest.mark.parametrize(
    ("harm", "word"), [(swapped, "wrong-private"), (spoilt, "bad-seal"), (stripped, "wrong-private")]
)
def test_a_command_whose_private_part_was_harmed_stays_refused_when_it_comes_whole(
    site: ASite, harm: Harm, word: str
) -> None:
    command_id = an_id()
    payload = site.a_command(ADA, a_private(handle="ada"), command_id=command_id)
    refused = site.send(harm(site, payload, command_id))
    site.restart()

    whole = site.send(payload)

    assert site.responses(refused)[0].reason == word
    assert (whole, site.rows("SELECT * FROM people")) == (refused, [])


def test_a_command_that_is_harmed_after_it_was_accepted_has_the_answer_of_before(site: ASite) -> None:
    payload = site.a_command(ADA, a_private(handle="ada"))
    accepted = site.send(payload)

    assert site.send(stripped(site, payload, "")) == [accepted[0], accepted[-1]]


@pytest.mark.parametrize(
    ("expires", "word", "comes_again"),
    [(NOON_SECONDS + 421, "expires-too-late", later(120)), (NOON_SECONDS - 1, "expired", later(-120))],
)
def test_a_command_refused_for_its_time_stays_refused_when_its_time_comes(
    site: ASite, expires: int, word: str, comes_again: datetime
) -> None:
    payload = site.a_command(STAFF, expires=expires)
    refused = site.send(payload)
    site.restart()

    again = site.send(payload, at=comes_again)

    assert site.responses(refused)[0].reason == word
    assert (again, site.head().revision) == (refused, 0)


def test_a_refusal_is_remembered_until_its_command_has_expired(site: ASite) -> None:
    payload = site.a_command(STAFF, expires=NOON_SECONDS + 7 * DAY)
    refused = site.send(payload)

    site.hub.tidy(later(7 * DAY - 60))

    assert site.send(payload, at=later(7 * DAY - 60)) == refused


def test_refused_questions_leave_no_trace(site: ASite) -> None:
    assert site.ask(ListRows("secrets")).reason == "unknown-list"
    assert site.rows("SELECT * FROM commands") == []


def test_a_refusal_that_cannot_be_remembered_promises_nothing_and_is_an_alarm(
    site: ASite, capfd: pytest.CaptureFixture[str]
) -> None:
    payload = site.a_command(STAFF)
    with closing(sqlite3.connect(site.path, isolation_level=None)) as neighbour:
        neighbour.execute("BEGIN IMMEDIATE")
        (refused,) = site.responses(site.send(payload))

    (accepted, *_) = site.responses(site.send(payload))

    assert (refused.verdict, refused.reason, accepted.verdict) == ("refused", "storage-failed", "accepted")
    assert refused.text.endswith("the command may still take effect until it expires: look before you repeat it")
    assert capfd.readouterr().err == "<2>event=refused reason=storage-failed count=1 channel=command name=grace\n"


def test_a_command_that_the_disk_had_no_room_for_stays_refused(site: ASite) -> None:
    payload = site.a_command(STAFF)
    with no_room_in(site.connection, "changes"):
        refused = site.send(payload)

    again = site.send(payload)

    assert [response.text.endswith("nothing was changed") for response in site.responses(refused)] == [True]
    assert (again, site.head().revision) == (refused, 0)


def test_commands_that_expire_in_years_cannot_fill_the_disk(site: ASite) -> None:
    far_off = NOON_SECONDS + 365 * DAY
    with transaction(site.connection):
        for number in range(MAX_FAR_COMMANDS):
            store_answer(
                site.connection, StoredAnswer(b"", None), admin="grace", command=str(number), expires=far_off
            )

    (far,) = site.responses(site.send(site.a_command(STAFF, expires=far_off)))
    near = site.ask(ZoneRemove("floor-3"))

    assert (far.reason, near.reason) == ("storage-failed", "unknown-zone")
    assert site.rows("SELECT count(*) FROM commands") == [(MAX_FAR_COMMANDS + 1,)]
