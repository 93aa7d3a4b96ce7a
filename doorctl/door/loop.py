"""The door's loop: serves what is ready, samples inputs every 10 ms, keeps every deadline, never waits for a disk."""

import os
import select
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from doorctl.audit.writer import AuditWriter
from doorctl.clock import WallClock
from doorctl.core.records import RecordKind
from doorctl.door.inputs.guarded_board import GuardedBoard
from doorctl.door.inputs.inputs import DoorInputs
from doorctl.door.inputs.signals import Signals
from doorctl.door.loop_latency import LoopLatency
from doorctl.door.policy.policy_desk import PolicyDesk
from doorctl.door.reader_events import ReaderEvents
from doorctl.door.recorder import Recorder
from firmware_bridge.reader_line import ReaderLine

SAMPLE_SECONDS = 0.01
HOUSEKEEPING_SECONDS = 1.0


class TimedDoor(Protocol):
    """A door, or an elevator, as the loop sees it; `now` is in monotonic seconds."""

    def tick(self, now: float) -> None:
        """Do what is due."""

    def close(self, now: float) -> None:
        """Tell what was only counted, before the process ends."""


class Desk(Protocol):
    """Who serves people at the controller itself; never waits."""

    def fileno(self) -> int:
        """Readable when somebody there has something to say."""

    def serve(self) -> None:
        """Hear them."""

    def close(self) -> None:
        """End what is theirs, before the process ends."""


class DoorLoop:
    """Turns until it is told to stop."""

    def __init__(
        self,
        *,
        writer: AuditWriter,
        lines: Sequence[ReaderLine],
        board: GuardedBoard,
        doorways: Sequence[TimedDoor],
        inputs: DoorInputs,
        reader_events: ReaderEvents,
        signals: Signals,
        policy_desk: PolicyDesk,
        clock: WallClock,
        recorder: Recorder,
        latency: LoopLatency,
        each_second: Sequence[Callable[[], None]] = (),
        at_end: Sequence[Callable[[], None]] = (),
        desks: Sequence[Desk] = (),
    ) -> None:
        """Serve these; ``each_second`` are made about so often, ``at_end`` in the end."""
        self._desks = desks
        self._writer = writer
        self._lines = lines
        self._board = board
        self._doorways = doorways
        self._inputs = inputs
        self._reader_events = reader_events
        self._signals = signals
        self._policy_desk = policy_desk
        self._clock = clock
        self._recorder = recorder
        self._latency = latency
        self._each_second = each_second
        self._at_end = at_end
        self._stop_event = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._stopping = False

    def stop_on_signals(self) -> None:
        """End in good order on SIGTERM and SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())

    def stop(self) -> None:
        """End after this turn."""
        self._stopping = True
        os.eventfd_write(self._stop_event, 1)

    def run(self) -> None:
        """Turn until stopped. Raises RuntimeError when a thread has died."""
        next_sample = next_housekeeping = time.monotonic()
        self._latency.begins(next_sample)
        while not self._stopping:
            self._serve_until(next_sample)
            now = time.monotonic()
            for doorway in self._doorways:
                doorway.tick(now)
            if now >= next_sample:
                self._sample(now)
                next_sample = max(next_sample + SAMPLE_SECONDS, now)
            if now >= next_housekeeping:
                self._keep_house()
                next_housekeeping = now + HOUSEKEEPING_SECONDS
        self._finish(time.monotonic())

    def _finish(self, now: float) -> None:
        for doorway in self._doorways:
            doorway.close(now)
        self._reader_events.close(now)
        self._inputs.close(now)
        for desk in self._desks:
            desk.close()
        for call in self._at_end:
            call()

    def _serve_until(self, deadline: float) -> None:
        """Serve what is ready, verdicts first since a strike waits for them, or return at the deadline."""
        serve = self._ready_handlers()
        poller = select.poll()
        for descriptor in serve:
            poller.register(descriptor, select.POLLIN)
        now = time.monotonic()
        self._latency.waits(now)
        ready = {descriptor for descriptor, _ in poller.poll(max(0.0, deadline - now) * 1000)}
        self._latency.woke(time.monotonic(), deadline=deadline, is_served=bool(ready))
        for descriptor, handle in serve.items():
            if descriptor in ready:
                handle()

    def _ready_handlers(self) -> Mapping[int, Callable[[], None]]:
        handlers: dict[int, Callable[[], None]] = {
            self._writer.fileno(): self._writer.deliver,
            self._policy_desk.fileno(): self._policy_desk.deliver,
        }
        for line in self._lines:
            descriptor = line.fileno()
            if descriptor is not None:
                handlers[descriptor] = self._receiver(line)
        for descriptor in self._board.filenos():
            handlers[descriptor] = self._board.serve
        for desk in self._desks:
            handlers[desk.fileno()] = desk.serve
        handlers[self._stop_event] = lambda: None
        return handlers

    def _receiver(self, line: ReaderLine) -> Callable[[], None]:
        def receive() -> None:
            for event in line.receive(time.monotonic()):
                self._reader_events.take(event)

        return receive

    def _sample(self, now: float) -> None:
        self._inputs.take(self._board.sample(), now)
        self._signals.tick(now)
        self._reader_events.tick(now)
        for line in self._lines:
            for event in line.tick(now):
                self._reader_events.take(event)

    def _keep_house(self) -> None:
        if not (self._writer.is_alive and self._policy_desk.is_alive):
            raise RuntimeError("the audit writer or the policy desk has ended: the door must be restarted")
        for call in self._each_second:
            call()
        self._clock.look_for_synchronization()
        self._clock.now()
        if step := self._clock.take_step():
            self._recorder.record(RecordKind.CLOCK_STEP, f"{step:+.0f} seconds")
