"""Sends alerts without ever holding the hub up: one thread for each way, one letter at a time.

The hub's own thread alone uses the database; it hands letters over and takes back what became of them, and waits for
nobody. A thread that never returns holds up its own way, and what waits for that counts as failed.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Thread

from doorctl.hub.alerts.outbox import Letter, Outbox
from doorctl.hub.alerts.ways import Send
from doorctl.hub.outside import NotSent

PATIENCE_SECONDS = 120.0
"""A letter that takes longer has failed, whatever its thread is doing."""


class Sender:
    """Hands letters to their threads, and notes what became of them."""

    def __init__(self, outbox: Outbox, ways: Mapping[str, Send]) -> None:
        """Begin one thread for each way; they end with the process."""
        self._outbox = outbox
        self._lines = [_Line(way, send) for way, send in ways.items()]

    def turn(self, at: datetime) -> None:
        """Go on; returns at once. What the disk does not take now is done again: the hub's own turn tells of that."""
        with suppress(sqlite3.Error):
            self._outbox.fill(at)
            for line in self._lines:
                line.turn(self._outbox, at)


class _Line:
    """One way, with what is on it."""

    def __init__(self, way: str, send: Send) -> None:
        self._way = way
        self._send = send
        self._letters: SimpleQueue[Letter] = SimpleQueue()
        self._ended: SimpleQueue[tuple[Letter, str | None]] = SimpleQueue()
        self._under_way: Letter | None = None
        self._is_overdue = False
        self._began: datetime | None = None
        Thread(target=self._run, name=f"alerts-{way}", daemon=True).start()

    def turn(self, outbox: Outbox, at: datetime) -> None:
        with suppress(Empty):
            self._note(outbox, *self._ended.get_nowait(), at)
        if self._under_way is None:
            self._begin(outbox, at)
        elif not self._is_overdue and self._began and (at - self._began).total_seconds() > PATIENCE_SECONDS:
            self._is_overdue = True
            outbox.failed(self._under_way, "no end to it", at)

    def _begin(self, outbox: Outbox, at: datetime) -> None:
        letter = outbox.next(self._way, at)
        if letter is not None:
            self._under_way, self._began, self._is_overdue = letter, at, False
            self._letters.put(letter)

    def _note(self, outbox: Outbox, letter: Letter, why: str | None, at: datetime) -> None:
        is_overdue, self._under_way = self._is_overdue, None
        if why is None:
            outbox.sent(letter)
        elif not is_overdue:
            outbox.failed(letter, why, at)

    def _run(self) -> None:
        while True:
            letter = self._letters.get()
            self._ended.put((letter, self._why_not(letter)))

    def _why_not(self, letter: Letter) -> str | None:
        try:
            self._send(letter.alert)
        except NotSent as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - the top of a thread: whatever happens, the way goes on
            return type(error).__name__
        return None
