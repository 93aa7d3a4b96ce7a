"""A technician at a real door process, by the commands: what is released, shown, recorded, and when it is over."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from tests.cli.sites import run
from tests.door_rig import ADA, FLOOR, SERVER_ROOM, DoorRig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[DoorRig]:
    rig = DoorRig(tmp_path)
    rig.write_policy(rig.a_holder("ada", ADA, FLOOR))
    rig.start_online()
    yield rig
    rig.close()


def technician(rig: DoorRig, *words: str) -> tuple[int, dict[str, object]]:
    """Run a command of the technician's; return its exit code and the object that it writes."""
    result = run("technician", *words, "--config", str(rig.config_path), "--json")
    return result.exit_code, json.loads(result.stdout)


def test_a_door_is_released_while_it_runs_and_not_before_nor_after(rig: DoorRig) -> None:
    before = technician(rig, "pulse", SERVER_ROOM)
    _, begun = technician(rig, "start", "--for", "10m")
    _, pulsed = technician(rig, "pulse", SERVER_ROOM)
    rig.wait_for(lambda: rig.strike_states(SERVER_ROOM) == ["released", "secured"], what="the strike")
    technician(rig, "end")
    after = technician(rig, "pulse", SERVER_ROOM)

    assert before == after == (1, {"verdict": "refused", "reason": "not-begun", "text": before[1]["text"]})
    assert "doorctl technician start" in str(before[1]["text"])
    assert rig.strike_states(SERVER_ROOM) == ["released", "secured"]
    (released,) = rig.records(RecordKind.RELEASED)
    assert (released.reason, released.door, released.of) == (Reason.TECHNICIAN, SERVER_ROOM, pulsed["record"])
    assert begun["record"] == rig.records(RecordKind.TECHNICIAN_BEGAN)[0].seq
    rig.wait_for(lambda: rig.records(RecordKind.TECHNICIAN_ENDED), what="the record of its end")
    assert rig.records(RecordKind.TECHNICIAN_ENDED)[0].detail == "by=technician"


def test_it_ends_with_the_process_and_by_itself(rig: DoorRig) -> None:
    technician(rig, "start", "--for", "10m")
    rig.kill()
    rig.start_online()
    assert technician(rig, "pulse", FLOOR)[0] == 1

    technician(rig, "start", "--for", "1s")

    rig.wait_for(lambda: rig.records(RecordKind.TECHNICIAN_ENDED), what="its end")
    assert rig.records(RecordKind.TECHNICIAN_ENDED)[-1].detail == "by=time"
    assert rig.strike_states(FLOOR) == []


def test_who_watches_sees_a_swipe_and_its_records_and_no_card(rig: DoorRig) -> None:
    technician(rig, "start", "--for", "10m")
    command = [sys.executable, "-m", "doorctl", "technician", "watch", "--config", str(rig.config_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline().startswith("Watching for ")
        rig.swipe("front", ADA)
        rig.wait_for(lambda: rig.count(RecordKind.RELOCKED) == 1, what="the door to be secured")
        technician(rig, "end")
        told = watching.stdout.read()

    assert watching.returncode == 0
    assert "reader front: card H10301\n" in told
    assert f"strike {FLOOR}: released\n" in told
    assert f": decision {FLOOR} front granted granted\n" in told
    assert "1001" not in told


def test_without_a_door_process_the_command_says_so(tmp_path: Path) -> None:
    rig = DoorRig(tmp_path)

    assert technician(rig, "start")[0] == 3
    rig.close()


def test_a_span_that_is_too_long_is_wrong_use(rig: DoorRig) -> None:
    assert run("technician", "start", "--for", "5h", "--config", str(rig.config_path)).exit_code == 2
