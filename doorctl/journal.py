"""Lines for the technician on standard error: ``key=value``, never a card number, a name or a PIN."""

import importlib
import os
import select
import sys
from collections import deque
from enum import StrEnum
from threading import Lock

import msgspec

_STANDARD_ERROR = 2
_PATIENCE_SECONDS = 0.02
_MOST_BYTES = select.PIPE_BUF
_lock = Lock()
_dropped: deque[str] = deque(maxlen=1_000_000)


class Level(StrEnum):
    """How much a line matters, as the systemd journal reads it from ``<n>`` prefixes (sd-daemon)."""

    ALARM = "<2>"
    WARNING = "<4>"
    INFO = "<6>"


def say(event: str, level: Level = Level.INFO, **fields: object) -> None:
    """Write one line; values with spaces or quotes are quoted, empty ones left out.

    It waits for nobody who reads: while nobody does, lines are dropped, and the next one tells how many.
    """
    words = [f"event={event}", *(f"{key}={_value(value)}" for key, value in fields.items() if value != "")]
    if not _lock.acquire(timeout=_PATIENCE_SECONDS):
        _dropped.append(event)
        return
    try:
        if _dropped:
            words.append(f"dropped_before={len(_dropped)}")
        _write(f"{level}{' '.join(words)}\n".encode()[:_MOST_BYTES])
        _dropped.clear()
    except OSError:  # a log that is full or gone must not end a door
        _dropped.append(event)
    finally:
        _lock.release()


def is_worth_saying(count: int) -> bool:
    """Tell whether to say what has happened so often: the 1st, 2nd, 4th, 8th … time, so that a flood is few lines."""
    return count.bit_count() == 1


def _write(line: bytes) -> None:
    """Write to standard error if it takes the line at once. Raises BlockingIOError if not, and OSError."""
    poller = select.poll()
    poller.register(_STANDARD_ERROR, select.POLLOUT)
    if not poller.poll(0):  # a pipe or socket is ready when it has room for select.PIPE_BUF bytes
        raise BlockingIOError
    os.write(_STANDARD_ERROR, line)


def pass_on_logging() -> None:
    """Write what the MQTT client logs, in the same form; logging is loaded only where this is asked."""
    logging = importlib.import_module("logging")
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=f"{Level.INFO}%(message)s")


def _value(value: object) -> str:
    text = str(value)
    if text.isprintable() and not any(character in text for character in ' "='):
        return text
    return msgspec.json.encode(text).decode()
