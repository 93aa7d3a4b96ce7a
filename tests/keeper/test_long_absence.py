"""After weeks without a hub a million records arrive in their order, and neither keeper nor hub grows by it."""

import sqlite3
import sys
import time
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from doorctl.database import open_reader
from doorctl.keeper.log_upload import WINDOW
from doorctl.wire.courier import MAX_CARRIED_BYTES
from doorctl.wire.topics import Channel
from tests.keeper.large_logs import ABSENCE, EPOCH, made_at, write_large_log
from tests.keeper.logs import NOON, AHub
from tests.keeper.site import CONTROLLER, AController, ASite

MEGABYTE = 1 << 20
MOST_GROWTH = 24 * MEGABYTE
OFFLINE_TURNS = 20_000
"""Of a keeper's turns: a quarter of an hour."""
TURNS_BETWEEN_TIDYINGS = 60
"""The hub copies its pages back about once a minute."""
SECONDS_PER_BATCH = timedelta(seconds=2)
"""The hub takes 128 MiB an hour of a controller."""
LEAST_PER_SECOND = 1000
"""A month of a busy door is there within two hours."""
_WRITTEN = "SELECT seq, leaf FROM records ORDER BY seq"
_ARRIVED = f"SELECT seq, leaf FROM records WHERE controller = '{CONTROLLER}' ORDER BY position"
_TIMES = f"SELECT at FROM records WHERE controller = '{CONTROLLER}' AND seq IN (?, ?) ORDER BY seq"


def resident_bytes() -> int:
    """Return how much memory this process has, in bytes."""
    fields = Path("/proc/self/status").read_text().split("VmRSS:")[1].split()
    return int(fields[0]) * 1024


def digest(connection: sqlite3.Connection, records: str) -> str:
    """Return one SHA-256 over all numbers and leaves, read one by one."""
    running = sha256()
    for seq, leaf in connection.execute(records):
        running.update(b"%d %b\n" % (seq, leaf))
    return running.hexdigest()


def absent_then_uploaded(controller: AController, hub: AHub, records: int) -> tuple[int, int, float]:
    """Be offline, then upload all; return how many bytes each took, and the records a second of CPU time."""
    before_turns = resident_bytes()
    for turn in range(OFFLINE_TURNS):
        assert controller.keeper.tick(turn / 20) == []
    offline = resident_bytes() - before_turns
    controller.keeper.connected(1000)
    began_at, warm = time.process_time(), 0
    for turn in range(records):
        payloads = [each.payload for each in controller.keeper.tick(1000) if each.channel is Channel.LOG]
        if not payloads:
            break
        if turn % TURNS_BETWEEN_TIDYINGS == 0:
            hub.hub.tidy(hub.at)
        assert len(payloads) <= WINDOW
        assert all(len(payload) <= MAX_CARRIED_BYTES for payload in payloads)
        for payload in payloads:
            hub.at += SECONDS_PER_BATCH
            controller.clock.seconds = hub.at.timestamp()
            for ack in hub.take(payload):
                controller.keeper.handle(Channel.LOG_ACK, ack, 1000)
        if not warm and controller.upload.acknowledged.of(EPOCH).size >= records // 4:
            warm = resident_bytes()
    return offline, resident_bytes() - warm, records / (time.process_time() - began_at)


@pytest.mark.timeout(2700)
@pytest.mark.parametrize("records", [8000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_a_million_records_of_a_month_arrive_in_order_with_their_times_and_memory_stays_flat(
    tmp_path: Path, controller: AController, site: ASite, records: int
) -> None:
    (tmp_path / "hub").mkdir()
    write_large_log(controller.state_dir, records)
    controller.clock.seconds = NOON.timestamp()
    with closing(AHub(tmp_path / "hub", site, controller.state_dir)) as hub:
        hub.connection.execute("PRAGMA synchronous = OFF")  # what is measured is no disk

        offline, online, per_second = absent_then_uploaded(controller, hub, records)

        sys.stdout.write(f"{records} records: {per_second:.0f} a second, memory +{online / MEGABYTE:.1f} MB\n")
        assert (hub.count(), hub.count("openings")) == (records, records)
        assert controller.tally == {}
        with closing(open_reader(controller.state_dir / "audit.db")) as log:
            assert digest(hub.connection, _ARRIVED) == digest(log, _WRITTEN)
        times = [at for (at,) in hub.connection.execute(_TIMES, (0, records - 1))]
        assert times == [int(made_at(seq, records).timestamp()) for seq in (0, records - 1)]
        assert times[1] - times[0] == ABSENCE.total_seconds()
    assert (offline < MEGABYTE, online < MOST_GROWTH) == (True, True)
    assert per_second > LEAST_PER_SECOND
