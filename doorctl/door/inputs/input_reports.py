"""Records of what inputs are in trouble: tamper, power, faults of their lines, as often as the flood rule lets them.

What the log tells of an input is remembered, and what it is now is recorded as soon as there is room: a line that
flickers fills no log, the changes between are counted, and the last record is true.
"""

from collections.abc import Callable
from dataclasses import dataclass

from doorctl import journal
from doorctl.core.machines.inputs import InputRole, InputState, records_between
from doorctl.core.records import RecordKind
from doorctl.door.flood import FloodGate
from doorctl.door.recorder import TakesRecords


@dataclass(slots=True)
class _Input:
    door: str
    role: InputRole
    gate: FloodGate
    told: InputState = InputState.NORMAL
    now: InputState = InputState.NORMAL


class InputReports:
    """Tells the log and the technician about inputs; those of the controller itself are at no door."""

    def __init__(
        self,
        recorder: TakesRecords,
        *,
        zone_of: Callable[[str], str] = lambda _: "",
        room: Callable[[], bool] = lambda: True,
    ) -> None:
        """Record here; ``zone_of`` tells where a door leads, ``room`` whether the log has room for floods."""
        self._recorder = recorder
        self._zone_of = zone_of
        self._room = room
        self._inputs: dict[tuple[str, InputRole], _Input] = {}

    def take(self, door: str, role: InputRole, state: InputState, now: float) -> None:
        """Take what an input is from now on, in monotonic seconds."""
        each = self._inputs.setdefault((door, role), _Input(door, role, FloodGate(now)))
        each.now = state
        if not self._is_told(each, now):
            each.gate.count(role)

    def tick(self, now: float) -> None:
        """Record what had no room, and tell once a minute what was only counted."""
        for each in self._inputs.values():
            self._is_told(each, now)
            self._tell_counted(each, each.gate.summary(now))

    def close(self, now: float) -> None:
        """Tell it before the process ends, too."""
        for each in self._inputs.values():
            self._tell_counted(each, each.gate.close(now))

    def _is_told(self, each: _Input, now: float) -> bool:
        """Record what an input is, unless the log tells that already; False where there is no room for it."""
        records = records_between(each.role, each.told, each.now)
        if records and not (self._room() and each.gate.admits_now(now)):
            return False
        each.told = each.now
        for record in records:
            journal.say("input", journal.Level.WARNING, door=each.door, detail=record.detail)
            self._record(each, record.kind, record.detail)
        return True

    def _tell_counted(self, each: _Input, text: str) -> None:
        if text:
            self._record(each, RecordKind.FLOOD_SUMMARY, text)

    def _record(self, each: _Input, kind: RecordKind, detail: str) -> None:
        self._recorder.record(kind, detail, door=each.door, zone=self._zone_of(each.door))
