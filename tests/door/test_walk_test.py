"""A walk test at a real door process: a person at each part of each door, and a report that can be checked."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from doorctl.cli.site.walk_plan import plan_of, relay_plan_of
from doorctl.core.records import RecordKind
from doorctl.door.config.door_config import read_door_config
from doorctl.errors import WrongUse
from tests.cli.sites import run
from tests.door_rig import ADA, FLOOR, SERVER_ROOM, STRANGER, DoorRig
from tests.hardware.watcher import Watcher


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[DoorRig]:
    rig = DoorRig(tmp_path)
    rig.write_policy(rig.a_holder("ada", ADA, FLOOR))
    rig.start_online()
    yield rig
    rig.close()


@pytest.fixture
def hand(rig: DoorRig) -> Iterator[Watcher]:
    """Give what drives the inputs of the simulated board."""
    hand = Watcher(rig.run_dir / "board.sock")
    yield hand
    hand.close()


class Person:
    """Reads what the command says, does it, and answers."""

    def __init__(self, rig: DoorRig, *words: str) -> None:
        self.rig = rig
        self.report = rig.folder / "walk.note"
        self.said: list[str] = []
        more = ("--config", str(rig.config_path), "--report", str(self.report), "--json", *words)
        self.command = subprocess.Popen(
            [sys.executable, "-m", "doorctl", "walk-test", *more],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def hears(self, words: str) -> None:
        """Read until a line has these words."""
        assert self.command.stderr is not None
        for line in self.command.stderr:
            self.said.append(line)
            if words in line:
                return
        raise AssertionError(f"{words!r} was never said: {''.join(self.said)}")

    def says(self, words: str = "") -> None:
        assert self.command.stdin is not None
        self.command.stdin.write(f"{words}\n")
        self.command.stdin.flush()

    def goes_through(self, step: str, *done: tuple[str, Callable[[], None]], asked: int = 0) -> None:
        """Go through one step: each time it asks for something, do it; then say yes to what it asks."""
        self.hears(f"== {step}.")
        self.says()
        for words, do in done:
            self.hears(words)
            do()
        for _ in range(asked):
            self.says("yes")

    def ends(self) -> tuple[int, dict[str, object]]:
        out, err = self.command.communicate(timeout=120)
        assert out, err
        return self.command.returncode, json.loads(out)


def put(watcher: Watcher, name: str, *, active: bool) -> Callable[[], None]:
    """Drive an input of the floor's door."""
    line = json.dumps({"input": f"{FLOOR}.{name}", "active": active}).encode() + b"\n"
    return lambda: watcher.send(line)


def swiped(rig: DoorRig, reader: str, card: str) -> Callable[[], None]:
    """Serve the reader until the door has recorded the card."""

    def swipe() -> None:
        before = rig.count(RecordKind.DECISION)
        rig.swipe(reader, card)
        rig.wait_for(lambda: rig.count(RecordKind.DECISION) > before, what="the swipe")

    return swipe


def nothing() -> None:
    """Only wait for the next words."""


def test_a_person_goes_through_every_part_and_the_report_names_its_records(rig: DoorRig, hand: Watcher) -> None:
    person = Person(rig)
    person.goes_through(f"{FLOOR}: reader front", ("Present", swiped(rig, "front", STRANGER)), asked=1)
    person.goes_through(f"{FLOOR}: strike", ("until it is secured", nothing), asked=2)
    opened, closed = put(hand, "contact", active=True), put(hand, "contact", active=False)
    person.goes_through(f"{FLOOR}: contact", ("open the door", opened), ("Close the door", closed))
    person.goes_through(f"{FLOOR}: rex", ("Press the exit", put(hand, "rex", active=True)))
    person.hears(f"== {SERVER_ROOM}: reader vault.")
    person.says("skip the reader comes on Monday")
    person.hears(f"== {SERVER_ROOM}: strike.")
    person.says()
    person.hears("Could it be opened")
    person.says("fail the strike hums and does not move")
    code, told = person.ends()

    assert code == 1
    steps = told["steps"]
    assert isinstance(steps, list)
    assert [(step["door"], step["part"], step["result"], step.get("said", "")) for step in steps] == [
        (FLOOR, "reader front", "passed", ""),
        (FLOOR, "strike", "passed", ""),
        (FLOOR, "contact", "passed", ""),
        (FLOOR, "rex", "passed", ""),
        (SERVER_ROOM, "reader vault", "skipped", "the reader comes on Monday"),
        (SERVER_ROOM, "strike", "failed", "the strike hums and does not move"),
    ]
    kinds = {leaf.seq: leaf.kind for leaf in rig.records()}
    named = [[kinds[number] for number in step.get("records", [])] for step in steps]
    assert named[0] == [RecordKind.DECISION]
    assert named[1] == [RecordKind.TECHNICIAN_PULSE, RecordKind.RELEASED, RecordKind.RELOCKED]
    assert named[2][0] == RecordKind.TECHNICIAN_PULSE
    assert set(named[2][1:]) <= {RecordKind.OPENED, RecordKind.FORCED_OPEN, RecordKind.CLOSED}
    assert named[3] == [RecordKind.REX]
    assert named[4] == []
    assert kinds[int(str(told["began"]))] == RecordKind.TECHNICIAN_BEGAN
    assert told["epoch"] == rig.records()[0].epoch
    verified = run("walk-test", "--verify", str(person.report), "--config", str(rig.config_path), "--json")
    assert json.loads(verified.stdout) == told


