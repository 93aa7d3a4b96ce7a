"""`docs/board.md` says what the code of the board does."""

import re
from enum import StrEnum
from itertools import count
from pathlib import Path

import msgspec
import pytest

from doorctl.door.config.tables import INDICATORS, USUAL_PULL_UP, DoorTable, InputTable, OutputTable, StrikeTable
from firmware_bridge.bridge_protocol import INPUTS_EVERY_MS
from firmware_bridge.supervised_line import LEAST_GAP, AlarmWhen, read_resistors
from hardware.board import BoardKind
from hardware.indicators import PATTERNS, Role, Signal
from hardware.pins import (
    HIGHEST_PIN,
    LONGEST_DEBOUNCE_MS,
    ActiveLevel,
    Input,
    Lock,
    Pull,
    Strike,
    StrikeState,
)
from hardware.simulated_board import SimulatedBoard
from hardware.watch_socket import LONGEST_LINE, MOST_WATCHERS
from tests.firmware_bridge.test_supervised_line import FIELD_PAIRS
from tests.hardware.layouts import a_layout, a_strike
from tests.hardware.watcher import Watcher

OF_A_LINE = ("bridge", "channel", "resistors", "pull_up")
DOC = (Path(__file__).parents[2] / "docs" / "board.md").read_text(encoding="utf-8")
SECTIONS = {text.split("\n", 1)[0]: text for text in DOC.split("\n## ")}


def keys_of(table: type[msgspec.Struct]) -> list[str]:
    return [field.name for field in msgspec.structs.fields(table)]


@pytest.mark.parametrize(
    ("section", "keys"),
    [
        ("A strike", [*(f"strike.{key}" for key in keys_of(OutputTable)), "lock", "on_process_loss"]),
        ("An input", [key for key in keys_of(InputTable) if key not in OF_A_LINE]),
        ("An indicator", keys_of(OutputTable)),
    ],
)
def test_the_keys_of_a_part_are_those_of_the_configuration(section: str, keys: list[str]) -> None:
    table = SECTIONS[section].split("\n\n")[2]

    assert re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE) == keys
    assert {key.partition(".")[0] for key in keys} <= {*keys_of(DoorTable), *keys_of(InputTable)}


def test_the_keys_of_a_strike_are_on_a_pin_or_at_a_bridge() -> None:
    told = re.findall(r"^\| `strike\.(\w+)` \|", SECTIONS["A strike"], re.MULTILINE)

    assert sorted(told) == sorted(keys_of(StrikeTable))


def test_the_keys_of_a_supervised_line_are_those_of_the_configuration() -> None:
    told = re.findall(r"^\| `(\w+)` \|", SECTIONS["A supervised line"], re.MULTILINE)

    assert sorted(told) == sorted([*OF_A_LINE, "active", "debounce_ms"])


def test_the_pairs_of_resistors_have_the_shares_that_are_told_and_can_be_told_apart() -> None:
    rows = re.findall(r"^\| `(\w+/\w+)` \| (\d+) % \| (\d+) % \|$", SECTIONS["A supervised line"], re.MULTILINE)

    shares = {pair: read_resistors(pair, USUAL_PULL_UP).ratios for pair, _, _ in rows}
    assert [pair for pair, _, _ in rows] == list(FIELD_PAIRS)
    assert [(pair, f"{shares[pair][1]:.0%}", f"{shares[pair][2]:.0%}") for pair, _, _ in rows] == [
        (pair, f"{closed}%", f"{is_open}%") for pair, closed, is_open in rows
    ]


def test_how_lines_are_read_is_told() -> None:
    section = SECTIONS["A supervised line"]

    assert f"read every {INPUTS_EVERY_MS} ms" in section
    assert f"| `pull_up` | default `{USUAL_PULL_UP}` |" in section
    assert f"at least {LEAST_GAP:.0%} of the".replace("%", " %") in section
    assert [when for when in AlarmWhen if f"`{when}`" not in section] == []


def test_every_indicator_stands_by_its_key_in_the_document() -> None:
    assert set(INDICATORS.values()) == set(Role)
    assert [
        key for key in INDICATORS if key not in keys_of(DoorTable) or f"`{key}`" not in SECTIONS["An indicator"]
    ] == []


@pytest.mark.parametrize("choice", [ActiveLevel, Lock, StrikeState, Pull, BoardKind, Signal])
def test_every_choice_stands_in_the_document(choice: type[StrEnum]) -> None:
    assert [value for value in choice if f"`{value}`" not in DOC] == []


def test_the_levels_of_a_strike_are_those_of_the_table() -> None:
    strikes = [
        a_strike(lock=lock, active_level=active_level)
        for lock in (Lock.FAIL_SECURE, Lock.FAIL_SAFE)
        for active_level in (ActiveLevel.HIGH, ActiveLevel.LOW)
    ]

    rows = [f"| `{strike.lock}` | `{strike.active_level}` | {levels_of(strike)} |" for strike in strikes]

    assert "\n".join(rows) in DOC


def test_the_signals_play_as_long_as_the_table_says() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| ([^|]*) \|", SECTIONS["An indicator"].split("They show:")[1], re.MULTILINE)

    assert dict(rows) == {str(signal): how_it_plays(signal) for signal in Signal}


def test_the_limits_are_those_of_the_code() -> None:
    assert f"2 to {HIGHEST_PIN}" in SECTIONS["A strike"]
    default = Input.__dataclass_fields__["debounce_ms"].default
    assert f"| 0 to {LONGEST_DEBOUNCE_MS}, default {default} |" in SECTIONS["An input"]
    assert f"at most {LONGEST_LINE} bytes" in DOC
    assert re.search(rf"Up to {MOST_WATCHERS}\s+watchers", DOC)


def test_the_simulated_boards_examples_are_what_it_writes(tmp_path: Path) -> None:
    greeting, changes, request, answer, errors = re.findall(r"```jsonl\n(.*?)```", DOC, re.DOTALL)
    half_seconds = count(241)
    board = SimulatedBoard(a_layout(), socket=tmp_path / "board.sock", clock=lambda: next(half_seconds) / 2)
    board.open()
    watcher = Watcher(tmp_path / "board.sock")

    board.serve()
    heard = [watcher.received().decode()]
    board.drive("front", StrikeState.RELEASED)
    board.show("front-green", on=True)
    heard.append(watcher.received().decode())
    watcher.send(request.encode())
    board.serve()
    heard.append(watcher.received().decode())
    watcher.send(b'open\n{"input": "window", "active": true}\n')
    board.serve()
    heard.append(watcher.received().decode())
    board.close()
    watcher.close()

    assert heard == [greeting, changes, answer, errors]


def how_it_plays(signal: Signal) -> str:
    """Say how long a signal plays, as the table does."""
    pattern = PATTERNS[signal]
    seconds = sum(step.milliseconds for step in pattern.steps) / 1000
    if not pattern.steps:
        return "at once"
    return f"until `idle`, every {seconds} s" if pattern.repeats else f"once, {seconds} s"


def levels_of(strike: Strike) -> str:
    """Give the strike's levels while secured and released, as the table does."""
    return " | ".join(str(int(strike.level(state))) for state in (StrikeState.SECURED, StrikeState.RELEASED))
