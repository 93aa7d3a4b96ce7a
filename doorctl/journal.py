"""Lines for the technician on standard error: ``key=value``, never a card number, a name or a PIN."""

import importlib
import sys
from contextlib import suppress
from enum import StrEnum

import msgspec


class Level(StrEnum):
    """How much a line matters, as the systemd journal reads it from ``<n>`` prefixes (sd-daemon)."""

    ALARM = "<2>"
    WARNING = "<4>"
    INFO = "<6>"


def say(event: str, level: Level = Level.INFO, **fields: object) -> None:
    """Write one line; values with spaces or quotes are quoted, empty ones left out."""
    words = [f"event={event}", *(f"{key}={_value(value)}" for key, value in fields.items() if value != "")]
    with suppress(OSError):  # a log that is full or gone must not end a door
        sys.stderr.write(f"{level}{' '.join(words)}\n")
        sys.stderr.flush()


def pass_on_logging() -> None:
    """Write what the MQTT client logs, in the same form; logging is loaded only where this is asked."""
    logging = importlib.import_module("logging")
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=f"{Level.INFO}%(message)s")


def _value(value: object) -> str:
    text = str(value)
    if text.isprintable() and not any(character in text for character in ' "='):
        return text
    return msgspec.json.encode(text).decode()
