"""Verify a .doorlog, the exported proof of a doorctl site's records, with nothing but the site's public root key.

    python3 verify_doorlog.py FILE --key KEY [--since-export OLDFILE] [--anchor HEADS] [--max-age 7d] [--at DATE]
        [--least-trust N] [--fast] [--json]

The format, and the steps of verifying it, are specified in doorctl's docs/audit-log.md, sections 8 to 10.
This file stands alone: Python 3.11, its standard library and ``cryptography``. It is longer than any file of ours may
be, and shares no code with what it verifies, so that an auditor can read in one place all that a verdict rests on.
"""

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import groupby, pairwise
from operator import lt
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HUB = "hub"
DAY_SECONDS = 86_400
DEFAULT_AGE_SECONDS = 7 * DAY_SECONDS
FUTURE_SECONDS = 300
SILENT_SECONDS = 3600
OWN_SECONDS = 25 * 3600
"""An idle controller writes of the hub's log after a day at the latest, while that grows."""
TRUSTED_CLOCKS = frozenset({"synchronized", "confirmed"})
SEGMENT_RECORDS = 4096
"""What retention drops at once."""
_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799
"""Of the years 1 and 9999."""
_EARLIEST = 946_684_800
"""The year 2000: a clock that says less was never set."""
_BLOCK_BYTES = 1 << 17
_MOST_LINE_BYTES = 1 << 23
_MOST_BYTES = 1 << 26
"""What is read as a whole: the index, notes, hashes. Leaves, openings, proofs and people are streamed."""
_SHAPES = ("whole", "range", "filtered")
_LOG_PARTS = frozenset({"checkpoint", "leaves", "before", "after", "proofs", "dropped", "openings"})

T = TypeVar("T")
Key = tuple[str, bytes]
"""A key's name in signatures, and the public key."""


# ---- What is said at the end


@dataclass(frozen=True, slots=True)
class Place:
    """Records of one log: from the first to the last, both included."""

    log: str
    epoch: int
    first: int
    last: int

    def __str__(self) -> str:
        """Name them for a person."""
        numbers = f"record {self.first}" if self.first == self.last else f"records {self.first} to {self.last}"
        return f"{numbers} of {self.log}/{self.epoch}"


@dataclass(slots=True)
class Verdict:
    """Whether the file is whole; what that proves and what it does not; or which step failed, why, and where."""

    whole: bool = False
    site: str = ""
    made_at: int | None = None
    records: int = 0
    proven: list[str] = field(default_factory=list)
    not_proven: list[str] = field(default_factory=list)
    step: str = ""
    failure: str = ""
    first_bad: Place | None = None


class NotWhole(Exception):
    """A step failed."""

    def __init__(self, step: str, text: str, place: Place | None = None) -> None:
        """Keep which, why and where."""
        super().__init__(text)
        self.step, self.text, self.place = step, text, place


class WrongUse(Exception):
    """Nothing was judged: a file cannot be read, or the question makes no sense."""


def _require(holds: T | None, step: str, text: str, place: Place | None = None) -> T:
    """Return what holds, or else refuse."""
    if not holds:
        raise NotWhole(step, text, place)
    return holds


# ---- JSON, strictly


def _json(data: bytes | str, what: str) -> dict[str, Any]:
    """Read one object in which no field stands twice."""
    try:
        text = data.decode() if isinstance(data, bytes) else data  # json.loads reads bytes as UTF-16, too
        found = json.loads(text, object_pairs_hook=_no_field_twice, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise NotWhole("container", f"{what} is not strict JSON: {error}") from error
    _require(isinstance(found, dict), "container", f"{what} is not a JSON object")
    return dict(found)


def _no_field_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _get(found: object, name: str, kind: type[T], default: T | None = None) -> T:
    value = found.get(name, default) if isinstance(found, dict) else None
    if type(value) is not kind or (isinstance(value, int) and not 0 <= value <= 2**53):
        raise NotWhole("container", f"the field {name!r} is missing, or not what it must be")
    return value


def _hashes(lines: Sequence[object], what: str) -> list[bytes]:
    texts = [line for line in lines if isinstance(line, str) and re.fullmatch("[0-9a-f]{64}", line)]
    _require(len(texts) == len(lines), "container", f"{what} are not hashes")
    return [bytes.fromhex(line) for line in texts]


def _base64(text: bytes, what: str) -> bytes:
    """Decode the one spelling that base64 has for these bytes."""
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        raw = b""
    _require(raw and base64.b64encode(raw) == text, "container", f"{what} is not strict base64")
    return raw


def _public_key(text: object) -> bytes:
    raw = _base64(text.encode(), "a public key") if isinstance(text, str) else b""
    _require(len(raw) == 32, "trust", "a public key has not 32 bytes")
    return raw


# ---- Signed notes (C2SP signed-note) and cosignatures (C2SP tlog-cosignature)


@dataclass(frozen=True, slots=True)
class Note:
    """A note's text, which keys signed it, when it was last cosigned, and how many signatures are unknown."""

    text: bytes
    signers: frozenset[Key]
    cosigned_at: int | None
    unknown: int


def _read_note(note: bytes, keys: Iterable[Key], step: str, what: str) -> Note:
    """Check every signature by one of these keys; one that does not fit fails the step."""
    text, separator, lines = note.rpartition(b"\n\n")
    _require(separator and lines.endswith(b"\n"), step, f"{what} is not a signed note")
    text += b"\n"
    known = {
        (name, _key_hash(name, key, kind)): (kind, (name, key))
        for name, key in keys
        for kind in ((1, 4) if name.startswith("hub.") else (1,))
    }
    signers, times, unknown = set(), [], 0
    for line in lines[:-1].split(b"\n"):
        name, raw = _signature(line, what)
        kind, key = known.get((name, raw[:4]), (0, ("", b"")))
        if kind == 1:
            _require(_fits(key[1], raw[4:], text), step, f"the signature of {name} does not fit {what}")
            signers.add(key)
        elif kind == 4:
            times.append(at := int.from_bytes(raw[4:12], "big"))
            cosigned = b"cosignature/v1\ntime %d\n%b" % (at, text)
            fits = at < 2**63 and _fits(key[1], raw[12:], cosigned)
            _require(fits, step, f"the cosignature of {name} does not fit {what}")
        unknown += not kind
    return Note(text, frozenset(signers), max(times, default=None), unknown)


def _signature(line: bytes, what: str) -> tuple[str, bytes]:
    found = re.fullmatch(rb"\xe2\x80\x94 ([!-~]+) ([!-~]+)", line)
    match = _require(found, "container", f"a signature line of {what} is malformed")
    return match[1].decode(), _base64(match[2], f"a signature of {what}")


def _key_hash(name: str, key: bytes, kind: int) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + key).digest()[:4]


