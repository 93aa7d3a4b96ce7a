"""What passes the gate of an OSDP line, and in what form; the frames are those of a libosdp reader."""

import pytest

from firmware_bridge.osdp_gate import Frame, OsdpGate, Turned, crc16
from firmware_bridge.reader_events import FaultKind
from tests.firmware_bridge.osdp_bus import a_frame

ASK_ID = bytes.fromhex("ff53050900046100c125")
ASK_CAPABILITIES = bytes.fromhex("ff53050900056200a247")
CHALLENGE = bytes.fromhex("ff530513000e03110176d764c8cce93255c4cdcf")
CRYPTOGRAM = bytes.fromhex("ff53051b000f031301770a8e1bfdf088d6d857ef6ac10ab6ced278ad")
POLL = bytes.fromhex("ff53050e000d0215609df25666935a")
ANSWERS = {
    ASK_ID: bytes.fromhex("538514000445feca0001014d0000000000015962"),
    ASK_CAPABILITIES: bytes.fromhex("5385170005460401010801000901000a00011002000097"),
    CHALLENGE: bytes.fromhex(
        "53852b000e03120176feca01004d000000478d7aa05d83f3ea3ccc52314094216586af3900d2c17dde73e5"
    ),
    CRYPTOGRAM: bytes.fromhex("53851b000f031401783f6df39b7c12fcfab43e811fcdfe74c55165"),
    POLL: bytes.fromhex("53850e000d021640711177d7f9a5"),
}
CARD = bytes.fromhex("5000011a00bd88eb80")
"""Of 26 bits, as it stands in a reply."""
IN_A_HANDSHAKE_BLOCK = bytes([3, 0x12, 1]) + CARD
IN_A_SHORT_BLOCK = bytes([2, 0x12]) + CARD
IN_THE_OTHER_DIRECTION = bytes([2, 0x15]) + CARD
WITHOUT_A_MAC = bytes([2, 0x16, 0x40, 1, 2, 3])


def with_default_key(command: bytes) -> bytes:
    """Say in a command of the handshake that it is by the default key."""
    raw = bytearray(command[1:-2])
    raw[7] = 0
    return b"\xff" + bytes(raw) + crc16(bytes(raw)).to_bytes(2, "little")


def asked(command: bytes) -> OsdpGate:
    gate = OsdpGate()
    assert gate.command(command)
    return gate


@pytest.mark.parametrize(("command", "answer"), ANSWERS.items(), ids=["id", "cap", "challenge", "cryptogram", "poll"])
def test_the_answer_that_belongs_to_a_command_passes_whole_cut_and_amid_rubbish(
    command: bytes, answer: bytes
) -> None:
    for pieces in ([answer], [bytes([byte]) for byte in answer], [b"\x00\x53\x01", answer, b"\xff\x00"]):
        gate = asked(command)
        found = [each for piece in pieces for each in gate.receive(piece) if isinstance(each, Frame)]

        assert [frame.raw for frame in found] == [answer]


@pytest.mark.parametrize("command", ANSWERS, ids=["id", "cap", "challenge", "cryptogram", "poll"])
def test_a_card_that_nothing_vouches_for_passes_after_no_command(command: bytes) -> None:
    blocks = (IN_A_HANDSHAKE_BLOCK, IN_A_SHORT_BLOCK, IN_THE_OTHER_DIRECTION, WITHOUT_A_MAC)
    forged = [a_frame(5, 2, CARD), *(a_frame(5, 2, block, is_secure=True) for block in blocks)]

    passed = [each for frame in forged for each in asked(command).receive(frame) if isinstance(each, Frame)]

    assert passed == []


def test_a_card_in_the_clear_is_a_fault_that_says_so() -> None:
    assert asked(POLL).receive(a_frame(5, 1, CARD)) == [
        Turned(FaultKind.UNPROTECTED, "reply 0x50, block 0x00", address=5)
    ]


