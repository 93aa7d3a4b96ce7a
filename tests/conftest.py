"""What tests of several parts need of the machine."""

import os
import shutil
import subprocess

import pytest


@pytest.fixture(scope="session")
def may_trace() -> None:
    """Skip, with the reason, where strace sees nothing."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: apt-get install strace")
    if subprocess.run(["strace", "-o", os.devnull, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system forbids ptrace, without which strace sees nothing")