def _fits(key: bytes, signature: bytes, text: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _notes_in(data: bytes) -> list[bytes]:
    """Part notes that stand one after the other, each with an empty line behind it; none if they do not."""
    *parts, rest = data.split(b"\n\n")
    pairs = zip(parts[::2], parts[1::2], strict=False)
    return [] if rest or len(parts) % 2 else [text + b"\n\n" + lines + b"\n" for text, lines in pairs]


def _said(text: bytes, kind: str, site: str) -> dict[str, Any]:
    """Read the two lines of a note of ours."""
    lines = text.split(b"\n")
    is_ours = len(lines) == 3 and lines[0] == b"doorctl/v1/" + kind.encode() and not lines[2]
    _require(is_ours, "container", f"a note is not doorctl/v1/{kind}")
    said = _json(lines[1], f"the {kind} note")
    _require(said.get("site") == site, "container", f"the {kind} note is of another site")
    return said


# ---- The container


class Container:
    """The sections of a file, by name; raises NotWhole unless they make it up to the last byte."""

    def __init__(self, file: BinaryIO) -> None:
        """Find where each section lies."""
        self._file = file
        self.sections: dict[str, tuple[int, int]] = {}
        _require(file.readline(64) == b"doorlog/1\n", "container", "this is no doorlog of version 1")
        while "index" not in self.sections:
            found = re.fullmatch(rb"section ([!-~]{1,200}) (0|[1-9][0-9]{0,17})\n", file.readline(256))
            header = _require(found, "container", "a section's header is malformed, or the file is cut off")
            name, length = header[1].decode(), int(header[2])
            _require(name not in self.sections, "container", f"the section {name} stands twice")
            self.sections[name] = (file.tell(), length)
            file.seek(length, 1)
            _require(file.read(1) == b"\n", "container", f"the section {name} is cut off, or longer than it says")
        _require(file.read(1) == b"", "container", "something stands behind the index")

    def read(self, name: str) -> bytes:
        """Return a small section; one that is missing is empty."""
        start, length = self.sections.get(name, (0, 0))
        _require(length <= _MOST_BYTES, "container", f"the section {name} is too large")
        self._file.seek(start)
        return self._file.read(length)

    def hashes(self, name: str) -> list[bytes]:
        """Read a section of hashes, one in hex a line."""
        text = self.read(name)
        _require(not text or text.endswith(b"\n"), "container", f"the section {name} does not end with a line")
        return _hashes(text.decode("ascii", "replace").split("\n")[:-1], f"lines of {name}")

    def blocks(self, name: str) -> Iterator[bytes]:
        """Yield a section of lines in pieces of whole lines; flat in memory."""
        start, length = self.sections.get(name, (0, 0))
        end = start + length
        while start < end:
            block = self._whole_lines(start, end)
            _require(block, "container", f"the section {name} has a line without an end, or one that is too long")
            yield block
            start += len(block)

    def _whole_lines(self, start: int, end: int) -> bytes:
        """Read a block of whole lines, a larger one only where the first is longer; empty where none has an end."""
        for size in (_BLOCK_BYTES, _MOST_LINE_BYTES):
            self._file.seek(start)
            block = self._file.read(min(size, end - start))
            if whole := block[: block.rfind(b"\n") + 1]:
                return whole
        return b""

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield a section's lines without their ends."""
        for block in self.blocks(name):
            yield from block[:-1].split(b"\n")

    def sha256(self, name: str) -> str:
        """Hash a section of any size."""
        start, length = self.sections[name]
        digest = hashlib.sha256()
        for at in range(start, start + length, _BLOCK_BYTES):
            self._file.seek(at)
            digest.update(self._file.read(min(_BLOCK_BYTES, start + length - at)))
        return digest.hexdigest()


# ---- Step 2: trust


@dataclass(slots=True)
class Trust:
    """What all trust notes together name, and officers by version; the hub and rank of the newest."""

    logs: dict[str, set[Key]] = field(default_factory=dict)
    hub: set[Key] = field(default_factory=set)
    officers: set[Key] = field(default_factory=set)
    officers_of: dict[int, set[Key]] = field(default_factory=dict)
    newest_hub: Key = ("", b"")
    rank: tuple[int, int] = (-1, -1)
    root_changes: list[str] = field(default_factory=list)
    versions: list[int] = field(default_factory=list)

    def keys_of(self, log: str) -> set[Key]:
        """Return what may sign the checkpoints of a log."""
        return self.hub if log == HUB else self.logs.get(log, set())


def _read_trust(container: Container, site: str, pinned: Sequence[bytes]) -> Trust:
    trust = Trust()
    for name in container.sections:
        if name.startswith("trust/"):
            _add_trust(trust, container.read(name), site=site, pinned=pinned, what=name)
    _require(trust.versions, "trust", "the file holds no trust")
    return trust


def _add_trust(trust: Trust, note: bytes, *, site: str, pinned: Sequence[bytes], what: str) -> None:
    said = _said(note.rpartition(b"\n\n")[0] + b"\n", "trust", site)
    changes = _get(said, "root_changes", list, [])
    roots = _roots(said, changes, site=site, pinned=pinned, what=what)
    signers = _read_note(note, [(f"root.{site}", key) for key in roots], "trust", what).signers
    text = f"{what} is signed by no root that the key leads to: give every key of the root, and of one before it"
    _require(signers, "trust", text)
    rank = len(changes), _get(said, "version", int)
    _require(rank > trust.rank, "trust", f"{what} is not newer than the trust before it")
    _require(changes[: len(trust.root_changes)] == trust.root_changes, "trust", f"{what} tells other changes of root")
    hub = _get(said, "hub", dict)
    trust.newest_hub = f"hub.{site}", _public_key(hub.get("sign"))
    trust.hub |= {trust.newest_hub, *((f"hub.{site}", _public_key(key)) for key in _get(hub, "former", list, []))}
    for each in _get(said, "controllers", list, []):
        log = _get(each, "id", str)
        trust.logs.setdefault(log, set()).add((f"log.{log}", _public_key(each.get("log"))))
    trust.officers_of[rank[1]] = {
        (f"admin.{_get(each, 'id', str)}", _public_key(each.get("sign")))
        for each in _get(said, "admins", list, [])
        if "officer" in _get(each, "roles", list, [])
    }
    trust.officers |= trust.officers_of[rank[1]]
    trust.rank, trust.root_changes = rank, changes
    trust.versions.append(rank[1])


def _roots(said: dict[str, Any], changes: list[Any], *, site: str, pinned: Sequence[bytes], what: str) -> list[bytes]:
    """Walk from the pinned keys to the root of this note; each change is signed by the roots before and after it."""
    roots, has_begun, named = list(pinned), False, None
    for number, note in enumerate(changes, start=1):
        data = str(note).encode()
        change = _said(data.rpartition(b"\n\n")[0] + b"\n", "root-change", site)
        _require(change.get("number") == number, "trust", f"{what} tells its changes of root out of order")
        named = _get(change, "roots", list)
        after = [_public_key(key) for key in named]
        if _is_signed(data, site, roots):
            is_taken = _is_signed(data, site, after)
            _require(is_taken, "trust", f"change {number} of {what} lacks the new root's signature")
            roots, has_begun = after, True
        else:
            _require(not has_begun, "trust", f"change {number} of {what} lacks the signature of the root before it")
    _require(not changes or said.get("roots") == named, "trust", f"{what} names another root than its last change")
    return roots


def _is_signed(note: bytes, site: str, keys: Iterable[bytes]) -> bool:
    return bool(_read_note(note, [(f"root.{site}", key) for key in keys], "trust", "a change of root").signers)


# ---- Steps 1 and 3: the index and the checkpoints


@dataclass(frozen=True, slots=True)
class Entry:
    """One epoch of one log: its checkpoint, which leaves of it are in the file, and when the hub last cosigned it."""

    log: str
    epoch: int
    size: int
    root: bytes
    first: int
    count: int
    cosigned_at: int | None

    @property
    def end(self) -> int:
        """The number behind the last leaf."""
        return self.first + self.count

    @property
    def of(self) -> tuple[str, int]:
        """Which log it is, and which epoch of it."""
        return self.log, self.epoch

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.log}/{self.epoch}"

    def section(self, part: str) -> str:
        """Name one of its sections."""
        return f"log/{self.name}/{part}"

    def at(self, first: int, last: int | None = None) -> Place:
        """Name records of it."""
        return Place(self.log, self.epoch, first, max(first, first if last is None else last))


@dataclass(frozen=True, slots=True)
class Export:
    """A file whose index, trust and checkpoints are as they must be."""

    container: Container
    index: dict[str, Any]
    site: str
    made_at: int
    shape: str
    trust: Trust
    logs: dict[tuple[str, int], Entry]


def _open_export(file: BinaryIO, pinned: Sequence[bytes]) -> Export:
    container = Container(file)
    note = container.read("index")
    site = str(_json(note.split(b"\n")[1] if b"\n" in note else b"", "the index").get("site"))
    trust = _read_trust(container, site, pinned)
    opened = _read_note(note, [trust.newest_hub], "container", "the index")
    is_signed = opened.signers and not opened.unknown
    _require(is_signed, "container", "the index is not signed by the newest trust's hub alone")
    index = _said(opened.text, "doorlog", site)
    made_at, shape = _get(index, "made_at", int), _get(index, "shape", str)
    _require(shape in _SHAPES, "container", f"the shape {shape!r} is unknown: a newer verifier is needed")
    is_all = shape != "whole" or not any(value is not None for value in _get(index, "filter", dict, {}).values())
    _require(is_all, "container", "a whole export has no filter")
    listed = [(_get(each, "name", str), _get(each, "length", int)) for each in _get(index, "sections", list)]
    there = [(name, length) for name, (_, length) in container.sections.items()]
    _require(listed == there[:-1], "container", "the sections are not those that the index lists")
    entries = [
        _read_entry(container, each, trust=trust, site=site, made_at=made_at) for each in _get(index, "logs", list)
    ]
    logs = {entry.of: entry for entry in entries}
    _require(len(logs) == len(entries), "container", "a log stands twice in the index")
    _require_every_section_is_used(container, logs)
    return Export(container, index, site, made_at, shape, trust, logs)


def _read_entry(container: Container, found: dict[str, Any], *, trust: Trust, site: str, made_at: int) -> Entry:
    log, epoch, size = _get(found, "log", str), _get(found, "epoch", int), _get(found, "size", int)
    first, count, what = _get(found, "first", int), _get(found, "count", int), f"the checkpoint of {log}/{epoch}"
    _require(re.fullmatch("[a-z0-9-]{1,32}", log), "container", f"a log is called {log!r}")
    own = trust.keys_of(log)
    opened = _read_note(container.read(f"log/{log}/{epoch}/checkpoint"), own | trust.hub, "checkpoints", what)
    lines = opened.text.decode("utf-8", "replace").split("\n")
    fits = len(lines) == 4 and lines[:2] == [f"doorctl/{site}/{log}/{epoch}", str(size)] and not lines[3]
    _require(fits, "checkpoints", f"{what} is of another site, log, epoch or size than the index says")
    _require(opened.signers & own, "checkpoints", f"{what} is not signed by a key of that log")
    _require(not opened.unknown, "checkpoints", f"{what} has a signature by a key that trust does not name")
    _require((opened.cosigned_at or 0) <= made_at, "checkpoints", f"{what} was cosigned after the file was made")
    root = _base64(lines[2].encode(), "a root")
    _require(len(root) == 32 and first + count <= size, "checkpoints", f"{what} does not fit what the index says")
    return Entry(log, epoch, size, root, first, count, opened.cosigned_at)


def _require_every_section_is_used(container: Container, logs: dict[tuple[str, int], Entry]) -> None:
    """No leaves may lie in the file that look proven and are not."""
    for name in container.sections:
        match = re.fullmatch(r"log/([a-z0-9-]+)/(0|[1-9][0-9]*)/([a-z]+|since/[0-9]+)", name)
        is_named = match and (match[1], int(match[2])) in logs and (match[3] in _LOG_PARTS or "/" in match[3])
        _require(is_named or not name.startswith("log/"), "container", f"the section {name} belongs to no log")


def _check_digests(export: Export, *, with_leaves: bool) -> None:
    for each in _get(export.index, "sections", list):
        name = _get(each, "name", str)
        if with_leaves or not re.fullmatch(r"log/.*/leaves", name):
            fits = export.container.sha256(name) == each.get("sha256")
            _require(fits, "container", f"the section {name} was changed after the hub had signed the index")


# ---- The Merkle tree (RFC 6962; proofs by RFC 9162, sections 2.1.3.2 and 2.1.4.2)


