"""A configured line becomes its protocol, and every mistake in it is named at once."""

from dataclasses import replace

import pytest

from firmware_bridge.bridge_protocol import BridgeProtocol
from firmware_bridge.osdp_protocol import OsdpProtocol
from firmware_bridge.reader_config import make_protocol, mistakes
from firmware_bridge.reader_options import HAS_READERS, LineOptions, ReaderKind, ReaderOptions, ReaderSpec
from firmware_bridge.text_readers import TextReaderProtocol

LOBBY = ReaderSpec("lobby", ReaderKind.BRIDGE, "/dev/ttyUSB0", wiegand={0: ReaderOptions("front")})


@pytest.mark.parametrize("kind", list(ReaderKind))
def test_every_kind_has_a_protocol_and_no_mistake(kind: ReaderKind) -> None:
    spec = replace(LOBBY, kind=kind, wiegand=LOBBY.wiegand if kind in HAS_READERS else {})
    protocols = {ReaderKind.BRIDGE: BridgeProtocol, ReaderKind.OSDP: OsdpProtocol}

    assert isinstance(make_protocol(spec), protocols.get(kind, TextReaderProtocol))
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
        300: ReaderOptions("vault", formats=(), repeat_seconds=61),
    }
    spec = ReaderSpec(
        "lobby", ReaderKind.BRIDGE, "/dev/ttyUSB0", baud=5, wiegand=readers, frames=3, repeat_seconds=float("nan")
    )

    assert mistakes(spec) == [
        "baud: 5 is not between 1200 and 1000000",
        "frames: must be 1 or 2, not 3",
        "repeat_seconds: nan is not between 0 and 60",
        "reader[front].formats: no Wiegand format is called H99999",
        "reader[vault].number: 300 is not between 0 and 255",
        "reader[vault].formats: there must be at least one",
        "reader[vault].repeat_seconds: 61 is not between 0 and 60",
    ]


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        (replace(LOBBY, baud=0), "baud: 0 is not between 1200 and 1000000"),
        (replace(LOBBY, repeat_seconds=-1.0), "repeat_seconds: -1 is not between 0 and 60"),
        (
            replace(LOBBY, kind=ReaderKind.LINE, wiegand={}, line=LineOptions(skip=128)),
            "skip: 128 is not between 0 and 127",
        ),
        (
            replace(LOBBY, kind=ReaderKind.LINE, wiegand={}, line=LineOptions(card_prefix="raw")),
            "card_prefix: raw must be",
        ),
        (
            replace(LOBBY, kind=ReaderKind.LINE, wiegand={}, line=LineOptions(card_prefix="H10301:1")),
            "card_prefix: H10301:1 must be",
        ),
        (
            replace(LOBBY, kind=ReaderKind.LINE, wiegand={}, line=LineOptions(prefix="é")),
            "prefix: must be ASCII",
        ),
    ],
)
def test_mistake_is_named(spec: ReaderSpec, complaint: str) -> None:
    (mistake,) = mistakes(spec)

    assert complaint in mistake


def test_every_mistake_of_an_osdp_line_is_named_at_once() -> None:
    many = {number: ReaderOptions(f"reader-{number}") for number in range(8)}
    spec = replace(LOBBY, kind=ReaderKind.OSDP, wiegand={**many, 127: ReaderOptions("beyond", formats=("H99999",))})

    assert mistakes(spec) == [
        "reader: 9 are more than 8, which one line serves in time",
        "reader[beyond].number: 127 is not between 0 and 126",
        "reader[beyond].formats: no Wiegand format is called H99999",
    ]
