"""What becomes of the strikes' pins when the door process is gone: the file it leaves, and the program that reads it.

The kernel's pins are a preloaded stand-in for ``/dev/gpiochip*``, RPi.GPIO a module that takes every call.
"""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.core.records import RecordKind
from tests.door_rig import CONFIG, DoorRig
from tests.shims.preloaded import build

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "systemd/on_process_loss.c"
GPIO = """
BCM, IN, OUT, PUD_OFF, PUD_DOWN, PUD_UP = 11, 1, 0, 20, 21, 22

def setwarnings(flag): pass
def setmode(mode): pass
def setup(channel, direction, pull_up_down=20, initial=-1): pass
def output(channel, value): pass
def input(channel): return 0
def cleanup(channel): pass
"""
ON_PINS = CONFIG
for simulated, real in {
    'kind = "simulated"\nchanges = "run/board.jsonl"\nsocket = "run/board.sock"': 'kind = "raspberry-pi"',
    'port = "run/lobby"\nsimulated = true': 'port = "/dev/doorctl-no-such-line"',
    'lock = "fail-secure"\non_process_loss = "secured"\negress = "hardware"': (
        'lock = "fail-safe"\non_process_loss = "secured"\negress = "hardware"'
    ),
}.items():
    ON_PINS = ON_PINS.replace(simulated, real)
NO_STRIKES = ("17\n", "17 2\n", "99 0\n", "-1 0\n", "17 0 0\n", "x\n", "\n", "17 0", "17" * 40 + "\n")
LEFT_AT = "17 0\n18 1\n"


class Pins:
    """The program, before the stand-in's chips."""

    def __init__(self, program: Path, shim: Path, folder: Path) -> None:
        """Keep what is requested in this folder."""
        self._program = program
        self._shim = shim
        self._log = folder / "pins.log"
        self.file = folder / "strikes.rest"

    @property
    def requested(self) -> list[str]:
        return self._log.read_text().splitlines() if self._log.exists() else []

    def leave(self, *, chips: str = "pinctrl-bcm2835", busy: int | None = None) -> "subprocess.CompletedProcess[str]":
        environment = {"LD_PRELOAD": str(self._shim), "PINS_LOG": str(self._log), "PINS_CHIPS": chips}
        if busy is not None:
            environment["PINS_BUSY"] = str(busy)
        command = [str(self._program), str(self.file)]
        return subprocess.run(command, env=environment, text=True, capture_output=True, check=False)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("built")
    program = folder / "on-process-loss"
    warnings = ["-Wall", "-Wextra", "-Werror", "-fsanitize=undefined", "-fno-sanitize-recover"]
    subprocess.run(["gcc", "-std=c11", "-D_GNU_SOURCE", *warnings, "-o", program, SOURCE], check=True)
    return program, build("pins", folder)


@pytest.fixture
def pins(built: tuple[Path, Path], tmp_path: Path) -> Pins:
    return Pins(*built, tmp_path)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[DoorRig]:
    """A door on real pins, or what RPi.GPIO says of them."""
    (tmp_path / "lib" / "RPi").mkdir(parents=True)
    (tmp_path / "lib" / "RPi" / "__init__.py").touch()
    (tmp_path / "lib" / "RPi" / "GPIO.py").write_text(GPIO)
    rig = DoorRig(tmp_path / "door", config=ON_PINS)
    rig.start(environment={"PYTHONPATH": str(tmp_path / "lib")})
    rig.wait_for(lambda: rig.has_record(RecordKind.READER_OFFLINE), what="the door's start")
    yield rig
    rig.close()


def test_the_pins_of_a_killed_door_are_put_to_their_level(door: DoorRig, pins: Pins) -> None:
    door.kill()
    pins.file.write_bytes((door.run_dir / "strikes.rest").read_bytes())

    done = pins.leave()

    assert pins.file.read_text() == LEFT_AT
    assert (done.returncode, pins.requested) == (0, ["0 17 0", "0 18 1"])


def test_a_door_that_ends_in_good_order_leaves_nothing_to_do(door: DoorRig, pins: Pins) -> None:
    pins.file.symlink_to(door.run_dir / "strikes.rest")
    assert pins.file.read_text() == LEFT_AT

    assert door.stop() == 0

    assert (pins.leave().returncode, pins.requested) == (0, [])


def test_a_door_that_systemd_aborts_leaves_its_file(door: DoorRig) -> None:
    assert door.process is not None
    door.process.send_signal(signal.SIGABRT)
    door.process.wait(timeout=30)

    assert (door.run_dir / "strikes.rest").read_text() == LEFT_AT


@pytest.mark.parametrize("board", ["pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1"])
def test_the_header_is_found_among_other_chips(board: str, pins: Pins) -> None:
    pins.file.write_text("17 1\n")

    assert pins.leave(chips=f"raspberrypi-exp-gpio,{board},gpio-brcmstb").returncode == 0
    assert pins.requested == ["1 17 1"]


def test_a_pin_that_is_taken_does_not_keep_the_others_from_their_level(pins: Pins) -> None:
    pins.file.write_text("17 0\n18 1\n19 0\n")

    done = pins.leave(busy=18)

    assert (done.returncode, pins.requested) == (1, ["0 17 0", "0 19 0"])
    assert 'event=strike_not_left pin=18 level=1 why="Device or resource busy"' in done.stderr


@pytest.mark.parametrize(
    "line", ["17\n", "17 2\n", "99 0\n", "-1 0\n", "17 0 0\n", "x\n", "\n", "17 0", "17" * 40 + "\n"]
)
def test_a_line_that_is_none_moves_nothing_and_the_next_one_counts(line: str, pins: Pins) -> None:
    pins.file.write_text(f"18 1\n{line}")

    assert (pins.leave().returncode, pins.requested) == (1, ["0 18 1"])


def test_without_a_board_it_says_so_and_fails(pins: Pins) -> None:
    pins.file.write_text("17 0\n")

    done = pins.leave(chips="gpio-brcmstb")

    assert (done.returncode, pins.requested) == (69, [])
    assert "no /dev/gpiochip is a Raspberry Pi's header" in done.stderr


def test_what_make_builds_needs_no_library(pins: Pins, tmp_path: Path) -> None:
    program = tmp_path / "build" / "doorctl-on-process-loss"
    subprocess.run(["make", "-s", "-C", ROOT, f"BUILD={program.parent}", "on-process-loss"], check=True)

    assert b".interp" not in subprocess.run(["objdump", "-h", program], check=True, capture_output=True).stdout
    assert subprocess.run([program, pins.file], check=False).returncode == 0
    assert subprocess.run([program], check=False, capture_output=True).returncode == 2
    assert subprocess.run([program, program / "below-a-file"], check=False, capture_output=True).returncode == 66
