"""``[feedback]``: as usual where nothing is said, as said within bounds, and refused by name beyond them."""

import json
import re
from pathlib import Path

import pytest

from doorctl.config import CONTROLLER_TABLES, KeeperConfig, read_config
from doorctl.core.machines.door_events import SignalName
from doorctl.door.config.door_config import read_door_config
from doorctl.door.inputs.feedback import AT_READER, FeedbackTable, feedback_of
from doorctl.door.inputs.guarded_board import GuardedBoard
from doorctl.door.inputs.signals import Signals
from doorctl.errors import ConfigError
from firmware_bridge.reader_protocol import Indication, Led
from hardware.indicators import PATTERNS, Pattern, Role, Signal, Step
from hardware.pins import ActiveLevel, Indicator, Layout
from hardware.simulated_board import SimulatedBoard
from tests.cli.sites import run
from tests.door.hand_driven import Notebook
from tests.door_rig import CONFIG

GOOD = CONFIG.format(root="A" * 43, unlock_seconds=3.0)
READERS_DOC = (Path(__file__).parents[2] / "docs" / "readers.md").read_text()


def with_feedback(folder: Path, text: str) -> Path:
    path = folder / "controller.toml"
    path.write_text(f"{GOOD}\n{text}")
    return path


def test_without_a_word_every_signal_is_as_usual(tmp_path: Path) -> None:
    feedback = feedback_of(read_door_config(with_feedback(tmp_path, "")).feedback)

    assert (feedback.at_reader, feedback.on_board) == (AT_READER, PATTERNS)
    assert feedback.key == Indication(buzzer_ms=30)


def test_every_signal_but_idle_can_be_set() -> None:
    assert {name.replace("_", "-") for name in FeedbackTable.__struct_fields__} == {*SignalName, "key"} - {"idle"}


def test_a_signal_is_changed_in_what_is_said_and_no_other_is(tmp_path: Path) -> None:
    said = '[feedback.wrong_pin]\nled = "amber"\nbuzzer_ms = 0\n[feedback.key]\nbuzzer_ms = 60\n'
    feedback = feedback_of(read_door_config(with_feedback(tmp_path, said)).feedback)

    usual = AT_READER[SignalName.WRONG_PIN]
    assert feedback.at_reader == {**AT_READER, SignalName.WRONG_PIN: Indication(Led.AMBER, usual.led_ms, 0)}
    assert feedback.on_board == PATTERNS
    assert feedback.key == Indication(buzzer_ms=60)


