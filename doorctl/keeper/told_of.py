"""What the note of a delta tells of persons beyond their opaque ids."""

from collections.abc import Set

import msgspec

from doorctl.errors import Refused
from doorctl.policy.told_rows import BY_ID_ALONE
from doorctl.wire.notes import text_of


class _Operation(msgspec.Struct):
    row: msgspec.Raw


class _RowType(msgspec.Struct):
    type: str


class _Change(msgspec.Struct):
    operations: tuple[_Operation, ...]


class _Delta(msgspec.Struct):
    changes: tuple[_Change, ...]


_delta = msgspec.json.Decoder(_Delta)
_row_type = msgspec.json.Decoder(_RowType)


def tells_of(note: bytes, holders: Set[str]) -> bool:
    """Answer whether a delta of ours tells of a card of these holders, or of them in a roster.

    What cannot be read does, if it names one of them.
    """
    names = [holder.encode() for holder in holders]
    if not any(name in note for name in names):
        return False
    try:
        changes = _delta.decode(text_of(note).split(b"\n")[1]).changes
        rows = [bytes(operation.row) for change in changes for operation in change.operations]
        kinds = [_row_type.decode(row).type for row in rows]
    except (msgspec.DecodeError, LookupError, UnicodeDecodeError, Refused):
        return True
    beyond = [row for kind, row in zip(kinds, rows, strict=True) if kind not in BY_ID_ALONE]
    return any(name in row for row in beyond for name in names)
