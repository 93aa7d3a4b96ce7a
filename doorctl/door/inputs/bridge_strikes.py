"""Strikes that bridges drive, beside those on pins: driven alike, and told of when a bridge does not confirm.

A bridge secures its strikes by itself when it does not hear us. So a strike that is not confirmed is secured, or soon
is, unless the bridge is broken: nobody knows. That is told, and that it is over once it was confirmed for a while.
"""

import select
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from doorctl import journal
from doorctl.core.machines.inputs import STRIKE_CONFIRMED, STRIKE_UNCONFIRMED
from doorctl.core.records import RecordKind
from doorctl.door.recorder import TakesRecords
from firmware_bridge.reader_line import ReaderLine
from hardware.pins import StrikeState

CALM_SECONDS = 60.0
"""So long a strike must be confirmed until that is told: a bad line is a record a minute."""
CLOSE_SECONDS = 0.3
"""So long the end of the process waits for a bridge, which without us secures its strikes by itself."""
_LOOK_MS = 10


@dataclass(frozen=True, slots=True)
class Output:
    """Where a strike is: an output of the bridge on this line."""

    line: ReaderLine
    number: int


class BridgeStrikes:
    """Drives each strike where it is."""

    def __init__(
        self,
        outputs: Mapping[str, Output],
        recorder: TakesRecords,
        *,
        drive_pin: Callable[[str, StrikeState], None],
        zone_of: Callable[[str], str],
        counter: Callable[[], float] = time.monotonic,
    ) -> None:
        """Drive these, by their doors, at bridges, and all others by ``drive_pin``."""
        self._outputs = outputs
        self._recorder = recorder
        self._drive_pin = drive_pin
        self._zone_of = zone_of
        self._counter = counter
        self._doubted_at: dict[str, float] = {}

    def drive(self, strike: str, state: StrikeState) -> None:
        """Put a strike into a state; one at a bridge is told so at once, and again until it has confirmed."""
        output = self._outputs.get(strike)
        if output is None:
            self._drive_pin(strike, state)
        else:
            output.line.drive_strike(output.number, released=state is StrikeState.RELEASED, now=self._counter())

    def tick(self) -> None:
        """Tell which strikes are in doubt; called each second."""
        now = self._counter()
        for strike, output in self._outputs.items():
            if output.number in output.line.doubtful_strikes(now):
                self._doubt(strike, now)
            elif now - self._doubted_at.get(strike, now) >= CALM_SECONDS:
                del self._doubted_at[strike]
                journal.say("strike_confirmed", door=strike)
                self._record(strike, STRIKE_CONFIRMED)

    def close(self) -> None:
        """Secure them, as the process ends in good order; for a moment, wait for the bridges to confirm it."""
        for strike in self._outputs:
            self.drive(strike, StrikeState.SECURED)
        end = self._counter() + CLOSE_SECONDS
        while (lines := self._awaited()) and (now := self._counter()) < end:
            poller = select.poll()
            for line in lines:
                if (descriptor := line.fileno()) is not None:
                    poller.register(descriptor, select.POLLIN)
            poller.poll(_LOOK_MS)
            for line in lines:
                line.receive(now)
                line.tick(now)

    def _awaited(self) -> list[ReaderLine]:
        return [output.line for output in self._outputs.values() if output.line.awaits_strikes]

    def _doubt(self, strike: str, now: float) -> None:
        is_known = strike in self._doubted_at
        self._doubted_at[strike] = now
        if not is_known:
            journal.say("strike_unconfirmed", journal.Level.ALARM, door=strike, line=self._outputs[strike].line.name)
            self._record(strike, STRIKE_UNCONFIRMED)

    def _record(self, strike: str, detail: str) -> None:
        self._recorder.record(RecordKind.BOARD_FAULT, detail, door=strike, zone=self._zone_of(strike))
