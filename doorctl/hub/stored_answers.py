"""The memory for commands: each has one effect, and a repeat gets the very bytes that were answered before."""

import sqlite3
from dataclasses import dataclass

from doorctl.errors import Refused

KEPT_SECONDS = 86_400
"""How long after its expiry a command is remembered."""
MAX_FAR_COMMANDS = 1000
"""Of commands that expire more than a day from now (an admin's clock is wrong), so many are remembered until then."""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered, and the revision that the command made, if it made one."""

    payload: bytes
    revision: int | None


def stored_answer(connection: sqlite3.Connection, *, admin: str, command: str) -> StoredAnswer | None:
    """Return the answer to a command that was seen before."""
    row = connection.execute(
        "SELECT answer, revision FROM commands WHERE admin = ? AND id = ?", (admin, command)
    ).fetchone()
    return None if row is None else StoredAnswer(bytes(row[0]), row[1])


def store_answer(
    connection: sqlite3.Connection, answer: StoredAnswer, *, admin: str, command: str, expires: int
) -> None:
    """Remember an answer; the caller's transaction is that of the command's effect."""
    connection.execute(
        "INSERT INTO commands (admin, id, expires, answer, revision) VALUES (?, ?, ?, ?, ?)",
        (admin, command, expires, answer.payload, answer.revision),
    )


def replace_answer(connection: sqlite3.Connection, payload: bytes, *, admin: str, command: str) -> None:
    """Remember how a command ended, in place of that it was accepted; in the caller's transaction."""
    connection.execute("UPDATE commands SET answer = ? WHERE admin = ? AND id = ?", (payload, admin, command))


def check_room(connection: sqlite3.Connection, *, expires: int, at: int) -> None:
    """Refuse to remember for years what nobody needs: ``storage-failed``. What expires soon is forgotten in time."""
    (far,) = connection.execute("SELECT count(*) FROM commands WHERE expires > ?", (at + KEPT_SECONDS,)).fetchone()
    if expires > at + KEPT_SECONDS and far >= MAX_FAR_COMMANDS:
        raise Refused("storage-failed", f"{far} commands that expire too late are remembered already")


def forget_answers(connection: sqlite3.Connection, *, at: int) -> None:
    """Drop what expired long ago, and remember up to which expiry anything was dropped."""
    connection.execute(
        "UPDATE forgotten_commands SET newest_expiry = "
        "max(newest_expiry, coalesce((SELECT max(expires) FROM commands WHERE expires < ?), 0))",
        (at - KEPT_SECONDS,),
    )
    connection.execute("DELETE FROM commands WHERE expires < ?", (at - KEPT_SECONDS,))


def newest_forgotten(connection: sqlite3.Connection) -> int:
    """Return the expiry up to which commands may be forgotten: none of them may count, whatever the clock says."""
    return int(connection.execute("SELECT newest_expiry FROM forgotten_commands").fetchone()[0])
