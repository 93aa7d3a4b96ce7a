"""A process that has everything loaded, and forks doors off that are killed: a life takes milliseconds.

Each child opens the log, lets one swipe follow the other through a doorway, its writer's thread and the log, and is
killed at a given point or at any time. What it was told, and what its strike did, stands in a file that outlasts it.
"""

import gc
import os
import random
import select
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from enum import Enum, auto
from pathlib import Path

from doorctl.audit.leaf import Draft
from doorctl.audit.log import AuditLog
from doorctl.audit.writer import AuditWriter, Committed, Verdict
from doorctl.core.machines.door_state import DoorSettings, DoorState
from doorctl.core.records import RecordKind
from doorctl.door.asking.asked import Presented
from doorctl.door.doorway import Doorway
from hardware.pins import StrikeState
from tests.audit.logs import a_log
from tests.core import builders
from tests.door.hand_driven import DOOR, HandDrivenDoorway

LONGEST_LIFE_SECONDS = 0.02
LONGEST_WAIT_SECONDS = 120.0
MOST_SWIPES = 4
LIVES_PER_COPY = 4
"""So many lives fill the write-ahead log, then one copies its pages back."""


class Doom(Enum):
    """When a child dies."""

    AFTER_THE_COMMIT = auto()
    """In the writer's thread, before the loop hears of it."""
    BEFORE_THE_STRIKE = auto()
    """In the loop, which has heard of it."""
    AFTER_THE_STRIKE = auto()
    """Before the record of what it did is handed over."""
    AT_ANY_TIME = auto()


class DoomedLog:
    """A log that kills its process after so many commits of decisions."""

    def __init__(self, log: AuditLog, die_after: int | None) -> None:
        self._log = log
        self._die_after = die_after
        self.checkpoint_pages = log.checkpoint_pages
        self.retire = log.retire
        self.close = log.close

    def append(self, drafts: Sequence[Draft]) -> list[int]:
        numbers = self._log.append(drafts)
        if self._die_after is not None and any(draft.statement.kind is RecordKind.DECISION for draft in drafts):
            self._die_after -= 1
            if self._die_after <= 0:
                die()
        return numbers


class Life:
    """One door from its start to its end."""

    def __init__(self, folder: Path, number: int, doom: Doom, chance: random.Random) -> None:
        self._number = number
        self._doom = doom
        self._swipes = 0
        self._dies_at = chance.randint(1, MOST_SWIPES)
        self._told = os.open(folder / "told", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._acknowledged = ""
        log = a_log(folder / "audit.db")
        if number % LIVES_PER_COPY == 0:
            log.append([])
            log.checkpoint_pages()
        self._writer = AuditWriter(DoomedLog(log, self._dies_at if doom is Doom.AFTER_THE_COMMIT else None))
        around = replace(HandDrivenDoorway().around, submit=self._submit, drive=self._drive, monotonic=time.monotonic)
        self._doorway = Doorway(DOOR, DoorState(DoorSettings()), late_seconds=60.0, around=around)

    def live(self) -> None:
        """Let Ada swipe until the end."""
        self._writer.start()
        deadline = time.monotonic() + LONGEST_WAIT_SECONDS
        while time.monotonic() < deadline:
            self._swipes += 1
            swipes = self._swipes
            reader = f"{self._number}-{swipes}"
            self._doorway.take(Presented(builders.a_request(), reader, time.monotonic()))
            while self._acknowledged != reader:
                select.select([self._writer.fileno()], [], [])
                self._writer.deliver()

    def _submit(self, drafts: list[Draft], done: Callable[[Verdict], None]) -> None:
        (statement,) = [draft.statement for draft in drafts]
        if statement.kind is not RecordKind.DECISION:
            self._writer.submit(drafts, done)
            return

        def conclude(verdict: Verdict) -> None:
            assert isinstance(verdict, Committed)
            self._tell(f"acknowledged {verdict.numbers[0]} {statement.reader}")
            self._die_if(Doom.BEFORE_THE_STRIKE)
            done(verdict)
            self._acknowledged = statement.reader

        self._writer.submit(drafts, conclude)

    def _drive(self, _: str, state: StrikeState) -> None:
        if state is StrikeState.RELEASED:
            self._tell(f"released - {self._number}-{self._swipes}")
            self._die_if(Doom.AFTER_THE_STRIKE)

    def _die_if(self, doom: Doom) -> None:
        if self._doom is doom and self._swipes >= self._dies_at:
            die()

    def _tell(self, line: str) -> None:
        os.write(self._told, f"{line}\n".encode())


def die() -> None:
    """End this process as a power switch would."""
    os.kill(os.getpid(), signal.SIGKILL)


def live_and_die(folder: Path, number: int, doom: Doom, chance: random.Random) -> None:
    """Fork a door off, and wait until it was killed."""
    gc.freeze()
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            Life(folder, number, doom, chance).live()
        os._exit(1)  # it was to be killed
    if doom is Doom.AT_ANY_TIME:
        time.sleep(chance.uniform(0, LONGEST_LIFE_SECONDS))
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "a door ended by itself"
