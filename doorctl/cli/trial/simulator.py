"""The far ends of a controller's simulated serial lines, with a local socket to swipe cards and pull cables.

A line of JSON asks (``{"do": "swipe", "reader": …, "card": …}``, ``press`` with ``keys``, ``unplug``, ``replug``, and
``set-line`` with ``input`` and ``state``), a line answers with ``ok`` or ``error``; everybody connected also sees
what the host shows at the readers.
"""

import select
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Annotated

import msgspec

from doorctl.cli.output import to_json
from doorctl.config import resolve
from doorctl.door.config.door_config import DoorConfig, specs_of
from doorctl.errors import ConfigError, DoorctlError
from doorctl.places import RunSocket
from firmware_bridge.reader_options import ReaderSpec
from firmware_bridge.simulated_devices import NoKeypad, NoSuchLine, UnknownReader
from firmware_bridge.simulated_reader import PathTaken, SimulatedReader
from firmware_bridge.supervised_line import LineState
from firmware_bridge.wiegand import CardDoesNotFit, UnknownFormat
from hardware.board import BoardUnavailableError
from hardware.watch_socket import WatchSocket

TURN_SECONDS = 0.01


class SimulatorUnusable(DoorctlError):
    """The simulator cannot take its place at the readers' paths."""


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the simulator is asked to do at a reader."""

    do: str
    reader: str = ""
    card: str = ""
    keys: Annotated[str, msgspec.Meta(pattern=r"^[0-9*#]{0,200}\Z")] = ""
    input: str = ""
    state: LineState = LineState.NORMAL


_wishes = msgspec.json.Decoder(Wish)


class Simulator:
    """Runs simulated readers until it is stopped."""

    def __init__(self, specs: Iterable[ReaderSpec], socket: Path) -> None:
        """Put a device at the path of each line. Raises SimulatorUnusable."""
        self._control = WatchSocket(socket)
        self._devices: list[SimulatedReader] = []
        self._device_of: dict[str, SimulatedReader] = {}
        self._device_at: dict[str, SimulatedReader] = {}
        self._is_stopped = False
        try:
            self._control.open()
            for spec in specs:
                device = SimulatedReader(spec)
                self._devices.append(device)
                self._device_of |= dict.fromkeys(spec.reader_names, device)
                self._device_at |= dict.fromkeys((wired.name for wired in spec.inputs.values()), device)
        except BoardUnavailableError as error:
            raise SimulatorUnusable(f"no socket at {socket}: is another simulator running?") from error
        except (PathTaken, OSError) as error:
            self.close()
            raise SimulatorUnusable(str(error)) from error

    @property
    def reader_names(self) -> tuple[str, ...]:
        """Name the readers."""
        return tuple(self._device_of)

    def run(self) -> None:
        """Serve until ``stop``, then take the devices away."""
        try:
            while not self._is_stopped:
                self._turn()
        finally:
            self.close()

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """End ``run``; also a signal handler."""
        self._is_stopped = True

    def close(self) -> None:
        """Take every device and the socket away."""
        for device in self._devices:
            device.unplug()
        self._control.close()

    def _turn(self) -> None:
        waiting = [fd for device in self._devices if (fd := device.fileno()) is not None]
        select.select([*waiting, self._control.fileno()], [], [], TURN_SECONDS)
        self._control.serve(greet=bytes, hear=self._hear)
        now = time.monotonic()
        for device in self._devices:
            device.serve(now)
            while device.indications:
                reader, indication = device.indications.popleft()
                self._control.tell(_line({"t": now, "reader": reader, "shows": asdict(indication)}))

    def _hear(self, line: bytes) -> bytes:
        try:
            wish = _wishes.decode(line)
            fulfil = _WISHES[wish.do]
            fulfil(self._device_at[wish.input] if wish.input else self._device_of[wish.reader], wish)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return _line({"error": f"not understood: {error}"})
        except KeyError as error:
            return _line({"error": f"there is no {error}; the readers are {', '.join(self._device_of)}"})
        except (UnknownReader, NoKeypad, NoSuchLine, UnknownFormat, CardDoesNotFit, PathTaken) as error:
            return _line({"error": str(error)})
        where = {"input": wish.input, "state": wish.state} if wish.input else {"reader": wish.reader}
        return _line({"ok": wish.do, **where})


def simulate_readers(config: DoorConfig, config_path: Path, tell: Callable[[tuple[str, ...]], None]) -> None:
    """Run the far ends of every simulated line until SIGTERM or SIGINT. Raises ConfigError, SimulatorUnusable."""
    simulated = {line.name for line in config.line if line.simulated}
    specs = [spec for spec in specs_of(config, config_path) if spec.name in simulated]
    if not specs:
        raise ConfigError(f"{config_path} has no line with simulated = true")
    socket = simulator_socket(config, config_path)
    socket.parent.mkdir(parents=True, exist_ok=True)
    simulator = Simulator(specs, socket)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, simulator.stop)
    tell(simulator.reader_names)
    simulator.run()


def simulator_socket(config: DoorConfig, config_path: Path) -> Path:
    """Return where the simulator of a controller listens."""
    return resolve(config_path, config.controller.runtime_dir) / RunSocket.SIMULATOR


def _line(values: Mapping[str, object]) -> bytes:
    return to_json(values).encode() + b"\n"


_WISHES: Mapping[str, Callable[[SimulatedReader, Wish], None]] = {
    "swipe": lambda device, wish: device.swipe(wish.reader, wish.card),
    "press": lambda device, wish: device.press(wish.reader, wish.keys),
    "unplug": lambda device, _: device.unplug(),
    "replug": lambda device, _: device.replug(),
    "set-line": lambda device, wish: device.set_line(wish.input, wish.state),
}
