"""The keeper's end of the bell: the door connects, is told to look, and says by what it answers (ADR 6)."""

from dataclasses import dataclass
from pathlib import Path

from doorctl.keeper.peer_socket import Dialect, PeerSocket
from doorctl.places import RunSocket
from doorctl.tally import Tally
from doorctl.wire.bell import MAX_BELL_BYTES, FromDoor, FromKeeper, decode_from_door, encode

SOCKET_MODE = 0o600


@dataclass(frozen=True, slots=True)
class DoorArrived:
    """The door process has connected."""


@dataclass(frozen=True, slots=True)
class DoorLeft:
    """The door process is gone, or has lost us."""


Heard = FromDoor | DoorArrived | DoorLeft


def door_bell(runtime_dir: Path, *, tally: Tally) -> PeerSocket[Heard, FromKeeper]:
    """Listen for the door. Raises OSError."""
    dialect: Dialect[Heard, FromKeeper] = Dialect(
        "door", SOCKET_MODE, MAX_BELL_BYTES, decode_from_door, encode, left=DoorLeft(), arrived=DoorArrived()
    )
    return PeerSocket(runtime_dir / RunSocket.BELL, dialect, tally=tally)
