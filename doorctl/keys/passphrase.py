"""Where the passphrase of a protected key file comes from: a file that the environment names, or the terminal.

``$DOORCTL_PASSPHRASE_FILE`` names a file for its owner alone; each of its lines is tried. Else whoever sits at the
terminal is asked. Without either, the key stays closed.
"""

import os
import sys
from collections.abc import Callable, Iterator
from getpass import getpass
from pathlib import Path

from doorctl.errors import KeyFileError
from doorctl.keys.files import read_private

FILE_VARIABLE = "DOORCTL_PASSPHRASE_FILE"
MAX_TRIES = 3

Ask = Callable[[str], str | None]
"""Asks for one passphrase with these words; None when nobody is there to ask."""


def ask_at_terminal(words: str) -> str | None:
    """Ask whoever sits at standard input, if it is a terminal; what is typed is not shown."""
    return getpass(words) if sys.stdin is not None and sys.stdin.isatty() else None


def stored_passphrases() -> list[bytes]:
    """Return the passphrases in the file that the environment names, if it does. Raises KeyFileError."""
    named = os.environ.get(FILE_VARIABLE)
    return [line for line in read_private(Path(named)).splitlines() if line] if named else []


class Passphrases:
    """The passphrases that are known so far: one that opened a key file is tried on the next one, too."""

    def __init__(self, *, ask: Ask = ask_at_terminal) -> None:
        """Know nothing yet."""
        self._ask = ask
        self._known: list[bytes] | None = None

    def for_file(self, path: Path) -> Iterator[bytes]:
        """Yield what may open this file, until the caller stops; raises KeyFileError when there is nothing more."""
        if self._known is None:
            self._known = stored_passphrases()
        yield from tuple(self._known)
        for _ in range(MAX_TRIES):
            typed = self._ask(f"passphrase of {path}: ")
            if typed is None:
                break
            self._known.append(typed.encode())
            yield typed.encode()
        raise KeyFileError(
            f"{path} is protected by a passphrase: "
            + ("none of them opens it" if self._known else f"run this at a terminal, or set ${FILE_VARIABLE}")
        )
