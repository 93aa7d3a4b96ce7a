"""Commands that are told to stop."""

import os
import signal
from contextlib import ExitStack

import pytest

from doorctl.cli.ending import ended_in_order, interrupted_when_told_to_stop


def test_what_is_told_to_stop_undoes_what_is_half_done_though_it_is_told_again() -> None:
    before = signal.getsignal(signal.SIGTERM)
    undone: list[str] = []

    def undo() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        undone.append("all of it")

    def work() -> None:
        with ended_in_order(), ExitStack() as stack:
            stack.callback(undo)
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(SystemExit) as ended:
        work()

    assert (ended.value.code, undone) == (128 + signal.SIGTERM, ["all of it"])
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_is_told_to_stop_is_interrupted_once(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    undone: list[str] = []

    with interrupted_when_told_to_stop():
        try:
            os.kill(os.getpid(), number)
        except KeyboardInterrupt:
            os.kill(os.getpid(), signal.SIGHUP)
            undone.append("all of it")

    assert undone == ["all of it"]
    assert signal.getsignal(number) is before
