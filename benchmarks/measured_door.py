"""A door process whose swipes are timed, with its policy and the badges that were not swiped yet."""

import os
import random
import time
from itertools import cycle
from pathlib import Path

from benchmarks.badge_sender import BadgeSender
from benchmarks.board_watch import WAIT_SECONDS, BoardWatch
from benchmarks.controllers import a_controller, door_names, line_paths
from benchmarks.many_credentials import card, write_many_credentials
from doorctl.core.reasons import Outcome
from doorctl.core.records import RecordKind
from doorctl.database import open_reader
from doorctl.keys.card_keys import CardKeys
from hardware.pins import StrikeState
from tests.keeper_bell import KeeperBell

DOORS = 2
UNLOCK_SECONDS = 0.02
_DECISION_BYTES = """
SELECT length(leaf) + length(records.checkpoint) + length(salt) + length(subject)
    + length(frontier) + length(root) + length(log.checkpoint)
FROM records JOIN openings USING (seq) JOIN log ORDER BY seq DESC LIMIT 1
"""


class MeasuredDoor:
    """A controller with some doors; swipes go round among them, each by a badge that was never swiped before."""

    def __init__(self, folder: Path, credentials: int, *, swipes: int) -> None:
        """Write the policy, and choose the badges for so many swipes."""
        self.credentials = credentials
        self._folder = a_controller(folder, doors=DOORS, unlock_seconds=UNLOCK_SECONDS)
        self._policy = write_many_credentials(self._folder, credentials, door_names(DOORS))
        self._badges = cycle(random.sample(range(credentials), min(swipes, credentials)))
        self.lines = line_paths(self._folder, DOORS)
        self._ways = cycle(zip(self.lines, door_names(DOORS), strict=True))
        self._swiped = 0

    @property
    def state(self) -> Path:
        """Where its databases are."""
        return self._folder.state

    @property
    def card_keys(self) -> CardKeys:
        """What its badges' credentials are made with."""
        return self._folder.card_keys

    def start(self, environment: dict[str, str]) -> int:
        """Start the process and wait until its readers are online; somebody must serve their lines. Return its id."""
        online = self._folder.count(RecordKind.READER_ONLINE) + DOORS
        self._bell = KeeperBell(self._folder.run_dir)
        process = self._folder.start(environment=environment)
        deadline = time.monotonic() + WAIT_SECONDS
        while self._folder.count(RecordKind.READER_ONLINE) < online:
            if time.monotonic() > deadline:
                raise RuntimeError(f"the door's readers are not online: {self._folder.log()[-2000:]}")
            time.sleep(0.02)
        self._bell.make_clock_trusted()
        self._watch = BoardWatch(self._folder.run_dir / "board.sock")
        return process.pid

    def swipe(self, sender: BadgeSender) -> float:
        """Swipe the next badge at the next door; return the seconds to its release, once it is secured again."""
        line, strike = next(self._ways)
        sent_at = sender.swipe(line, card(next(self._badges)))
        released_at = self._watch.moved_at(strike, StrikeState.RELEASED)
        self._watch.moved_at(strike, StrikeState.SECURED)
        self._swiped += 1
        return released_at - sent_at

    def forget_pages(self) -> None:
        """Have the system's page cache drop the policy."""
        descriptor = os.open(self._policy, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)

    def bytes_of_a_decision(self) -> int:
        """Return how many bytes of content the last decision's commit has written."""
        connection = open_reader(self._folder.state / "audit.db")
        (size,) = connection.execute(_DECISION_BYTES).fetchone()
        connection.close()
        return int(size)

    def stop(self) -> None:
        """End the process. Raises RuntimeError when not every swipe has its record."""
        self._watch.close()
        self._bell.close()
        self._folder.stop()
        granted = [leaf for leaf in self._folder.records(RecordKind.DECISION) if leaf.outcome is Outcome.GRANTED]
        if len(granted) != self._swiped:
            raise RuntimeError(f"{self._swiped} swipes opened the door, {len(granted)} have a record")
