"""The door process of this very computer, over its technician's socket: no network, no key, no hub."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self, TypeVar

from doorctl.config import CONTROLLER_TABLES, KeeperConfig, read_config, resolve
from doorctl.core.machines.technician import TechnicianRefusal
from doorctl.errors import Refused, Unreachable, WrongUse
from doorctl.places import RunSocket
from doorctl.wire.technician import (
    MAX_TECHNICIAN_BYTES,
    Begin,
    Begun,
    End,
    Ended,
    FromDoor,
    FromTechnician,
    Heard,
    Pulse,
    Pulsed,
    Recorded,
    Watch,
    Watching,
    decode_from_door,
    encode,
)
from doorctl.wire.technician import Refused as SaidNo

ANSWER_SECONDS = 20.0

Answer = TypeVar("Answer", bound=FromDoor)


class LocalDoor:
    """One connection to the door process; what it tells beside an answer is kept until it is asked for."""

    def __init__(self, config_path: Path) -> None:
        """Connect. Raises ConfigError, WrongUse, Unreachable."""
        table = read_config(config_path, KeeperConfig, others=CONTROLLER_TABLES).controller
        path = resolve(config_path, table.runtime_dir) / RunSocket.TECHNICIAN
        self._kept: list[FromDoor] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._socket.connect(str(path))
        except PermissionError as error:
            self._socket.close()
            raise WrongUse(f"{path} is for root and the door's own user: use sudo") from error
        except OSError as error:
            self._socket.close()
            raise Unreachable(f"no door process listens at {path}: is doorctl-door running here?") from error

    def __enter__(self) -> Self:
        """Stay connected for as long as a command takes."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go."""
        self._socket.close()

    def begin(self, seconds: int) -> Begun:
        """Begin to try doors. Raises Refused, Unreachable."""
        return self._ask(Begin(seconds), Begun)

    def watch(self) -> Watching:
        """Have everything told from now on. Raises Refused, Unreachable."""
        return self._ask(Watch(), Watching)

    def pulse(self, door: str) -> Pulsed:
        """Release a door for its usual time. Raises Refused, Unreachable."""
        return self._ask(Pulse(door), Pulsed)

    def end(self) -> None:
        """Try doors no longer. Raises Refused, Unreachable."""
        self._ask(End(), Ended)

    def news(self, seconds: float | None) -> Iterator[Heard | Recorded]:
        """Yield what happens until the mode is over, or for so long. Raises Unreachable."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while deadline is None or time.monotonic() < deadline:
            packet = self._kept.pop(0) if self._kept else self._next(deadline)
            if packet is None or isinstance(packet, Ended):
                return
            if isinstance(packet, Heard | Recorded):
                yield packet

    def _ask(self, packet: FromTechnician, answer_type: type[Answer]) -> Answer:
        try:
            self._socket.send(encode(packet))
        except OSError as error:
            raise Unreachable("the door process has hung up: is this user allowed?") from error
        deadline = time.monotonic() + ANSWER_SECONDS
        while (answer := self._next(deadline)) is not None:
            if isinstance(answer, answer_type):
                return answer
            if isinstance(answer, SaidNo):
                raise Refused(answer.refusal, _meaning(answer.refusal))
            self._kept.append(answer)
        raise Unreachable("the door process does not answer: see its journal")

    def _next(self, deadline: float | None) -> FromDoor | None:
        """Return the next packet, None when the time is over. Raises Unreachable."""
        self._socket.settimeout(None if deadline is None else max(0.001, deadline - time.monotonic()))
        try:
            data = self._socket.recv(MAX_TECHNICIAN_BYTES)
        except TimeoutError:
            return None
        except OSError as error:
            raise Unreachable(f"the door process has hung up: {error}") from error
        if not data:
            raise Unreachable("the door process has hung up: it has ended, or this user may not")
        return decode_from_door(data)


def _meaning(refusal: str) -> str:
    known = {str(each): each.meaning for each in TechnicianRefusal}
    return known.get(refusal, "a door process of another version says so")