def test_what_never_comes_is_tried_again_and_can_be_failed(rig: DoorRig) -> None:
    person = Person(rig, FLOOR, "--step-seconds", "1")
    person.goes_through(f"{FLOOR}: reader front")
    person.hears("Nothing of that is in the log")
    person.says()
    person.hears("Nothing of that is in the log")
    person.says("fail no light, no tone")
    for _ in range(3):
        person.says("skip for now")
    code, told = person.ends()

    steps = told["steps"]
    assert isinstance(steps, list)
    assert (code, steps[0]["result"], steps[0]["said"]) == (1, "failed", "no light, no tone")
    assert {step["result"] for step in steps[1:]} == {"skipped"}


def test_what_happens_at_another_reader_passes_no_step(rig: DoorRig) -> None:
    person = Person(rig, SERVER_ROOM, "--step-seconds", "5")
    person.goes_through(f"{SERVER_ROOM}: reader vault", ("Present", swiped(rig, "front", ADA)))
    person.says("skip the other reader answers")
    person.says("skip for now")
    code, told = person.ends()

    steps = told["steps"]
    assert isinstance(steps, list)
    assert (code, [step.get("records", []) for step in steps]) == (0, [[], []])


def test_a_report_that_was_changed_does_not_hold(rig: DoorRig) -> None:
    person = Person(rig, SERVER_ROOM)
    person.says("skip not yet")
    person.says("skip not yet either")
    assert person.ends()[0] == 0
    note = person.report.read_text()
    assert '"skipped"' in note
    person.report.write_text(note.replace('"skipped"', '"passed"', 1))

    result = run("walk-test", "--verify", str(person.report), "--config", str(rig.config_path))

    assert result.exit_code == 1
    assert "bad-signature" in result.stderr


def test_nobody_at_the_terminal_ends_it_and_the_mode(rig: DoorRig) -> None:
    result = run("walk-test", "--config", str(rig.config_path), "--report", str(rig.folder / "walk.note"), typed="")

    assert result.exit_code == 2
    assert not (rig.folder / "walk.note").exists()
    rig.wait_for(lambda: rig.records(RecordKind.TECHNICIAN_ENDED), what="the end of the mode")


def told_by(report: Path, rig: DoorRig) -> tuple[int, dict[str, object], list[tuple[str, str]]]:
    """Verify a report: the exit code, all of it, and what came of each part."""
    found = run("walk-test", "--verify", str(report), "--config", str(rig.config_path), "--json")
    told = json.loads(found.stdout)
    return found.exit_code, told, [(step["part"], step["result"]) for step in told["steps"]]


HALF_DONE = [("reader front", "skipped"), ("strike", "untried"), ("contact", "untried"), ("rex", "untried")]


def half_way(rig: DoorRig) -> Person:
    """Bring a person to a strike that is released, and that nobody has answered for yet."""
    person = Person(rig, FLOOR)
    person.hears(f"== {FLOOR}: reader front.")
    person.says("skip no light yet")
    person.goes_through(f"{FLOOR}: strike")
    person.hears("Could it be opened")
    return person


@pytest.mark.parametrize("leaves", ["at the end of input", "SIGINT", "SIGTERM", "SIGHUP"])
def test_who_leaves_in_the_middle_leaves_a_signed_report_that_says_so_and_the_mode_ends(
    leaves: str, rig: DoorRig
) -> None:
    person = half_way(rig)
    if leaves.startswith("SIG"):
        person.command.send_signal(signal.Signals[leaves])
    code, told = person.ends()

    verified, found, results = told_by(person.report, rig)
    assert (code, verified) == (1, 1)
    assert found == told
    assert (told["passed"], told["finished"], results) == (False, False, HALF_DONE)
    steps = told["steps"]
    assert isinstance(steps, list)
    kinds = {leaf.seq: leaf.kind for leaf in rig.records()}
    assert kinds[steps[1]["records"][0]] == RecordKind.TECHNICIAN_PULSE
    assert [step.get("records", []) for step in steps[2:]] == [[], []]
    rig.wait_for(lambda: rig.records(RecordKind.TECHNICIAN_ENDED), what="the end of the mode")


