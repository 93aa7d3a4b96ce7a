"""The strikes that a bridge drives: what each is to be, what it must be told now, and which it has not confirmed.

1. A strike is released for `RELEASE_MS` at a time, and again each `REFRESH_SECONDS`. A bridge whose host is gone
   secures it by itself, and sooner (docs/serial-protocol.md).
2. What a session has told counts for no other: all is told anew.
3. A strike is doubtful when the bridge has not confirmed within `CONFIRM_SECONDS` what it is to be, or is not heard.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from firmware_bridge.bridge_messages import SetStrike

RELEASE_MS = 10_000
REFRESH_SECONDS = 4.0
CONFIRM_SECONDS = 1.0
START_SECONDS = 5.0
"""So long a bridge may take from the opening of its port until it confirms."""


@dataclass(slots=True)
class _Output:
    released: bool = False
    told_at: float | None = None
    doubtful_at: float | None = None

    def expect(self, by: float) -> None:
        """Doubt from then on, unless it is confirmed before."""
        self.doubtful_at = by if self.doubtful_at is None else min(by, self.doubtful_at)


class StrikeOutputs:
    """All strikes of one bridge, by number; `now` is monotonic seconds."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        """Begin with all of them to be secured."""
        self._outputs = {number: _Output() for number in numbers}

    def drive(self, number: int, *, released: bool, now: float) -> None:
        """Say what a strike is to be from now on."""
        output = self._outputs[number]
        if output.released is not released:
            output.released, output.told_at = released, None
            output.expect(now + CONFIRM_SECONDS)

    def opened(self, now: float) -> None:
        """The port was opened: nothing is confirmed yet."""
        for output in self._outputs.values():
            output.expect(now + START_SECONDS)

    def lose(self, now: float) -> None:
        """The session is over, or begins."""
        for output in self._outputs.values():
            output.told_at = None
            output.expect(now + CONFIRM_SECONDS)

    def due(self, now: float) -> list[SetStrike]:
        """Take what must be told now."""
        return [self._tell(number, now) for number, output in self._outputs.items() if _is_due(output, now)]

    def confirm(self, message: SetStrike) -> None:
        """The bridge has this message, and no newer one is on its way."""
        output = self._outputs.get(message.strike)
        if output is not None and output.told_at is not None and output.released is bool(message.milliseconds):
            output.doubtful_at = None

    def doubtful(self, now: float) -> frozenset[int]:
        """Name the strikes of which nobody knows whether they are what they are to be."""
        return frozenset(
            number
            for number, output in self._outputs.items()
            if output.doubtful_at is not None and now >= output.doubtful_at
        )

    @property
    def are_confirmed(self) -> bool:
        """Whether the bridge has confirmed of every strike what it is to be."""
        return all(output.doubtful_at is None for output in self._outputs.values())

    def _tell(self, number: int, now: float) -> SetStrike:
        output = self._outputs[number]
        output.told_at = now
        output.expect(now + CONFIRM_SECONDS)
        return SetStrike(number, RELEASE_MS if output.released else 0)


def _is_due(output: _Output, now: float) -> bool:
    return output.told_at is None or (output.released and now - output.told_at >= REFRESH_SECONDS)
