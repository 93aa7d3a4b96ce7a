"""How late turns are, by moments in the test's hand; and that the real loop tells it."""

import signal
import time
from pathlib import Path

import pytest

from doorctl.door.loop_latency import Latency, LoopLatency
from doorctl.door.loop_watch import HOUR_SECONDS, TELL_SECONDS, LoopWatch
from doorctl.wire.bell import LoopIs
from doorctl.wire.loop_state import LoopState
from tests.door_rig import DoorRig
from tests.keeper_bell import KeeperBell

MS = 0.001


class Turns:
    """A loop that samples every 10 ms, whose turns take what the test says."""

    def __init__(self) -> None:
        self.now = 100.0
        self.latency = LoopLatency()
        self.latency.begins(self.now)

    def turn(self, *, takes: float, late: float = 0.0, is_served: bool = False) -> None:
        """Wait for the next sample, wake up so late, and work so long."""
        self.latency.waits(self.now)
        self.now += 10 * MS + late
        self.latency.woke(self.now, deadline=self.now - late, is_served=is_served)
        self.now += takes

    def serve_at_once(self, *, takes: float) -> None:
        """Find bytes that came during the turn before."""
        self.latency.waits(self.now)
        self.latency.woke(self.now, deadline=self.now + 5 * MS, is_served=True)
        self.now += takes


def test_a_turn_is_late_by_the_time_since_its_deadline() -> None:
    turns = Turns()
    for _ in range(990):
        turns.turn(takes=MS / 2, late=1.5 * MS)
    for _ in range(10):
        turns.turn(takes=MS / 2, late=80 * MS)

    latency = turns.latency.take()

    assert latency.p99 == 2 * MS
    assert latency.worst == pytest.approx(80 * MS)


def test_one_turn_of_fifty_is_the_99th_percentile() -> None:
    turns = Turns()
    for number in range(1000):
        turns.turn(takes=MS / 2, late=80 * MS if number % 50 == 0 else 0.0)

    assert turns.latency.take().p99 == pytest.approx(80 * MS)


def test_bytes_that_came_during_a_long_turn_may_have_waited_for_all_of_it() -> None:
    turns = Turns()
    turns.turn(takes=40 * MS)
    turns.serve_at_once(takes=MS)
    turns.latency.waits(turns.now)

    latency = turns.latency.take()

    assert [latency.worst, latency.longest_turn] == pytest.approx([40 * MS, 40 * MS])


def test_bytes_that_the_loop_waited_for_are_not_late() -> None:
    turns = Turns()
    turns.turn(takes=40 * MS)
    turns.turn(takes=MS, is_served=True)

    assert turns.latency.take().worst == 0.0


def test_what_was_taken_counts_no_more_and_nothing_measured_is_nothing_late() -> None:
    turns = Turns()
    turns.turn(takes=40 * MS, late=20.0)
    turns.latency.waits(turns.now)
    worst = turns.latency.take().worst

    assert worst == pytest.approx(20.0)
    assert turns.latency.take() == Latency(0.0, 0.0, 0.0)


class Watched:
    """A watch over such a loop, and what it tells."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.told: list[LoopIs] = []
        self.watch = LoopWatch(self.turns.latency, self.told.append, counter=lambda: self.turns.now)

    def a_minute(self, *, late: float = 0.0) -> None:
        """Let a minute pass with a turn that is so late."""
        end = self.turns.now + TELL_SECONDS
        self.turns.turn(takes=MS, late=late)
        self.turns.turn(takes=2 * MS)
        self.turns.latency.waits(self.turns.now)
        self.turns.now = end
        self.turns.latency.woke(end, deadline=end, is_served=False)
        self.watch.tick()


def test_the_keeper_hears_each_minute_how_late_the_loop_was() -> None:
    watched = Watched()
    watched.watch.tick()
    assert watched.told == []

    watched.a_minute(late=3 * MS)
    watched.a_minute(late=0.7)

    assert watched.told == [LoopIs(LoopState(3, 3, 2)), LoopIs(LoopState(700, 700, 2, is_late=True))]


def test_the_journal_tells_when_the_loop_becomes_late_and_when_it_no_longer_is(
    capfd: pytest.CaptureFixture[str],
) -> None:
    watched = Watched()
    for late in (0.0, 0.7, 0.7, 0.0, 0.0):
        watched.a_minute(late=late)

    assert capfd.readouterr().err.splitlines() == [
        "<4>event=loop_late p99_ms=700 worst_ms=700 turn_ms=2",
        "<6>event=loop p99_ms=0 worst_ms=0 turn_ms=2",
    ]


def test_the_journal_tells_it_once_an_hour(capfd: pytest.CaptureFixture[str]) -> None:
    watched = Watched()
    for _ in range(round(2 * HOUR_SECONDS / TELL_SECONDS)):
        watched.a_minute()

    assert capfd.readouterr().err.count("event=loop ") == 2


@pytest.mark.long
def test_a_process_that_was_held_up_tells_its_keeper_how_late_it_was(tmp_path: Path) -> None:
    rig = DoorRig(tmp_path)
    rig.write_policy()
    bell = KeeperBell(rig.run_dir)
    try:
        rig.start_online()
        assert rig.process is not None
        rig.process.send_signal(signal.SIGSTOP)
        time.sleep(2)
        rig.process.send_signal(signal.SIGCONT)

        loop = bell.hear(LoopIs, seconds=2 * TELL_SECONDS).loop

        assert loop.is_late
        assert loop.worst_ms >= 1900
        assert "<4>event=loop_late p99_ms=" in rig.log()
    finally:
        bell.close()
        rig.close()
