"""A configured line becomes its protocol, and every mistake in it is named at once."""

from dataclasses import replace

import pytest

from firmware_bridge.bridge_protocol import BridgeProtocol
from firmware_bridge.reader_config import make_protocol, mistakes
from firmware_bridge.reader_options import LineOptions, ReaderKind, ReaderOptions, ReaderSpec
from firmware_bridge.text_readers import TextReaderProtocol

LOBBY = ReaderSpec("lobby", ReaderKind.BRIDGE, "/dev/ttyUSB0", wiegand={0: ReaderOptions("front")})


@pytest.mark.parametrize("kind", list(ReaderKind))
def test_every_kind_has_a_protocol_and_no_mistake(kind: ReaderKind) -> None:
    bridge = kind is ReaderKind.BRIDGE
    spec = replace(LOBBY, kind=kind, wiegand=LOBBY.wiegand if bridge else {})

    assert isinstance(make_protocol(spec), BridgeProtocol if bridge else TextReaderProtocol)
    assert make_protocol(spec).readers == spec.reader_names
    assert mistakes(spec) == []


def test_sessions_of_two_starts_differ() -> None:
    greetings = {make_protocol_greeting() for _ in range(20)}

    assert len(greetings) == 20


def make_protocol_greeting() -> bytes:
    protocol = make_protocol(LOBBY)
    protocol.opened(0.0)
    return protocol.data_to_send()


def test_every_mistake_is_named_at_once() -> None:
    readers = {
        0: ReaderOptions("front", formats=("H10301", "H99999", "raw")),
        300: ReaderOptions("front", formats=(), repeat_seconds=-1),
    }
    spec = ReaderSpec("lobby", ReaderKind.BRIDGE, "", baud=5, wiegand=readers, frames=3, repeat_seconds=-1.0)

    assert mistakes(spec) == [
        "reader line lobby: path is missing",
        "reader line lobby: baud 5 is not between 1200 and 1000000",
        "reader line lobby: frames is 1 or 2, not 3",
        "reader line lobby: repeat_seconds is negative",
        "reader line lobby: the name front stands 2 times",
        "reader line lobby: reader front: no Wiegand format is called H99999",
        "reader line lobby: reader number 300 is not between 0 and 255",
        "reader line lobby: reader front lists no format",
        "reader line lobby: reader front: repeat_seconds is negative",
    ]


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        (replace(LOBBY, wiegand={}), "a bridge needs at least one Wiegand reader"),
        (replace(LOBBY, kind=ReaderKind.EM18), "only a bridge has Wiegand readers, a em18 has none"),
        (
            replace(LOBBY, kind=ReaderKind.LINE, wiegand={}, line=LineOptions(skip=128)),
            "skip 128 is not between 0 and 127",
        ),
        (
            replace(LOBBY, kind=ReaderKind.LINE, wiegand={}, line=LineOptions(card_prefix="raw")),
            "card_prefix raw must be",
        ),
        (
            replace(LOBBY, kind=ReaderKind.LINE, wiegand={}, line=LineOptions(card_prefix="H10301:1")),
            "card_prefix H10301:1 must be",
        ),
        (
            replace(LOBBY, kind=ReaderKind.LINE, wiegand={}, line=LineOptions(prefix="é")),
            "prefix and suffix must be ASCII",
        ),
    ],
)
def test_mistake_is_named(spec: ReaderSpec, complaint: str) -> None:
    (mistake,) = mistakes(spec)

    assert complaint in mistake
