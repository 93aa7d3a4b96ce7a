"""Packing the logs of site.db into a .doorlog: whole, a range of times, or single records (docs/audit-log.md, 8)."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from doorctl.audit import verify_doorlog
from doorctl.audit.checkpoint import HUB_LOG
from doorctl.audit.doorlog import DoorlogWriter
from doorctl.hub.exports.logs import ExportedLog, Stretch
from doorctl.hub.exports.older import Older
from doorctl.hub.exports.record_filter import Values
from doorctl.hub.exports.rows import Begun
from doorctl.hub.log_store import LogId
from doorctl.hub.retention import dropped_notes
from doorctl.hub.trust_history import held_notes
from doorctl.trust.note import Trust
from doorctl.trust.verify import SignedTrust, rank
from doorctl.wire.messages import from_text
from doorctl.wire.notes import Signer, text_of

_TIMES = frozenset({"since", "until"})
_HOLDER = "holder:"
_HEADS = """
SELECT controller, log_epoch, size, checkpoint FROM export_heads WHERE export = ?
ORDER BY controller = ?, controller, log_epoch
"""
_EARLIER = """
SELECT DISTINCT size FROM export_heads WHERE controller = ? AND log_epoch = ?
"""
_PERSON = "SELECT holder, handle, name FROM people WHERE holder = ?"
_README = """\
The entry log of {site}, as the hub had it: an exported proof (.doorlog), made for {admin}.

Check it with the site's public root keys, which you have from the site itself and not from this file, a --key for
each:

    doorctl audit verify FILE --key KEY
    python3 verify_doorlog.py FILE --key KEY

The second needs Python 3.11 and its package cryptography alone. Take verify_doorlog.py from a source that you trust,
not from the file that you doubt. The copy that is in this file comes out by:

    sed -n '/^section verify_doorlog.py /,/^section /p' FILE | sed '1d;$d' | sed '$d' > verify_doorlog.py

