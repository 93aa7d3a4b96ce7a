"""Packets that are too long pass by: nothing of them is kept, and all others come through byte for byte."""

import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.mqtt.packets import PacketReader, PassedBy

MOST = 200
MEBIBYTE = 2**20


def a_packet(body: bytes, *, first: int = 0x32) -> bytes:
    """Write a packet: its first byte, the length of its body as MQTT writes it, its body."""
    length, header = len(body), bytearray([first])
    while True:
        length, byte = length >> 7, length & 127
        header.append(byte | (128 if length else 0))
        if not length:
            return bytes(header) + body


def a_publish(identifier: int, payload_bytes: int, *, qos: int = 1, topic: bytes = b"t") -> bytes:
    known_by = identifier.to_bytes(2) if qos else b""
    body = len(topic).to_bytes(2) + topic + known_by + bytes(payload_bytes)
    return a_packet(body, first=0x30 | qos << 1)


class AStream:
    """A stream of which so many bytes come at once; after each part there is nothing for a moment."""

    def __init__(self, data: bytes, parts: Iterator[int]) -> None:
        self._data = data
        self._parts = parts
        self._ready = 0

    def receive(self, most: int) -> bytes:
        if not self._data:
            return b""
        if not self._ready:
            self._ready = next(self._parts, 1000)
            raise BlockingIOError
        count = min(most, self._ready)
        self._ready -= count
        data, self._data = self._data[:count], self._data[count:]
        return data


def read_all(reader: PacketReader, stream: AStream, wanted: int) -> bytes:
    """Read as paho does, until the stream ends."""
    read = bytearray()
    while True:
        try:
            part = reader.read(wanted, stream.receive)
        except BlockingIOError:
            continue
        if not part:
            return bytes(read)
        read += part


@given(
    sizes=st.lists(st.integers(0, 2 * MOST), max_size=8),
    parts=st.lists(st.integers(1, 300), max_size=50),
    wanted=st.integers(1, 500),
)
def test_what_is_short_enough_comes_through_however_it_is_parted_and_whatever_passes_by(
    sizes: list[int], parts: list[int], wanted: int
) -> None:
    packets = [a_publish(number + 1, size) for number, size in enumerate(sizes)]
    passed_by: list[PassedBy] = []
    reader = PacketReader(MOST, passed_by=passed_by.append)

    read = read_all(reader, AStream(b"".join(packets), iter(parts)), wanted)

    too_long = [size + 5 > MOST for size in sizes]
    assert read == b"".join(packet for packet, is_long in zip(packets, too_long, strict=True) if not is_long)
    assert passed_by == [PassedBy(number + 1, 1) for number, is_long in enumerate(too_long) if is_long]


@pytest.mark.parametrize(
    ("packet", "passed_by"),
    [
        (a_publish(7, 1000, qos=2), PassedBy(7, 2)),
        (a_publish(7, 1000, qos=0), PassedBy()),
        (a_packet(bytes(1000), first=0x20), PassedBy()),
        (a_packet(b"\xff\xff" + bytes(1000)), PassedBy()),
        (a_publish(9, 1000, topic=b"x" * 0xFFFF), PassedBy(9, 1)),
    ],
)
def test_what_passes_by_is_named_where_it_is_to_be_acknowledged(packet: bytes, passed_by: PassedBy) -> None:
    found: list[PassedBy] = []

    read = read_all(PacketReader(MOST, passed_by=found.append), AStream(packet, iter(())), 1000)

    assert (read, found) == (b"", [passed_by])


def test_a_packet_of_256_mb_takes_no_memory() -> None:
    part, left = bytes(64 * 1024), 2**28 - 1
    reader = PacketReader(MOST, passed_by=lambda _: None)
    header = iter([b"\x32", b"\xff", b"\xff", b"\xff", b"\x7f"])
    tracemalloc.start()

    while left > 2**27:
        try:
            reader.read(left, lambda most: next(header, part[:most]))
        except BlockingIOError:
            left -= len(part)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MEBIBYTE
