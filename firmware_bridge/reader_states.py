"""Which readers can be heard: every change is one event, nothing is said twice."""

from collections.abc import Iterable

from firmware_bridge.reader_events import ReaderEvent, ReaderOffline, ReaderOnline

UNHEARD = "not heard yet"


class ReaderStates:
    """Remembers what was reported of each reader; at the start that is nothing."""

    def __init__(self, readers: Iterable[str]) -> None:
        self._reported: dict[str, str | None] = dict.fromkeys(readers, UNHEARD)

    def is_reported(self, reader: str, trouble: str | None) -> bool:
        """Tell whether this, or with None that it is online, is the newest that was said of a reader."""
        return self._reported[reader] == trouble

    def report(self, reader: str, trouble: str | None, at: float) -> list[ReaderEvent]:
        """Say that a reader is online (no trouble) or why it is not."""
        if self._reported[reader] == trouble:
            return []
        self._reported[reader] = trouble
        return [ReaderOnline(reader, at) if trouble is None else ReaderOffline(reader, at, trouble)]
