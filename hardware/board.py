"""The board that a door acts through: strikes to drive, indicators to show, inputs to sample.

Rules that every driver keeps (`tests/hardware/board_contract.py` holds each of them to these):
1. No pin becomes an output before its level is set: strikes start secured, indicators start off.
2. `drive` returns when the strike's pin has its new level. Nothing is queued, nothing waits.
3. A name that the layout does not know, or a board that is not open, is refused and moves nothing.
4. `close` leaves each strike driven at its `on_process_loss` state: a strike's pin never becomes an input
   again, because an undriven pin would let the lock go where the wiring pulls it.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol, TypeVar

from hardware.pins import StrikeState

T = TypeVar("T")


class BoardKind(StrEnum):
    """The boards that a configuration can name."""

    RASPBERRY_PI = "raspberry-pi"
    SIMULATED = "simulated"


class BoardError(Exception):
    """The board did not do what was asked; the message says what, where and what to do next."""


class BoardUnavailableError(BoardError):
    """The board's library, device, file or socket cannot be used on this computer."""


class BoardNotOpenError(BoardError):
    """The board was used before `open` or after `close`."""


class LayoutError(BoardError):
    """The layout has mistakes and no board can be made of it."""


class UnknownNameError(BoardError):
    """The layout has no strike, indicator or input of this name."""


class Board(Protocol):
    """What a door's loop asks of a board; all of it from one thread."""

    def open(self) -> None:
        """Take the pins: every strike secured, every indicator off, then every input readable."""

    def drive(self, strike: str, state: StrikeState) -> None:
        """Put the strike into `state` before returning."""

    def show(self, indicator: str, on: bool) -> None:
        """Switch the indicator on or off before returning."""

    def sample(self) -> Mapping[str, bool]:
        """Read every input now, by name; True is active, not debounced."""

    def filenos(self) -> Sequence[int]:
        """Name the file descriptors whose readability asks for a `serve`; the same ones until `close`."""

    def serve(self) -> None:
        """Attend to whoever waits at those file descriptors, without waiting for anyone."""

    def close(self) -> None:
        """Put every strike into its `on_process_loss` state, free the inputs; a second call does nothing."""


def named(parts: Mapping[str, T], name: str, *, kind: str) -> T:
    """Find one part of a layout, or say which ones there are."""
    try:
        return parts[name]
    except KeyError:
        known = ", ".join(sorted(parts)) or "none"
        raise UnknownNameError(f"no {kind} is called {name!r}; the layout has: {known}") from None
