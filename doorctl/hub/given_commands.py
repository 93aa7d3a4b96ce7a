"""The memory of who gave which command when, and what became of it: for each admin's digest, and for the limits of
grants and of questions about card numbers. It holds ids and words, never a name or a card, and is kept for 400 days.
So long an id means one command of its admin: another one under it would be carried out and not be remembered.
"""

import hashlib
import sqlite3
from dataclasses import dataclass
from typing import Literal

from doorctl.errors import Refused
from doorctl.hub.rights.roles import word_of
from doorctl.hub.verbs.asked import Statement
from doorctl.policy.rows import FactorTime, ModeTime, WindowRow
from doorctl.wire.commands import Command, Private
from doorctl.wire.door_words import DoorModeSet
from doorctl.wire.messages import to_text
from doorctl.wire.occupancy_words import ZoneOccupancySet
from doorctl.wire.rights import ZoneFactorSet, ZoneRuleSet
from doorctl.wire.training_words import ZoneTrainingSet
from doorctl.wire.verdict import Verdict

KEPT_SECONDS = 400 * 86_400
MAX_REFUSED = 1000
"""Of an admin's refused commands, so many are kept of any hour: a stolen key cannot fill the disk with them."""
HOUR_SECONDS = 3600

_ABOUT = (
    *("zone", "door", "holder", "group", "grant", "schedule", "date", "admin", "request", "plan"),
    *("review", "setting"),
)
_ASKING = (ZoneRuleSet, ZoneFactorSet, DoorModeSet, ZoneOccupancySet, ZoneTrainingSet)
_ASKED = (
    *("status", "zone_kind", "on_audit_failure", "windows", "holidays", "valid_from", "valid_until", "until"),
    *("allowed", "said", "zones"),
    *("records", "openings_days", "leaf_days"),
    *dict.fromkeys(name for verb in _ASKING for name in verb.__struct_fields__ if name not in _ABOUT),
    *("alone", "uses", "first_use_seconds", "many", "lost"),
    *("reader_classes", "card_classes", "card_class", "threat", "lower", "clearance"),
)
MOST_WORDS = 400
"""So much is remembered of what one command asks for."""
_CARDS = "cards="
_ADD = """
INSERT OR IGNORE INTO given_commands (at, admin, command, verb, about, verdict, reason, revision, grants, digest)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_DIGEST = "SELECT digest FROM given_commands WHERE admin = ? AND command = ?"
_APPROVED = """
UPDATE given_commands SET verdict = 'approved', revision = (SELECT revision FROM position)
WHERE verdict = 'pending' AND admin = ? AND command = ?
"""
_FATE = """
SELECT verdict, reason FROM given_commands WHERE substr(command, 1, length(?)) = ?
AND (verdict IN ('approved', 'pending') OR reason IN ('refused-by-admin', 'approval-expired', 'admin-suspended'))
ORDER BY position DESC LIMIT 1
"""
_REFUSED = "UPDATE given_commands SET verdict = 'refused', reason = ? WHERE verdict = 'pending' AND admin = ?"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command: how many times it let somebody in, how many cards it asked about by number."""

    verdict: Verdict
    reason: str = ""
    revision: int | None = None
    grants: int = 0
    cards: int = 0


def note_given(connection: sqlite3.Connection, command: Command, outcome: Outcome, *, at: int) -> bool:
    """Remember a command and tell whether it is news; a repeat is not remembered twice."""
    is_refused = outcome.verdict is Verdict.REFUSED
    if is_refused and given_in_an_hour(connection, command.admin, "verdict", "refused", at=at) >= MAX_REFUSED:
        return False
    told = f"{_CARDS}{outcome.cards} {about(command)}".rstrip() if outcome.cards else about(command)
    values = (at, command.admin, command.id, word_of(command.do), told)
    told_of_it = (outcome.verdict, outcome.reason, outcome.revision, outcome.grants, _digest_of(command))
    return bool(connection.execute(_ADD, (*values, *told_of_it)).rowcount)


def check_id_is_its_own(connection: sqlite3.Connection, command: Command) -> None:
    """Refuse another command under the id of one that was given before: ``id-used``."""
    held = connection.execute(_DIGEST, (command.admin, command.id)).fetchone()
    if held is not None and held[0] != _digest_of(command):
        raise Refused("id-used", "another command of yours had this id: give yours again, under one of its own")


def _digest_of(command: Command) -> bytes:
    """Hash all that a command says, its private part by the hash it is signed with."""
    return hashlib.sha256(to_text(command)).digest()


