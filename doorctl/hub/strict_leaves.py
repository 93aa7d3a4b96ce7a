"""Which leaves the hub takes in: those of docs/audit-log.md, section 2, so that every verifier reads what it holds.

A leaf as doorctl spells it is known by being written anew to the same bytes; only another one is read word by word.
"""

import json
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, NoReturn

import msgspec

from doorctl.audit.leaf import LEAF_VERSION, Leaf, PulseMark, leaf_bytes
from doorctl.core.records import RecordKind

MOST_DIGITS = 16
"""Of a number before its point: what is below 2^53, and a little more."""
MOST_NESTED = 16
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|\+00:00)\Z"
_Number = Annotated[int, msgspec.Meta(ge=0)]
_Hex = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?\Z")]


class HubMark(msgspec.Struct, frozen=True):
    """What a controller saw of the hub's own log: how many records of which epoch, under which root."""

    log: Literal["hub"]
    epoch: _Number
    size: _Number
    root: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class _Allowed(msgspec.Struct, frozen=True):
    """The fields of a controller's leaf that this version knows; kinds and words may be of a newer one."""

    v: Literal[1]
    kind: str
    at: Annotated[str, msgspec.Meta(pattern=_MOMENT)]
    boot: str = ""
    clock: str = ""
    mono_ms: _Number = 0
    door: str = ""
    zone: str = ""
    reader: str = ""
    outcome: str | None = None
    reason: str | None = None
    reasons: tuple[str, ...] = ()
    policy: dict[str, Any] | None = None
    of: _Number | None = None
    pulse: PulseMark | None = None
    detail: str = ""
    tree: dict[str, Any] | None = None
    act: dict[str, Any] | None = None
    subject: _Hex = ""
    personal: tuple[_Hex, ...] = ()


class _Witness(msgspec.Struct, frozen=True):
    tree: HubMark


_leaf = msgspec.json.Decoder(Leaf)
_witness = msgspec.json.Decoder(_Witness)
_usual_moment = re.compile(_MOMENT)
_many_digits = re.compile(rb"[0-9]{%d}" % (MOST_DIGITS + 1))


def why_not_allowed(leaf: bytes) -> str:
    """Tell what makes a controller's leaf one that no verifier reads; empty where it may be."""
    try:
        if not _is_usual(leaf):
            _read_strictly(leaf)
    except (ValueError, RecursionError) as error:  # what msgspec, json and encodings raise are all ValueErrors
        return str(error) or type(error).__name__
    return ""


def hub_marks(leaves: Sequence[bytes], kinds: Sequence[str], *, first: int) -> list[tuple[int, HubMark]]:
    """Return what leaves that are allowed say of the hub's own log, each with its number."""
    found = enumerate(zip(leaves, kinds, strict=True), first)
    return [(seq, _witness.decode(leaf).tree) for seq, (leaf, kind) in found if kind == RecordKind.HUB_ROOT]


def _is_usual(leaf: bytes) -> bool:
    """Tell whether a leaf is spelled as doorctl does, with nothing in it that its types do not bound."""
    if _many_digits.search(leaf):
        return False
    try:
        found = _leaf.decode(leaf)
    except msgspec.DecodeError:
        return False
    is_bounded = found.act is None and found.tree is None and len(found.subject) in {0, 64} and not found.personal
    is_known = found.kind != RecordKind.HUB_ROOT and found.v == LEAF_VERSION
    return is_bounded and is_known and bool(_usual_moment.match(found.at)) and leaf_bytes(found) == leaf


def _read_strictly(leaf: bytes) -> None:
    text = leaf.decode()
    if "\n" in text or "\r" in text:
        raise ValueError("a line break stands in it")
    found = json.loads(
        text, object_pairs_hook=_no_field_twice, parse_int=_whole, parse_float=_broken, parse_constant=_no_constant
    )
    _check_bounds(found, depth=0)
    known = msgspec.convert(found, _Allowed)
    _check_whole(found, "v", "epoch", "seq")
    if known.kind == RecordKind.HUB_ROOT:
        msgspec.convert(found, _Witness)
        _check_whole(found["tree"], "epoch", "size")


def _check_whole(fields: dict[str, object], *names: str) -> None:
    """Raise ValueError where a number is spelled as 1.0, which is whole for some readers only."""
    if any(type(fields.get(name)) is not int for name in names):
        raise ValueError("a number is not whole")


def _check_bounds(value: object, *, depth: int) -> None:
    """Raise ValueError for text that has no UTF-8, and for what is nested too deep."""
    if depth > MOST_NESTED:
        raise ValueError("it is nested too deep")
    if isinstance(value, str):
        value.encode()
    inner = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    for each in inner:
        _check_bounds(each, depth=depth + 1)


def _no_field_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands twice")
    return found


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > MOST_DIGITS:
        raise ValueError("a number is too long")
    return int(digits)


def _broken(digits: str) -> float:
    number = float(digits)
    if abs(number) >= 10**MOST_DIGITS:
        raise ValueError("a number is too large")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