Add --since-export OLDFILE to see that this file goes on from an older one. What each section is, docs/audit-log.md of
doorctl tells.
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What goes into a proof: of which site, for which export, which records, and whether openings and names.

    Beside the newest exports it goes on from this ``older`` one.
    """

    site: str
    begun: Begun
    values: Values
    with_openings: bool = False
    with_names: bool = False
    older: Older | None = None

    @property
    def shape(self) -> str:
        """How much of each log it has."""
        return "whole" if not self.values else "range" if self.values.keys() <= _TIMES else "filtered"


@dataclass(slots=True)
class Packing:
    """Packs one export. Raises sqlite3.Error, OSError and ExportStopped."""

    connection: sqlite3.Connection
    wanted: Wanted
    writer: DoorlogWriter
    tell: Callable[[int], None] = lambda _: None
    _holders: set[str] = field(default_factory=set)

    def pack(self, signer: Signer) -> int:
        """Write the file, the index signed by this key of the hub's; return how many records are in it."""
        wanted, notes = self.wanted, list(rising_trust(self.connection, self.wanted.site))
        held = list(self._logs())
        if wanted.older is not None:
            wanted.older.require_that_it_fits(held, made_at=wanted.begun.at)
        self.writer.add("readme.txt", _README.format(site=wanted.site, admin=wanted.begun.admin).encode())
        self.writer.add("verify_doorlog.py", Path(verify_doorlog.__file__).read_bytes())
        for signed in notes:
            self.writer.add(f"trust/{signed.trust.version}", signed.note)
        logs = [self._pack_log(log) for log in held]
        if wanted.with_names:
            self._write_people()
        index = {"site": wanted.site, "id": wanted.begun.id, "made_at": wanted.begun.at, "admin": wanted.begun.admin}
        index |= {"filter": wanted.values, "shape": wanted.shape, "logs": logs}
        self.writer.finish({**index, "silent": _silent(notes, {each["log"] for each in logs})}, signer)
        return sum(int(each["count"]) for each in logs)

    def _logs(self) -> Iterator[ExportedLog]:
        """Yield the controllers' logs by name and epoch, and the hub's own last."""
        for controller, log_epoch, size, checkpoint in self.connection.execute(
            _HEADS, (self.wanted.begun.id, HUB_LOG)
        ):
            yield ExportedLog(self.connection, LogId(controller, log_epoch), size=size, checkpoint=bytes(checkpoint))

    def _pack_log(self, log: ExportedLog) -> dict[str, str | int]:
        stretch, place = self._stretch_of(log), f"log/{log.log.controller}/{log.log.log_epoch}"
        self.writer.add(f"{place}/checkpoint", log.checkpoint)
        with self.writer.section(f"{place}/leaves") as section:
            for leaves in log.leaves(stretch):
                section.write_lines(leaves)
                self.tell(len(leaves))
        if stretch.numbers is None:
            self.writer.add_hashes(f"{place}/before", log.before(stretch))
            self.writer.add_hashes(f"{place}/after", log.after(stretch))
            self._write_dropped(place, log, stretch)
        else:
            with self.writer.section(f"{place}/proofs") as section:
                for proof in log.proofs(stretch):
                    section.write(proof + b"\n")
        for size in self._earlier_sizes(log):
            self.writer.add_hashes(f"{place}/since/{size}", log.since(size))
        if self.wanted.with_openings or self.wanted.with_names:
            self._write_openings(place, log, stretch)
        return {
            "log": log.log.controller,
            "epoch": log.log.log_epoch,
            "size": log.size,
            "first": stretch.first,
            "count": stretch.count,
        }

    def _earlier_sizes(self, log: ExportedLog) -> list[int]:
        rows = self.connection.execute(_EARLIER, (log.log.controller, log.log.log_epoch)).fetchall()
        older = self.wanted.older.sizes_of(log.log) if self.wanted.older else frozenset[int]()
        return sorted(size for size in {*(size for (size,) in rows), *older} if 0 < size < log.size)

    def _write_dropped(self, place: str, log: ExportedLog, stretch: Stretch) -> None:
        notes = dropped_notes(self.connection, log.log, before=stretch.first)
        if notes:
            self.writer.add(f"{place}/dropped", b"".join(note + b"\n" for note in notes))

    def _stretch_of(self, log: ExportedLog) -> Stretch:
        values = self.wanted.values
        match self.wanted.shape:
            case "whole":
                return log.whole()
            case "range":
                times = (values.get("since"), values.get("until"))
                return log.range(*(None if time is None else int(time) for time in times))
        return log.filtered(values)

    def _write_openings(self, place: str, log: ExportedLog, stretch: Stretch) -> None:
        with self.writer.section(f"{place}/openings") as section:
            for line, subject in log.openings(stretch, with_persons=self.wanted.with_names):
                section.write(line + b"\n")
                if subject.startswith(_HOLDER):
                    self._holders.add(subject.removeprefix(_HOLDER))

    def _write_people(self) -> None:
        """Name those alone whom openings in the file speak of."""
        with self.writer.section("people") as section:
            for holder in sorted(self._holders):
                for found in self.connection.execute(_PERSON, (holder,)):
                    person = dict(zip(("holder", "handle", "name"), found, strict=True))
                    section.write(msgspec.json.encode(person) + b"\n")


def rising_trust(connection: sqlite3.Connection, site: str) -> Iterator[SignedTrust]:
    """Yield the trust that the hub has held, the oldest first; a note that is signed once more counts once."""
    newest: tuple[int, int] | None = None
    for _, note in held_notes(connection):
        trust = from_text(text_of(note), Trust, site=site)
        if newest is None or rank(trust) > newest:
            newest = rank(trust)
            yield SignedTrust(note, trust)


def _silent(notes: list[SignedTrust], there: set[str | int]) -> list[dict[str, str]]:
    """Name the controllers of any trust from which nothing is held."""
    named = {controller.id for signed in notes for controller in signed.trust.controllers}
    return [{"log": each, "why": "the hub has never had a record of it"} for each in sorted(named - there)]
