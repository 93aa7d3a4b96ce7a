"""An end in good order: what a command has half done is undone when it is told to stop, as after an error."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

_INTERRUPTING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Let SIGTERM undo what is half done, as an error does; another one does not cut that short."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def interrupted_when_told_to_stop() -> Iterator[None]:
    """Let SIGTERM, and a terminal that is gone (SIGHUP), do what Ctrl-C does: once, and no other cuts that short."""
    before = {number: signal.signal(number, _interrupt) for number in _INTERRUPTING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: object) -> NoReturn:
    for each in _INTERRUPTING:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _stop(number: int, _frame: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(128 + number)
