"""The serial lines of a controller as the door opens them, with OSDP readers' keys, and where those are paired."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from doorctl.config import resolve
from doorctl.door.config.door_config import DoorConfig, has_osdp, specs_of
from doorctl.door.foundation import Foundation
from doorctl.door.pairing_desk import PairingDesk
from doorctl.door.reader_events import DoorWithReader
from doorctl.keys.osdp_keys import load_osdp_keys
from doorctl.places import RunSocket, StateFile
from firmware_bridge.reader_events import PairingEnded
from firmware_bridge.reader_line import ReaderLine, open_line


def lines_of(config: DoorConfig, config_path: Path) -> list[ReaderLine]:
    """Return every line, in the order of the file; their ports open later. Raises KeyFileError."""
    state_dir = resolve(config_path, config.controller.state_dir)
    keys = load_osdp_keys(state_dir / StateFile.OSDP_KEYS) if has_osdp(config) else {}
    return [open_line(spec, keys) for spec in specs_of(config, config_path)]


def pairing_desks_of(
    base: Foundation, lines: Sequence[ReaderLine], at_readers: Mapping[str, DoorWithReader]
) -> tuple[PairingDesk, ...]:
    """Return the desk where OSDP readers are paired; none where there are no such readers. Raises BoardUnusable."""
    protocols = {name: line.osdp for line in lines for name in line.readers if line.osdp is not None}
    if not protocols:
        return ()
    said, submit = base.statements, base.writer.submit
    return (PairingDesk(base.socket(RunSocket.PAIRING), protocols, at_readers, statements=said, submit=submit),)


def telling(desks: Sequence[PairingDesk]) -> Callable[[PairingEnded], None]:
    """Return what tells the desk, if there is one, of the end of a pairing."""

    def tell(ended: PairingEnded) -> None:
        for desk in desks:
            desk.take(ended)

    return tell
