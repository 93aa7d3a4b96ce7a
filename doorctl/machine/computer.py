"""The computer as the checks see it: a tree of files, and the few things that no file tells."""

import grp
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

USER, GROUPS = "doorctl", ("dialout", "gpio")
"""As whom the unit runs the door, and which groups it adds."""
USER_OF_HUB = "doorctl-hub"
_COMMAND_SECONDS = 20.0


def _run(command: Sequence[str]) -> str:
    """Return what a program says; nothing where it is not there, or takes too long."""
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_COMMAND_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return found.stdout


def _free_percent(path: Path) -> float:
    usage = shutil.disk_usage(path)
    return 100 * usage.free / usage.total


def ids_of_the_door() -> frozenset[int]:
    """Return the groups that the door process has under its unit; without its user, those of whoever asks."""
    try:
        user = pwd.getpwnam(USER)
    except KeyError:
        return frozenset({*os.getgroups(), os.getgid()})
    added = (each.gr_gid for each in grp.getgrall() if each.gr_name in GROUPS)
    return frozenset({*os.getgrouplist(USER, user.pw_gid), *added})


@dataclass(frozen=True, slots=True)
class Computer:
    """One computer; ``root`` is where its files are, such as those of a test, ``user`` whose its state folder is."""

    root: Path = Path("/")
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    groups: frozenset[int] = field(default_factory=ids_of_the_door)
    run: Callable[[Sequence[str]], str] = _run
    free_percent: Callable[[Path], float] = _free_percent
    user: str = USER

    def at(self, path: str | Path) -> Path:
        """Return where a file of this computer is."""
        return self.root / str(path).lstrip("/")

    def text(self, path: str | Path) -> str:
        """Return what a small file says, without line break; nothing where it cannot be read."""
        try:
            return self.at(path).read_text(errors="replace").strip("\0\n ")
        except OSError:
            return ""

    def number(self, path: str | Path, *, base: int = 10) -> int | None:
        """Return the number in a small file; None where there is none."""
        try:
            return int(self.text(path).split()[0], base)
        except (ValueError, IndexError):
            return None

    def glob(self, pattern: str) -> list[Path]:
        """Return what fits a pattern, as paths of this computer, sorted."""
        return sorted(Path("/") / each.relative_to(self.root) for each in self.root.glob(pattern.lstrip("/")))

    @property
    def model(self) -> str:
        """What the firmware calls this board, such as ``Raspberry Pi 4 Model B Rev 1.4``; nothing elsewhere."""
        return self.text("/proc/device-tree/model")

    def may_use(self, path: Path) -> bool:
        """Tell whether the door process may read and write a device, by its group or as anybody."""
        status = path.stat()
        by_group, by_all = status.st_mode & 0o060 == 0o060, status.st_mode & 0o006 == 0o006
        return by_all or (by_group and status.st_gid in self.groups)
