"""``doorctl simulate``: readers, swipes, keys, cables and inputs of a controller that has no hardware."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from doorctl.cli.desk import JsonOption, example, family
from doorctl.cli.output import Output
from doorctl.cli.trial.json_socket import Values, json_socket
from doorctl.cli.trial.simulator import simulate_readers, simulator_socket
from doorctl.config import resolve
from doorctl.door.config.door_config import DoorConfig, read_door_config, specs_of
from doorctl.errors import ConfigError, Refused, Unreachable
from firmware_bridge.card_text import canonical_card
from firmware_bridge.keypad import KEYS

app = family("simulate", "Be the readers and the board's inputs of a controller that has no hardware.")

ANSWER_SECONDS = 10.0

ConfigOption = Annotated[Path, typer.Option("--config", metavar="FILE", help="controller.toml")]
ReaderArgument = Annotated[str, typer.Argument(metavar="READER", help="the reader, by its name in controller.toml")]


def _keys(text: str) -> str:
    if set(text) - set(KEYS):
        raise typer.BadParameter("a keypad has 0 to 9, * and #")
    return text


class Told(StrEnum):
    """What an input tells: a pin is on or off, a supervised line has its four states, or is not read at all."""

    ON = "on"
    OFF = "off"
    NORMAL = "normal"
    ALARM = "alarm"
    OPEN_LINE = "open-line"
    SHORT = "short"
    SILENT = "silent"


_OF_A_LINE = {Told.ON: Told.ALARM, Told.OFF: Told.NORMAL}
_OF_A_PIN = {Told.ON: True, Told.ALARM: True, Told.OFF: False, Told.NORMAL: False}


@app.command("readers", epilog=example("doorctl simulate readers --config controller.toml"))
def readers(config: ConfigOption, as_json: JsonOption = False) -> None:
    """Run the far end of every line with `simulated = true`, until stopped."""

    def tell(names: tuple[str, ...]) -> None:
        Output(as_json).result({"readers": names}, f"simulating {', '.join(names)}")

    simulate_readers(_read(config), config, tell)


@app.command("swipe", epilog=example("doorctl simulate swipe floor-3-in H10301:123:4567 --config controller.toml"))
def swipe(
    reader: ReaderArgument,
    card: Annotated[str, typer.Argument(metavar="CARD", help="a card such as H10301:123:4567, or bits")],
    config: ConfigOption,
    as_json: JsonOption = False,
) -> None:
    """Hold a card to a simulated reader."""
    wish: Values = {"do": "swipe", "reader": reader, "card": _card_or_bits(card)}
    _wish(wish, config, f"swipe at {reader}", as_json=as_json)


@app.command("press", epilog=example("doorctl simulate press server-room-in 4711# --config controller.toml"))
def press(
    reader: ReaderArgument,
    keys: Annotated[
        str, typer.Argument(metavar="KEYS", help="what is keyed in: 0 to 9, * clears, # enters", callback=_keys)
    ],
    config: ConfigOption,
    as_json: JsonOption = False,
) -> None:
    """Press keys of a simulated reader's keypad."""
    _wish({"do": "press", "reader": reader, "keys": keys}, config, f"press at {reader}", as_json=as_json)


@app.command("unplug", epilog=example("doorctl simulate unplug floor-3-in --config controller.toml"))
def unplug(reader: ReaderArgument, config: ConfigOption, as_json: JsonOption = False) -> None:
    """Pull the cable of the line that a reader is on."""
    _wish({"do": "unplug", "reader": reader}, config, f"unplug at {reader}", as_json=as_json)


@app.command("replug", epilog=example("doorctl simulate replug floor-3-in --config controller.toml"))
def replug(reader: ReaderArgument, config: ConfigOption, as_json: JsonOption = False) -> None:
    """Plug the cable of a reader's line in again."""
    _wish({"do": "replug", "reader": reader}, config, f"replug at {reader}", as_json=as_json)