class Tree:
    """A growing tree: its size, and the roots of the perfect subtrees that make it up, the largest first."""

    def __init__(self, size: int, frontier: Sequence[bytes]) -> None:
        """Begin with what stands before the first leaf."""
        self.size, self._frontier = size, list(frontier)
        _require(len(frontier) == size.bit_count(), "records", f"no tree of {size} records has such a frontier")

    @property
    def root(self) -> bytes:
        """The hash of all leaves."""
        if not self._frontier:
            return hashlib.sha256(b"").digest()
        root = self._frontier[-1]
        for left in self._frontier[-2::-1]:
            root = _node(left, root)
        return root

    def grow(self, hashes: list[bytes], sha256: Callable[[bytes], Any] = hashlib.sha256) -> None:
        """Append leaves, by their hashes; level by level, because that is fast."""
        held, frontier, position = self._frontier, [], self.size
        self.size += len(hashes)
        while hashes:
            if position & 1:
                hashes = [held.pop(), *hashes]
            if len(hashes) & 1:
                frontier.append(hashes[-1])
            hashes = [sha256(b"\x01" + left + right).digest() for left, right in zip(hashes[::2], hashes[1::2])]  # noqa: B905
            position >>= 1
        self._frontier = held + frontier[::-1]

    def complete(self, size: int, subtrees: Sequence[bytes]) -> None:
        """Append the perfect subtrees that follow, from left to right."""
        for root in subtrees:
            room = size - self.size
            _require(room > 0, "records", "more subtrees follow than the checkpoint has records")
            level = min(room.bit_length() - 1, (self.size & -self.size).bit_length() - 1 if self.size else room)
            position, root_now = self.size >> level, root
            while position & 1:
                root_now, position = _node(self._frontier.pop(), root_now), position >> 1
            self._frontier.append(root_now)
            self.size += 1 << level


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _includes(leaf: bytes, proof: Sequence[bytes], *, number: int, size: int, root: bytes) -> bool:
    here, last, found = number, size - 1, leaf
    for other in proof:
        if not last:
            return False
        if here & 1 or here == last:
            found = _node(other, found)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found = _node(found, other)
        here, last = here >> 1, last >> 1
    return number < size and not last and found == root


def _follows(proof: Sequence[bytes], *, old: int, old_root: bytes, size: int, root: bytes) -> bool:
    """For trees of different sizes, the older one not empty."""
    hashes = [*proof] if old & (old - 1) else [old_root, *proof]
    if not proof:
        return False
    here, last = old - 1, size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    found_old = found = hashes[0]
    for other in hashes[1:]:
        if not last:
            return False
        if here & 1 or here == last:
            found_old, found = _node(other, found_old), _node(other, found)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found = _node(found, other)
        here, last = here >> 1, last >> 1
    return not last and found_old == old_root and found == root


# ---- Step 4: leaves, in their places

_PLAIN = bytes({*b"\n", *range(0x20, 0x7F)} - {*b"\\"})
"""Bytes of which every text in quotes is strict JSON: so a pattern need not look at each of them."""
_TEXT, _NUMBER = rb'"[^"]*+"', rb"(?:0|[1-9][0-9]{0,15}+)"
_POLICY = rb'\{"epoch":%b,"revision":%b(?:,"age_seconds":%b(?:\.[0-9]+)?)?\}' % (_NUMBER, _NUMBER, _NUMBER)
_PULSE = rb'\{"width":\[%b,%b\],"interval":\[%b,%b\]\}' % (_NUMBER, _NUMBER, _NUMBER, _NUMBER)
_SIGNATURE = rb"[A-Za-z0-9+/]{90}[AEIMQUYcgkosw048]="
"""The one base64 of 68 bytes: a key hash and an Ed25519 signature."""
_TREE = (
    rb'\{"log":"([a-z0-9-]{1,32})","epoch":(0|[1-9][0-9]{0,15}),"size":(0|[1-9][0-9]{0,15}),"root":"([0-9a-f]{64})"'
    rb'(?:,"signature":"(%b)")?\}' % _SIGNATURE
)
_TREE_FIELDS = ("log", "epoch", "size", "root")
_USUAL_FIELDS = (
    *((name, _TEXT) for name in (b"door", b"zone", b"reader", b"outcome", b"reason")),
    *((b"reasons", rb"\[%b(?:,%b)*+\]" % (_TEXT, _TEXT)), (b"policy", _POLICY), (b"of", _NUMBER)),
    *((b"pulse", _PULSE), (b"detail", _TEXT)),
    *((b"tree", rb"(%b)" % re.sub(rb"\((?!\?)", b"(?:", _TREE)), (b"subject", rb'"([^"]{64})"')),
)
Fact = tuple[bytes, bytes, bytes, bytes]
"""A leaf's number, its kind, the other log that it speaks of (mostly empty), and its subject's commitment."""


def _usual_leaf(entry: Entry) -> re.Pattern[bytes]:
    """Match how doorctl spells a leaf of this log; of plain bytes that is strict JSON without a field twice."""
    place = rb'\{"v":1,"controller":"%b","epoch":%d,"seq":(%b)' % (entry.log.encode(), entry.epoch, _NUMBER)
    always = rb',"boot":%b,"kind":"([a-z_]+)","at":%b,"clock":%b,"mono_ms":%b' % (_TEXT, _TEXT, _TEXT, _NUMBER)
    fields = b"".join(rb'(?:,"%b":%b)?+' % each for each in _USUAL_FIELDS)
    return re.compile(b"^" + place + always + fields + rb"\}$", re.MULTILINE)


def _is_plain(data: bytes) -> bool:
    return not data.translate(None, _PLAIN)


def _facts(
    block: bytes, lines: list[bytes], usual: re.Pattern[bytes], entry: Entry, numbers: Sequence[int]
) -> list[Fact]:
    """Read all leaves of a block at once; one by one only where a leaf is spelled otherwise.

    Each match begins and ends with a line: as many matches as lines are one a line.
    """
    facts: list[Fact] = usual.findall(block) if _is_plain(block) else []
    if len(facts) != len(lines):
        facts = [_fact(line, usual, entry, number) for line, number in zip(lines, numbers, strict=True)]
    found = [int(fact[0]) for fact in facts]
    if found != list(numbers):
        wrong = next(right for right, number in zip(numbers, found, strict=True) if right != number)
        raise NotWhole("records", "in this place stands a record of another number", entry.at(wrong))
    return facts


def _fact(line: bytes, usual: re.Pattern[bytes], entry: Entry, number: int) -> Fact:
    try:
        text = line.decode()
        if _is_plain(line) and (match := usual.fullmatch(line)):
            return match[1], match[2], match[3] or b"", match[4] or b""
        leaf = _json(text, "a leaf")
        version, here = _get(leaf, "v", int), (_get(leaf, "controller", str), _get(leaf, "epoch", int))
        tree, subject = leaf.get("tree"), _get(leaf, "subject", str, "").encode()
        fact = str(_get(leaf, "seq", int)).encode(), _get(leaf, "kind", str).encode()
    except (UnicodeDecodeError, NotWhole) as error:
        raise NotWhole("records", f"in this place stands no leaf: {error}", entry.at(number)) from error
    place = entry.at(number)
    _require(version == 1, "records", f"a leaf of version {version} needs a newer verifier", place)
    is_here = here == entry.of
    _require(is_here, "records", "in this place stands a record of another log or epoch", place)
    return *fact, json.dumps(_tree_fields(tree), separators=(",", ":")).encode(), subject


def _tree_fields(tree: object) -> dict[str, Any]:
    """Return what counts of another log as it was seen; a signature that is none counts as none."""
    if not isinstance(tree, dict):
        return {}
    signature = tree.get("signature")
    is_signed = isinstance(signature, str) and re.fullmatch(_SIGNATURE.decode(), signature)
    return {name: tree.get(name) for name in _TREE_FIELDS} | ({"signature": signature} if is_signed else {})


@dataclass(frozen=True, slots=True)
class Batch:
    """Leaves of one log that lie together: their numbers, bytes and facts; filtered ones with their proofs."""

    numbers: Sequence[int]
    lines: list[bytes]
    facts: list[Fact]
    proofs: list[list[bytes]]


def _batches(export: Export, entry: Entry) -> Iterator[Batch]:
    """Read the leaves of a log, each checked to be in its place."""
    usual, count, last = _usual_leaf(entry), 0, -1
    proofs = export.container.lines(entry.section("proofs"))
    for block in export.container.blocks(entry.section("leaves")):
        lines = block.split(b"\n")
        lines.pop()
        numbers: Sequence[int] = range(entry.first + count, entry.first + count + len(lines))
        paths: list[list[bytes]] = []
        if export.shape == "filtered":
            numbers, paths = _read_proofs(proofs, len(lines), entry)
            wrong = next((number for before, number in pairwise([last, *numbers]) if number <= before), None)
            _require(wrong is None, "records", "numbers do not rise", entry.at(wrong or 0))
            last = numbers[-1]
        count += len(lines)
        yield Batch(numbers, lines, _facts(block, lines, usual, entry, numbers), paths)
        _require(count <= entry.count, "records", "more leaves lie here than the index says", entry.at(entry.end))
    _require(count == entry.count, "records", "leaves are missing from here on", entry.at(entry.first + count))
    _require(next(proofs, None) is None, "records", f"{entry.name} has proofs of no leaf")


def _read_proofs(proofs: Iterator[bytes], count: int, entry: Entry) -> tuple[list[int], list[list[bytes]]]:
    words = [next(proofs, b"").decode("ascii", "replace").split(" ") for _ in range(count)]
    right = all(re.fullmatch("0|[1-9][0-9]{0,15}", number) for number, *_ in words)
    _require(right, "records", f"{entry.name} has leaves without a proof")
    return [int(number) for number, *_ in words], [_hashes(path, "a proof's lines") for _, *path in words]


