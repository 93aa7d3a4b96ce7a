"""Lines for the technician: one line each, whatever the values are."""

import pytest

from doorctl import journal


def test_a_line_has_its_priority_its_event_and_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    journal.say("start", process="door", faults=3)

    assert capsys.readouterr().err == "<6>event=start process=door faults=3\n"


def test_an_empty_value_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    journal.say("reader_online", reader="front", detail="")

    assert capsys.readouterr().err == "<6>event=reader_online reader=front\n"


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
def test_a_value_never_breaks_the_line(value: str, written: str, capsys: pytest.CaptureFixture[str]) -> None:
    journal.say("fault", journal.Level.ALARM, why=value)

    assert capsys.readouterr().err == f"<2>event=fault why={written}\n"