def about(command: Command, *, names_holder: bool = True) -> str:
    """Write what a command is about and asks for, by the names of its fields: ids, times, rules and windows."""
    fields = (field for field in (*_ABOUT, *_ASKED) if names_holder or field != "holder")
    found = ((field, getattr(command.do, field, None)) for field in fields)
    told = " ".join(f"{field}={_word(value)}" for field, value in found if value is not None)
    return told if len(told) <= MOST_WORDS else told[: MOST_WORDS - 1] + "…"


def _word(value: object) -> object:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ";".join(str(_word(each)) for each in value)
        case WindowRow():
            return f"{','.join(value.days)}/{value.start}-{value.end}"
        case FactorTime():
            return f"{value.schedule}:{value.factor}"
        case ModeTime():
            return f"{value.schedule}:{value.mode}"
    return value


def was_approved(admin: str, command: str) -> Statement:
    """Remember that a command that waited was carried out by the change of this transaction."""
    return _APPROVED, (admin, command)


def was_refused(admin: str, command: str, reason: str) -> Statement:
    """Remember that a command that waited was refused after all."""
    return f"{_REFUSED} AND command = ?", (reason, admin, command)


def all_were_refused(admin: str, reason: str) -> Statement:
    """Remember that all that waited in an admin's name was refused."""
    return _REFUSED, (reason, admin)


def fate_of(connection: sqlite3.Connection, beginning: str) -> tuple[str, str] | None:
    """Return verdict and reason of the newest command that has waited, of those whose id begins so."""
    fate: tuple[str, str] | None = connection.execute(_FATE, (beginning, beginning)).fetchone()
    return fate


def check_grant_rate(connection: sqlite3.Connection, admin: str, *, more: int, most: int, at: int) -> None:
    """Refuse more grants within an hour than an admin may give: ``too-many-grants``."""
    (given,) = connection.execute(
        "SELECT coalesce(sum(grants), 0) FROM given_commands WHERE admin = ? AND at > ?", (admin, at - HOUR_SECONDS)
    ).fetchone()
    if more and given + more > most:
        raise Refused(
            "too-many-grants",
            f"{given} within the last hour and {more} now would be more than {most}: wait, or ask an officer",
        )


def cards_asked_about(private: Private | None) -> int:
    """Return how many card numbers a question's private part holds."""
    return 0 if private is None else len(private.cards) + bool(private.card)


def check_card_rate(connection: sqlite3.Connection, command: Command, *, more: int, most: int, at: int) -> None:
    """Refuse to tell about more card numbers within an hour: ``too-many-cards``; a repeat asks for nothing more."""
    (asked,) = connection.execute(
        f"SELECT coalesce(sum(CAST(substr(about, {len(_CARDS) + 1}) AS INTEGER)), 0) FROM given_commands "  # noqa: S608
        "WHERE admin = ? AND at > ? AND command != ? AND about LIKE ?",
        (command.admin, at - HOUR_SECONDS, command.id, f"{_CARDS}%"),
    ).fetchone()
    if asked + more > most:
        raise Refused("too-many-cards", f"{asked} cards asked about within the last hour; {most} may be: wait")


def check_refusal_rate(connection: sqlite3.Connection, admin: str, *, at: int) -> None:
    """Refuse to remember more of an admin's refused commands within an hour: ``too-many-refused``."""
    if given_in_an_hour(connection, admin, "verdict", Verdict.REFUSED, at=at) >= MAX_REFUSED:
        raise Refused("too-many-refused", f"{MAX_REFUSED} commands were refused within the last hour")


def forget_given(connection: sqlite3.Connection, *, at: int) -> None:
    """Drop what was given too long ago."""
    connection.execute("DELETE FROM given_commands WHERE at < ?", (at - KEPT_SECONDS,))


def given_in_an_hour(
    connection: sqlite3.Connection, admin: str, column: Literal["reason", "verb", "verdict"], word: str, *, at: int
) -> int:
    """Count an admin's commands of the last hour that have this verb, verdict or reason."""
    (count,) = connection.execute(
        f"SELECT count(*) FROM given_commands WHERE admin = ? AND at > ? AND {column} = ?",  # noqa: S608 - our own words
        (admin, at - HOUR_SECONDS, word),
    ).fetchone()
    return int(count)


def last_accepted(connection: sqlite3.Connection, verb: str, *, after: int) -> int | None:
    """Return when a command of this verb was accepted last, None if that is not after a time."""
    (last,) = connection.execute(
        "SELECT max(at) FROM given_commands WHERE verb = ? AND verdict = 'accepted' AND at > ?", (verb, after)
    ).fetchone()
    return None if last is None else int(last)
