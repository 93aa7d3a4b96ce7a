"""The first promise, seen from the kernel: each record's flush has returned before its strike moves; no network."""

from pathlib import Path

import pytest

from doorctl.core.records import RecordKind
from tests.door_rig import ADA, FLOOR, SERVER_ROOM, DoorRig
from tests.system_calls import families, is_complete, read_calls, releases_before_their_record, strace_command

SWIPES = 100
DOORS = (("front", FLOOR), ("vault", SERVER_ROOM))

WRITTEN = r'7 pwrite64(9</s/audit.db-wal>, "...{\"kind\":\"decision\",\"seq\":5,\"boot\"...", 4096, 56) = 4096'
FLUSHED = "7 fdatasync(9</s/audit.db-wal>) = 0"
FLUSH_BEGAN = "7 fdatasync(9</s/audit.db-wal> <unfinished ...>"
FLUSH_RETURNED = "7 <... fdatasync resumed>) = 0"
FLUSH_FAILED = "7 fdatasync(9</s/audit.db-wal>) = -1 EIO (Input/output error)"
OTHER_FLUSHED = "7 fdatasync(9</s/other.db-wal>) = 0"
RELEASED = r'6 write(5</r/board.jsonl>, "{\"strike\": \"a\", \"state\": \"released\"}\n", 40) = 40'


@pytest.mark.parametrize("trace", [(WRITTEN, FLUSHED, RELEASED), (WRITTEN, FLUSH_BEGAN, FLUSH_RETURNED, RELEASED)])
def test_a_release_after_the_flush_of_its_record_is_in_order(trace: tuple[str, ...]) -> None:
    assert releases_before_their_record(read_calls(trace), [5]) == []


@pytest.mark.parametrize(
    "trace",
    [
        (RELEASED, WRITTEN, FLUSHED),
        (WRITTEN, RELEASED, FLUSHED),
        (FLUSHED, WRITTEN, RELEASED),
        (WRITTEN, FLUSH_BEGAN, RELEASED, FLUSH_RETURNED),
        (FLUSH_BEGAN, WRITTEN, FLUSH_RETURNED, RELEASED),
        (WRITTEN, FLUSH_FAILED, RELEASED),
        (WRITTEN, OTHER_FLUSHED, RELEASED),
        (FLUSHED, RELEASED),
    ],
)
def test_a_release_in_any_other_order_is_found(trace: tuple[str, ...]) -> None:
    assert releases_before_their_record(read_calls(trace), [5]) == [5]


def test_a_socket_of_the_network_is_found() -> None:
    assert families(read_calls(["7 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3"])) == {"AF_INET"}


def swipe_in_turn(rig: DoorRig) -> None:
    """Swipe at the two doors in turn, each when its strike is secured again."""
    for turn in range(SWIPES):
        reader, door = DOORS[turn % 2]
        moves = 2 * (turn // 2)
        rig.wait_for(lambda d=door, n=moves: len(rig.strike_states(d)) == n, what="secured")  # type: ignore[misc]
        rig.swipe(reader, ADA)
    for _, door in DOORS:
        rig.wait_for(lambda d=door: len(rig.strike_states(d)) == SWIPES, what="all swipes")  # type: ignore[misc]


@pytest.mark.usefixtures("may_trace")
def test_every_record_is_flushed_before_its_strike_moves_and_no_network_is_asked_for(tmp_path: Path) -> None:
    rig = DoorRig(tmp_path, unlock_seconds=0.05)
    trace = tmp_path / "strace.out"
    try:
        rig.write_policy(rig.a_holder("ada", ADA, FLOOR, SERVER_ROOM))
        rig.start_online(*strace_command(trace))
        swipe_in_turn(rig)
        assert rig.process is not None
        process = rig.process.pid
        rig.stop()
        rig.process = None
        rig.wait_for(lambda: is_complete(trace, process), what="the end of the trace")
        decisions = [leaf.of for leaf in rig.records(RecordKind.RELEASED) if leaf.of is not None]
        calls = read_calls(trace.read_text().splitlines())
    finally:
        rig.close()

    assert len(decisions) == SWIPES
    assert releases_before_their_record(calls, decisions) == []
    assert families(calls) <= {"AF_UNIX"}
    without_flushes = [call for call in calls if call.name != "fdatasync"]
    assert releases_before_their_record(without_flushes, decisions) == decisions