def test_of_two_replies_to_one_command_the_first_counts() -> None:
    first, second = asked(POLL).receive(ANSWERS[POLL] * 2)

    assert isinstance(first, Frame)
    assert second == Turned(FaultKind.OUT_OF_SEQUENCE, "a reply that nobody asked for", address=5)


def test_half_a_frame_from_before_a_command_swallows_no_answer() -> None:
    gate = OsdpGate()
    gate.receive(bytes([0x53, 0x85, 0xFE, 0x00, 0x04]))
    gate.command(POLL)

    assert [each.raw for each in gate.receive(ANSWERS[POLL]) if isinstance(each, Frame)] == [ANSWERS[POLL]]


def test_nothing_that_a_poll_is_answered_with_but_an_ack_of_the_channel_tells_that_nothing_waits() -> None:
    (nothing,) = asked(POLL).receive(ANSWERS[POLL])
    (busy,) = asked(POLL).receive(a_frame(5, 0, b"\x79"))
    (card,) = asked(POLL).receive(a_frame(5, 1, bytes([2, 0x18, 0x50]) + bytes(20), is_secure=True))
    light = bytearray(POLL[1:-2])
    light[7] = 0x69
    (lit,) = asked(bytes(light) + crc16(bytes(light)).to_bytes(2, "little")).receive(ANSWERS[POLL])

    told = [each.tells_nothing for each in (nothing, busy, card, lit) if isinstance(each, Frame)]
    assert told == [True, False, False, False]


def test_a_reply_of_another_address_does_not_count() -> None:
    (found,) = asked(POLL).receive(a_frame(6, 1, b"\x02\x16\x40\x71\x11\x77\xd7", is_secure=True))

    assert found == Turned(FaultKind.OUT_OF_SEQUENCE, "a reply that nobody asked for", address=6)


def test_a_reply_with_a_wrong_checksum_does_not_count_and_the_next_does() -> None:
    spoilt = bytearray(ANSWERS[POLL])
    spoilt[8] ^= 1
    found = asked(POLL).receive(bytes(spoilt) + ANSWERS[POLL])

    assert [type(each) for each in found] == [Turned, Frame]
    assert isinstance(found[0], Turned)
    assert found[0].kind is FaultKind.BAD_CHECKSUM


def test_a_reply_with_a_sum_in_the_place_of_a_crc_passes() -> None:
    raw = bytes.fromhex("53850800007901")[:5].replace(b"\x08", b"\x07") + b"\x79"
    frame = raw + bytes([-sum(raw) & 0xFF])

    assert [each.raw for each in asked(POLL).receive(frame) if isinstance(each, Frame)] == [frame]


@pytest.mark.parametrize("rest", [b"\x41\x06", b"\x79"], ids=["refused", "busy"])
def test_refused_and_busy_pass_in_the_clear(rest: bytes) -> None:
    (found,) = asked(POLL).receive(a_frame(5, 0, rest))

    assert isinstance(found, Frame)


@pytest.mark.parametrize("command", [CHALLENGE, CRYPTOGRAM], ids=["challenge", "cryptogram"])
def test_the_default_key_is_offered_to_nobody_but_the_reader_that_is_paired(command: bytes) -> None:
    gate = OsdpGate()
    by_default = with_default_key(command)

    told = [gate.command(by_default)]
    gate.pairing = 6
    told.append(gate.command(by_default))
    gate.pairing = 5
    told.append(gate.command(by_default))

    assert told == [False, False, True]


def test_a_key_that_was_set_is_acknowledged_in_the_clear_at_the_reader_that_is_paired_alone() -> None:
    keyset = a_frame(5, 1, bytes([2, 0x17, 0x75]) + bytes(36), is_secure=True).replace(b"\x53\x85", b"\x53\x05")
    keyset = keyset[:-2] + crc16(keyset[:-2]).to_bytes(2, "little")
    acknowledged = a_frame(5, 1, b"\x40")
    pairing = asked(keyset)
    pairing.pairing = 5

    assert isinstance(pairing.receive(acknowledged)[0], Frame)
    assert isinstance(asked(keyset).receive(acknowledged)[0], Turned)


