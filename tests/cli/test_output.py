"""What commands show: whatever somebody wrote elsewhere, no terminal takes it for a command."""

import json

import pytest

from doorctl.cli.output import Output, printable, say_error, to_json

HOSTILE = "Ada\x1b[2J\x1b]0;pwn\x07 \u202e\x9b31m\U000e0041"
SHOWN = r"Ada\u001b[2J\u001b]0;pwn\u0007 \u202e\u009b31m\udb40\udc41"


def test_a_word_from_elsewhere_moves_no_cursor_wherever_it_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()
    output.news(HOSTILE)
    output.result({}, HOSTILE)
    output.table([{"name": HOSTILE}], empty="")
    say_error(HOSTILE)

    shown = capsys.readouterr()

    assert [line.strip() for line in shown.out.splitlines()] == [SHOWN, SHOWN, "name", SHOWN]
    assert shown.err == f"{SHOWN}\n"


def test_json_of_what_is_not_printable_is_the_same_json() -> None:
    line = to_json({"name": HOSTILE})

    assert line.isprintable()
    assert json.loads(line) == {"name": HOSTILE}


def test_what_people_are_told_keeps_its_lines_and_letters() -> None:
    assert printable("Zoë Müller\nПривет 東京") == "Zoë Müller\nПривет 東京"
