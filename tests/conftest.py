"""What tests of several parts need of the machine."""

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")  # what a property says does not depend on how fast it is shown


@pytest.hookimpl(trylast=True)  # behind what leaves long ones out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the modules that may take longest, so that in the end no worker is left alone with one.

    The tests of a module stay together: they share what it has set up.
    """
    longest: dict[Path, float] = {}
    for item in items:
        longest[item.path] = max(seconds_allowed(item), longest.get(item.path, 0.0))
    items.sort(key=lambda item: longest[item.path], reverse=True)


def seconds_allowed(item: pytest.Item) -> float:
    """Return how long a test says that it may take; 0 where it says nothing."""
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker is not None else 0.0


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
