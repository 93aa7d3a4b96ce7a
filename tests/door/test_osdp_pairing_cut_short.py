"""Pairings of OSDP readers that a full disk, another pairing or a stopped door gets in the way of: no key is lost."""

import resource
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.core.records import RecordKind
from doorctl.keys.osdp_keys import read_osdp_keys
from doorctl.sole import sole
from tests.door.test_osdp_process import WAIT_SECONDS, OsdpDoor, end_of, key_in, pairing_of


@pytest.fixture
def door(tmp_path: Path) -> Iterator[OsdpDoor]:
    """A door that is not started yet."""
    door = OsdpDoor(tmp_path)
    yield door
    door.close()


def answered_by_hand(door: OsdpDoor, pairing: "subprocess.Popen[str]", *answers: bytes) -> tuple[int, str]:
    """Answer a pairing in the door's place; return its exit code and what it said."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.settimeout(WAIT_SECONDS)
        listener.bind(str(door.run_dir / "pairing.sock"))
        listener.listen()
        asking, _ = listener.accept()
        with asking:
            asking.settimeout(WAIT_SECONDS)
            asking.recv(4096)
            asking.sendall(b"".join(answer + b"\n" for answer in answers))
            told, complained = pairing.communicate(timeout=WAIT_SECONDS)
    return pairing.returncode, told + complained


def test_whoever_waits_for_the_end_of_a_pairing_takes_no_others_for_it(door: OsdpDoor) -> None:
    code, said = answered_by_hand(
        door,
        pairing_of(door),
        b'{"reader":"front","began":true}',
        b'{"reader":"back","paired":true}',
        b'{"reader":"front","paired":false,"error":"no answer"}',
    )

    assert (code, "front: no answer" in said) == (1, True)
    assert read_osdp_keys(door.state / "osdp.keys").readers == {}


def test_readers_are_paired_one_after_the_other(door: OsdpDoor) -> None:
    door.start()
    with sole("osdp-pair", door.state):
        code, said = end_of(door, pairing_of(door))

    assert (code != 0, "another osdp-pair runs" in said) == (True, True)
    assert not (door.state / "osdp.keys").exists()


def test_on_a_full_disk_nothing_is_begun(door: OsdpDoor) -> None:
    door.start()
    door.until((door.run_dir / "pairing.sock").exists, what="the desk")
    pairing = pairing_of(door, most_bytes=0)

    code, said = end_of(door, pairing)

    assert (code, "nothing was begun: make room" in said) == (1, True)
    assert door.records(RecordKind.OSDP_PAIRING) == []


def test_a_disk_that_fills_up_while_a_reader_is_paired_leaves_its_key_for_the_next_try(door: OsdpDoor) -> None:
    door.start()
    door.until_recorded(RecordKind.READER_OFFLINE)
    pairing = pairing_of(door)
    door.until_recorded(RecordKind.OSDP_PAIRING)
    resource.prlimit(pairing.pid, resource.RLIMIT_FSIZE, (0, 0))
    far = door.bus.plug({"address": 5, "key": None, "enforce": False, "install": True})
    code, said = end_of(door, pairing)
    held = read_osdp_keys(door.state / "osdp.keys")
    door.stop()
    door.start()
    again = end_of(door, pairing_of(door))

    assert (code, "front has its key" in said) == (1, True)
    assert (held.readers, [key.hex() for key in held.pending.values()]) == (
        {},
        [told["data"] for told in far.got() if told.get("command") == 5],
    )
    assert (again[0], key_in(door)) == (0, held.pending["front"])