def test_a_door_process_that_ends_leaves_a_report_of_what_was_done(rig: DoorRig) -> None:
    person = half_way(rig)
    rig.kill()
    person.says("yes")
    person.says("yes")
    person.says()
    code, told = person.ends()

    _, _, results = told_by(person.report, rig)
    assert (code, told["finished"], dict(results)["strike"], dict(results)["rex"]) == (1, False, "passed", "untried")


def test_a_walk_test_that_is_killed_leaves_the_report_of_the_steps_before(rig: DoorRig) -> None:
    person = half_way(rig)
    person.command.kill()
    person.command.communicate()

    code, told, results = told_by(person.report, rig)
    assert (code, told["finished"], results) == (1, False, HALF_DONE)
    (ended,) = rig.wait_for(lambda: rig.records(RecordKind.TECHNICIAN_ENDED), what="the end of the mode")
    assert ended.detail == "by=gone"


def test_a_report_in_people_s_words_names_the_doors_that_are_left(rig: DoorRig) -> None:
    person = half_way(rig)
    person.ends()

    said = run("walk-test", "--verify", str(person.report), "--config", str(rig.config_path)).stdout

    assert f"NOT FINISHED: begin again, with another --report, at {FLOOR}." in said


def test_a_mode_that_is_over_by_itself_takes_no_report_away(rig: DoorRig) -> None:
    person = half_way(rig)
    run("technician", "end", "--config", str(rig.config_path))
    for said in ("yes", "yes", "skip for now", "skip for now"):
        person.says(said)
    code, told = person.ends()

    assert (code, told["finished"]) == (0, True)
    assert told_by(person.report, rig)[1] == told


def test_a_report_that_could_not_be_written_is_refused_before_anything_is_tried(rig: DoorRig) -> None:
    report = rig.folder / "nowhere" / "walk.note"

    result = run("walk-test", "--config", str(rig.config_path), "--report", str(report), typed="\n")

    assert (result.exit_code, "no folder that this user may write to" in result.stderr) == (2, True)
    assert rig.records(RecordKind.TECHNICIAN_BEGAN) == []


def test_a_report_is_asked_for_and_never_overwritten(rig: DoorRig) -> None:
    assert run("walk-test", "--config", str(rig.config_path)).exit_code == 2
    assert run("walk-test", "--config", str(rig.config_path), "--report", str(rig.config_path)).exit_code == 2


def test_a_door_that_is_none_of_this_controllers_is_wrong_use(rig: DoorRig) -> None:
    with pytest.raises(WrongUse, match="it has floor-3, server-room"):
        plan_of(read_door_config(rig.config_path), ["cellar"])


def relay(rig: DoorRig, door: str, *said: str) -> tuple[int, list[dict[str, object]]]:
    """Go through what a relay does, saying this, line by line."""
    words = ("--config", str(rig.config_path), "--relay", door, "--report", str(rig.folder / "relay.note"), "--json")
    result = run("check", *words, typed="".join(f"{line}\n" for line in said))
    return result.exit_code, json.loads(result.stdout)["steps"]


def test_a_relay_is_released_after_enter_alone_and_what_was_seen_is_told(rig: DoorRig) -> None:
    code, steps = relay(
        rig, FLOOR, "skip it is in use", "yes", "yes", "", "yes", "yes", "fail the next one moved, too"
    )

    assert code == 1
    assert [(step["part"], step["result"], step.get("said", "")) for step in steps] == [
        ("without power", "skipped", "it is in use"),
        ("at power-up", "passed", ""),
        ("at rest", "passed", ""),
        ("strike", "failed", "the next one moved, too"),
    ]
    assert rig.strike_states(FLOOR) == ["released", "secured"]
    assert rig.count(RecordKind.TECHNICIAN_PULSE) == 1


def test_a_relay_that_nobody_wants_released_stays_as_it_is(rig: DoorRig) -> None:
    code, steps = relay(rig, SERVER_ROOM, "yes", "yes", "yes", "skip people are there")

    assert (code, steps[-1]["result"]) == (0, "skipped")
    assert rig.strike_states(SERVER_ROOM) == []


def test_a_lock_is_asked_about_by_its_kind(rig: DoorRig) -> None:
    rig.config_path.write_text(rig.config_path.read_text().replace("fail-secure", "fail-safe", 1))
    config = read_door_config(rig.config_path)

    asked = {door: relay_plan_of(config, door)[0].asked[0] for door in (FLOOR, SERVER_ROOM)}

    assert asked[FLOOR].endswith("Was the door open from both sides?")
    assert asked[SERVER_ROOM].endswith("Was the door locked from outside, and could one get out?")
    with pytest.raises(WrongUse, match="no door cellar"):
        relay_plan_of(config, "cellar")