# ---- Steps 7, 9 and 11: what others have seen of a log


class Marks:
    """What others say of one epoch of a log: the root that they saw at a size. Kept small: there may be many.

    Of the hub's log each has the hub's signature, where the speaker tells it.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.sizes, self._numbers, self._speakers = array("Q"), array("Q"), array("I")
        self._roots, self._names, self._known = bytearray(), list[str](), dict[str, int]()
        self._signatures, self._ends = bytearray(), array("Q")

    def add(self, size: int, root: bytes, speaker: str, number: int, signature: bytes = b"") -> None:
        """Note that this record of the speaker's log saw that root."""
        if speaker not in self._known:
            self._known[speaker] = len(self._names)
            self._names.append(speaker)
        self.sizes.append(size)
        self._numbers.append(number)
        self._speakers.append(self._known[speaker])
        self._roots += root
        self._signatures += signature
        self._ends.append(len(self._signatures))

    def rising(self) -> Iterator[tuple[int, bytes, int]]:
        """Yield size, root and which mark it is, by size."""
        for at in sorted(range(len(self.sizes)), key=self.sizes.__getitem__):
            yield self.sizes[at], self.root(at), at

    def root(self, at: int) -> bytes:
        """Return the root that was seen."""
        return bytes(self._roots[32 * at : 32 * at + 32])

    def signature(self, at: int) -> bytes:
        """Return the signature that was told, key hash first; empty for none."""
        return bytes(self._signatures[self._ends[at - 1] if at else 0 : self._ends[at]])

    def number(self, at: int) -> int:
        """Return the number of the speaker's record."""
        return self._numbers[at]

    def speaker(self, at: int) -> str:
        """Name the log, or what else, that says so."""
        return self._names[self._speakers[at]]

    def who(self, at: int) -> str:
        """Name who says so."""
        name = self.speaker(at)
        return _OUTSIDE.get(name, "record {} of " + name).format(self._numbers[at])


_OLDER, _ANCHOR = "the older export", "the anchor"
_OUTSIDE = {_OLDER: _OLDER, _ANCHOR: f"{_ANCHOR} in line {{}}"}
"""Who speaks and is no log: what is said of it."""


def _step_of(who: str) -> str:
    """Name the step that one who saw another history belongs to."""
    steps = {_OLDER: "older export", _ANCHOR: "anchors"}
    return next((step for name, step in steps.items() if who.startswith(name)), "witnesses")


class Walk:
    """Grows a tree leaf by leaf, and compares its root wherever somebody has seen one."""

    def __init__(self, tree: Tree, marks: Marks, proves: Callable[[int], bool]) -> None:
        """Begin where the tree stands; ``proves`` answers whether a mark that contradicts proves anything."""
        self.tree, self.agreed, self._proves = tree, tree.size, proves
        self.refuted: tuple[int, bytes, int] | None = None
        self._due = (mark for mark in marks.rising() if mark[0] >= tree.size)
        self._next = next(self._due, None)
        self.compare()

    def take(self, hashes: list[bytes]) -> None:
        """Append leaves by their hashes."""
        while self._next is not None and self._next[0] <= self.tree.size + len(hashes):
            cut = self._next[0] - self.tree.size
            self.tree.grow(hashes[:cut])
            hashes = hashes[cut:]
            self.compare()
        self.tree.grow(hashes)

    def compare(self) -> None:
        """Compare with all who saw the tree at this size; pass over what was seen within a subtree."""
        while self._next is not None and self._next[0] <= self.tree.size:
            if self._next[0] == self.tree.size:
                fits = self._next[1] == self.tree.root
                self.agreed = self.tree.size if fits and self.refuted is None else self.agreed
                if not fits and self.refuted is None and self._proves(self._next[2]):
                    self.refuted = self._next
            self._next = next(self._due, None)


# ---- Steps 5 and 6: beginning, end, openings


@dataclass(frozen=True, slots=True)
class Rule:
    """An officer's signed command: its id, who signed it, until when it counts, which leaves go, and when."""

    command: str
    signers: frozenset[Key]
    expires: int
    of: str
    days: int


@dataclass(frozen=True, slots=True)
class Drop:
    """What the hub's note says of leaves that it dropped, the last of them not included."""

    place: Place
    end: int
    newest: int
    at: int
    rules: list[Rule]

    @property
    def days(self) -> int:
        """The longest of its rules."""
        return max((rule.days for rule in self.rules), default=0)

    def was_due(self, newest: float) -> bool:
        """Answer whether its days were over, when its newest record is of this time."""
        return bool(self.rules) and newest + self.days * DAY_SECONDS <= self.at


def _read_drops(export: Export, entry: Entry) -> list[Drop]:
    """Read what retention has dropped of a log, as its notes say, the oldest first."""
    told, end, drops = export.container.read(entry.section("dropped")), 0, list[Drop]()
    notes = _notes_in(told)
    _require(notes or not told, "beginning", f"the retention notes of {entry.at(0)} are malformed")
    for note in notes:
        drops.append(_read_drop(export, entry, note, end))
        end = drops[-1].end
    return drops


def _read_drop(export: Export, entry: Entry, note: bytes, end: int) -> Drop:
    opened = _read_note(note, export.trust.hub, "beginning", "a retention note")
    said = _said(opened.text, "dropped", export.site)
    _require(opened.signers, "beginning", "a retention note is not the hub's", entry.at(end))
    is_next = (said.get("log"), said.get("epoch"), said.get("first")) == (entry.log, entry.epoch, end)
    is_next = is_next and _get(said, "end", int) > end
    _require(is_next, "beginning", "a retention note does not follow", entry.at(end))
    place = entry.at(end, said["end"] - 1)
    _require(said["end"] % SEGMENT_RECORDS == 0, "beginning", "other records were dropped than whole segments", place)
    rules = [_read_rule(export, rule, place) for rule in _get(said, "rules", list)]
    drop = Drop(place, said["end"], _get(said, "newest", int), _get(said, "at", int), rules)
    in_time = drop.was_due(drop.newest) and drop.at <= export.made_at
    _require(in_time, "beginning", "records were dropped before their days were over", place)
    frontier = _hashes(_get(said, "frontier", list), "a frontier")
    fits = drop.end != entry.first or frontier == export.container.hashes(entry.section("before"))
    _require(fits, "beginning", "the retention note and what stands before the first leaf differ", place)
    return drop


def _read_rule(export: Export, rule: object, place: Place) -> Rule:
    opened = _read_note(str(rule).encode(), export.trust.officers, "beginning", "a retention rule")
    command = _said(opened.text, "command", export.site)
    do = _get(command, "do", dict)
    _require(do.get("verb") == "retention-set", "beginning", "a retention rule is another command")
    days = _get(do, "leaf_days", int)
    _require(days >= 1, "beginning", "a retention rule says of no day", place)
    of = f"{_get(do, 'records', str, '*')} in {_get(do, 'zone', str, '*')}"
    return Rule(_get(command, "id", str), opened.signers, _get(command, "expires", int), of, days)


class HubWords:
    """What the hub's log says of what retention dropped: when it was taken in, and which rules were carried out."""

    def __init__(self, drops: Iterable[tuple[tuple[str, int], list[Drop]]]) -> None:
        """Begin before its first record."""
        self._ends = {of: [drop.end for drop in each] for of, each in drops if each}
        self._reached: dict[tuple[str, int], int] = {}
        self._trust: int | None = None
        self.came: dict[tuple[tuple[str, int], int], float] = {}
        self.carried_out: dict[str, int | None] = {}
        self.set_at: dict[str, float] = {}
        self.replaced: dict[str, float] = {}
        self._in_force: dict[tuple[str, str], str] = {}
        self.is_complete = True

    def begin(self, entry: Entry) -> None:
        """Go on with an epoch; where records are missing, nothing says what was taken in before the next ones."""
        self.is_complete = self.is_complete and entry.first == 0
        if not self.is_complete:
            self._reached = {}

    def finish(self, entry: Entry) -> None:
        """End an epoch."""
        self.is_complete = self.is_complete and entry.count == entry.size

    def hear_size(self, of: tuple[str, int], size: int, leaf: bytes) -> None:
        """Take a `cosigned` record: at its time the hub held so many records of a log."""
        reached = self._reached.get(of, 0 if self.is_complete else size)
        for end in self._ends.get(of, ()):
            if reached < end <= size:
                self.came[of, end] = _told_at(leaf) or 0
        self._reached[of] = max(reached, size)

    def hear(self, kind: bytes, leaf: bytes) -> None:
        """Take a record of what the hub did: which trust was taken, or which rule was carried out under it."""
        if not self._ends:
            return
        said = _json(leaf, "a leaf")
        if kind == b"trust_taken":
            version = re.fullmatch("version ([0-9]{1,16})", _get(said, "detail", str, ""))
            self._trust = int(version[1]) if version else None
            return
        act = _get(said, "act", dict, {})
        is_done = act.get("verdict") not in ("pending", "refused")
        if act.get("verb") in ("retention-set", "retention-remove") and is_done:
            self._take_rule(act, str(act.get("command")), _told_at(leaf) or 0)

    def _take_rule(self, act: dict[str, Any], command: str, at: float) -> None:
        """Note that a rule was set or taken back; the one that stood there counts no longer."""
        if act["verb"] == "retention-set":
            self.carried_out.setdefault(command, self._trust)
            self.set_at.setdefault(command, at)
        before, after = (_places_of(_get(act, when, list, [])) for when in ("before", "after"))
        for place in (*before, *after):
            if (former := self._in_force.pop(place, "")) not in {"", command}:
                self.replaced.setdefault(former, at)
        self._in_force.update(dict.fromkeys(after, command))

    def bears_out(self, of: tuple[str, int], drop: Drop) -> bool:
        """Answer whether its records tell of all of it."""
        return (of, drop.end) in self.came and all(rule.command in self.carried_out for rule in drop.rules)

    def check(self, of: tuple[str, int], drop: Drop, trust: Trust) -> None:
        """Refuse what was dropped too soon after it came, or by a rule that was not an officer's when it was set."""
        came = self.came.get((of, drop.end))
        due = came is None or drop.was_due(int(came))
        text = f"records were dropped before their days were over: the hub took them in {_time(came)}"
        _require(due, "beginning", text, drop.place)
        for rule in drop.rules:
            is_told = rule.command in self.carried_out or not self.is_complete
            _require(is_told, "beginning", "no record of the hub says that the retention rule was set", drop.place)
            set_at = int(self.set_at.get(rule.command, 0))
            text = "a retention rule was set when its command had expired long since"
            _require(set_at <= rule.expires + FUTURE_SECONDS, "beginning", text, drop.place)
            text = f"records were dropped before their retention rule was set: {_time(set_at)}"
            _require(set_at <= drop.at, "beginning", text, drop.place)
            version = self.carried_out.get(rule.command)
            officers = trust.officers_of.get(version or 0, set() if self.is_complete else trust.officers)
            text = "a retention rule is not signed by an officer of the time when it was set"
            _require(rule.signers & officers, "beginning", text, drop.place)
            replaced = self.replaced.get(rule.command)
            text = f"records were dropped by a retention rule that counts no longer since {_time(replaced)}"
            _require(replaced is None or drop.at <= replaced, "beginning", text, drop.place)