def test_our_own_command_that_an_adapter_gives_back_is_nothing() -> None:
    assert asked(POLL).receive(POLL + ANSWERS[POLL])[0] == asked(POLL).receive(ANSWERS[POLL])[0]


def test_what_is_no_command_does_not_leave() -> None:
    assert [OsdpGate().command(raw) for raw in (b"", b"\xff\x53", ANSWERS[POLL], POLL + b"\x00")] == [False] * 4


def a_command(block: int, code: int, *, data: bytes = bytes(16)) -> bytes:
    """Build a command of a secure channel to the reader at 5."""
    raw = bytearray(a_frame(5, 1, bytes([2, block, code]) + data, is_secure=True)[:-2])
    raw[1] = 5
    return bytes(raw) + crc16(bytes(raw)).to_bytes(2, "little")


@pytest.mark.parametrize("length", range(8))
def test_lengths_that_no_frame_has_are_rubbish(length: int) -> None:
    gate = asked(POLL)
    found = gate.receive(bytes([0x53, 0x85, length, 0]) * 3 + ANSWERS[POLL])

    assert [each.raw for each in found if isinstance(each, Frame)] == [ANSWERS[POLL]]


def test_a_beginning_that_claims_the_bytes_of_an_answer_takes_none_of_them() -> None:
    found = asked(POLL).receive(bytes([0x53, 0x85, 5 + len(ANSWERS[POLL]), 0, 0x04]) + ANSWERS[POLL])

    assert [each.raw for each in found if isinstance(each, Frame)] == [ANSWERS[POLL]]


@pytest.mark.parametrize(
    "rest", [b"\x79" + CARD, b"\x41", b"\x41\x06" + CARD, b"\x79\x79"], ids=["card", "bare", "more", "twice"]
)
def test_refused_and_busy_bring_nothing_with_them(rest: bytes) -> None:
    assert [each for each in asked(POLL).receive(a_frame(5, 0, rest)) if isinstance(each, Frame)] == []


def test_who_a_reader_is_passes_in_the_clear_in_its_length_and_if_it_was_asked_so() -> None:
    told = ANSWERS[ASK_ID][5:-2]
    shorter = asked(ASK_ID).receive(a_frame(5, 0, told[:-1]))
    in_channel = asked(a_command(0x15, 0x61)).receive(a_frame(5, 0, told))

    assert [each for each in (*shorter, *in_channel) if isinstance(each, Frame)] == []


def test_while_a_reader_is_paired_an_acknowledgement_in_the_clear_ends_its_new_key_alone() -> None:
    pairing = asked(a_command(0x17, 0x75, data=bytes(36)))
    pairing.pairing = 5
    polled = asked(POLL)
    polled.pairing = 5

    found = [*pairing.receive(a_frame(5, 1, b"\x40" + CARD)), *polled.receive(a_frame(5, 1, b"\x40"))]

    assert [each for each in found if isinstance(each, Frame)] == []


@pytest.mark.parametrize(
    "rest",
    [
        bytes([4, 0x16, 0, 0, 0x40]) + bytes(4),
        bytes([3, 0x16, 0, 0x40]) + bytes(4),
        bytes([2, 0x14, 0x78]) + bytes(16),
        bytes([3, 0x12, 1, 0x78]) + bytes(16),
        bytes([3, 0x14, 1, 0x76]) + bytes(16),
        bytes([3, 0x14, 1, 0x78]) + bytes(15),
        bytes([2, 0x16]) + bytes(4),
    ],
)
def test_blocks_of_another_build_pass_after_no_command(rest: bytes) -> None:
    found = [each for command in ANSWERS for each in asked(command).receive(a_frame(5, 1, rest, is_secure=True))]

    assert [each for each in found if isinstance(each, Frame)] == []
