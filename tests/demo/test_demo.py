"""The demo comes true, and says so only then: whatever gets in the way of a step is found out."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from doorctl.cli.app import app
from doorctl.core.records import RecordKind
from doorctl.demo.building import Building
from doorctl.demo.rules_story import RULES_STORY
from doorctl.demo.steps import Step
from doorctl.demo.story import STORY
from doorctl.demo.tell import run_demo
from doorctl.demo.witness import wait_for
from doorctl.errors import DoorctlError
from doorctl.mqtt.local_broker import BrokerKind

PATIENCE_SECONDS = 45.0
FAILING_PATIENCE_SECONDS = 4.0
RULES_THAT_FAIL = range(1, len(RULES_STORY) // 2, 14)
"""Steps of that story with different things in their way; those before them take their time."""

Undo = Callable[[], None]


def take_the_port(building: Building) -> Undo:
    building.broker.start()
    return building.broker.stop


def make_the_broker_immortal(building: Building) -> Undo:
    kill = building.broker.kill
    building.broker.kill = lambda: None  # type: ignore[method-assign]

    def undo() -> None:
        building.broker.kill = kill  # type: ignore[method-assign]

    return undo


def stop_the_broker(building: Building) -> Undo:
    building.broker.kill()

    def undo() -> None:
        began = int(time.time())
        building.broker.start()
        for name in ("hub", "link"):  # which would wait longer from broker to broker
            building.kill(name)
            building.start(name)
        wait_for(lambda: heard_from_controller(building, since=began), what="everybody to be back", seconds=180)

    return undo


def heard_from_controller(building: Building, *, since: int) -> bool | None:
    status = json.loads(building.doorctl("status", "--json", "--timeout", "60"))
    return True if (status["controllers"][0]["heard_at"] or 0) >= since else None


def kill_the_link(building: Building) -> Undo:
    building.kill("link")

    def undo() -> None:
        building.broker.kill()
        building.kill("hub")
        building.start("hub")
        building.start("link")

    return undo


def kill_the_door(building: Building) -> Undo:
    building.kill("door")

    def undo() -> None:
        newest = building.log.records()[-1].seq
        building.stop("readers")  # with the card that nobody has read
        building.start("readers")
        building.start("door")
        wait_for(
            lambda: any(it.kind is RecordKind.READER_ONLINE for it in building.log.records(after=newest)) or None,
            what="the readers",
            seconds=120,
        )
        building.board.look()

    return undo


def obstacle_for(step: Step) -> Callable[[Building], Undo]:
    """Choose what to take away, so that the step cannot come true."""
    if step is STORY[0]:
        return take_the_port
    if not step.needs:
        return make_the_broker_immortal
    if "broker" in step.needs:
        return stop_the_broker
    return kill_the_door if "door" in step.needs else kill_the_link


def test_a_process_that_ends_is_named_with_its_last_words_instead_of_waited_for() -> None:
    with Building(patience=PATIENCE_SECONDS) as building:
        building.start("hub")

        with pytest.raises(DoorctlError, match=r"^the process hub has ended with 2; it said last: .*hub\.toml"):
            building.wait_until_ready()


@pytest.mark.long
@pytest.mark.timeout(720)
def test_each_step_fails_while_something_is_in_its_way_and_comes_true_after() -> None:
    failed, came_true = [], []

    with Building(patience=PATIENCE_SECONDS) as building:
        for step in STORY:
            undo = obstacle_for(step)(building)
            building.patience = FAILING_PATIENCE_SECONDS
            with pytest.raises(DoorctlError):
                step.do(building)
            building.patience = PATIENCE_SECONDS
            failed.append(step)
            undo()
            step.do(building)
            came_true.append(step)

    assert tuple(failed) == tuple(came_true) == STORY


@pytest.mark.long
@pytest.mark.parametrize("number", range(len(STORY)), ids=lambda number: STORY[number].tells)
def test_a_demo_in_which_a_step_fails_ends_there_with_1(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    def get_in_the_way(step: Step, building: Building) -> None:
        if step is STORY[number]:
            obstacle_for(step)(building)
            building.patience = FAILING_PATIENCE_SECONDS

    code = run_demo(as_json=True, patience=PATIENCE_SECONDS, before_step=get_in_the_way)

    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == 1
    assert [line["ok"] for line in said] == [True] * number + [False]


@pytest.mark.parametrize("broker", [BrokerKind.AMQTT, pytest.param(BrokerKind.MOSQUITTO, marks=pytest.mark.long)])
def test_the_whole_story_comes_true(broker: BrokerKind) -> None:
    result = CliRunner().invoke(app, ["demo", "--json", "--broker", broker])

    said = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.exit_code, [line["ok"] for line in said]) == (0, [True] * len(STORY))


@pytest.mark.long
@pytest.mark.timeout(1440)
def test_the_whole_story_of_the_rules_comes_true() -> None:
    result = CliRunner().invoke(app, ["demo", "--building", "--json"])

    said = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.exit_code, [line["ok"] for line in said]) == (0, [True] * len(RULES_STORY))


@pytest.mark.long
@pytest.mark.timeout(1440)
@pytest.mark.parametrize("number", RULES_THAT_FAIL, ids=lambda number: RULES_STORY[number].tells)
def test_the_story_of_the_rules_ends_with_1_where_a_step_fails(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def get_in_the_way(step: Step, building: Building) -> None:
        if step is RULES_STORY[number]:
            obstacle_for(step)(building)
            building.patience = FAILING_PATIENCE_SECONDS

    code = run_demo(rules=True, as_json=True, patience=PATIENCE_SECONDS, before_step=get_in_the_way)

    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (code, [line["ok"] for line in said]) == (1, [True] * number + [False])


def test_a_demo_that_fails_ends_with_1() -> None:
    assert CliRunner().invoke(app, ["demo", "--patience", "0.1"]).exit_code == 1


@pytest.mark.parametrize(
    "told_at", ["ok", pytest.param("Everything keeps running", marks=[pytest.mark.long, pytest.mark.timeout(240)])]
)
def test_a_demo_that_is_told_to_stop_leaves_no_process_and_no_folder(told_at: str) -> None:
    command = [sys.executable, "-u", "-m", "doorctl", "demo", "--stay", "--patience", str(PATIENCE_SECONDS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        folder = re.findall(r"/\S*doorctl-demo-\w+", next(demo.stdout))[0]
        assert any(line.startswith(told_at) for line in demo.stdout)
        ran = running_in(folder)

        demo.send_signal(signal.SIGTERM)
        code = demo.wait(PATIENCE_SECONDS)

    assert (code, len(ran)) == (128 + signal.SIGTERM, 6)
    assert (running_in(folder), Path(folder).exists()) == ([], False)


def running_in(folder: str) -> list[str]:
    """Return the processes that were started with a file of this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found += [each] if folder in (each := process.read_text()) else []
    return found