def _places_of(rows: Sequence[object]) -> list[tuple[str, str]]:
    """Return for which zone and class of records rules are."""
    rules = [row for row in rows if isinstance(row, dict) and row.get("type") == "retention-rule"]
    return [(_get(rule, "zone", str), _get(rule, "records", str)) for rule in rules]


def _check_edges(export: Export, entry: Entry, kept_from: int, first: bytes, last: bytes) -> None:
    """Check that the leaves begin and end where the file's shape says."""
    if export.shape == "filtered":
        return
    since, until = _asked_times(export) if export.shape == "range" else (None, None)
    begins = entry.first == kept_from or (first and since is not None and _seconds(first, entry) < since)
    place = entry.at(entry.first)
    _require(begins, "beginning", "records are missing before the first leaf, and nothing says why", place)
    ends = entry.end == entry.size or (last and until is not None and _seconds(last, entry) >= until)
    _require(ends, "end", "records are missing behind the last leaf", entry.at(entry.end, entry.size - 1))


def _asked_times(export: Export) -> tuple[int | None, int | None]:
    """Return since when and until when records were asked for; None for either that was not said."""
    asked = _get(export.index, "filter", dict, {})
    since, until = (None if asked.get(name) is None else _get(asked, name, int) for name in ("since", "until"))
    return since, until


def _seconds(leaf: bytes, entry: Entry) -> float:
    at = _told_at(leaf)
    if at is None:
        raise NotWhole("records", f"a leaf of {entry.name} has no time")
    return at


def _edges_by_untrusted_clocks(export: Export, entry: Entry, kept_from: int, first: bytes, last: bytes) -> list[str]:
    """Name the records that a range ends at by their time alone, where their clock was not good enough to tell."""
    if export.shape != "range":
        return []
    at_edge = (
        (entry.first, first, "before", entry.first != kept_from),
        (entry.end - 1, last, "behind", entry.end != entry.size),
    )
    return [
        f"that {entry.name} has no record of those times {where} record {number}: its clock was not set"
        for number, leaf, where, is_cut in at_edge
        if is_cut and leaf and not _is_set(leaf)
    ]


def _is_set(leaf: bytes) -> bool:
    """Answer whether the clock that a leaf tells the time by had been set."""
    clock = _json(leaf, "a leaf").get("clock")
    is_trusted = isinstance(clock, str) and clock in TRUSTED_CLOCKS
    return is_trusted and (_told_at(leaf) or 0) >= _EARLIEST


def _told_at(leaf: bytes) -> float | None:
    """Return the time that a leaf tells, in seconds since 1970; None for none."""
    try:
        at = _get(_json(leaf, "a leaf"), "at", str)
        return datetime.fromisoformat(at).timestamp() if re.fullmatch(_MOMENT, at) else None
    except (ValueError, NotWhole):
        return None


_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|\+00:00)"
"""A time as docs/audit-log.md has it: what a library takes besides is none."""
_USUAL_OPENING = re.compile(
    rb'^\{"seq":(%b),"part":(%b),"salt":"([^"]{32})","text":"([^"]*+)"\}$' % (_NUMBER, _NUMBER),
    re.MULTILINE,
)
_HEX = b"0123456789abcdef"
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
_INNER_REST, _OUTER_REST = bytes(48).translate(_INNER), bytes(48).translate(_OUTER)
_NOT_HERE = "an opening opens a record that is not here"


