"""Commands that wait for a second admin: kept as they were signed, until somebody decides or their time is over."""

import hashlib
import sqlite3
from dataclasses import dataclass

import msgspec

from doorctl.errors import Refused
from doorctl.hub.given_commands import fate_of, was_refused
from doorctl.hub.verbs.asked import Statement
from doorctl.keys.identity import admin_key_name
from doorctl.trust.note import AdminKeys
from doorctl.wire.commands import Command
from doorctl.wire.messages import from_text
from doorctl.wire.notes import Verifier, open_note, text_of

MAX_WAITING = 1000
EXPIRED = "approval-expired"

WHOM = ("holder", "escort", "sponsor", "host", "delegate")
"""By which words a command names holders."""
_COLUMNS = "id, admin, asked_at, expires, zones, note"


@dataclass(frozen=True, slots=True)
class Request:
    """A command that waits: who asked for it when, until when it can be decided, and for which zones it waits."""

    id: str
    admin: str
    asked_at: int
    expires: int
    zones: tuple[str, ...]
    note: str

    @property
    def sha256(self) -> str:
        """What an approval names it by, besides its id: nothing else can take its place."""
        return hashlib.sha256(self.note.encode()).hexdigest()

    def command(self, site: str) -> Command:
        """Return what the admin signed: it was verified when it came."""
        return from_text(text_of(self.note.encode()), Command, site=site)

    def is_about(self, holder: str, *, site: str) -> bool:
        """Tell whether it names a holder, in whichever part."""
        do = self.command(site).do
        return holder in (getattr(do, name, None) for name in WHOM)

    def check_signed_by(self, admin: AdminKeys) -> None:
        """Check it against the keys that the admin has today. Raises Refused ``not-allowed``."""
        try:
            open_note(self.note.encode(), [Verifier(admin_key_name(admin.id), admin.sign)])
        except Refused as error:
            raise Refused("not-allowed", f"{admin.id} has other keys than when this was asked: refuse it") from error


def keep_request(connection: sqlite3.Connection, request: Request) -> None:
    """Let a command wait. Raises Refused: ``request-exists``, ``too-many-requests``."""
    (waiting,) = connection.execute("SELECT count(*) FROM waiting_requests").fetchone()
    if waiting >= MAX_WAITING:
        raise Refused("too-many-requests", f"{waiting} commands wait already: decide them with `doorctl approvals`")
    try:
        connection.execute(
            f"INSERT INTO waiting_requests ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own names
            (
                request.id,
                request.admin,
                request.asked_at,
                request.expires,
                msgspec.json.encode(request.zones).decode(),
                request.note,
            ),
        )
    except sqlite3.IntegrityError as error:
        raise Refused("request-exists", "a command of this id waits already: give yours again") from error


def waiting_requests(connection: sqlite3.Connection, *, at: int) -> list[Request]:
    """Return what waits now, the oldest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM waiting_requests WHERE expires > ? ORDER BY asked_at, id",  # noqa: S608
        (at,),
    )
    return [_request(row) for row in rows]


def requests_called(connection: sqlite3.Connection, beginning: str, *, at: int) -> list[Request]:
    """Return what waits under ids that begin so, by the whole id one.

    Raises Refused when nothing does: ``request-decided``, ``request-expired``, ``unknown-request``.
    """
    found = [request for request in waiting_requests(connection, at=at) if request.id.startswith(beginning)]
    if not found:
        raise _refusal(fate_of(connection, beginning))
    return found


def drop_expired(connection: sqlite3.Connection, *, at: int) -> list[Request]:
    """Refuse what waited for too long, in the memory of commands too, and return it; in the caller's transaction."""
    expired = [
        _request(row)
        for row in connection.execute(f"SELECT {_COLUMNS} FROM waiting_requests WHERE expires <= ?", (at,))  # noqa: S608
    ]
    for request in expired:
        connection.execute(*was_refused(request.admin, request.id, EXPIRED))
        connection.execute(*drop_request(request.id))
    return expired


def drop_request(id_: str) -> Statement:
    """Let a command wait no more."""
    return "DELETE FROM waiting_requests WHERE id = ?", (id_,)


def drop_requests_of(admin: str) -> Statement:
    """Let nothing wait in an admin's name."""
    return "DELETE FROM waiting_requests WHERE admin = ?", (admin,)


def _refusal(fate: tuple[str, str] | None) -> Refused:
    """Say why a command waits no longer, by its verdict and reason in the memory of commands."""
    match fate:
        case None:
            told = "no command that waits begins with this: `doorctl approvals` shows what waits"
            return Refused("unknown-request", told)
        case ("approved", _):
            return Refused("request-decided", "it was approved already")
        case (_, "refused-by-admin"):
            return Refused("request-decided", "it was refused, or taken back, already")
        case (_, "admin-suspended"):
            return Refused("request-decided", "it was dropped when its admin was suspended")
    return Refused("request-expired", "its time was over before it was decided: who asked for it can ask again")


def _request(row: tuple[str, str, int, int, str, str]) -> Request:
    id_, admin, asked_at, expires, zones, note = row
    return Request(id_, admin, asked_at, expires, tuple(msgspec.json.decode(zones)), note)
