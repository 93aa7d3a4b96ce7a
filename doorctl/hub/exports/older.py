"""An older .doorlog, from which a new one shall show that it goes on (docs/audit-log.md, section 8).

Its signatures are for ``audit verify`` to check: here the hub's own tree shows whether it was ever so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec

from doorctl.audit.checkpoint import Checkpoint, origin_of, read_checkpoint
from doorctl.audit.verify_doorlog import Container, NotWhole
from doorctl.errors import Refused, WrongUse
from doorctl.hub.exports.logs import ExportedLog, ExportStopped
from doorctl.hub.log_store import LogId
from doorctl.wire.notes import text_of

_LAST_SECOND = 253_402_300_799
"""Of the year 9999."""


class _Log(msgspec.Struct, frozen=True):
    log: str
    epoch: int


class _Index(msgspec.Struct, frozen=True):
    site: str
    made_at: Annotated[int, msgspec.Meta(ge=0, le=_LAST_SECOND)]
    logs: list[_Log]


@dataclass(frozen=True, slots=True)
class Older:
    """What it is called, when it was made (seconds since 1970), and where each of its logs ended."""

    name: str
    made_at: int
    ends: Mapping[LogId, Checkpoint]

    def sizes_of(self, log: LogId) -> frozenset[int]:
        """Return where this log ended in it; nothing if it is not in it."""
        return frozenset({self.ends[log].size} if log in self.ends else ())

    def require_that_it_fits(self, logs: Iterable[ExportedLog], *, made_at: int) -> None:
        """Stop unless these logs, taken out at this time, go on from it. Raises ExportStopped."""
        if self.made_at > made_at:
            at = datetime.fromtimestamp(self.made_at, UTC)
            raise ExportStopped(f"{self.name} was made at {at}, later than this export: is the hub's clock right?")
        here = {log.log: log for log in logs}
        for of, end in self.ends.items():
            if why := _misfit(here.get(of), end):
                has = f"{self.name} has {_records(end.size)} of {_name(of)}, and this hub {why}"
                raise ExportStopped(f"{has}: no proof can go on from there; keep that file as evidence")


def read_older(path: Path, *, site: str) -> Older:
    """Read where an older export of this site ended. Raises WrongUse."""
    try:
        with path.open("rb") as file:
            return _read(file, path.name, site=site)
    except OSError as error:
        raise WrongUse(f"{path} cannot be read: {error.strerror}") from error
    except (NotWhole, Refused, msgspec.MsgspecError) as error:
        raise WrongUse(f"{path} is no .doorlog that was made by --proof: {error}") from error


def _read(file: BinaryIO, name: str, *, site: str) -> Older:
    container = Container(file)
    said = container.read("index").partition(b"\n")[2].partition(b"\n")[0]
    index = msgspec.json.decode(said, type=_Index)
    if index.site != site:
        raise WrongUse(f"{name} is of the site {index.site}, and you are an admin of {site}")
    return Older(name, index.made_at, {LogId(it.log, it.epoch): _end(container, it, site=site) for it in index.logs})


def _end(container: Container, log: _Log, *, site: str) -> Checkpoint:
    note = container.read(f"log/{log.log}/{log.epoch}/checkpoint")
    return read_checkpoint(text_of(note), origin=origin_of(site, log.log, log.epoch))


def _misfit(log: ExportedLog | None, end: Checkpoint) -> str:
    """Say why this log does not go on from there; nothing if it does."""
    if log is None:
        return "does not know that log"
    if end.size > log.size:
        return f"has only {_records(log.size)} (it lost some, as after a restore)"
    return "" if log.root_at(end.size) == end.root else "has others in their place"


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"


def _name(log: LogId) -> str:
    return f"{log.controller}/{log.log_epoch}"