def _opened(salts: bytes, texts: Sequence[bytes], sha256: Callable[[bytes], Any] = hashlib.sha256) -> list[str]:
    """Return HMAC-SHA256 (RFC 2104) in hex, spelled out for keys of 16 bytes one after the other.

    `hmac` takes twice as long.
    """
    inner, outer = salts.translate(_INNER), salts.translate(_OUTER)
    return [
        sha256(
            outer[at : at + 16] + _OUTER_REST + sha256(inner[at : at + 16] + _INNER_REST + text).digest()
        ).hexdigest()
        for at, text in zip(range(0, len(salts), 16), texts, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class OpeningBlock:
    """Openings that lie together: each one's record and part, and the commitment that it opens."""

    numbers: Sequence[int] = ()
    parts: Sequence[int] = ()
    commitments: Sequence[str] = ()


class Openings:
    """The openings of a log, compared with its leaves as these go by."""

    def __init__(self, container: Container, entry: Entry) -> None:
        """Begin with the first."""
        self._entry, self.count, self._last = entry, 0, (-1, 0)
        self._persons_of: tuple[int, list[object]] = (-1, [])
        self._blocks = map(self._read, container.blocks(entry.section("openings")))
        self._block, self._at = OpeningBlock(), 0

    def _read(self, block: bytes) -> OpeningBlock:
        """Read all openings of a block at once; one by one only where an opening is spelled otherwise."""
        found = _USUAL_OPENING.findall(block) if _is_plain(block) else []
        salts = b"".join([salt for _, _, salt, _ in found])
        if len(found) != block.count(b"\n") or salts.translate(None, _HEX):
            return OpeningBlock(*zip(*map(self._read_one, block[:-1].split(b"\n")), strict=True))
        numbers, parts, _, texts = zip(*found, strict=True)
        return OpeningBlock([*map(int, numbers)], [*map(int, parts)], _opened(binascii.unhexlify(salts), texts))

    def _read_one(self, line: bytes) -> tuple[int, int, str]:
        found = _json(line, "an opening")
        number, part, salt = _get(found, "seq", int), _get(found, "part", int, 0), _get(found, "salt", str)
        is_salt = re.fullmatch("[0-9a-f]{32}", salt)
        _require(is_salt, "openings", "a salt is not 16 bytes", self._entry.at(number))
        return number, part, _opened(bytes.fromhex(salt), [_get(found, "text", str).encode()])[0]

    def check(self, batch: Batch) -> None:
        """Open every commitment of these leaves that has an opening."""
        subjects = {number: fact[3].decode() for number, fact in zip(batch.numbers, batch.facts, strict=True)}
        end = batch.numbers[-1]
        while (number := self._next_number()) is not None and number <= end:
            block, first = self._block, self._at
            self._at = max(first + 1, bisect_right(block.numbers, end, first))
            numbers, commitments = block.numbers[first : self._at], block.commitments[first : self._at]
            rise = self._last[0] < number and all(map(lt, numbers, numbers[1:]))
            if rise and not any(block.parts[first : self._at]) and [*map(subjects.get, numbers)] == [*commitments]:
                self._last, self.count = (numbers[-1], 0), self.count + len(numbers)
                continue
            for opening in zip(numbers, block.parts[first : self._at], commitments, strict=True):
                self._check_one(batch, subjects, *opening)

    def _next_number(self) -> int | None:
        """Return which record the next opening is of, and None behind the last."""
        while self._at == len(self._block.numbers):
            block = next(self._blocks, None)
            if block is None:
                return None
            self._block, self._at = block, 0
        return self._block.numbers[self._at]

    def _check_one(self, batch: Batch, subjects: dict[int, str], number: int, part: int, commitment: str) -> None:
        if (number, part) <= self._last:
            raise self._refused("openings stand out of order", number)
        if number not in subjects:
            raise self._refused(_NOT_HERE, number)
        if commitment != (self._personal(batch, number, part) if part else subjects[number]):
            raise self._refused("it was not about whom the opening says", number)
        self._last, self.count = (number, part), self.count + 1

    def finish(self) -> None:
        """Refuse what is left over."""
        if (number := self._next_number()) is not None:
            raise self._refused(_NOT_HERE, number)

    def _personal(self, batch: Batch, number: int, part: int) -> object:
        """Return what a leaf commits to about persons; it is read once for all of them."""
        if self._persons_of[0] != number:
            leaf = _json(batch.lines[batch.numbers.index(number)], "a leaf")
            self._persons_of = number, _get(leaf, "personal", list, [])
        personal = self._persons_of[1]
        return personal[part - 1] if part <= len(personal) else None

    def _refused(self, text: str, number: int) -> NotWhole:
        return NotWhole("openings", text, self._entry.at(number))


# ---- The verdict


@dataclass(frozen=True, slots=True)
class Terms:
    """What a file is judged by; see ``verify``."""

    keys: Sequence[bytes]
    at: float
    max_age: float
    since: Path | None
    anchor: Path | None
    least_trust: int
    fast: bool
    tell: Callable[[int], None] | None


_DOINGS = frozenset({b"trust_taken", b"command"})
"""What the hub's log is asked for where retention has dropped leaves."""
_SPEAKING = {True: frozenset({b"cosigned", b"log_closed"}) | _DOINGS, False: frozenset({b"hub_root"})}
"""Which records tell of other logs: the hub's of controllers', and theirs of the hub's."""


_OF_LOSS = {b"log_recovered": " and says so", None: ", and where it must say so is not in the file"}
"""What the next epoch of the hub's log says of its loss, by its first record's kind; None where that is not here."""


class Check:
    """Goes through one export, step by step."""

    def __init__(self, export: Export, terms: Terms) -> None:
        """Take what was opened."""
        self.export, self.terms = export, terms
        self.marks: dict[tuple[str, int], Marks] = {}
        self._closed: set[tuple[str, int]] = set()
        self._first_kinds: dict[tuple[str, int], bytes] = {}
        self._contradictions: list[NotWhole] = []
        self.openings, self.lost, self.unclear = 0, list[str](), list[str]()
        self.newest: dict[tuple[str, int], float | None] = {}
        self.anchors: Sequence[Anchor] = ()
        self.claims: dict[str, tuple[tuple[int, str], int]] = {}
        self.drops = {of: _read_drops(export, entry) for of, entry in export.logs.items()}
        self.hub_words = HubWords(self.drops.items())

    def run(self) -> None:
        """Check records, beginnings, openings, witnesses and inventory."""
        entries = sorted(self.export.logs.values(), key=lambda entry: (entry.log == HUB, entry.log, entry.epoch))
        hub = [entry for entry in entries if entry.log == HUB]
        _require(hub, "inventory", "the hub's own log is missing")
        for entry in hub:
            self.hub_words.begin(entry)
            for batch in _batches(self.export, entry):
                self._listen(entry, batch)
            self.hub_words.finish(entry)
        self._check_inventory()
        for entry in entries:
            self._check_log(entry)
        self._check_hub_roots([entry.epoch for entry in hub if entry.size])
        self._check_epochs(entries)
        if self._contradictions:
            raise self._contradictions[0]

    def _listen(self, entry: Entry, batch: Batch) -> None:
        """Keep what these records say of other logs."""
        if batch.numbers[0] == 0:
            self._first_kinds[entry.of] = batch.facts[0][1]
        speaking = _SPEAKING[entry.log == HUB]
        told = [each for each in zip(batch.facts, batch.lines, strict=True) if each[0][1] in speaking]
        for (number, kind, tree, _), leaf in told:
            if kind in _DOINGS:
                self.hub_words.hear(kind, leaf)
                continue
            place, text = entry.at(int(number)), "the record does not say which log it saw, at which size and root"
            match = _require(re.fullmatch(_TREE, tree), "witnesses", text, place)
            of = match[1].decode(), int(match[2])
            _require((of[0] == HUB) != (entry.log == HUB), "witnesses", "the record speaks of its own log", place)
            who, root = entry.name, bytes.fromhex(match[4].decode())
            signature = base64.b64decode(match[5] or b"")
            self.marks.setdefault(of, Marks()).add(int(match[3]), root, who, place.first, signature)
            self._closed |= {of} if kind == b"log_closed" else set()
            if kind == b"cosigned":
                self.hub_words.hear_size(of, int(match[3]), leaf)

    def _check_log(self, entry: Entry) -> None:
        export, marks = self.export, self.marks.get(entry.of, Marks())
        is_proven_singly, sha256 = export.shape == "filtered", hashlib.sha256
        walk, first, last = None, b"", b""
        if not self.terms.fast and not is_proven_singly:
            tree = Tree(entry.first, export.container.hashes(entry.section("before")))
            walk = Walk(tree, marks, lambda at: self._proves(entry.of, marks, at))
        openings = Openings(export.container, entry)
        for batch in _batches(export, entry):
            first, last = first or batch.lines[0], batch.lines[-1]
            openings.check(batch)
            if entry.log != HUB:
                self._listen(entry, batch)
            hashes = [] if self.terms.fast else [sha256(b"\x00" + line).digest() for line in batch.lines]
            if walk is not None:
                walk.take(hashes)
            elif hashes:
                _check_proofs(entry, batch, hashes)
            if self.terms.tell is not None:
                self.terms.tell(len(batch.lines))
        openings.finish()
        self.openings += openings.count
        drops = self.drops[entry.of]
        for drop in drops:
            self.hub_words.check(entry.of, drop, export.trust)
        kept_from = drops[-1].end if drops else 0
        _check_edges(export, entry, kept_from, first, last)
        self.unclear += _edges_by_untrusted_clocks(export, entry, kept_from, first, last)
        if last and entry.end == entry.size and not is_proven_singly:
            self.newest[entry.of] = _told_at(last)
        self._check_root(entry, walk, marks)

    def _check_root(self, entry: Entry, walk: Walk | None, marks: Marks) -> None:
        if walk is None:
            at_end = (mark for mark in marks.rising() if mark[0] == entry.size)
            others = (mark for mark in at_end if mark[1] != entry.root)
            refuted = next((mark for mark in others if self._proves(entry.of, marks, mark[2])), None)
        else:
            walk.tree.complete(entry.size, self.export.container.hashes(entry.section("after")))
            fits = (walk.tree.size, walk.tree.root) == (entry.size, entry.root)
            until = walk.refuted[0] if walk.refuted else entry.end
            place = entry.at(min(walk.agreed, until - 1), until - 1) if until else None
            _require(fits, "records", "the records do not lead to the signed root: one is not as it was", place)
            walk.compare()
            refuted = walk.refuted
        if refuted is not None:
            size, who = refuted[0], marks.who(refuted[2])
            text = f"{who} saw another history of {entry.name}: another root at {size}"
            first = walk.agreed if walk else 0
            place = entry.at(min(first, size - 1), size - 1) if size else None
            self._contradictions.append(NotWhole(_step_of(who), text, place))

    def _check_inventory(self) -> None:
        silent = {_get(each, "log", str) for each in _get(self.export.index, "silent", list, [])}
        present = {log for log, _ in self.export.logs}
        for controller in sorted(self.export.trust.logs):
            there = controller in present or controller in silent
            _require(there, "inventory", f"the log of controller {controller}, which trust names, is missing")
        for of, marks in self.marks.items():
            if of[0] != HUB:
                self._require_reach(of, marks)

    def _require_reach(self, of: tuple[str, int], marks: Marks) -> None:
        """Nobody may have seen more of a log than is here."""
        entry = self.export.logs.get(of)
        beyond = [at for at, size in enumerate(marks.sizes) if entry is None or size > entry.size]
        beyond.sort(key=marks.sizes.__getitem__, reverse=True)
        at = next((at for at in beyond if self._proves(of, marks, at)), None)
        if at is None:
            return
        step = _step_of(marks.who(at))
        who = f"though {marks.who(at)} saw {marks.sizes[at]} records of it"
        entry = _require(self.export.logs.get(of), "inventory", f"{of[0]}/{of[1]} is missing, {who}")
        missing = entry.at(entry.size, marks.sizes[at] - 1)
        raise NotWhole(step, f"{of[0]}/{of[1]} ends at {entry.size}, {who}", missing)

    def _proves(self, of: tuple[str, int], marks: Marks, at: int) -> bool:
        """Answer whether a mark that contradicts a log proves anything: one of the hub's log is signed by the hub.

        A controller alone could say anything of the hub's log, and no export would ever be whole again.
        """
        if of[0] != HUB or marks.speaker(at) in _OUTSIDE:
            return True
        root = base64.b64encode(marks.root(at)).decode()
        text = f"doorctl/{self.export.site}/{HUB}/{of[1]}\n{marks.sizes[at]}\n{root}\n".encode()
        raw = marks.signature(at)
        keys = [key for name, key in self.export.trust.hub if _key_hash(name, key, 1) == raw[:4]]
        if any(_fits(key, raw[4:], text) for key in keys):
            return True
        claim = marks.number(at), f"claims in {marks.who(at)} another history of {HUB}/{of[1]}, at {marks.sizes[at]}"
        first, count = self.claims.get(marks.speaker(at), (claim, 0))
        self.claims[marks.speaker(at)] = min(first, claim), count + 1
        return False

    def _check_hub_roots(self, epochs: Sequence[int]) -> None:
        """A hub that was restored has lost records, and says so at the beginning of its next epoch."""
        for of, marks in self.marks.items():
            try:
                self._require_reach(of, marks)
            except NotWhole as error:
                later = min((epoch for epoch in epochs if epoch > of[1]), default=-1)
                says = _OF_LOSS.get(self._first_kinds.get((HUB, later)))
                if later < 0 or says is None:
                    raise
                self.lost.append(f"the hub has lost records{says}: {error.text}")

    def _check_epochs(self, entries: Sequence[Entry]) -> None:
        is_hub_complete = all(entry.count == entry.size for entry in entries if entry.log == HUB)
        former = {after.of: before for before, after in pairwise(entries) if before.log == after.log}
        for after in entries:
            before, kind = former.get(after.of), self._first_kinds.get(after.of)
            if kind == b"log_recovered":
                which = f"epoch {before.epoch}" if before else "one before it, of which nothing is here,"
                self.lost.append(f"{after.name} began because {which} could not go on")
            elif before and kind is not None and is_hub_complete:
                is_told = before.of in self._closed
                _require(is_told, "inventory", "a new epoch began, and nothing says why", after.at(0))


def _check_proofs(entry: Entry, batch: Batch, hashes: Sequence[bytes]) -> None:
    for number, leaf, proof in zip(batch.numbers, hashes, batch.proofs, strict=True):
        fits = _includes(leaf, proof, number=number, size=entry.size, root=entry.root)
        _require(fits, "records", "the record is not under the signed root", entry.at(number))


def _check_older(check: Check, old: Export) -> None:
    """Step 9: whatever the older file had, this one has, and begins with it."""
    new = check.export
    _require(new.site == old.site, "older export", f"it is of another site, {old.site}")
    _require(new.made_at >= old.made_at, "older export", f"it is younger: made {_time(old.made_at)}")
    _require(new.trust.rank >= old.trust.rank, "older export", "its trust is newer than this file's")
    for controller in sorted(old.trust.logs):
        _require(controller in new.trust.logs, "older export", f"controller {controller} has vanished from trust")
    for of, before in old.logs.items():
        entry = _require(new.logs.get(of), "older export", f"{of[0]}/{of[1]} has vanished")
        shrunk = entry.at(entry.size, before.size - 1)
        _require(entry.size >= before.size, "older export", f"{of[0]}/{of[1]} had {before.size} records", shrunk)
        _compare_roots(check, entry, before)
        _compare_times(old, before, check.drops[of])


def _compare_times(old: Export, before: Entry, drops: Sequence[Drop]) -> None:
    """What was dropped since the older export was not older than that shows it."""
    kept = [drop for drop in drops if drop.end > before.first and before.count]
    if not kept:
        return
    ends = [drop.end for drop in kept]
    for batch in _batches(old, before):
        for number, leaf in zip(batch.numbers, batch.lines, strict=True):
            if number >= ends[-1]:
                return
            drop = kept[bisect_right(ends, number)]
            text = "it was dropped before its days were over, as the older export shows"
            was_there = drop.at + SILENT_SECONDS >= old.made_at
            at = _told_at(leaf) or 0
            _require(was_there and (int(at) <= drop.newest or at > drop.at), "older export", text, before.at(number))


def _compare_roots(check: Check, entry: Entry, before: Entry) -> None:
    name, place = entry.section(f"since/{before.size}"), entry.at(0, before.size - 1)
    if 0 < before.size < entry.size and name in check.export.container.sections:
        proof = check.export.container.hashes(name)
        fits = _follows(proof, old=before.size, old_root=before.root, size=entry.size, root=entry.root)
        _require(fits, "older export", "the records do not begin with those of the older export", place)
    elif before.size:
        is_shown = check.export.shape != "filtered" and entry.first <= before.size <= entry.end
        text = f"nothing in the file proves that {entry.name} goes on from it: export it anew with --since that file"
        _require(is_shown or before.size == entry.size, "older export", text, place)
        check.marks.setdefault(entry.of, Marks()).add(before.size, before.root, _OLDER, 0)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head that was kept outside: its line in the file there, when it was sent, and what it says of a log.

    It has no ``root`` when it was sent after the export was made, and says nothing that could be in it.
    """

    line: int
    at: int
    of: tuple[str, int]
    size: int
    root: bytes | None


_HEAD = re.compile(rb"doorctl/([!-.0-~]+)/([a-z0-9-]{1,32})/(0|[1-9][0-9]{0,15})\n(0|[1-9][0-9]{0,15})\n([!-~]+)\n")


def _read_anchors(path: Path, export: Export) -> list[Anchor]:
    """Read heads as `doorctl audit anchor` wrote them, each sending from the hub's on. Raises WrongUse for others."""
    notes = _notes_in(path.read_bytes())
    anchors, line, at = list[Anchor](), 1, 0
    for note in notes:
        text, _, signatures = note.rpartition(b"\n\n")
        head, what = _HEAD.fullmatch(text + b"\n"), f"the anchor in line {line}"
        if head is None or head[1].decode() != export.site:
            raise WrongUse(f"{path}, line {line}: here stands no head of a log of {export.site}")
        of = head[2].decode(), int(head[3])
        told = [_told_time(each, what) for each in signatures[:-1].split(b"\n")]
        at = max(told) if of[0] == HUB or not anchors else at
        root = _base64(head[5], "a root") if _counts(export, note, of, size=int(head[4]), at=at, what=what) else None
        anchors.append(Anchor(line, at, of, int(head[4]), root))
        line += note.count(b"\n") + 1
    if not anchors:
        raise WrongUse(f"{path} holds no heads of logs, or the last one is cut off")
    return anchors


def _told_time(line: bytes, what: str) -> int:
    """Return the time in a cosignature, seconds since 1970, whoever made it; 0 in another signature."""
    _, raw = _signature(line, what)
    return int.from_bytes(raw[4:12], "big") if len(raw) == 76 else 0


def _counts(export: Export, note: bytes, of: tuple[str, int], *, size: int, at: int, what: str) -> bool:
    """Answer whether the export must agree; one of before it must be signed by a key that its trust names."""
    own = export.trust.keys_of(of[0])
    opened = _read_note(note, own | export.trust.hub, "anchors", what)
    is_known = bool(opened.signers & own) and not opened.unknown
    if at < export.made_at:
        _require(is_known, "anchors", f"{what} is not signed by keys of {of[0]} and the hub that trust names")
        return True
    entry = export.logs.get(of)
    return is_known and entry is not None and size <= entry.size


def _add_anchors(check: Check, anchors: Sequence[Anchor]) -> None:
    """Step 11: what was kept outside was seen, as by a witness."""
    check.anchors = anchors
    for anchor in anchors:
        if anchor.root is not None:
            check.marks.setdefault(anchor.of, Marks()).add(anchor.size, anchor.root, _ANCHOR, anchor.line)


def verify(
    path: Path,
    keys: Sequence[bytes],
    *,
    at: float,
    max_age: float = DEFAULT_AGE_SECONDS,
    since: Path | None = None,
    anchor: Path | None = None,
    least_trust: int = 0,
    fast: bool = False,
    tell: Callable[[int], None] | None = None,
) -> Verdict:
    """Judge a file by the pinned root keys, as of ``at`` (seconds since 1970). Raises WrongUse, never NotWhole.

    ``since`` is an older export, ``anchor`` a file of heads that were kept outside, ``least_trust`` the version
    that the newest trust has at least; ``tell`` hears of records as they are checked.
    """
    if fast and (since is not None or anchor is not None):
        raise WrongUse("an older export and anchors are compared by the full check: leave out --fast")
    verdict, terms = Verdict(), Terms(keys, at, max_age, since, anchor, least_trust, fast, tell)
    try:
        with path.open("rb") as file:
            _judge(verdict, _open_export(file, keys), terms)
    except NotWhole as error:
        verdict.step, verdict.failure, verdict.first_bad = error.step, error.text, error.place
    except UnicodeEncodeError as error:
        verdict.step, verdict.failure = "container", f"a text is no Unicode: {error}"
    except OSError as error:
        raise WrongUse(f"cannot read {error.filename or path}: {error.strerror}") from error
    except WrongUse:
        raise
    except Exception as error:  # noqa: BLE001 - a file that breaks the check must not escape its verdict
        verdict.step, verdict.failure = "container", f"it breaks the check: {type(error).__name__}: {error}"
    return verdict


def _judge(verdict: Verdict, export: Export, terms: Terms) -> None:
    newest = export.trust.rank[1]
    text = f"its newest trust is of version {newest}, older than {terms.least_trust}"
    _require(newest >= terms.least_trust, "trust", text)
    verdict.site, verdict.made_at = export.site, export.made_at
    verdict.records = sum(entry.count for entry in export.logs.values())
    _check_digests(export, with_leaves=terms.fast or export.shape == "filtered")
    check = Check(export, terms)
    if terms.since is not None:
        with terms.since.open("rb") as older:
            _check_older(check, _open_export(older, terms.keys))
    if terms.anchor is not None:
        _add_anchors(check, _read_anchors(terms.anchor, export))
    check.run()
    made = f"made {_time(export.made_at)}"
    _require(export.made_at <= terms.at + FUTURE_SECONDS, "freshness", f"it comes from the future: {made}")
    aged = f"it is older than allowed (by --max-age, as of --at): {made}"
    _require(terms.at - export.made_at <= terms.max_age, "freshness", aged)
    verdict.whole = True
    verdict.proven = _proven(check)
    verdict.not_proven = _not_proven(check)


def _proven(check: Check) -> list[str]:
    export, agreed, since = check.export, _agreed(check), check.terms.since
    counted = sum(anchor.root is not None for anchor in check.anchors)
    counted += sum(count for _, count in check.claims.values())
    seen = sum(len(marks.sizes) for marks in check.marks.values()) - counted
    how = (
        "are what the hub signed"
        if check.terms.fast
        else "were not edited, removed, reordered or invented after they were cosigned"
    )
    versions = export.trust.versions
    lines = [
        f"made {_time(export.made_at)} by the hub of {export.site} for {export.index.get('admin', 'nobody')}",
        f"asked for: {_asked(export)}; trust versions {versions[0]} to {versions[-1]}",
    ]
    for entry in export.logs.values():
        cosigned = f", cosigned {_time(entry.cosigned_at)}" if entry.cosigned_at else ""
        leaves = f"{entry.count} from record {entry.first} on" if entry.count else "none"
        of = entry.of
        newest = f"; its newest record is of {_time(check.newest[of])}" if of in check.newest else ""
        lines.append(f"{entry.name}: {leaves}, of {entry.size} under its signed root{cosigned}{newest}")
    lines.append(f"these records {how}, unless the hub, the controller and every witness did it together")
    lines.append(f"what logs say of each other agrees: {seen} statements; openings that fit: {check.openings}")
    if agreed:
        oldest = _time(min(anchor.at for anchor in agreed))
        lines.append(f"anchors kept outside that agree: {len(agreed)}, the oldest of {oldest}")
    return lines + ([f"the file goes on from {since.name}: nothing in that was changed or left out"] if since else [])


def _asked(export: Export) -> str:
    """Say in words what the file was asked for."""
    asked = {name: value for name, value in _get(export.index, "filter", dict, {}).items() if value is not None}
    said = [
        f"{name} {_time(value) if name in {'since', 'until'} and type(value) is int else value}"
        for name, value in asked.items()
    ]
    return {"whole": "everything", "range": "all records", "filtered": "single records"}[export.shape] + (
        f", {', '.join(said)}" if said else ""
    )


def _agreed(check: Check) -> list[Anchor]:
    """Return the anchors whose root was computed anew: where the leaves, or the checkpoint, show it."""
    agreed = []
    for anchor in check.anchors:
        entry = check.export.logs.get(anchor.of)
        if entry is not None and anchor.root is not None:
            is_within = check.export.shape != "filtered" and entry.first <= anchor.size <= entry.end
            agreed += [anchor] if is_within or anchor.size == entry.size else []
    return agreed


def _anchors_left(check: Check) -> list[str]:
    newer = sum(anchor.root is None for anchor in check.anchors)
    unseen = len(check.anchors) - newer - len(_agreed(check))
    left = {
        f"anchors that were sent after the file was made: {newer}, of what is not in it": newer,
        f"anchors that nothing in the file shows: {unseen}, of records that are not in it": unseen,
    }
    return [line for line, count in left.items() if count]


def _claimed(check: Check) -> list[str]:
    """Name the controllers that tell of a log of the hub's which the hub did not write, and has not signed."""
    why = "the hub never signed that: the claim proves nothing; a stolen controller can make it"
    claims = [
        (speaker.partition("/")[0], first[1] + (f", the first of {count}" if count > 1 else ""))
        for speaker, (first, count) in sorted(check.claims.items())
    ]
    return [f"controller {controller} {claim}, but {why}" for controller, claim in claims]


def _dropped(check: Check) -> list[str]:
    """Tell of records that are gone what their notes say; those of one pass in one line."""
    lines = []
    for of, drops in check.drops.items():
        for (at, days), each in groupby(drops, key=lambda drop: (drop.at, drop.days)):
            passed = list(each)
            last, newest = passed[-1].place.last, max(drop.newest for drop in passed)
            place = Place(*of, passed[0].place.first, last)
            is_seen = all(check.hub_words.bears_out(of, drop) for drop in passed)
            line = f"what {place} were: dropped {_time(at)} after {days} days, the newest of {_time(newest)}"
            line += ", which the hub's records bear out" if is_seen else ", as the hub alone says"
            rules = sorted({f"{rule.of} {rule.days} days" for drop in passed for rule in drop.rules})
            lines.append(f"{line}; by the rules: {', '.join(rules)}")
    return lines


def _not_proven(check: Check) -> list[str]:
    export = check.export
    newest = {entry.log: entry for entry in sorted(export.logs.values(), key=lambda entry: entry.epoch)}
    lines = ["records were not put under their roots: this was the fast check"] if check.terms.fast else []
    has_all = check.hub_words.is_complete and not any(line.startswith(f"{HUB}/") for line in check.lost)
    whose = "" if has_all else ", says the hub alone"
    lines += [
        f"{each['log']} has no records here{whose}: {each.get('why', '')}"
        for each in _get(export.index, "silent", list, [])
    ]
    for entry in newest.values():
        if entry.log != HUB and entry.cosigned_at is None:
            lines.append(f"{entry.log}: the hub has not cosigned its checkpoint, so its own key alone vouches for it")
        elif entry.log != HUB and export.made_at - (entry.cosigned_at or 0) > SILENT_SECONDS:
            lines.append(f"{entry.log}: nothing since {_time(entry.cosigned_at)}, when the hub last heard from it")
        own = check.newest.get(entry.of, export.made_at)
        if entry.log != HUB and export.made_at - (own or 0) > OWN_SECONDS:
            text = "its controller is idle, its clock is wrong, or the hub holds back what came since"
            lines.append(f"{entry.log}: nothing of its own since {_time(own)}: {text}")
    lines += [*check.unclear, *check.lost, *_claimed(check), *_dropped(check), *_anchors_left(check)]
    lines += ["that nothing else fits the filter: single records were exported"] if export.shape == "filtered" else []
    lines += ["what was before and after the times that were asked for"] if export.shape == "range" else []
    lines += ["that names belong to these people: the hub says so"] if "people" in export.container.sections else []
    versions = export.trust.versions
    if versions[-1] - versions[0] + 1 != len(versions):
        lines.append("trust has versions that are not here: a controller that they alone name would not be missed")
    return [
        *lines,
        f"trust newer than version {versions[-1]} is not excluded: compare with the site, --least-trust N",
        "what happened after the last cosignatures",
        "that a door's hardware told the truth, or that no controller was left out of trust",
    ]


# ---- The command


def _time(at: float | None) -> str:
    if at is None or not _FIRST_SECOND <= at <= _LAST_SECOND:
        return "never"
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def read_keys(words: Iterable[str]) -> list[bytes]:
    """Read root public keys (43 characters of base64url), or files that hold them. Raises WrongUse."""
    keys = []
    for word in words:
        path = Path(word)
        try:
            found = path.read_text("ascii").split() if len(word) != 43 or path.is_file() else [word]
            keys += [base64.urlsafe_b64decode(each + "=") for each in found]
        except (OSError, ValueError) as error:
            raise WrongUse(f"{word} is neither a public key of 43 characters nor a file that holds one") from error
    if not keys or any(len(key) != 32 for key in keys):
        raise WrongUse("give the site's public root key: --key KEY, 43 characters, or a file that holds it")
    return keys


def read_age(text: str) -> float:
    """Read an age as 7d, 12h or 30m. Raises WrongUse."""
    match = re.fullmatch("([0-9]+)([dhm])", text)
    if match is None:
        raise WrongUse(f"{text!r} is no age: write 7d, 12h or 30m")
    return int(match[1]) * {"d": DAY_SECONDS, "h": 3600, "m": 60}[match[2]]


def read_date(text: str | None) -> float:
    """Read an ISO date or time, in UTC unless it says otherwise; None is now. Raises WrongUse."""
    try:
        found = datetime.now(UTC) if text is None else datetime.fromisoformat(text)
    except ValueError as error:
        raise WrongUse(f"{text!r} is no date: write 2026-11-22 or 2026-11-22T08:00:00Z") from error
    return found.replace(tzinfo=found.tzinfo or UTC).timestamp()


def as_object(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict as one JSON object."""
    return {"verdict": "whole" if verdict.whole else "not whole"} | {
        name: value for name, value in asdict(verdict).items() if name != "whole"
    }


def in_words(verdict: Verdict, name: str) -> str:
    """Return the verdict in plain words; what the file itself says moves no cursor and begins no line."""
    lines = [f"WHOLE: {name}, {verdict.records} records", "Proven:", *(f"  - {line}." for line in verdict.proven)]
    lines += ["Not proven:", *(f"  - {line}." for line in verdict.not_proven)]
    if not verdict.whole:
        lines = [f"NOT WHOLE: {name}", f"Step {verdict.step!r}: {verdict.failure}."]
        lines += [f"First bad record: {verdict.first_bad}."] if verdict.first_bad else []
    return "".join(_printable(line) + "\n" for line in lines)


def _printable(line: str) -> str:
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in line)


def _with_keys(words: Sequence[str]) -> list[str]:
    """Join ``--key`` and its value: one key in 64 begins with a dash, and would be taken for an option."""
    rest = iter(words)
    return [f"{word}={next(rest, '')}" if word == "--key" else word for word in rest]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0 for whole, 1 for not whole, 2 for wrong use."""
    parser = argparse.ArgumentParser(prog="verify_doorlog.py", description="Verify an exported proof of doorctl.")
    parser.add_argument("file", type=Path, metavar="FILE", help="the .doorlog")
    parser.add_argument("--key", action="append", required=True, help="the site's public root key, or a file with it")
    parser.add_argument(
        "--since-export", type=Path, metavar="OLD", help="an older export that this one must go on from"
    )
    parser.add_argument("--anchor", type=Path, metavar="HEADS", help="heads of logs that were kept outside")
    parser.add_argument("--max-age", default="7d", metavar="AGE", help="how old the file may be (7d, 12h, 30m)")
    parser.add_argument("--at", metavar="DATE", help="judge as of this time instead of now")
    parser.add_argument(
        "--least-trust", type=int, default=0, metavar="N", help="the version of trust that you know of"
    )
    parser.add_argument("--fast", action="store_true", help="only that the file is what the hub signed")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    asked = parser.parse_args(_with_keys(sys.argv[1:] if arguments is None else arguments))
    try:
        verdict = verify(
            asked.file,
            read_keys(asked.key),
            at=read_date(asked.at),
            max_age=read_age(asked.max_age),
            since=asked.since_export,
            anchor=asked.anchor,
            least_trust=asked.least_trust,
            fast=asked.fast,
        )
    except WrongUse as error:
        sys.stderr.write(f"{parser.prog}: {error}\n")
        return 2
    sys.stdout.write(json.dumps(as_object(verdict)) + "\n" if asked.json else in_words(verdict, str(asked.file)))
    return 0 if verdict.whole else 1


if __name__ == "__main__":
    sys.exit(main())
