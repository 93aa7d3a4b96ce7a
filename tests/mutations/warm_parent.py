"""A process that has pytest and all outside libraries loaded, and forks a run of tests off for each order.

It stands in a copy of the project and imports nothing of it: each run reads the copy as it is by then. Run by itself
(``python -m tests.mutations.warm_parent``) it takes an order a line, and answers each with a line: how the run ended.
"""

import gc
import importlib
import os
import select
import shutil
import signal
import sys

import msgspec
import pytest

LOADED = (
    "asyncio",
    "cryptography.hazmat.primitives.ciphers.aead",
    "cryptography.hazmat.primitives.serialization",
    "cryptography.x509",
    "hypothesis.stateful",
    "paho.mqtt.client",
    "rich.console",
    "serial",
    "sqlite_utils",
    "typer.testing",
    "unittest.mock",
    "yaml",
)
"""To load these takes longer than most tests take."""


class Order(msgspec.Struct, frozen=True):
    """Run pytest with these arguments; what it says goes to a file, what it writes to a folder for that time."""

    arguments: list[str]
    says: str
    scratch: str
    seconds: float


def serve() -> None:
    """Carry out orders until there are no more."""
    for name in LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    for line in sys.stdin.buffer:
        ended = run(msgspec.json.decode(line, type=Order))
        print(ended, flush=True)


def run(order: Order) -> int:
    """Fork a run off, wait until it ends or its time is over, and return how it ended."""
    child = os.fork()
    if child == 0:
        _become(order)
    pidfd = os.pidfd_open(child)
    select.select([pidfd], [], [], order.seconds)
    os.close(pidfd)
    os.killpg(child, signal.SIGKILL)  # and whatever it has started and left behind
    _, status = os.waitpid(child, 0)
    shutil.rmtree(order.scratch, ignore_errors=True)
    return os.waitstatus_to_exitcode(status)


def _become(order: Order) -> None:
    """Be the run: a session of its own, that reads nothing and says all to the file."""
    os.setsid()
    says = os.open(order.says, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for here, there in ((nothing, 0), (says, 1), (says, 2)):
        os.dup2(here, there)
    ended = 70
    try:
        ended = int(pytest.main([*order.arguments, "--basetemp", order.scratch]))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended)  # whatever a test has left behind: its threads end here


if __name__ == "__main__":
    serve()
