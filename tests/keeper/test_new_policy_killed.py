"""The file in progress is gone on with, whenever its maker was killed."""

import os
import signal
import time
from itertools import count
from pathlib import Path

import pytest

from doorctl.keeper.new_policy import NewPolicy
from doorctl.keeper.policy_files import throw_away
from tests.keeper.new_policies import begin, complete, is_whole
from tests.keeper.snapshots import ASnapshot, a_snapshot, some_people

PEOPLE = 1200
KILLS = 12


@pytest.fixture(scope="module")
def snapshot() -> ASnapshot:
    """A snapshot with a chunk that takes more than one step."""
    return a_snapshot(some_people(PEOPLE))


def killed_at(pauses: int, folder: Path, snapshot: ASnapshot) -> int | None:
    """Make a new policy in a process that is killed at its n-th pause, if there is an n-th.

    Return how many chunks it had committed by then: how many pauses it makes before that depends on the disk.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _make_until_killed(pauses, folder, snapshot, told=writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        chunks = told.read()
    os.waitpid(child, 0)
    return chunks[0] if chunks else None


def killed_after(seconds: float, folder: Path, snapshot: ASnapshot) -> None:
    """Make a new policy in a process that is ended, at whatever it does then, after so long."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        _make_until_killed(0, folder, snapshot, told=-1)
    os.waitpid(child, 0)


def _make_until_killed(pauses: int, folder: Path, snapshot: ASnapshot, *, told: int) -> None:
    left = iter(range(pauses, 0, -1))
    policy: NewPolicy | None = None

    def pause(_: float) -> bool:
        if next(left, 0) == 1:
            os.write(told, bytes([0 if policy is None else policy.next_chunk]))
            os.kill(os.getpid(), signal.SIGKILL)
        return True

    try:
        policy = begin(folder, snapshot, pause=pause)
        complete(policy, snapshot)
    finally:
        os._exit(0)


def test_killed_at_any_step_it_is_gone_on_with(tmp_path: Path, snapshot: ASnapshot) -> None:
    for step in count(1):
        folder = tmp_path / str(step)
        folder.mkdir()
        chunks = killed_at(step, folder, snapshot)
        if chunks is None:
            break

        again = begin(folder, snapshot)
        assert again.next_chunk >= chunks
        assert is_whole(complete(again, snapshot), snapshot)
    assert step > snapshot.offer.chunks


def test_killed_at_any_moment_it_is_gone_on_with(tmp_path: Path) -> None:
    large = a_snapshot(some_people(4000))
    began_at = time.monotonic()
    complete(begin(tmp_path, large), large)
    whole_seconds = time.monotonic() - began_at
    throw_away(tmp_path)

    for step in range(1, KILLS):
        killed_after(whole_seconds * step / KILLS, tmp_path, large)
    assert is_whole(complete(begin(tmp_path, large), large), large)
