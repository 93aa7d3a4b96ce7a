"""The preloaded library: each kind of flush takes the pinned time, in the process that asks for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.flush import pinned_flush

PINNED_MS = 30
TIMED = """
import os, sys, time
started_at = time.monotonic()
getattr(os, sys.argv[1])(os.open(sys.argv[2], os.O_CREAT | os.O_WRONLY))
print((time.monotonic() - started_at) * 1000)
"""


@pytest.mark.parametrize("call", ["fsync", "fdatasync"])
def test_a_flush_takes_the_pinned_time(call: str, tmp_path: Path) -> None:
    environment = os.environ | pinned_flush(PINNED_MS, tmp_path)

    done = subprocess.run(
        [sys.executable, "-c", TIMED, call, tmp_path / "file"],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )

    assert float(done.stdout) >= PINNED_MS
