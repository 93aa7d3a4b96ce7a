"""The door process with an OSDP reader: its card opens, its lost channel is recorded, its key file is private."""

import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from doorctl.core.classes import ReaderClass
from doorctl.core.model import ZoneKind
from doorctl.core.records import RecordKind
from doorctl.keys.osdp_keys import OsdpKeys, read_osdp_keys, write_osdp_keys
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
AGAIN_SECONDS = 5.0
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

    def show_until_recorded(self, show: Callable[[], None], kind: RecordKind) -> list[str]:
        """Show something again and again: a machine that stands still for 200 ms costs a reply, and what is in it."""
        while not self.records(kind):
            show()
            until = time.monotonic() + AGAIN_SECONDS
            self.until(lambda: self.records(kind) or time.monotonic() > until, what=kind)  # noqa: B023 - at once
        return [leaf.detail for leaf in self.records(kind)]

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

    door.show_until_recorded(lambda: far.card(5, frame_of_card(ADA)), RecordKind.RELEASED)
    tampered = door.show_until_recorded(lambda: far.do(5, "status", report=[1, 1]), RecordKind.READER_TAMPER)
    power = door.until_recorded(RecordKind.POWER)
    door.until(lambda: any(told.get("command") == 2 for told in far.got()), what="its light")
    refused = bytes([0x41, 6])
    door.bus.to_panel = lambda frame: (a_frame(5, frame[frame.index(START) + 4] & 3, refused),)
    door.until(
        lambda: any(
            each.detail.startswith("secure channel lost") for each in door.records(RecordKind.READER_OFFLINE)
        ),
        what="the loss of its channel",
    )

    assert (tampered[0], power[0]) == ("opened", "reader failed")


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


