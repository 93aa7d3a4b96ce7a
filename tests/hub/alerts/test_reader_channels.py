"""OSDP readers that lose their secure channel, and what somebody puts into their lines, as the hub hears of it."""

import pytest

from doorctl.core.records import RecordKind
from doorctl.core.suspicion.input_rules import CHANNEL_LOST, NO_CHANNEL, PUT_IN
from firmware_bridge import osdp_reader
from firmware_bridge.osdp_reader import LOST, NO_ANSWER
from firmware_bridge.reader_events import FaultKind
from tests.hub.alerts.watching import a_log, deliver, rules_of, write
from tests.hub.builders import ASite
from tests.hub.logs import ALog


def say(log: ALog, kind: RecordKind, detail: str, *, reader: str = "front") -> None:
    write(log, kind=kind, detail=detail, door="floor-3", zone="floor-3", reader=reader, outcome=None, subject="")


def test_the_words_are_those_that_are_recorded() -> None:
    assert (LOST, f"{FaultKind.UNPROTECTED} ") == (CHANNEL_LOST, PUT_IN)
    assert osdp_reader.NO_CHANNEL.startswith(NO_CHANNEL)


@pytest.mark.parametrize(
    ("kind", "detail", "said"),
    [
        (RecordKind.READER_OFFLINE, LOST, "reader front: secure channel lost"),
        (RecordKind.READER_OFFLINE, f"{LOST}: {NO_ANSWER}", "reader front: secure channel lost"),
        (
            RecordKind.READ_FAULT,
            f"{FaultKind.UNPROTECTED} reply 0x50, block 0x12",
            "reader front: a reply without protection, which was not taken",
        ),
    ],
)
def test_a_channel_that_is_lost_or_gone_round_is_an_alert(
    room: ASite, kind: RecordKind, detail: str, said: str
) -> None:
    log = a_log(room)
    say(log, kind, detail)

    (alert,) = deliver(room, log)

    assert (alert.rule, alert.severity, alert.door, alert.detail) == ("reader-channel", "high", "floor-3", said)


def test_a_reader_of_another_key_in_the_place_of_ours_is_an_alert(room: ASite) -> None:
    log = a_log(room)
    say(log, RecordKind.READER_OFFLINE, osdp_reader.NO_CHANNEL)

    (alert,) = deliver(room, log)

    assert alert.rule == "reader-channel"
    assert alert.detail == "reader front: it answers, and has no secure channel by its key"


def test_a_reader_that_was_never_there_and_a_card_that_is_not_read_are_none(room: ASite) -> None:
    log = a_log(room)
    say(log, RecordKind.READER_OFFLINE, NO_ANSWER)
    say(log, RecordKind.READ_FAULT, "parity 26 bits")

    assert rules_of(deliver(room, log)) == []


def test_each_reader_is_told_of_once_within_ten_minutes(room: ASite) -> None:
    log = a_log(room)
    for reader in ("front", "front", "back"):
        say(log, RecordKind.READER_OFFLINE, LOST, reader=reader)

    assert rules_of(deliver(room, log)) == ["reader-channel", "reader-channel"]
