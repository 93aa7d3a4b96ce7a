"""A record as a row of columns, for exports, and as a line to read."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from doorctl.core.reasons import Reason
from doorctl.hub.exports.rows import Row as HeldRow
from doorctl.wire.results import RecordLine

Value = str | int | float | None
Columns = dict[str, Value]
Row = tuple[Value, ...]
"""The values of ``column_names``, in their order."""

PSEUDONYMS = ("holder", "credential")
NAMES = ("handle", "name")
_HOLDER, _CREDENTIAL = "holder:", "credential:"
_SAID = (
    "at",
    "kind",
    "outcome",
    "reason",
    "reasons",
    "door",
    "zone",
    "reader",
    "policy_epoch",
    "policy_revision",
    "policy_age_seconds",
    "of",
    "detail",
    "clock",
    "mono_ms",
    "boot",
)


class _Policy(msgspec.Struct):
    epoch: int | None = None
    revision: int | None = None
    age_seconds: float | None = None


class _Said(msgspec.Struct):
    """What columns take from a leaf. All words are texts: a newer controller may say other ones."""

    at: str
    kind: str
    outcome: str | None = None
    reason: str | None = None
    reasons: tuple[str, ...] = ()
    door: str = ""
    zone: str = ""
    reader: str = ""
    policy: _Policy | None = None
    of: int | None = None
    detail: str = ""
    clock: str = ""
    mono_ms: int | None = None
    boot: str = ""


class _Act(msgspec.Struct):
    """What is told of an admin's command: whose, which, and what became of it."""

    admin: str = ""
    verb: str = ""
    verdict: str = ""
    reason: str = ""


class _Acted(msgspec.Struct):
    act: _Act


_said = msgspec.json.Decoder(_Said).decode
_acted = msgspec.json.Decoder(_Acted).decode
_sure = msgspec.json.Decoder(dict[str, object]).decode
_NO_POLICY = _Policy()
_TEXTS = frozenset(_SAID) - {"reasons", "of", "mono_ms"}


def columns_of(record: RecordLine, *, with_names: bool) -> Columns:
    """Return what a record says, by column; ``leaf`` is its exact text, which proofs are about."""
    (row,) = rows_of([held(record)], with_names=with_names)
    return dict(zip(column_names(with_names=with_names), row, strict=True))


def held(record: RecordLine) -> HeldRow:
    """Return a record that the hub has told as its database holds it."""
    subject = f"{_HOLDER}{record.holder}" if record.holder else None
    subject = f"{_CREDENTIAL}{record.credential}" if record.credential else subject
    place = record.position, record.controller, record.log_epoch, record.seq
    return *place, record.leaf.encode(), subject, record.handle, record.name


def rows_of(records: Iterable[HeldRow], *, with_names: bool) -> Iterator[Row]:
    """Yield what records say, as rows."""
    for position, controller, log_epoch, seq, leaf, subject, handle, name in records:
        try:
            said = _said(leaf)
        except msgspec.DecodeError:
            said = _odd(leaf)
        policy = said.policy or _NO_POLICY
        yield (
            position,
            controller,
            log_epoch,
            seq,
            said.at,
            said.kind,
            said.outcome,
            said.reason,
            " ".join(said.reasons),
            said.door,
            said.zone,
            said.reader,
            policy.epoch,
            policy.revision,
            policy.age_seconds,
            said.of,
            said.detail,
            said.clock,
            said.mono_ms,
            said.boot,
            subject[7:] if subject is not None and subject.startswith(_HOLDER) else None,
            subject[11:] if subject is not None and subject.startswith(_CREDENTIAL) else None,
            *((handle, name) if with_names else ()),
            leaf.decode(),
        )


def column_names(*, with_names: bool) -> tuple[str, ...]:
    """Name the columns of an export, in their order."""
    return ("position", "controller", "log_epoch", "seq", *_SAID, *PSEUDONYMS, *(NAMES if with_names else ()), "leaf")


def line_of(columns: Mapping[str, object], timezone: ZoneInfo) -> str:
    """Write a record for people: when, where, what, who."""
    at = _local(str(columns["at"]), timezone)
    who = columns.get("handle") or columns["holder"] or ("unknown badge" if columns["credential"] else None)
    words = (
        columns["door"] or columns["reader"] or columns["controller"],
        columns["kind"],
        *_command_in(str(columns["leaf"])),
        columns["outcome"],
        columns["reason"],
        _duress_behind(columns),
        who,
        columns["detail"],
    )
    return "  ".join([at, *(str(word) for word in words if word)])


def _command_in(leaf: str) -> tuple[str, ...]:
    """Return who gave which command and what became of it, of a record of one; nothing of any other."""
    try:
        act = _acted(leaf).act
    except msgspec.DecodeError:
        return ()
    return act.admin, act.verb, act.verdict, act.reason


def _duress_behind(columns: Mapping[str, object]) -> str | None:
    """Say duress where something else denied."""
    behind = columns["reason"] != Reason.DURESS and Reason.DURESS in str(columns["reasons"]).split()
    return Reason.DURESS if behind else None


def _local(at: str, timezone: ZoneInfo) -> str:
    """Write a record's time as the site has it; as it stands where that is no time, or out of the local calendar."""
    try:
        return datetime.fromisoformat(at).astimezone(timezone).isoformat(sep=" ", timespec="milliseconds")
    except (ValueError, OverflowError):
        return at


def _odd(leaf: bytes) -> _Said:
    """Read a leaf with fields that are not what they should be: the hub holds it, and it must not stop an export."""
    texts = {name: value for name, value in _sure(leaf).items() if name in _TEXTS and isinstance(value, str)}
    return msgspec.convert({"at": "", "kind": ""} | texts, _Said)
