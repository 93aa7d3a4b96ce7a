"""Packets between keeper and link: what is written is read again, and nothing else is read as a packet."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorctl.errors import Refused
from doorctl.wire.courier import (
    MAX_CARRIED_BYTES,
    MAX_PACKET_BYTES,
    Collect,
    Deliver,
    FromKeeper,
    FromLink,
    Handled,
    LinkConnected,
    LinkDisconnected,
    Publish,
    decode_from_keeper,
    decode_from_link,
    encode,
)
from doorctl.wire.topics import Channel

FROM_LINK: list[tuple[FromLink, bytes]] = [
    (Deliver(7, Channel.DELTA, b"note"), b"\x01\x00\x00\x00\x07\x02note"),
    (Deliver(2**32 - 1, Channel.TRUST, b""), b"\x01\xff\xff\xff\xff\x00"),
    (Deliver(8, Channel.SNAPSHOT, b"note"), b"\x01\x00\x00\x00\x08\x07note"),
    (LinkConnected(), b"\x02"),
    (LinkDisconnected(), b"\x03"),
]
FROM_KEEPER: list[tuple[FromKeeper, bytes]] = [
    (Handled(7), b"\x11\x00\x00\x00\x07"),
    (Publish(Channel.ACK, b"note"), b"\x12\x09note"),
    (Publish(Channel.CARRIED, b"note"), b"\x12\x0dnote"),
    (Collect("0123456789abcdef" * 2), b"\x13" + b"0123456789abcdef" * 2),
    (Collect(None), b"\x13"),
]


@pytest.mark.parametrize(("packet", "data"), FROM_LINK)
def test_packets_of_a_link_have_this_form(packet: FromLink, data: bytes) -> None:
    assert (encode(packet), decode_from_link(data)) == (data, packet)


@pytest.mark.parametrize(("packet", "data"), FROM_KEEPER)
def test_packets_of_a_keeper_have_this_form(packet: FromKeeper, data: bytes) -> None:
    assert (encode(packet), decode_from_keeper(data)) == (data, packet)


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", "bad-packet"),
        (b"\x01\x00\x00", "bad-packet"),
        (b"\x02\x00", "bad-packet"),
        (b"\x11\x00\x00\x00\x07", "bad-packet"),
        (b"\x01\x00\x00\x00\x07\x09note", "wrong-channel"),
        (b"\x01\x00\x00\x00\x07\xffnote", "wrong-channel"),
        (b"\x01" + bytes(MAX_PACKET_BYTES), "packet-too-large"),
    ],
)
def test_what_no_link_sends_is_refused_by_name(data: bytes, refusal: str) -> None:
    with pytest.raises(Refused, match=refusal):
        decode_from_link(data)


@pytest.mark.parametrize(
    "data", [b"", b"\x02", b"\x11\x00", b"\x12", b"\x12\x00note", b"\x13" + b"0" * 31, b"\x13" + b"G" * 32]
)
def test_what_no_keeper_sends_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        decode_from_keeper(data)


def test_the_largest_payload_fits_and_one_byte_more_does_not() -> None:
    assert len(encode(Deliver(1, Channel.DELTA, bytes(MAX_CARRIED_BYTES)))) == MAX_PACKET_BYTES
    with pytest.raises(Refused, match="packet-too-large"):
        encode(Deliver(1, Channel.DELTA, bytes(MAX_CARRIED_BYTES + 1)))


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=40))
def test_any_bytes_are_a_packet_or_refused(data: bytes) -> None:
    with suppress(Refused):
        assert encode(decode_from_link(data)) == data
    with suppress(Refused):
        assert encode(decode_from_keeper(data)) == data
