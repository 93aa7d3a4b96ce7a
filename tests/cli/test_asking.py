"""Questions stand on standard error alone: standard output is for what programs read."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import doorctl.cli

ASKS_BY_TYPER = re.compile(r"typer\.(confirm|prompt)\b")
ASK = "from doorctl.cli.asking import agreed; print(agreed('Go on?'))"


@pytest.mark.parametrize(
    ("said", "agreed"),
    [("y\n", True), ("Yes\n", True), ("n\n", False), ("\n", False), ("yeah\n", False), ("", False)],
)
def test_a_question_is_asked_on_standard_error_and_only_a_yes_agrees(said: str, agreed: bool) -> None:
    asked = subprocess.run([sys.executable, "-c", ASK], input=said, capture_output=True, text=True, check=True)

    assert (asked.stdout, asked.stderr) == (f"{agreed}\n", "Go on? [y/N]: ")


def test_no_command_asks_by_typer_which_writes_on_standard_output() -> None:
    files = Path(doorctl.cli.__file__).parent.rglob("*.py")

    assert [path.name for path in files if ASKS_BY_TYPER.search(path.read_text())] == []
