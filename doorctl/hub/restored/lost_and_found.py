"""What stands beside the policy at the hub, put right after changes were fetched back.

The ids of their commands come back with them, so that no command has a second effect. Names, handles and the formats
of cards travelled sealed and do not come back: who has none gets the holder's id as the handle.
"""

import sqlite3
from collections.abc import Iterator

import msgspec

from doorctl.errors import Refused
from doorctl.hub.outgoing import signed
from doorctl.hub.stored_answers import StoredAnswer, store_answer, stored_answer
from doorctl.keys.identity import Identity
from doorctl.wire.commands import Command
from doorctl.wire.messages import VERSION, Change, Response, decode_strictly
from doorctl.wire.verdict import Verdict

_command = msgspec.json.Decoder(Command)
_FIRST_LINE = f"{VERSION}{Command.kind}\n"

_NAMELESS = """
INSERT OR IGNORE INTO people (holder, handle, name)
SELECT id, id, '' FROM holders WHERE id NOT IN (SELECT holder FROM people)
"""
_LEFT = "UPDATE people SET removed_at = ? WHERE removed_at IS NULL AND holder NOT IN (SELECT id FROM holders)"
_CARDS = """
INSERT OR IGNORE INTO cards ("key", format, added_at)
SELECT "key", 'unknown', ? FROM credentials WHERE "key" NOT IN (SELECT "key" FROM cards)
"""
_COUNT_NAMELESS = "SELECT count(*) FROM people WHERE handle = holder AND removed_at IS NULL"


def remember_commands(connection: sqlite3.Connection, identity: Identity, change: Change, *, site: str) -> None:
    """Remember the commands of a change as carried out; the caller owns the transaction."""
    for command in commands_in(change.command):
        response = Response(
            site=site,
            admin=command.admin,
            command=command.id,
            verdict=Verdict.ACCEPTED,
            text="carried out before the hub was restored",
            revision=change.revision,
        )
        if stored_answer(connection, admin=command.admin, command=command.id) is None:
            answer = StoredAnswer(signed(identity, response), change.revision)
            store_answer(connection, answer, admin=command.admin, command=command.id, expires=command.expires)


def restore_own_rows(connection: sqlite3.Connection, *, at: int) -> None:
    """Give who has no name their id as a handle, and cards an unknown format; the caller owns the transaction."""
    connection.execute(_LEFT, (at,))
    connection.execute(_NAMELESS)
    connection.execute(_CARDS, (at,))


def nameless(connection: sqlite3.Connection) -> int:
    """Count the people whose handle and name did not come back."""
    return int(connection.execute(_COUNT_NAMELESS).fetchone()[0])


def commands_in(notes: str) -> Iterator[Command]:
    """Read the commands that stand in a change."""
    for text in notes.split(_FIRST_LINE)[1:]:
        body, _, _ = text.partition("\n")
        try:
            yield decode_strictly(_command, body.encode())
        except Refused:  # a verb of another version: its id alone is lost
            continue
