"""What readers, inputs, strikes and the log do, told while somebody tries doors; which card or key, never."""

from collections.abc import Callable, Mapping, Sequence

from doorctl.audit.leaf import Draft
from doorctl.audit.writer import Committed, Verdict
from doorctl.core.machines.inputs import InputRole, InputState
from doorctl.wire.technician import FromDoor, Heard, Recorded
from firmware_bridge.reader_events import (
    CardRead,
    KeyPressed,
    LinesChanged,
    PairingEnded,
    ReaderEvent,
    ReaderOffline,
    ReaderOnline,
    ReaderPower,
    ReaderTamper,
    ReadFault,
)
from hardware.pins import StrikeState

_RAW = "raw"


class LiveView:
    """Tells one listener, or nobody; used from the loop's thread alone."""

    def __init__(self) -> None:
        """Tell nobody yet."""
        self.listener: Callable[[FromDoor], None] | None = None

    def reader(self, event: ReaderEvent) -> None:
        """Take what a reader said."""
        if self.listener is not None and not isinstance(event, LinesChanged):
            self.listener(Heard("reader", event.reader, _said_by(event)))

    def input(self, door: str, role: InputRole, state: InputState) -> None:
        """Take what an input is from now on; those of the controller itself are at no door."""
        if self.listener is not None:
            self.listener(Heard("input", f"{door}.{role}" if door else role, state))

    def strike(self, name: str, state: StrikeState) -> None:
        """Take what a strike was put to."""
        if self.listener is not None:
            self.listener(Heard("strike", name, state))

    def committed(self, drafts: Sequence[Draft], verdict: Verdict) -> None:
        """Take records that are on disk."""
        if self.listener is None or not isinstance(verdict, Committed):
            return
        for number, draft in zip(verdict.numbers, drafts, strict=True):
            said = draft.statement
            words = (str(said.outcome or ""), str(said.reason or ""), said.detail)
            self.listener(Recorded(number, said.kind, said.door, said.reader, *words, of=said.of))


def _said_by(event: ReaderEvent) -> str:
    say = _SAYS.get(type(event))
    return "" if say is None else say(event)


def _kind_of(card: str) -> str:
    """Say how a card was read: its format, and of an unknown one how many bits; nothing by which it is known."""
    kind, _, rest = card.partition(":")
    return f"{kind}:{rest.partition(':')[0]}" if kind == _RAW else kind


_SAYS: Mapping[type[ReaderEvent], Callable[..., str]] = {
    CardRead: lambda event: f"card {_kind_of(event.card)}",
    KeyPressed: lambda _: "key",
    ReadFault: lambda event: f"fault {event.kind}",
    ReaderOnline: lambda _: "online",
    ReaderOffline: lambda event: f"offline {event.why}",
    ReaderTamper: lambda event: "opened" if event.active else "closed",
    ReaderPower: lambda event: "supply failed" if event.failed else "supply back",
    PairingEnded: lambda event: "paired" if event.is_paired else f"not paired: {event.why}",
}
