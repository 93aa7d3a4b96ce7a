"""``doorctl simulate``: a swipe that a command asks for arrives at the host's end of the line."""

import json
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from doorctl.cli.trial.simulator import Simulator, SimulatorUnusable, simulator_socket
from doorctl.config import resolve
from doorctl.door.config.door_config import DoorConfig, layout_of, read_door_config, specs_of
from firmware_bridge.reader_events import CardRead, KeyPressed, LinesChanged, ReaderEvent, ReaderOffline, ReaderOnline
from firmware_bridge.reader_line import ReaderLine, open_line
from firmware_bridge.reader_protocol import Indication, Led
from firmware_bridge.supervised_line import LineState
from hardware.simulated_board import SimulatedBoard
from tests.cli.sites import ASite, a_site, run

CARD = "H10301:123:4567"


@pytest.fixture
def site(tmp_path: Path) -> ASite:
    """A site with a keypad at the server room."""
    site = a_site(tmp_path / "s")
    name = 'name = "server-room-in"\n'
    site.controller_toml.write_text(site.controller_toml.read_text().replace(name, f"{name}keypad = true\n"))
    return site


@pytest.fixture
def lines_site(site: ASite) -> ASite:
    """A site where a supervised line leads to the bridge."""
    text, (bridge, *_) = site.controller_toml.read_text(), read_door_config(site.controller_toml).line
    wired = f'tamper = {{ bridge = "{bridge.name}", channel = 3, active = "open", resistors = "2k2/4k7" }}\n'
    site.controller_toml.write_text(text.replace('id = "server-room"\n', f'id = "server-room"\n{wired}'))
    return site


@pytest.fixture
def line(site: ASite) -> Iterator[ReaderLine]:
    """Run the simulated readers, and be the host at the other end of their line."""
    config = read_door_config(site.controller_toml)
    spec = specs_of(config, site.controller_toml)[0]
    simulator = Simulator([spec], simulator_socket(config, site.controller_toml))
    thread = threading.Thread(target=simulator.run)
    thread.start()
    host = open_line(spec)
    yield host
    host.close()
    simulator.stop()
    thread.join()


def test_a_swipe_arrives_at_the_host(site: ASite, line: ReaderLine) -> None:
    _events_until(line, lambda event: isinstance(event, ReaderOnline))

    result = _simulate(site, "swipe", "server-room-in", CARD)

    assert result == 0
    read = _events_until(line, lambda event: isinstance(event, CardRead))
    assert isinstance(read, CardRead)
    assert (read.reader, read.card) == ("server-room-in", CARD)


def test_keys_arrive_at_the_host_one_after_the_other(site: ASite, line: ReaderLine) -> None:
    _events_until(line, lambda event: isinstance(event, ReaderOnline))

    result = _simulate(site, "press", "server-room-in", "12*0#")

    pressed = [_events_until(line, lambda event: isinstance(event, KeyPressed)) for _ in range(5)]
    assert result == 0
    assert [(event.reader, event.key) for event in pressed if isinstance(event, KeyPressed)] == [
        ("server-room-in", key) for key in "12*0#"
    ]


@pytest.mark.usefixtures("line")
def test_keys_that_are_none_and_readers_without_any_are_refused(site: ASite) -> None:
    letters = run("simulate", "press", "server-room-in", "12a", "--config", str(site.controller_toml))
    nowhere = run("simulate", "press", "floor-3-in", "1234#", "--config", str(site.controller_toml))

    assert (letters.exit_code, nowhere.exit_code) == (2, 1)
    assert "no keypad" in nowhere.stderr


def test_a_pulled_cable_is_noticed_and_so_is_its_return(site: ASite, line: ReaderLine) -> None:
    _events_until(line, lambda event: isinstance(event, ReaderOnline))

    unplugged = _simulate(site, "unplug", "floor-3-in")
    _events_until(line, lambda event: isinstance(event, ReaderOffline))
    replugged = _simulate(site, "replug", "floor-3-in")
    _events_until(line, lambda event: isinstance(event, ReaderOnline))

    assert (unplugged, replugged) == (0, 0)


@pytest.mark.usefixtures("line")
def test_what_is_not_there_is_refused(site: ASite) -> None:
    unknown = run("simulate", "swipe", "garage-in", CARD, "--config", str(site.controller_toml))
    wrong = run("simulate", "swipe", "floor-3-in", "H10301:999:1", "--config", str(site.controller_toml))

    assert (unknown.exit_code, wrong.exit_code) == (1, 2)
    assert "floor-3-in, server-room-in" in unknown.stderr


@pytest.mark.usefixtures("line")
@pytest.mark.parametrize(
    "rubbish",
    [
        b"\n",
        b"{}\n",
        b"\xff\n",
        b'{"do":"explode","reader":"floor-3-in"}\n',
        b'{"do":"press","reader":"server-room-in","keys":"12a"}\n',
        b'{"do":"\xff\xff"}\n',
        b"[" * 4000 + b"\n",
    ],
)
def test_rubbish_on_the_socket_is_answered_with_an_error(site: ASite, rubbish: bytes) -> None:
    path = simulator_socket(read_door_config(site.controller_toml), site.controller_toml)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(path))
        connection.sendall(rubbish)

        answer = json.loads(connection.makefile().readline())

    assert list(answer) == ["error"]
    assert _simulate(site, "swipe", "floor-3-in", CARD) == 0


@pytest.mark.usefixtures("line")
def test_a_second_simulator_is_refused(site: ASite) -> None:
    config = read_door_config(site.controller_toml)

    with pytest.raises(SimulatorUnusable, match="another simulator"):
        Simulator([], simulator_socket(config, site.controller_toml))


