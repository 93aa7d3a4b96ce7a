"""PINs that somebody chooses: typed twice at the terminal and not shown, or lines of standard input."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from doorctl.core.machines.pin_entry import FEWEST_DIGITS, MOST_DIGITS, is_pin
from doorctl.errors import WrongUse
from doorctl.keys.passphrase import Ask, ask_at_terminal

ReadLine = Callable[[], str]
"""Gives the next line of standard input; nothing when there is none."""


@dataclass(frozen=True, slots=True)
class NewPins:
    """A PIN, and the one for duress or nothing."""

    pin: str = field(repr=False)
    duress: str = field(repr=False, default="")


def _line() -> str:
    return "" if sys.stdin is None else sys.stdin.readline()


def choose_pins(whose: str, *, duress: bool, ask: Ask = ask_at_terminal, read_line: ReadLine = _line) -> NewPins:
    """Return a PIN, and one for duress if there shall be one. Raises WrongUse for what can be none."""
    pin = _chosen(f"a PIN for {whose}", ask, read_line)
    if not duress:
        return NewPins(pin)
    other = _chosen(f"another for {whose}, to be entered under duress", ask, read_line)
    if other == pin or len(other) != len(pin):
        raise WrongUse("the PIN for duress must be another of as many digits; nothing was changed")
    return NewPins(pin, other)


def _chosen(what: str, ask: Ask, read_line: ReadLine) -> str:
    typed = ask(f"{what}: ")
    pin = read_line().rstrip("\r\n") if typed is None else typed
    if not is_pin(pin):
        raise WrongUse(
            f"{what}: it has {FEWEST_DIGITS} to {MOST_DIGITS} digits; nothing was changed: type it at a terminal, or "
            "give it as a line of standard input"
        )
    if typed is not None and ask("the same once more: ") != typed:
        raise WrongUse("the two PINs differ; nothing was changed, run it again")
    return pin
