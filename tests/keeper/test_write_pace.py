"""How fast a file may be written: steps follow how long a flush takes, and the records keep room on the disk."""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import accumulate, chain, repeat
from pathlib import Path

import pytest

from doorctl.keeper.write_pace import (
    FLUSH_SECONDS,
    LEAST_RESERVE_BYTES,
    LEAST_STEP_BYTES,
    MOST_STEP_BYTES,
    PAUSE_SECONDS,
    RESERVE_BYTES,
    RESERVE_PER_CHUNK_BYTES,
    WritePace,
    reserve_for,
)

A_LITTLE = 1024
"""More than what a test's thread writes beside, which counts, too."""


def flushes_of(*seconds: float) -> Callable[[], float]:
    """Return a clock by which the flushes take so long, one after the other."""
    readings = accumulate(chain.from_iterable((0.0, each) for each in seconds))
    return lambda: next(readings)


def instantly() -> float:
    return 0.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.touch()
    return path


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def pace(path: Path, pauses: list[float]) -> Iterator[WritePace]:
    def pause(seconds: float) -> bool:
        pauses.append(seconds)
        return True

    with closing(WritePace(path, pause=pause, clock=instantly)) as pace:
        yield pace


def grow(path: Path, size: int) -> None:
    with path.open("ab") as file:
        file.write(bytes(size))


def test_a_file_that_has_grown_by_a_step_is_flushed_and_left_alone_for_a_moment(
    pace: WritePace, path: Path, pauses: list[float]
) -> None:
    grow(path, LEAST_STEP_BYTES - A_LITTLE)
    before = pace.is_to_stop(), list(pauses)
    grow(path, A_LITTLE)
    after = pace.is_to_stop(), list(pauses)

    assert (before, after) == ((False, []), (False, [PAUSE_SECONDS]))


def test_what_is_written_anew_counts_like_growth(pace: WritePace, path: Path, pauses: list[float]) -> None:
    grow(path, LEAST_STEP_BYTES // 2)
    with path.open("r+b") as file:
        file.write(bytes(LEAST_STEP_BYTES // 2))

    assert (pace.is_to_stop(), pauses) == (False, [PAUSE_SECONDS])


def test_where_the_kernel_does_not_tell_the_growth_counts(path: Path, tmp_path: Path) -> None:
    silent = tmp_path / "no-such-file"
    with closing(WritePace(path, pause=lambda _: False, clock=instantly, counts=silent)) as pace:
        grow(path, LEAST_STEP_BYTES - 1)
        before = pace.is_to_stop()
        grow(path, 1)

        assert (before, pace.is_to_stop()) == (False, True)


def test_the_next_step_counts_from_the_flush_before(pace: WritePace, path: Path, pauses: list[float]) -> None:
    grow(path, LEAST_STEP_BYTES)
    pace.is_to_stop()

    pace.is_to_stop()

    assert len(pauses) == 1


def test_steps_grow_on_a_fast_card_up_to_the_most(pace: WritePace) -> None:
    steps = [pace.step_bytes for _ in range(20) if pace.rest()]

    assert steps == sorted(steps)
    assert (steps[0] > LEAST_STEP_BYTES, steps[-1]) == (True, MOST_STEP_BYTES)


def test_steps_shrink_on_a_slow_card_down_to_the_least(path: Path) -> None:
    seconds = chain(repeat(0.0, 20), repeat(2 * FLUSH_SECONDS, 20))
    with closing(WritePace(path, pause=lambda _: True, clock=flushes_of(*seconds))) as pace:
        steps = [pace.step_bytes for _ in range(40) if pace.rest()]

    assert steps[19:23] == [MOST_STEP_BYTES, MOST_STEP_BYTES // 2, MOST_STEP_BYTES // 4, MOST_STEP_BYTES // 8]
    assert steps[-1] == LEAST_STEP_BYTES


def test_a_disk_without_room_for_the_records_ends_the_writing(path: Path) -> None:
    with closing(WritePace(path, pause=lambda _: True, clock=instantly, reserve_bytes=2**62)) as pace:
        assert (pace.rest(), pace.why_stopped) == (False, "the disk is nearly full")


def test_a_small_policy_leaves_less_room_free_than_a_large_one() -> None:
    assert reserve_for(4) == LEAST_RESERVE_BYTES + 4 * RESERVE_PER_CHUNK_BYTES
    assert reserve_for(1000) == RESERVE_BYTES


def test_a_pause_that_is_cut_short_ends_the_writing(path: Path) -> None:
    with closing(WritePace(path, pause=lambda _: False, clock=instantly)) as pace:
        grow(path, LEAST_STEP_BYTES)

        assert (pace.is_to_stop(), pace.why_stopped) == (True, "the keeper stops")
