"""The way of the door's records to the hub: batches in order, a few on their way, until the hub says it holds them.

1. Only the hub's signed word moves the acknowledged size, forwards or backwards; its root must be our log's root.
2. A few batches are on their way at once. When no word comes, all of them are sent again, one at a time and with
   growing pauses, until one comes.
3. What is sent is read from audit.db each time: a million waiting records cost no memory.
4. Logs that the door has put aside come first (``aside_logs``).
5. After a minute without news a batch of no records asks for another cosignature: silence is evidence, too.
6. Each acknowledgement tells of the hub's own log (``hub_log``), whatever else becomes of it.
"""

import base64
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from doorctl.errors import Refused
from doorctl.keeper.acknowledged import Acknowledged, Held
from doorctl.keeper.aside_logs import AsideLogs
from doorctl.keeper.batch_note import BatchNotes
from doorctl.keeper.cosigned import CosignedNote
from doorctl.keeper.hub_log import HubLogSeen
from doorctl.keeper.log_reader import Batch, LogReader, LogState
from doorctl.places import StateFile
from doorctl.tally import Tally
from doorctl.trust.note import HubKeys
from doorctl.wire.bell import FromKeeper, HubHolds
from doorctl.wire.messages import LogAck
from doorctl.wire.notes import text_of

WINDOW = 4
RESEND_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 60.0
QUIET_SECONDS = 60.0


