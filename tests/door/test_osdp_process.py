"""The door process with an OSDP reader: its card opens, its lost channel is recorded, its key file is private."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from doorctl.core.classes import ReaderClass
from doorctl.core.model import ZoneKind
from doorctl.core.records import RecordKind
from doorctl.keys.osdp_keys import OsdpKeys, write_osdp_keys
from doorctl.policy.rows import (
    CredentialRow,
    DoorRow,
    GrantRow,
    HolderRow,
    SiteRow,
    ZoneClassesRow,
    ZoneRow,
)
from firmware_bridge.osdp_gate import START
from firmware_bridge.wiegand import frame_of_card
from tests.door_folder import DoorFolder
from tests.firmware_bridge.osdp_bus import KEY, Bus, a_frame

ADA = "H10301:1:1001"
FLOOR = "floor-3"
WAIT_SECONDS = 60.0
T = TypeVar("T")
CONFIG = """
[controller]
site = "hq"
name = "pi-3"
root_keys = ["{root}"]
[board]
kind = "simulated"
changes = "run/board.jsonl"
[[line]]
name = "gates"
kind = "osdp"
port = "run/gates"
[[line.reader]]
name = "front"
number = 5
formats = ["H10301"]
keypad = true
[[door]]
id = "floor-3"
readers = ["front"]
strike = {{ pin = 17, active = "high" }}
lock = "fail-secure"
on_process_loss = "secured"
egress = "hardware"
unlock_seconds = 0.3
late_seconds = 10.0
"""


class OsdpDoor(DoorFolder):
    """A door process whose one reader is on an OSDP line, and the line's far end."""

    def __init__(self, folder: Path) -> None:
        """Make the folder ready, with a policy by which Ada's card opens at readers of this class alone."""
        super().__init__(folder, config=CONFIG.format(root="A" * 43))
        self.bus = Bus(self.run_dir / "gates")
        self.write_policy(
            [
                SiteRow(id="hq", timezone="Europe/Paris"),
                ZoneRow(id=FLOOR, kind=ZoneKind.FLOOR),
                ZoneClassesRow(FLOOR, reader_classes=(ReaderClass.OSDP_SC,)),
                DoorRow(id=FLOOR, zone=FLOOR),
                HolderRow(id="ada"),
                CredentialRow(key=self.card_keys.credential_key(ADA), holder="ada"),
                GrantRow(id="ada-floor", zone=FLOOR, holder="ada"),
            ]
        )

    def until(self, happens: Callable[[], T | None], *, what: str) -> T:
        """Carry the line's bytes until something is true."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not (answer := happens()):
            self.bus.pump()
            assert self.process is None or self.process.poll() is None, self.log()[-2000:]
            assert time.monotonic() < deadline, f"waited for {what}: {self.log()[-2000:]}"
            time.sleep(0.002)
        return answer

    def until_recorded(self, kind: RecordKind, *, times: int = 1) -> list[str]:
        """Wait for so many records of a kind; return what they tell."""
        found = self.until(
            lambda: found if len(found := self.records(kind)) >= times else None, what=f"{times} of {kind}"
        )
        return [leaf.detail for leaf in found]

    def close(self) -> None:
        """Leave nothing running."""
        self.kill()
        self.bus.close()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[OsdpDoor]:
    """A door that is not started yet."""
    door = OsdpDoor(tmp_path)
    yield door
    door.close()


def paired(door: OsdpDoor) -> None:
    write_osdp_keys(door.state / "osdp.keys", OsdpKeys({"front": KEY}))
    door.start()


def test_a_card_at_an_osdp_reader_opens_the_door_and_the_loss_of_its_channel_is_recorded(door: OsdpDoor) -> None:
    paired(door)
    far = door.bus.plug({"address": 5, "key": KEY.hex()})
    door.until_recorded(RecordKind.READER_ONLINE)

    far.card(5, frame_of_card(ADA))
    door.until_recorded(RecordKind.RELEASED)
    far.do(5, "status", report=[1, 1])
    tampered, power = door.until_recorded(RecordKind.READER_TAMPER), door.until_recorded(RecordKind.POWER)
    door.until(lambda: any(told.get("command") == 2 for told in far.got()), what="its light")
    refused = bytes([0x41, 6])
    door.bus.to_panel = lambda frame: (a_frame(5, frame[frame.index(START) + 4] & 3, refused),)
    lost = door.until_recorded(RecordKind.READER_OFFLINE)

    assert (tampered, power, lost[0]) == (["opened"], ["reader failed"], "secure channel lost")


def test_a_card_that_is_put_into_the_line_opens_nothing_and_is_recorded(door: OsdpDoor) -> None:
    paired(door)
    door.bus.plug({"address": 5, "key": KEY.hex()})
    door.until_recorded(RecordKind.READER_ONLINE)
    bits = frame_of_card(ADA)
    card = bytes([0x50, 0, 1, len(bits), 0]) + int(bits.ljust(32, "0"), 2).to_bytes(4)

    door.bus.to_panel = lambda frame: (
        a_frame(5, frame[frame.index(START) + 4] & 3, bytes([3, 0x12, 1]) + card, is_secure=True),
    )
    (told, *_) = door.until_recorded(RecordKind.READ_FAULT)

    assert told.startswith("unprotected ")
    assert door.records(RecordKind.DECISION) == []


def test_a_reader_without_a_key_is_recorded_as_not_paired(door: OsdpDoor) -> None:
    door.start()

    assert door.until_recorded(RecordKind.READER_OFFLINE) == ["not paired: doorctl osdp pair"]


@pytest.mark.parametrize(
    ("text", "mode", "complaint"),
    [
        (b'{"readers":{"front":"EBESExQVFhcYGRobHB0eHw=="}}', 0o640, "is readable by others"),
        (b'{"readers":{"front":"MDEyMzQ1Njc4OTo7PD0+Pw=="}}', 0o600, "does not hold the keys of OSDP readers"),
        (b'{"readers":{"front":"EBES"}}', 0o600, "does not hold the keys of OSDP readers"),
        (b"rubbish", 0o600, "does not hold the keys of OSDP readers"),
    ],
    ids=["open to others", "the default key", "too short", "rubbish"],
)
def test_a_key_file_that_cannot_be_trusted_is_refused(door: OsdpDoor, text: bytes, mode: int, complaint: str) -> None:
    path = door.state / "osdp.keys"
    path.write_bytes(text)
    path.chmod(mode)

    done = subprocess.run(
        [sys.executable, "-m", "doorctl", "door", "--config", str(door.config_path)],
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=False,
    )

    assert done.returncode != 0
    assert complaint in done.stderr