def test_without_a_simulator_the_answer_says_how_to_start_it(site: ASite) -> None:
    result = run("simulate", "swipe", "floor-3-in", CARD, "--config", str(site.controller_toml))

    assert result.exit_code == 3
    assert "start `doorctl simulate readers --config" in result.stderr


def test_a_configuration_without_simulated_lines_is_wrong_use(site: ASite) -> None:
    text = site.controller_toml.read_text().replace("simulated = true", "simulated = false")
    site.controller_toml.write_text(text)

    assert run("simulate", "readers", "--config", str(site.controller_toml)).exit_code == 2


def test_the_simulator_runs_until_sigterm_and_takes_its_devices_away(site: ASite) -> None:
    command = [sys.executable, "-m", "doorctl", "simulate", "readers", "--config", str(site.controller_toml)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        assert simulator.stdout is not None
        told = simulator.stdout.readline()
        swiped = _simulate(site, "swipe", "floor-3-in", CARD)
        simulator.terminate()

    assert told == "simulating floor-3-in, server-room-in\n"
    assert (swiped, simulator.returncode) == (0, 0)
    assert list((site.folder / "controller" / "run").iterdir()) == []


def test_an_input_of_the_board_is_driven(site: ASite) -> None:
    with _a_board(read_door_config(site.controller_toml), site.controller_toml) as board:
        code = _simulate(site, "input", "floor-3.contact", "on")
        again = _simulate(site, "input", "floor-3.contact", "on")
        unknown = _simulate(site, "input", "window", "on")

        assert (code, again, unknown) == (0, 0, 1)
        assert board.sample()["floor-3.contact"]


def test_watching_shows_how_everything_is_until_the_board_ends(site: ASite) -> None:
    command = [sys.executable, "-m", "doorctl", "simulate", "watch", "--config", str(site.controller_toml)]
    with _a_board(read_door_config(site.controller_toml), site.controller_toml):
        watcher = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert watcher.stdout is not None
        first = watcher.stdout.readline()
    with watcher:
        rest = watcher.stdout.read()

    assert first.endswith("strike floor-3 secured (now)\n")
    assert "strike server-room secured (now)" in rest
    assert watcher.returncode == 0


@pytest.mark.parametrize(
    ("shown", "told"), [(Indication(Led.RED, 2000), "red 2000 ms"), (Indication(buzzer_ms=400), "tone 400 ms")]
)
def test_watching_readers_shows_their_lights_and_tones(
    site: ASite, line: ReaderLine, shown: Indication, told: str
) -> None:
    _events_until(line, lambda event: isinstance(event, ReaderOnline))
    options = ("--readers", "--config", str(site.controller_toml))
    command = [sys.executable, "-m", "doorctl", "simulate", "watch", *options]

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watcher:
        assert watcher.stdout is not None
        while not select.select([watcher.stdout], [], [], 0.05)[0]:  # until it is connected
            line.indicate("floor-3-in", shown)
            line.receive(time.monotonic())
        first = watcher.stdout.readline()
        watcher.terminate()

    assert first.endswith(f"  reader floor-3-in {told}\n")


@pytest.mark.parametrize("state", ["alarm", "open-line", "short", "silent"])
def test_a_supervised_line_tells_the_host_what_it_is_told_to(lines_site: ASite, line: ReaderLine, state: str) -> None:
    _events_until(line, lambda event: _tells(event, LineState.NORMAL))

    result = _simulate(lines_site, "input", "server-room.tamper", state)

    assert result == 0
    _events_until(line, lambda event: _tells(event, LineState(state)))


def test_a_supervised_line_is_switched_like_a_pin(lines_site: ASite, line: ReaderLine) -> None:
    _events_until(line, lambda event: _tells(event, LineState.NORMAL))

    for told, state in (("on", LineState.ALARM), ("off", LineState.NORMAL)):
        assert _simulate(lines_site, "input", "server-room.tamper", told) == 0
        _events_until(line, lambda event, state=state: _tells(event, state))  # type: ignore[misc]


def test_an_input_on_a_pin_has_no_line_to_cut(lines_site: ASite) -> None:
    result = run("simulate", "input", "server-room.contact", "open-line", "--config", str(lines_site.controller_toml))

    assert result.exit_code == 1
    assert "server-room.contact is on no supervised line" in result.stderr


def _tells(event: ReaderEvent, state: LineState) -> bool:
    return isinstance(event, LinesChanged) and [it.state for it in event.changes] == [state]


def _simulate(site: ASite, *arguments: str) -> int:
    return run("simulate", *arguments, "--config", str(site.controller_toml)).exit_code


def _events_until(line: ReaderLine, wanted: Callable[[ReaderEvent], bool]) -> ReaderEvent:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        events = [*line.receive(time.monotonic()), *line.tick(time.monotonic())]
        for event in events:
            if wanted(event):
                return event
        threading.Event().wait(0.005)
    raise AssertionError("it did not come")


@contextmanager
def _a_board(config: DoorConfig, path: Path) -> Iterator[SimulatedBoard]:
    """Serve a simulated board as the door does."""
    board = SimulatedBoard(layout_of(config.door, None), socket=resolve(path, config.board.socket or ""))
    board.open()
    ended = threading.Event()

    def serve() -> None:
        while not ended.wait(0.005):
            board.serve()

    thread = threading.Thread(target=serve)
    thread.start()
    yield board
    ended.set()
    thread.join()
    board.close()
