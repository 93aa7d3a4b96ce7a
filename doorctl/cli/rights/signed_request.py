"""What waits for a second admin, as its admin signed it: checked here, and written out whole.

The hub hands the signed command over and says what stands there now; what is agreed to is the command itself.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from doorctl.cli.times import local_time
from doorctl.errors import Refused
from doorctl.keys.identity import admin_key_name
from doorctl.policy.rows import FactorTime, ModeTime, ScheduleRow, WindowRow
from doorctl.site.factors import written_factor_times
from doorctl.site.modes import written_mode_times
from doorctl.site.times import written_hours, written_windows
from doorctl.trust.note import Trust
from doorctl.wire.commands import Command, Verb
from doorctl.wire.door_words import DoorModeSet
from doorctl.wire.messages import from_text
from doorctl.wire.notes import Verifier, open_note
from doorctl.wire.results import FirstOf, WaitingCommand
from doorctl.wire.rights import ZoneFactorSet

_TIMES = frozenset({"valid_from", "valid_until", "until"})
_SAME = {"kind": "zone_kind"}
"""Fields of rows that have another name in a command."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A command that waits, proven to be its admin's, and what names exactly this one."""

    do: Verb
    sha256: str


def signed_request(waiting: WaitingCommand, trust: Trust) -> SignedRequest:
    """Check what the hub hands over. Raises Refused, when it is not what the admin it names has signed."""
    note = waiting.note.encode()
    keys = [Verifier(admin_key_name(each.id), each.sign) for each in trust.admins if each.id == waiting.admin]
    command = from_text(open_note(note, keys).text, Command, site=trust.site)
    if (command.id, command.admin) != (waiting.request, waiting.admin):
        raise Refused("other-request", "the hub shows another command than the one it names")
    return SignedRequest(command.do, hashlib.sha256(note).hexdigest())


def told(request: SignedRequest, waiting: WaitingCommand, timezone: ZoneInfo) -> str:
    """Write all that the command says, for what would change what it is now, and whom and when it lets in by that."""
    tag = str(request.do.__struct_config__.tag)
    return "  ".join((tag, *_fields(request.do, waiting, timezone), *_hours(request.do, waiting), *_grounds(waiting)))


def _hours(do: Verb, waiting: WaitingCommand) -> Iterator[str]:
    """Write when a zone would ask for something, or a door be in a mode, by the clock."""
    for row in waiting.present if isinstance(do, ZoneFactorSet | DoorModeSet) else ():
        if isinstance(row, ScheduleRow):
            yield f"hours of {row.id}={written_hours(row.windows, row.holidays)}"


def _grounds(waiting: WaitingCommand) -> Iterator[str]:
    if waiting.schedule is not None:
        yield f"hours={written_hours(waiting.schedule.windows, waiting.schedule.holidays)}"
    for name, named in (("members", waiting.members), ("holidays", waiting.holidays)):
        if named is not None:
            yield f"{name}={named.count}{_listed(named)}"


def _listed(named: FirstOf) -> str:
    more = named.count - len(named.first)
    words = ", ".join(named.first) + (f" and {more} more" if more > 0 else "")
    return f" ({words})" if words else ""


def _fields(do: Verb, waiting: WaitingCommand, timezone: ZoneInfo) -> Iterator[str]:
    now = {_SAME.get(field, field): getattr(row, field) for row in waiting.present for field in row.__struct_fields__}
    values: Mapping[str, object] = msgspec.structs.asdict(do)
    for field, value in values.items():
        before = now.get(field, value)
        if value is None and before is None:
            continue
        written = _written(field, value, timezone)
        was = f"{_written(field, before, timezone)} -> " if before != value else ""
        person = f" ({waiting.handle})" if field == "holder" and waiting.handle else ""
        yield f"{field}={was}{written}{person}"


def _written(field: str, value: object, timezone: ZoneInfo) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case int() if field in _TIMES:
            return local_time(value, timezone)
        case tuple():
            return _written_list(field, value)
        case StrEnum():
            return value.value
    return str(value)


def _written_list(field: str, values: tuple[object, ...]) -> str:
    if field == "times":
        factors = written_factor_times(each for each in values if isinstance(each, FactorTime))
        return factors or written_mode_times(each for each in values if isinstance(each, ModeTime)) or "none"
    if field == "zones":
        return ", ".join(map(str, values)) or "none"
    if field in {"reader_classes", "card_classes"}:
        return ", ".join(map(str, values)) or "all"
    return written_windows(each for each in values if isinstance(each, WindowRow))
