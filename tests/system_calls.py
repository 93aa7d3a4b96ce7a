"""What a process asked of the kernel, read from strace: sockets it opened, and whether records came before strikes.

Lines are those of ``strace -f -y``: the process or thread, the call, its descriptors with their paths, its result.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

WAL, BOARD = "audit.db-wal", "board.jsonl"
RELEASED = r"\"state\": \"released\""

_CALL = re.compile(r"^(?P<thread>\d+) +(?P<name>\w+)\((?P<rest>.*)$", re.DOTALL)
_RESUMED = re.compile(r"^(?P<thread>\d+) +<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)$", re.DOTALL)
_UNFINISHED = " <unfinished ...>"
_RESULT = re.compile(r"\) += (?P<result>-?\d+|\?)")
_PATH = re.compile(r"^\d+<(?P<path>[^>]*)>")


@dataclass(frozen=True, slots=True)
class Call:
    """One system call: the lines of the trace in which it began and returned."""

    name: str
    arguments: str
    result: str
    began: int
    returned: int

    @property
    def path(self) -> str:
        """The file that its first argument is."""
        match = _PATH.match(self.arguments)
        return match["path"] if match else ""

    def is_on(self, file: str) -> bool:
        """Tell whether it concerns a file of this name."""
        return self.path.endswith("/" + file)


def strace_command(trace: Path) -> list[str]:
    """Return what runs a command under strace from its exec on; strace is not its parent, so signals reach it."""
    calls = "trace=%network,fsync,fdatasync,sync_file_range,write,pwrite64,writev,pwritev,openat,open,creat"
    return ["strace", "-D", "-f", "-y", "-q", "-s", "5000", "-o", str(trace), "-e", calls, "-e", "signal=none"]


def is_complete(trace: Path, process: int) -> bool:
    """Tell whether strace has written the end of the process."""
    return any(re.match(rf"{process} +\+\+\+ ", line) for line in trace.read_text().splitlines()[-20:])


def read_calls(lines: Sequence[str]) -> list[Call]:
    """Join the halves of calls that were interrupted by another thread's; in the order in which they returned."""
    begun: dict[tuple[str, str], tuple[int, str]] = {}
    calls: list[Call] = []
    for number, line in enumerate(lines):
        if resumed := _RESUMED.match(line):
            began, start = begun.pop((resumed["thread"], resumed["name"]), (number, ""))
            calls += _finished(resumed["name"], start + resumed["rest"], began, number)
        elif call := _CALL.match(line):
            if line.endswith(_UNFINISHED):
                begun[call["thread"], call["name"]] = number, call["rest"].removesuffix(_UNFINISHED)
            else:
                calls += _finished(call["name"], call["rest"], number, number)
    return calls


def releases_before_their_record(calls: Sequence[Call], decisions: Sequence[int]) -> list[int]:
    """Return the decisions, of those that released a strike one after the other, whose record was not durable then.

    A record is durable when a flush of the write-ahead log, begun after the record was written, has returned.
    """
    releases = [call for call in calls if call.name == "write" and call.is_on(BOARD) and RELEASED in call.arguments]
    if len(releases) != len(decisions):
        raise AssertionError(f"{len(releases)} releases by {len(decisions)} decisions")
    durable_at = {seq: _durable_at(calls, seq) for seq in decisions}
    return [
        seq
        for seq, release in zip(decisions, releases, strict=True)
        if not _is_before(durable_at, seq, release.began)
    ]


def families(calls: Sequence[Call]) -> set[str]:
    """Return the kinds of sockets that were asked for."""
    return {call.arguments.split(",")[0] for call in calls if call.name in ("socket", "socketpair")}


def _durable_at(calls: Sequence[Call], seq: int) -> int | None:
    mark = rf"\"seq\":{seq},"
    written = (call.returned for call in calls if "write" in call.name and call.is_on(WAL) and mark in call.arguments)
    first = next(written, None)
    if first is None:
        return None
    return next((call.returned for call in _flushes(calls) if call.began > first), None)


def _flushes(calls: Sequence[Call]) -> Iterator[Call]:
    return (call for call in calls if call.name in ("fsync", "fdatasync") and call.is_on(WAL) and call.result == "0")


def _is_before(durable_at: Mapping[int, int | None], seq: int, moment: int) -> bool:
    durable = durable_at[seq]
    return durable is not None and durable < moment


def _finished(name: str, rest: str, began: int, returned: int) -> Iterator[Call]:
    results = list(_RESULT.finditer(rest))
    if results:
        yield Call(name, rest[: results[-1].start()], results[-1]["result"], began, returned)
