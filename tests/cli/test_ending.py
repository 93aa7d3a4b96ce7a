"""Commands that are told to stop."""

import os
import signal
from contextlib import ExitStack

import pytest

from doorctl.cli.ending import ended_in_order


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
