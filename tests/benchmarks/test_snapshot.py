"""The snapshot benchmark, with few credentials: it runs, and tells what its contract says; and its slow card."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import snapshot
from benchmarks.slow_card import BYTES_PER_SECOND, slow_card
from tests.benchmarks.contract import cases_of

MUCH, MUCH_MS = 3 * BYTES_PER_SECOND, 3000
"""So much takes so long: whoever does not wait for it is done before, also on a busy machine."""
WRITE_AND_FLUSH = """
import os, sys, time
file = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)
for size in sys.argv[2:]:
    os.write(file, bytes(int(size)))
    began_at = time.monotonic()
    os.fdatasync(file)
    print((time.monotonic() - began_at) * 1000)
"""
WRITE_ONLY = "import os, sys; os.write(os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY), bytes(int(sys.argv[2])))"
WRITE_AND_CUT_OFF = f"{WRITE_ONLY}; os.ftruncate(3, 0)"


def run(code: str, *arguments: object, environment: dict[str, str]) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )
    return [float(line) for line in done.stdout.splitlines()]


@pytest.fixture
def card(tmp_path: Path) -> dict[str, str]:
    return slow_card(10, tmp_path, card=tmp_path / "card")


def test_a_flush_takes_its_time_and_that_of_what_was_written(card: dict[str, str], tmp_path: Path) -> None:
    empty, full = run(WRITE_AND_FLUSH, tmp_path / "file", 0, MUCH, environment=card)

    assert 10 <= empty < MUCH_MS
    assert full >= 10 + MUCH_MS


def test_a_flush_waits_for_what_another_process_has_written(card: dict[str, str], tmp_path: Path) -> None:
    run(WRITE_ONLY, tmp_path / "another", MUCH, environment=card)

    first, second = run(WRITE_AND_FLUSH, tmp_path / "file", 0, 0, environment=card)

    assert first >= 10 + MUCH_MS
    assert second < MUCH_MS


def test_what_is_cut_off_again_is_not_waited_for(card: dict[str, str], tmp_path: Path) -> None:
    run(WRITE_AND_CUT_OFF, tmp_path / "journal", MUCH, environment=card)

    assert run(WRITE_AND_FLUSH, tmp_path / "file", 0, environment=card)[0] < MUCH_MS


def test_a_snapshot_is_measured_with_swipes_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert snapshot.main(["--json", "--credentials", "500", "--flush-ms", "4"]) == 0

    cases = cases_of(capsys.readouterr().out)
    assert list(cases) == [
        "CPU time of a snapshot, 500 credentials",
        "the same at the pace of a slow card, 500 credentials",
        "swipes during a snapshot, 500 credentials",
        "the same swipes without a snapshot",
    ]
    swipes = cases["swipes during a snapshot, 500 credentials"]
    assert min(swipes["value_ms"], swipes["floor_ms"]) >= 4
    assert swipes["samples"] > 0
