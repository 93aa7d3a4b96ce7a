"""Disk and clock of a process in the test's hand: C libraries that are built once and preloaded."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

_SOURCES = Path(__file__).parent


def build(name: str, folder: Path) -> Path:
    """Compile a shim into a library that LD_PRELOAD takes."""
    library = folder / f"{name}.so"
    source = _SOURCES / f"{name}.c"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-Wall", "-o", library, source, "-ldl"], check=True)
    return library


@dataclass(frozen=True, slots=True)
class Flush:
    """A flush or the closing of a descriptor, as the process asked for it."""

    what: str
    descriptor: int
    result: int
    path: str


class Disk:
    """What becomes of the flushes and writes of files whose path has a certain part."""

    def __init__(self, library: Path, folder: Path, *, files: str) -> None:
        """Use this folder for orders and the log; it must be outside of what may be full."""
        self._library = library
        self._order = folder / "disk.order"
        self._log = folder / "disk.log"
        self._files = files

    @property
    def environment(self) -> dict[str, str]:
        """What the process must be started with."""
        return {
            "LD_PRELOAD": str(self._library),
            "DISK_ORDER": str(self._order),
            "DISK_LOG": str(self._log),
            "DISK_FILES": self._files,
        }

    def be_well(self) -> None:
        """Do everything at once and well."""
        self._order.unlink(missing_ok=True)

    def be_late(self, milliseconds: int) -> None:
        """Take so long for each flush."""
        self._say(f"late {milliseconds}")

    def be_slow(self, milliseconds: int) -> None:
        """Take so long for each read."""
        self._say(f"slow {milliseconds}")

    def be_full(self) -> None:
        """Have no space for any write."""
        self._say("full")

    def fail_once(self) -> None:
        """Say of one flush that it failed (EIO)."""
        self._say("fail")

    def flushes(self) -> list[Flush]:
        """Return the flushes and closings so far."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        words = (line.split(" ", maxsplit=3) for line in lines)
        return [Flush(what, int(descriptor), int(result), path) for what, descriptor, result, path in words]

    def _say(self, order: str) -> None:
        draft = self._order.with_suffix(".draft")
        draft.write_text(order)
        draft.replace(self._order)


class WallClockShim:
    """The wall clock of a process: right until it is set."""

    def __init__(self, library: Path, folder: Path) -> None:
        """Use this folder for the offset."""
        self._library = library
        self._offset = folder / "clock.offset"

    @property
    def environment(self) -> dict[str, str]:
        """What the process must be started with."""
        return {"LD_PRELOAD": str(self._library), "CLOCK_OFFSET": str(self._offset)}

    def set(self, seconds: int) -> None:
        """Make the clock wrong by so many seconds."""
        draft = self._offset.with_suffix(".draft")
        draft.write_text(str(seconds))
        draft.replace(self._offset)