class _Source(Protocol):
    """A log to be uploaded."""

    def state(self, now: float) -> LogState | None: ...
    def batch(self, first: int, *, below: int) -> Batch | None: ...
    def checkpoint_of(self, seq: int) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch on its way."""

    first: int
    end: int
    at: float


class LogUpload:
    """Uploads one controller's log, and those before it; what must outlive it lies in files of ``state_dir``."""

    def __init__(
        self,
        reader: LogReader,
        state_dir: Path,
        *,
        notes: BatchNotes,
        tally: Tally,
        tell_door: Callable[[FromKeeper], None],
        wall: Callable[[], float],
    ) -> None:
        """Go on from the files; what is lost of them, the hub says again. ``wall`` tells seconds since 1970."""
        self._live = reader
        self._notes = notes
        self._tally = tally
        self._tell_door = tell_door
        self._wall = wall
        self.acknowledged = Acknowledged(state_dir / StateFile.LOG_ACKNOWLEDGED)
        self.hub_log = HubLogSeen(state_dir / StateFile.HUB_LOG, site=notes.site)
        self.cosigned = CosignedNote(state_dir / StateFile.COSIGNED, site=notes.site, log=notes.controller)
        self._aside = AsideLogs(state_dir, self.acknowledged, site=notes.site, log=notes.controller)
        self._holds: HubHolds | None = None
        self._live_epoch = self._epoch = 0
        self._on_their_way: deque[Sent] = deque()
        self._next = 0
        self._window = WINDOW
        self._pause = RESEND_SECONDS
        self._sent_at = 0.0
        self._is_connected = False

    def connected(self) -> None:
        """A broker is there: send what the hub has not acknowledged."""
        self._is_connected = True
        self._window, self._pause = WINDOW, RESEND_SECONDS
        self._aside.look()
        self._epoch = 0

    def disconnected(self) -> None:
        """No broker is there: nothing is sent."""
        self._is_connected = False

    def tell_new_door(self) -> None:
        """A door process is there: tell it what the hub holds of its log, and of the hub's own."""
        newest = self.acknowledged.newest
        if self._holds is None and newest is not None and newest[1].root:
            self._holds = HubHolds(newest[0], newest[1].size, newest[1].root)
        if self._holds is not None:
            self._tell_door(self._holds)
        for packet in self.hub_log.packets:
            self._tell_door(packet)

    def tick(self, now: float, hub: HubKeys | None) -> list[bytes]:
        """Return the batches to send now, sealed to this hub."""
        self.cosigned.tick(now)
        if not self._is_connected or hub is None:
            return []
        self._aside.review(now)
        looked = self._look(now)
        if looked is None:
            return []
        source, state = looked
        if self._on_their_way and now - self._on_their_way[0].at >= self._pause:
            self._window, self._pause = 1, min(2 * self._pause, LONGEST_PAUSE_SECONDS)
            self._go_to(state)
        return [*self._send(source, state, hub, now), *self._ask_for_cosignature(source, state, hub, now)]

    def take_ack(self, ack: LogAck, hub: HubKeys, now: float) -> None:
        """Go where the hub's signed word says: forwards, or back to what it lacks.

        Raises Refused: ``other-log-epoch``, ``ack-beyond-log`` or ``other-root``; what an acknowledgement tells
        beside is refused by itself.
        """
        self._hear_of_hub_log(ack, hub, now)
        looked = self._look(now)
        self._tell_holds(ack)
        if looked is None:
            return
        source, state = looked
        if ack.log_epoch != state.epoch:
            raise Refused("other-log-epoch", f"we upload epoch {state.epoch}")
        self._check(ack, source, state)
        self._take_cosignature(ack, source, hub)
        self._go_on(ack, state, now)

    def close(self) -> None:
        """Let go of the logs that were put aside; the reader is the caller's."""
        self._aside.close()

    def _look(self, now: float) -> tuple[_Source, LogState] | None:
        """Return the log whose turn it is, and how far it goes; None while it cannot be read."""
        live = self._live.state(now)
        if live is not None and live.epoch != self._live_epoch:
            self._live_epoch = live.epoch
            self._aside.look()
        source: _Source = self._aside.now_due or self._live
        state = live if source is self._live else source.state(now)
        if state is None:
            return None
        if state.epoch != self._epoch:
            self._epoch = state.epoch
            self._go_to(state)
        return source, state

    def _send(self, source: _Source, state: LogState, hub: HubKeys, now: float) -> list[bytes]:
        payloads = []
        while len(self._on_their_way) < self._window and self._next < state.size:
            batch = source.batch(self._next, below=state.size)
            if batch is None:
                break
            self._on_their_way.append(Sent(batch.first, batch.end, now))
            self._next = batch.end
            payloads += self._payload(batch, hub, now)
        return payloads

    def _ask_for_cosignature(self, source: _Source, state: LogState, hub: HubKeys, now: float) -> list[bytes]:
        """Send no records, under the newest checkpoint, after a minute in which there were none to send."""
        is_quiet = not self._on_their_way and now - self._sent_at >= QUIET_SECONDS
        if not is_quiet or source is not self._live or self._next != state.size:
            return []
        checkpoint = source.checkpoint_of(state.size - 1)
        if checkpoint is None:
            return []
        return self._payload(Batch(state.size, (), checkpoint.decode(), ()), hub, now)

    def _payload(self, batch: Batch, hub: HubKeys, now: float) -> list[bytes]:
        """Write a batch; nothing, and counted, if it is too large to be carried."""
        self._sent_at = now
        knows = self.hub_log.name()
        try:
            return [
                self._notes.write(
                    batch,
                    self._epoch,
                    hub,
                    knows=knows,
                    cosigned_at=self.cosigned.at(self._epoch),
                    evidence=knows.note if self.hub_log.fork else "",
                )
            ]
        except Refused as refusal:
            self._tally.add(refusal, source="log")
            return []

    def _hear_of_hub_log(self, ack: LogAck, hub: HubKeys, now: float) -> None:
        before = self.hub_log.fork
        try:
            is_news = self.hub_log.take(ack, hub, now)
        except Refused as refusal:
            self._tally.add(refusal, source="log_ack")
            is_news = self.hub_log.fork != before
        self.hub_log.watch(now)
        if is_news:
            for packet in self.hub_log.packets:
                self._tell_door(packet)

    def _tell_holds(self, ack: LogAck) -> None:
        """Tell the door, whose log may be shorter: it knows best what it has lost."""
        if ack.log_epoch >= self._live_epoch:
            self._holds = HubHolds(ack.log_epoch, ack.size, ack.root)
            self._tell_door(self._holds)

    def _take_cosignature(self, ack: LogAck, source: _Source, hub: HubKeys) -> None:
        checkpoint = source.checkpoint_of(ack.size - 1)
        if not ack.cosignature or checkpoint is None:
            return
        try:
            self.cosigned.take(ack, checkpoint, hub, wall=self._wall())
        except Refused as refusal:
            self._tally.add(refusal, source="log_ack")

    def _check(self, ack: LogAck, source: _Source, state: LogState) -> None:
        if ack.size > state.size and source is self._live:
            raise Refused("ack-beyond-log", f"the hub holds {ack.size} records and our log has {state.size}")
        checkpoint = source.checkpoint_of(ack.size - 1)
        if checkpoint is not None and _root_line(ack.root) not in text_of(checkpoint).split(b"\n"):
            raise Refused("other-root", f"the hub holds other records than ours below {ack.size}")

    def _go_on(self, ack: LogAck, state: LogState, now: float) -> None:
        before = self.acknowledged.of(ack.log_epoch).size
        if ack.size > before:
            self._window, self._pause = WINDOW, RESEND_SECONDS
            self._aside.progressed(now)
        self.acknowledged.hold(ack.log_epoch, Held(ack.size, ack.root))
        while self._on_their_way and self._on_their_way[0].end <= ack.size:
            self._on_their_way.popleft()
        next_awaited = self._on_their_way[0].first if self._on_their_way else self._next
        if ack.size < before or next_awaited != ack.size:
            self._go_to(state)

    def _go_to(self, state: LogState) -> None:
        """Go on from what the hub holds, or from the first record that is still there."""
        self._on_their_way.clear()
        self._next = max(self.acknowledged.of(state.epoch).size, state.first)


def _root_line(root: str) -> bytes:
    """Write a root as a checkpoint does."""
    return base64.b64encode(bytes.fromhex(root))
