"""The way of the door's records to the hub: batches in order, a few on their way, until the hub says it holds them.

1. Only the hub's signed word moves the acknowledged size, forwards or backwards; its root must be our log's root.
2. A few batches are on their way at once. When no word comes, all of them are sent again, one at a time and with
   growing pauses, until one comes.
3. What is sent is read from audit.db each time: a million waiting records cost no memory.
"""

import base64
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from doorctl.audit.leaf import Opening
from doorctl.errors import Refused
from doorctl.keeper.log_reader import Batch, LogReader, LogState
from doorctl.keys.sealing import seal
from doorctl.tally import Tally
from doorctl.trust.note import HubKeys
from doorctl.wire.courier import MAX_CARRIED_BYTES
from doorctl.wire.messages import LogAck, LogBatch, to_text
from doorctl.wire.notes import MAX_NOTE_BYTES, Signer, attach, sign_text, text_of

WINDOW = 4
RESEND_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 60.0

_openings = msgspec.json.Encoder()


class Acknowledged(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many records of a log epoch the hub holds, by its signed word."""

    log_epoch: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch on its way."""

    first: int
    end: int
    at: float


class LogUpload:
    """Uploads one controller's log; the acknowledged size is kept in a file, for a quick start only."""

    def __init__(
        self, reader: LogReader, kept: Path, *, site: str, controller: str, signer: Signer, tally: Tally
    ) -> None:
        """Go on from the size in the file ``kept``; if it is lost, the hub says what it has."""
        self._reader = reader
        self._kept = kept
        self._site = site
        self._controller = controller
        self._signer = signer
        self._tally = tally
        self.acknowledged = _load(kept)
        self._on_their_way: deque[Sent] = deque()
        self._next = 0
        self._window = WINDOW
        self._pause = RESEND_SECONDS
        self._is_connected = False

    def connected(self) -> None:
        """A broker is there: send what the hub has not acknowledged."""
        self._is_connected = True
        self._window, self._pause = WINDOW, RESEND_SECONDS
        self._go_to(self.acknowledged.size)

    def disconnected(self) -> None:
        """No broker is there: nothing is sent."""
        self._is_connected = False

    def tick(self, now: float, hub: HubKeys | None) -> list[bytes]:
        """Return the batches to send now, sealed to this hub."""
        state = self._reader.state(now) if self._is_connected and hub is not None else None
        if state is None or hub is None:
            return []
        if state.epoch != self.acknowledged.log_epoch:
            self._keep(Acknowledged(state.epoch, 0))
            self._go_to(0)
        if self._on_their_way and now - self._on_their_way[0].at >= self._pause:
            self._window, self._pause = 1, min(2 * self._pause, LONGEST_PAUSE_SECONDS)
            self._go_to(self.acknowledged.size)
        return self._send(state, hub, now)

    def take_ack(self, ack: LogAck, now: float) -> None:
        """Go where the hub's signed word says: forwards, or back to what it lacks.

        Raises Refused: ``other-log-epoch``, ``ack-beyond-log`` or ``other-root``.
        """
        state = self._reader.state(now)
        if state is None:
            return
        if ack.log_epoch != state.epoch:
            raise Refused("other-log-epoch", f"the door writes epoch {state.epoch}")
        if ack.size > state.size:
            raise Refused("ack-beyond-log", f"the hub holds {ack.size} records and our log has {state.size}")
        self._check_root(ack)
        went_back = ack.size < self.acknowledged.size
        if ack.size > self.acknowledged.size:
            self._window, self._pause = WINDOW, RESEND_SECONDS
        self._keep(Acknowledged(ack.log_epoch, ack.size))
        while self._on_their_way and self._on_their_way[0].end <= ack.size:
            self._on_their_way.popleft()
        next_awaited = self._on_their_way[0].first if self._on_their_way else self._next
        if went_back or next_awaited != ack.size:
            self._go_to(ack.size)

    def _send(self, state: LogState, hub: HubKeys, now: float) -> list[bytes]:
        payloads = []
        while len(self._on_their_way) < self._window and self._next < state.size:
            batch = self._reader.batch(self._next)
            if batch is None:
                break
            payload = self._payload(batch, state.epoch, hub)
            self._on_their_way.append(Sent(batch.first, batch.end, now))
            self._next = batch.end
            if payload is not None:
                payloads.append(payload)
        return payloads

    def _payload(self, batch: Batch, epoch: int, hub: HubKeys) -> bytes | None:
        """Sign a batch, with its openings sealed beside; None, and counted, if it is too large to be carried."""
        message = LogBatch(
            site=self._site,
            controller=self._controller,
            log_epoch=epoch,
            first=batch.first,
            leaves=batch.leaves,
            checkpoint=batch.checkpoint,
        )
        note = sign_text(to_text(message), self._signer)
        about = f"openings:{epoch}:{batch.first}"
        payload = attach(note, _sealed(batch.openings, hub, about=about))
        if len(note) > MAX_NOTE_BYTES or len(payload) > MAX_CARRIED_BYTES:
            self._tally.add(Refused("batch-too-large"), source="log")
            return None
        return payload

    def _check_root(self, ack: LogAck) -> None:
        checkpoint = self._reader.checkpoint_of(ack.size - 1)
        if checkpoint is not None and _root_line(ack.root) not in text_of(checkpoint).split(b"\n"):
            raise Refused("other-root", f"the hub holds other records than ours below {ack.size}")

    def _go_to(self, size: int) -> None:
        self._on_their_way.clear()
        self._next = size

    def _keep(self, acknowledged: Acknowledged) -> None:
        if acknowledged == self.acknowledged:
            return
        self.acknowledged = acknowledged
        aside = self._kept.with_name(f"{self._kept.name}.next")
        with suppress(OSError):  # a full disk costs the next start a few batches, nothing more
            try:
                aside.write_bytes(msgspec.json.encode(acknowledged))
                aside.replace(self._kept)
            finally:
                aside.unlink(missing_ok=True)


def _load(path: Path) -> Acknowledged:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Acknowledged)
    except (OSError, msgspec.DecodeError):
        return Acknowledged()


def _sealed(openings: tuple[Opening, ...], hub: HubKeys, *, about: str) -> bytes | None:
    return seal(_openings.encode(openings), to=hub.box, about=about) if openings else None


def _root_line(root: str) -> bytes:
    """Write a root as a checkpoint does."""
    return base64.b64encode(bytes.fromhex(root))