@app.command(
    "input",
    epilog=example(
        "doorctl simulate input floor-3.contact on --config controller.toml",
        "doorctl simulate input server-room.contact open-line --config controller.toml",
    ),
)
def drive_input(
    name: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="the input: a door's id, then .contact, .rex, .tamper or .button; or fire, tamper, mains, battery",
        ),
    ],
    state: Annotated[Told, typer.Argument(help="whether it is active; or a fault, where it is on a supervised line")],
    config: ConfigOption,
    as_json: JsonOption = False,
) -> None:
    """Drive an input of the simulated board or at a simulated bridge, as opening a door or cutting a line does."""
    if name in _supervised(config):
        wish: Values = {"do": "set-line", "input": name, "state": _OF_A_LINE.get(state, state)}
        _wish(wish, config, f"{name} is {state}", as_json=as_json)
    elif state in _OF_A_PIN:
        _drive_pin(name, config, state, as_json=as_json)
    else:
        raise Refused("not-supervised", f"{name} is on no supervised line: it is on or off")


def _drive_pin(name: str, config: Path, state: Told, *, as_json: bool) -> None:
    is_active = _OF_A_PIN[state]
    with json_socket(_board_socket(config), start=f"doorctl door --config {config}", seconds=ANSWER_SECONDS) as board:
        board.send({"input": name, "active": is_active})
        for line in board.received():
            if "error" in line:
                raise Refused("unknown-input", str(line["error"]))
            if line.get("input") == name and line.get("active") is is_active:
                Output(as_json).result(line, f"{name} is {state}")
                return
    raise Unreachable("the board hung up: see that `doorctl door` still runs")


@app.command(
    "watch",
    epilog=example(
        "doorctl simulate watch --config controller.toml", "doorctl simulate watch --readers --config controller.toml"
    ),
)
def watch(
    config: ConfigOption,
    as_json: JsonOption = False,
    readers: Annotated[
        bool, typer.Option("--readers", help="the lights and tones of the simulated readers, not the board")
    ] = False,
) -> None:
    """Show every change of the simulated board, first how everything is now, until stopped."""
    output = Output(as_json)
    path, serves = (
        (simulator_socket(_read(config), config), "simulate readers") if readers else (_board_socket(config), "door")
    )
    with json_socket(path, start=f"doorctl {serves} --config {config}", seconds=None) as watched:
        for line in watched.received():
            output.result(line, _change_text(line))


def _supervised(config: Path) -> frozenset[str]:
    specs = specs_of(_read(config), config)
    return frozenset(wired.name for spec in specs for wired in spec.inputs.values())


def _wish(wish: Values, config: Path, done: str, *, as_json: bool) -> None:
    path = simulator_socket(_read(config), config)
    with json_socket(path, start=f"doorctl simulate readers --config {config}", seconds=ANSWER_SECONDS) as simulator:
        simulator.send(wish)
        for line in simulator.received():
            if "error" in line:
                raise Refused("not-simulated", str(line["error"]))
            if "ok" in line:
                Output(as_json).result(line, done)
                return
    raise Unreachable("the simulator hung up: start `doorctl simulate readers` again")


def _card_or_bits(text: str) -> str:
    if len(text) >= 16 and not set(text) - {"0", "1"}:
        return text
    try:
        return canonical_card(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _change_text(line: Values) -> str:
    if isinstance(shows := line.get("shows"), dict):
        return f"{line.get('t', 0):.3f}  reader {line.get('reader')} {_shown(**shows)}"
    what, name = next(((what, line[what]) for what in ("strike", "input", "indicator") if what in line), ("", ""))
    state = line.get("state") or ("active" if line.get("active") else "on" if line.get("on") else "off")
    return f"{line.get('t', 0):.3f}  {what} {name} {state}{' (now)' if line.get('initial') else ''}"


def _shown(*, led: str | None, led_ms: int, buzzer_ms: int) -> str:
    light = [] if led is None else [f"{led} {led_ms} ms" if led_ms else led]
    return ", ".join([*light, *([f"tone {buzzer_ms} ms"] if buzzer_ms else [])])


def _board_socket(config: Path) -> Path:
    board = _read(config).board
    if board.socket is None:
        raise ConfigError(
            f'{config}: the simulated board has no socket: write socket = "run/board.sock" below [board]'
        )
    return resolve(config, board.socket)


def _read(config: Path) -> DoorConfig:
    return read_door_config(config, lab=True)