def pairing_of(door: OsdpDoor, *options: str, most_bytes: int | None = None) -> "subprocess.Popen[str]":
    """Begin to pair the reader; ``most_bytes`` is how large its files may grow."""
    command = [sys.executable, "-m", "doorctl", "osdp", "pair", "gates", "front", "--config", str(door.config_path)]
    limited = [] if most_bytes is None else ["prlimit", f"--fsize={most_bytes}"]
    return subprocess.Popen([*limited, *command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end_of(door: OsdpDoor, pairing: "subprocess.Popen[str]") -> tuple[int, str]:
    """Carry the line until a pairing has ended; return its exit code and what it said."""
    door.until(lambda: pairing.poll() is not None, what="the end of the pairing")
    told, complained = pairing.communicate()
    return pairing.returncode, told + complained


def key_in(door: OsdpDoor) -> bytes:
    return read_osdp_keys(door.state / "osdp.keys").readers["front"]


def test_a_reader_is_paired_beside_the_running_door_and_its_card_opens_also_after_a_restart(door: OsdpDoor) -> None:
    door.start()
    door.until_recorded(RecordKind.READER_OFFLINE)
    far = door.bus.plug({"address": 5, "key": None, "enforce": False, "install": True})

    code, said = end_of(door, pairing_of(door))
    door.until_recorded(RecordKind.READER_ONLINE)
    door.show_until_recorded(lambda: far.card(5, frame_of_card(ADA)), RecordKind.RELEASED)
    key = key_in(door)
    door.stop()
    door.start()
    door.until_recorded(RecordKind.READER_ONLINE, times=2)

    path = door.state / "osdp.keys"
    assert (code, said) == (0, "front is paired, by a key of its own\n")
    assert [told["data"] for told in far.got() if told.get("command") == 5] == [key.hex()]
    assert door.until_recorded(RecordKind.OSDP_PAIRING, times=2) == ["begun, for 60 s", "paired"]
    assert (path.stat().st_mode & 0o777, read_osdp_keys(path).pending) == (0o600, {})
    written = door.log() + door.config_path.read_text() + "".join(str(leaf) for leaf in door.records())
    assert key.hex() not in written
    assert b64encode(key).decode() not in written


def test_a_reader_that_is_paired_gets_another_key_only_when_that_is_said(door: OsdpDoor) -> None:
    paired(door)
    door.bus.plug({"address": 5, "key": KEY.hex()})
    door.until_recorded(RecordKind.READER_ONLINE)

    refused = end_of(door, pairing_of(door))
    done = end_of(door, pairing_of(door, "--again"))

    assert (refused[0], "--again gives it another" in refused[1]) == (1, True)
    assert done[0] == 0
    assert key_in(door) != KEY
    assert door.until_recorded(RecordKind.OSDP_PAIRING, times=2) == ["begun, for 60 s, again", "paired"]


def wait_without_the_line(happens: Callable[[], object], *, what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not happens():
        assert time.monotonic() < deadline, what
        time.sleep(0.002)


@pytest.mark.long
@pytest.mark.parametrize("again", [False, True], ids=["first key", "another key"])
def test_a_pairing_whose_command_and_door_are_cut_off_is_finished_by_saying_it_once_more(
    again: bool, door: OsdpDoor
) -> None:
    """The reader has its key by then, and is in no install mode any more."""
    options = ("--again",) if again else ()
    if again:
        write_osdp_keys(door.state / "osdp.keys", OsdpKeys({"front": KEY}))
    far = door.bus.plug({"address": 5, "key": KEY.hex() if again else None, "enforce": again, "install": not again})
    door.start()
    door.until_recorded(RecordKind.READER_ONLINE if again else RecordKind.READER_OFFLINE)
    pairing = pairing_of(door, *options)
    wait_without_the_line(lambda: door.records(RecordKind.OSDP_PAIRING), what="its beginning")
    pairing.send_signal(signal.SIGSTOP)
    assert door.until_recorded(RecordKind.OSDP_PAIRING, times=2)[1] == "paired"
    pairing.kill()
    pairing.communicate()
    door.kill()
    assert read_osdp_keys(door.state / "osdp.keys").readers == ({"front": KEY} if again else {})
    door.start()

    code, said = end_of(door, pairing_of(door, *options))

    assert (code, said) == (0, "front is paired, by a key of its own\n")
    assert read_osdp_keys(door.state / "osdp.keys").pending == {}
    door.show_until_recorded(lambda: far.card(5, frame_of_card(ADA)), RecordKind.RELEASED)


@pytest.mark.long
def test_a_pairing_in_whose_time_no_reader_comes_is_recorded_and_leaves_no_key(
    door: OsdpDoor,
) -> None:
    door.start()
    door.until_recorded(RecordKind.READER_OFFLINE)

    code, said = end_of(door, pairing_of(door, "--seconds", "10"))

    assert code == 1
    assert "is it in its install mode?" in said
    assert door.until_recorded(RecordKind.OSDP_PAIRING, times=2)[1].startswith("not paired: ")
    assert read_osdp_keys(door.state / "osdp.keys").readers == {}


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        (b"rubbish", "not understood"),
        (b'{"reader":"front","key":"EBESExQVFhcYGRobHB0eHw==","seconds":301}', "not understood"),
        (b'{"reader":"back","key":"EBESExQVFhcYGRobHB0eHw==","seconds":60}', "there is no OSDP reader back"),
        (b'{"reader":"front","key":"MDEyMzQ1Njc4OTo7PD0+Pw==","seconds":60}', "16 random bytes"),
        (b'{"reader":"front","key":"EBESExQVFhcYGRobHB0eHw==","seconds":60}', "has a key already"),
    ],
    ids=["rubbish", "too long a window", "another reader", "the default key", "paired already"],
)
def test_the_door_itself_refuses_what_is_no_pairing(door: OsdpDoor, told: bytes, answer: str) -> None:
    paired(door)
    path = door.run_dir / "pairing.sock"

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(WAIT_SECONDS)
        door.until(lambda: asking.connect_ex(str(path)) == 0, what="the desk")
        asking.sendall(told + b"\n")
        said = asking.recv(4096).decode()

    assert answer in said
    assert path.stat().st_mode & 0o777 == 0o600
    assert door.records(RecordKind.OSDP_PAIRING) == []
