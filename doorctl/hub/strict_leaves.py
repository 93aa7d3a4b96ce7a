"""Which leaves the hub takes in: those of docs/audit-log.md, section 2, so that every verifier reads what it holds.

Leaves as doorctl spells them are known by being written anew, all at once, to the same bytes; only where there is
another one each is looked at by itself, and only that one is read word by word.
"""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal, NoReturn

import msgspec

from doorctl.audit.leaf import PulseMark
from doorctl.core.records import RecordKind
from doorctl.wire.messages import NOT_STRICT

MOST_DIGITS = 16
"""Of a number before its point: what is below 2^53, and a little more."""
MOST_NESTED = 16
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|\+00:00)\Z"
_Number = Annotated[int, msgspec.Meta(ge=0, lt=10**MOST_DIGITS)]
_Fraction = Annotated[float, msgspec.Meta(ge=0, lt=10**MOST_DIGITS)]
_Hex = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?\Z")]


class HubMark(msgspec.Struct, frozen=True):
    """What a controller saw of the hub's own log: records of which epoch, under which root, signed or not."""

    log: Literal["hub"]
    epoch: _Number
    size: _Number
    root: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
    signature: str = ""


class ControllerLeaf(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The fields of a controller's leaf that this version knows, in the order in which doorctl writes them.

    Kinds and words may be of a newer one.
    """

    v: Literal[1]
    controller: str
    epoch: _Number
    seq: _Number
    boot: str = ""
    kind: str
    at: Annotated[str, msgspec.Meta(pattern=_MOMENT)]
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
    before: _Number | None = None
    subject: _Hex = ""
    personal: tuple[_Hex, ...] = ()


class _Usual(ControllerLeaf, frozen=True, omit_defaults=True, kw_only=True):
    """A leaf as most are: its types bound all that stands in it.

    Moment and subject are looked at beside: by patterns a leaf would take three times as long.
    """

    boot: str
    at: str
    clock: str
    mono_ms: _Number
    policy: dict[str, _Number | _Fraction] | None = None
    tree: None = None
    act: None = None
    subject: str = ""


_usual = msgspec.json.Decoder(_Usual)
_encoder = msgspec.json.Encoder()
_HEX_DIGITS = b"0123456789abcdef"
_TO_ZEROS = bytes.maketrans(b"123456789", b"0" * 9)
_USUAL_MOMENT = b"0000-00-00T00:00:00.000Z"
"""As doorctl writes one, with each digit made a 0."""


class NotAllowed(ValueError):
    """A leaf that no verifier reads: which of those that were given, and why."""

    def __init__(self, number: int, why: str) -> None:
        """Keep both."""
        super().__init__(why)
        self.number = number


def read_leaves(leaves: Sequence[bytes]) -> Sequence[ControllerLeaf]:
    """Read a controller's leaves. Raises NotAllowed for the first one that no verifier reads."""
    return _read_usual(leaves) or [_read(leaf, number) for number, leaf in enumerate(leaves)]


def hub_marks(leaves: Sequence[ControllerLeaf]) -> list[tuple[int, HubMark]]:
    """Return what leaves say of the hub's own log, each with its number."""
    told = [it for it in leaves if it.tree is not None and it.kind == RecordKind.HUB_ROOT]
    return [(it.seq, msgspec.convert(it.tree, HubMark)) for it in told]


def _read_usual(leaves: Sequence[bytes]) -> Sequence[ControllerLeaf]:
    """Read leaves if all are spelled as doorctl does, with nothing in them that has no bounds; nothing otherwise."""
    lines = b"\n".join([*leaves, b""])
    try:
        found = _usual.decode_lines(lines)
    except NOT_STRICT:
        return []
    is_same = len(found) == len(leaves) and _encoder.encode_lines(found) == lines
    return found if is_same and _are_bound(found) else []


def _are_bound(leaves: Sequence[ControllerLeaf]) -> bool:
    """Tell whether moments are spelled as doorctl does, subjects are commitments, and no kind asks for a tree."""
    moments, subjects = [it.at for it in leaves], [it.subject for it in leaves]
    zeros = "\n".join(moments).encode().translate(_TO_ZEROS)
    are_moments = zeros == b"\n".join([_USUAL_MOMENT] * len(moments))
    are_subjects = set(map(len, subjects)) <= {0, 64} and not "".join(subjects).encode().translate(None, _HEX_DIGITS)
    return are_moments and are_subjects and RecordKind.HUB_ROOT not in {it.kind for it in leaves}


def _read(leaf: bytes, number: int) -> ControllerLeaf:
    try:
        return (_read_usual([leaf]) or [_read_strictly(leaf)])[0]
    except (ValueError, RecursionError) as error:  # what msgspec, json and encodings raise are all ValueErrors
        raise NotAllowed(number, str(error) or type(error).__name__) from error


def _read_strictly(leaf: bytes) -> ControllerLeaf:
    text = leaf.decode()
    if "\n" in text or "\r" in text:
        raise ValueError("a line break stands in it")
    found = json.loads(
        text, object_pairs_hook=_no_field_twice, parse_int=_whole, parse_float=_broken, parse_constant=_no_constant
    )
    _check_bounds(found, depth=0)
    known = msgspec.convert(found, ControllerLeaf)
    _check_whole(found, "v", "epoch", "seq")
    if known.kind == RecordKind.HUB_ROOT:
        msgspec.convert(known.tree, HubMark)
        _check_whole(found["tree"], "epoch", "size")
    return known


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
