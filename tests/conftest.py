"""What tests of several parts need of the machine."""

import os
import random
import shutil
import subprocess

import pytest


@pytest.fixture(scope="session")
def may_trace() -> None:
    """Skip, with the reason, where strace sees nothing; fail there when CI is set."""
    if why := _why_strace_sees_nothing():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)


@pytest.fixture
def chance() -> random.Random:
    """Give random numbers whose seed is printed, and may be given back as DOORCTL_TEST_SEED."""
    seed = int(os.environ.get("DOORCTL_TEST_SEED") or random.randrange(1 << 32))
    print(f"DOORCTL_TEST_SEED={seed}")
    return random.Random(seed)


def _why_strace_sees_nothing() -> str:
    if shutil.which("strace") is None:
        return "strace is not installed: apt-get install strace"
    if subprocess.run(["strace", "-o", os.devnull, "true"], check=False, capture_output=True).returncode:
        return "this system forbids ptrace, without which strace sees nothing"
    return ""