def test_steps_replace_a_pattern_and_it_repeats_where_the_signal_does(tmp_path: Path) -> None:
    said = '[feedback.held]\nsteps = [{ ms = 20, on = ["led-red", "buzzer"] }, { ms = 980 }]\n'
    feedback = feedback_of(read_door_config(with_feedback(tmp_path, said)).feedback)

    steps = (Step(frozenset({Role.LED_RED, Role.BUZZER}), 20), Step(frozenset(), 980))
    assert feedback.on_board == {**PATTERNS, Signal.HELD: Pattern(steps, repeats=True)}
    assert feedback.at_reader == AT_READER


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("[feedback.grantd]", "feedback.grantd: unknown key"),
        ("[feedback.idle]", "feedback.idle: unknown key"),
        ("[feedback.duress]", "feedback.duress: unknown key"),
        ("[feedback.denied]\ntone = 1", "feedback.denied.tone: unknown key"),
        ('[feedback.denied]\nled = "blue"', "feedback.denied.led: 'blue' is none of off, red, green, amber"),
        ("[feedback.denied]\nled_ms = 0", "feedback.denied.led_ms: Expected `int` >= 100"),
        ("[feedback.denied]\nled_ms = 60001", "feedback.denied.led_ms: Expected `int` <= 60000"),
        ("[feedback.denied]\nbuzzer_ms = 5001", "feedback.denied.buzzer_ms: Expected `int` <= 5000"),
        ("[feedback.key]\nbuzzer_ms = 201", "feedback.key.buzzer_ms: Expected `int` <= 200"),
        ("[feedback.key]\nled = 'red'", "feedback.key.led: unknown key"),
        ("[feedback.held]\nsteps = []", "feedback.held.steps: there must be at least one"),
        pytest.param(
            f"[feedback.held]\nsteps = [{'{ ms = 10 }, ' * 101}]",
            "feedback.held: steps: there are more than 100",
            id="101 steps",
        ),
        ("[feedback.held]\nsteps = [{ ms = 9 }]", "feedback.held.steps[0].ms: Expected `int` >= 10"),
        (
            "[feedback.held]\nsteps = [{ ms = 10, on = ['led'] }]",
            "feedback.held.steps[0].on: 'led' is none of led-green, led-red, buzzer",
        ),
        ("[feedback.held]\nsteps = [{ on = [] }]", "feedback.held.steps[0].ms: missing"),
        (
            "[feedback.held]\nsteps = [{ ms = 40000 }, { ms = 40000 }]",
            "feedback.held: steps: they take more than 60000",
        ),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(tmp_path: Path, said: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_door_config(with_feedback(tmp_path, said))

    (mistake,) = str(caught.value).splitlines()[1:]
    assert mistake.startswith(told)


def test_check_tells_it_too_and_the_other_processes_pass_it_over(tmp_path: Path) -> None:
    path = with_feedback(tmp_path, "[feedback.denied]\nled_ms = 0\n")

    result = run("check", "--config", str(path))

    assert result.exit_code == 1
    assert "feedback.denied.led_ms: Expected `int` >= 100" in result.output
    assert read_config(path, KeeperConfig, others=CONTROLLER_TABLES).controller.name == "pi-3"


def test_the_door_shows_what_is_said_on_its_board_and_at_all_its_readers_and_a_key_sounds_at_its_own(
    tmp_path: Path,
) -> None:
    said = '[feedback.denied]\nled_ms = 700\nsteps = [{ ms = 50, on = ["buzzer"] }]\n'
    config = read_door_config(with_feedback(tmp_path, said))
    board = SimulatedBoard(
        Layout(indicators=(Indicator("beeper", 5, ActiveLevel.HIGH),)), changes=tmp_path / "changes"
    )
    board.open()
    at_readers: list[tuple[str, Indication]] = []
    signals = Signals(
        GuardedBoard(board, Notebook()),
        {"front": {Role.BUZZER: "beeper"}},
        {"front": ("in", "out")},
        lambda reader, shown: at_readers.append((reader, shown)),
        feedback=feedback_of(config.feedback),
    )

    signals.show("front", SignalName.DENIED, 100.0)
    signals.tick(100.0)
    signals.tick(100.05)
    signals.sound_key("out")

    lines = (json.loads(line) for line in (tmp_path / "changes").read_text().splitlines())
    assert [line["on"] for line in lines if "initial" not in line] == [True, False]
    denied = Indication(Led.RED, led_ms=700, buzzer_ms=400)
    assert at_readers == [("in", denied), ("out", denied), ("out", Indication(buzzer_ms=30))]


def test_the_table_of_readers_says_how_each_signal_looks_there() -> None:
    section = READERS_DOC.partition("## What a reader shows")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w-]+)` \| (.*) \|$", section, re.MULTILINE)

    assert dict(rows) == {str(name): how_it_looks(shown) for name, shown in AT_READER.items()} | {
        "key": how_it_looks(feedback_of(FeedbackTable()).key)
    }


def how_it_looks(shown: Indication) -> str:
    """Say what a reader shows, as the table does."""
    light = "" if shown.led is None else str(shown.led) + (f", {shown.led_ms} ms" if shown.led_ms else "")
    return f"{light} | {f'{shown.buzzer_ms} ms' if shown.buzzer_ms else ''}"
