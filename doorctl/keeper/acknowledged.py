"""How many records of each of our log's epochs the hub holds, by its signed word: a file, for a quick start only."""

from contextlib import suppress
from pathlib import Path

import msgspec

MOST_EPOCHS = 64


class Held(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many records, under this root (hex; empty: none was said)."""

    size: int = 0
    root: str = ""


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    epochs: dict[int, Held] = {}
    finished: tuple[int, ...] = ()


class Acknowledged:
    """The file; what it has lost, the hub says again."""

    def __init__(self, path: Path) -> None:
        """Read it; one that cannot be read is as one that is not there."""
        self._path = path
        self._kept = _load(path)

    def of(self, epoch: int) -> Held:
        """Return what the hub holds of an epoch."""
        return self._kept.epochs.get(epoch, Held())

    @property
    def newest(self) -> tuple[int, Held] | None:
        """The newest epoch that the hub has spoken of."""
        return max(self._kept.epochs.items(), default=None)

    def hold(self, epoch: int, held: Held) -> None:
        """The hub says so."""
        if held != self.of(epoch):
            epochs = sorted((self._kept.epochs | {epoch: held}).items())[-MOST_EPOCHS:]
            self._keep(_Kept(dict(epochs), self._kept.finished))

    def is_finished(self, epoch: int) -> bool:
        """Answer whether nothing of an epoch that was put aside is to be uploaded any more."""
        return epoch in self._kept.finished

    def finish(self, epoch: int) -> None:
        """The hub has all that can be read of an epoch that was put aside."""
        finished = sorted({*self._kept.finished, epoch})[-MOST_EPOCHS:]
        self._keep(_Kept(self._kept.epochs, tuple(finished)))

    def _keep(self, kept: _Kept) -> None:
        self._kept = kept
        aside = self._path.with_name(f"{self._path.name}.next")
        with suppress(OSError):  # a full disk costs the next start a few batches, nothing more
            try:
                aside.write_bytes(msgspec.json.encode(kept))
                aside.replace(self._path)
            finally:
                aside.unlink(missing_ok=True)


def _load(path: Path) -> _Kept:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Kept)
    except (OSError, msgspec.DecodeError):
        return _Kept()
