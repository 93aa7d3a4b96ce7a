"""A door process whose readers hang on a simulated chip with the firmware, over a real serial line."""

from pathlib import Path

from firmware_bridge.wiegand_formats import FORMATS
from tests.door_rig import CONFIG, DoorRig
from tests.mcu.chip import Chip

EVERY_FORMAT = tuple(layout.format for layout in FORMATS)
READERS = ("front", "vault")


class ChipReaders:
    """What the rig asks of its readers: they live by themselves."""

    def __init__(self, chip: Chip, path: Path) -> None:
        self._chip, self._path = chip, path
        path.symlink_to(chip.pty)

    def serve(self, now: float) -> None:
        """Keep the harness from waiting for us."""
        self._chip.drain()

    def unplug(self) -> None:
        """Take the line away."""
        self._path.unlink(missing_ok=True)


class ChipRig(DoorRig):
    """A door process with two doors; its readers' pulses are those that the chip's pins get."""

    def __init__(self, folder: Path, chip: Chip, *, config: str = CONFIG) -> None:
        formats = ", ".join(f'"{name}"' for name in EVERY_FORMAT)
        super().__init__(folder, config=config.replace('formats = ["H10301"]', f"formats = [{formats}]"))
        self.reader.unplug()
        self.chip = chip
        self.reader = ChipReaders(chip, self.run_dir / "lobby")  # type: ignore[assignment]

    def subjects(self) -> dict[int, str]:
        """Return about whom each record is, by its number."""
        return dict(self._rows("SELECT seq, subject FROM openings"))
