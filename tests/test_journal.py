"""Lines for the technician: one line each, whatever the values are."""

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from doorctl import journal


def test_a_line_has_its_priority_its_event_and_its_fields(capfd: pytest.CaptureFixture[str]) -> None:
    journal.say("start", process="door", faults=3)

    assert capfd.readouterr().err == "<6>event=start process=door faults=3\n"


def test_an_empty_value_is_left_out(capfd: pytest.CaptureFixture[str]) -> None:
    journal.say("reader_online", reader="front", detail="")

    assert capfd.readouterr().err == "<6>event=reader_online reader=front\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("two words", '"two words"'),
        ('a "b"', '"a \\"b\\""'),
        ("a\nb", '"a\\nb"'),
        ("a=b", '"a=b"'),
        ("a\x1b[2J", '"a\\u001b[2J"'),
    ],
)
def test_a_value_never_breaks_the_line(value: str, written: str, capfd: pytest.CaptureFixture[str]) -> None:
    journal.say("fault", journal.Level.ALARM, why=value)

    assert capfd.readouterr().err == f"<2>event=fault why={written}\n"


@contextmanager
def a_stalled_standard_error() -> Iterator[int]:
    """Standard error is a pipe that is full; gives the end at which somebody could read."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while os.write(writer, b"x" * select.PIPE_BUF):
            pass
    os.set_blocking(writer, True)
    kept = os.dup(2)
    os.dup2(writer, 2)
    try:
        yield reader
    finally:
        os.dup2(kept, 2)
        for descriptor in (reader, writer, kept):
            os.close(descriptor)


def test_what_happens_again_and_again_is_said_ever_more_rarely() -> None:
    assert [count for count in range(1, 20) if journal.is_worth_saying(count)] == [1, 2, 4, 8, 16]


def test_a_line_that_nobody_reads_holds_nothing_up_and_the_next_tells_of_it() -> None:
    with a_stalled_standard_error() as reader:
        journal.say("lost")
        journal.say("lost")
        os.read(reader, 1 << 20)
        journal.say("start")
        told = os.read(reader, 1 << 20)

    assert told == b"<6>event=start dropped_before=2\n"
