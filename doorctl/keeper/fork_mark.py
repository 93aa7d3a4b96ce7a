"""The mark that the hub's history and ours have parted: it survives restarts, and ends only with a new epoch."""

from pathlib import Path

import msgspec

from doorctl.durable import replace_file
from doorctl.journal import Level, say


class Fork(msgspec.Struct, frozen=True):
    """Two chains that lead to one revision: ours, and the one that the hub has signed in ``note``."""

    epoch: int
    revision: int
    ours: str
    theirs: str
    note: str


class ForkMark:
    """The mark in its file; ``fork`` is None while there is none."""

    def __init__(self, path: Path) -> None:
        """Read the mark. One that cannot be read still is one: it counts for every epoch."""
        self._path = path
        self.fork = _load(path)

    def holds_for(self, epoch: int) -> bool:
        """Answer whether the history of this epoch is forked."""
        return self.fork is not None and self.fork.epoch in (epoch, 0)

    def set(self, fork: Fork) -> None:
        """Mark a fork; one that cannot be stored holds until the process ends, and is found again after it."""
        self.fork = fork
        say("fork", Level.ALARM, epoch=fork.epoch, revision=fork.revision)
        try:
            replace_file(self._path, msgspec.json.encode(fork))
        except OSError as error:
            say("fork_mark_not_stored", Level.WARNING, file=self._path, why=error)

    def clear(self) -> None:
        """Another epoch is in force, which the site root has named."""
        self.fork = None
        self._path.unlink(missing_ok=True)


def _load(path: Path) -> Fork | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Fork)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        say("fork_mark_unreadable", Level.ALARM, file=path, why=error)
        return Fork(epoch=0, revision=0, ours="", theirs="", note="")
