"""Samples of the inputs in, changes that are no bounce out.

Rules:
1. The first sample tells how things are: every input is reported once, as `initial`.
2. An input changes when every sample for its `debounce_ms` showed the new level; with 0, at the first such sample.
3. A change is dated when its new level was first seen, not when it was believed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hardware.pins import Input


@dataclass(frozen=True, slots=True)
class InputChanged:
    """An input became active or inactive, first seen `at` (monotonic seconds)."""

    name: str
    active: bool
    at: float
    initial: bool = False


@dataclass(slots=True)
class _Believed:
    active: bool
    doubted_since: float | None = None


class Debouncer:
    """Remembers for each input what is believed of it and since when the samples say otherwise."""

    def __init__(self, inputs: Iterable[Input]) -> None:
        self._debounce_ms = {item.name: item.debounce_ms for item in inputs}
        self._believed: dict[str, _Believed] = {}

    def update(self, sample: Mapping[str, bool], now: float) -> list[InputChanged]:
        """Take one sample of every input, read at `now` (monotonic seconds), and give what changed."""
        changes = (self._judge(name, active, now) for name, active in sample.items())
        return [change for change in changes if change]

    def _judge(self, name: str, active: bool, now: float) -> InputChanged | None:
        believed = self._believed.get(name)
        if believed is None:
            self._believed[name] = _Believed(active)
            return InputChanged(name, active, now, initial=True)
        if active is believed.active:
            believed.doubted_since = None
            return None
        since = now if believed.doubted_since is None else believed.doubted_since
        believed.doubted_since = since
        if round((now - since) * 1000, 3) < self._debounce_ms[name]:  # rounded: 0.04 s - 0.01 s are 30 ms
            return None
        self._believed[name] = _Believed(active)
        return InputChanged(name, active, since)
