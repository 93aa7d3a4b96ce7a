"""Logs that the door has put aside reach the hub before what came after them, as far as they can be believed."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from doorctl.audit.losses import logs_put_aside, put_aside
from doorctl.audit.tree import Tree
from doorctl.keeper.aside_logs import PATIENCE_SECONDS
from doorctl.wire.messages import LogBatch
from doorctl.wire.notes import detach
from doorctl.wire.topics import Channel
from tests.keeper.logs import NOON, AHub, write
from tests.keeper.site import AController


@pytest.fixture
def replaced(controller: AController, mocker: MockerFixture) -> Callable[[], None]:
    """Puts the log aside, as a door does that finds it damaged, and begins another."""
    began_at, times = time.time(), iter(range(60, 6000, 60))  # log epochs rise with the clock

    def replace() -> None:
        put_aside(controller.state_dir / "audit.db")
        mocker.patch("time.time", return_value=began_at + next(times))
        write(controller.state_dir, 1)

    return replace


def aside(controller: AController) -> Path:
    (path,) = logs_put_aside(controller.state_dir / "audit.db")
    return path


def change(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as log:
        log.execute(statement, values)


def sent(controller: AController, now: float) -> list[bytes]:
    return [each.payload for each in controller.keeper.tick(now) if each.channel is Channel.LOG]


def epochs_in(controller: AController, payloads: list[bytes]) -> list[int]:
    batches = [controller.read(detach(payload)[0], LogBatch) for payload in payloads]
    return [batch.log_epoch for batch in batches if isinstance(batch, LogBatch)]


def exchange(controller: AController, hub: AHub, *, begin: float = 0, seconds: int = 30) -> list[int]:
    """Carry everything to and fro for a while; return of which epochs batches were sent, in order."""
    controller.keeper.connected(begin)
    epochs: list[int] = []
    for turn in range(20 * seconds):
        payloads = sent(controller, begin + turn / 20)
        epochs += epochs_in(controller, payloads)
        for payload in payloads:
            for ack in hub.take(payload):
                controller.keeper.handle(Channel.LOG_ACK, ack, begin + turn / 20)
    return list(dict.fromkeys(epochs))


def test_what_was_put_aside_arrives_first_and_whole(
    controller: AController, hub: AHub, replaced: Callable[[], None]
) -> None:
    write(controller.state_dir, 300, records=3)
    replaced()
    replaced()

    epochs = exchange(controller, hub)

    assert epochs == sorted(epochs)
    assert (hub.epochs(), controller.tally) == ([901, 2, 2], {})


def test_what_the_hub_has_already_is_not_sent_again(
    controller: AController, hub: AHub, replaced: Callable[[], None]
) -> None:
    write(controller.state_dir, 3)
    exchange(controller, hub)
    replaced()

    epochs = exchange(controller, hub, begin=40)

    assert (len(epochs), hub.epochs()) == (1, [4, 2])


def test_what_is_finished_is_not_looked_at_again(
    controller: AController, hub: AHub, replaced: Callable[[], None]
) -> None:
    write(controller.state_dir, 3)
    replaced()
    finished, *_ = exchange(controller, hub)

    again = controller.restart()

    assert again.upload.acknowledged.is_finished(finished)
    assert finished not in exchange(again, hub, begin=40)
    again.close()


def test_a_keeper_that_forgot_everything_is_told_by_the_hub(
    controller: AController, hub: AHub, replaced: Callable[[], None]
) -> None:
    write(controller.state_dir, 100, records=20)
    exchange(controller, hub)
    replaced()
    (controller.state_dir / "log.acknowledged").unlink()
    again = controller.restart()
    again.clock.seconds = NOON.timestamp()

    exchange(again, hub)

    assert (hub.epochs(), again.tally) == ([2001, 2], {})
    again.close()


DAMAGES = {
    "a leaf": "UPDATE records SET leaf = CAST(replace(leaf, 'front', 'other') AS BLOB) WHERE seq = 50",
    "a record": "DELETE FROM records WHERE seq = 50",
    "another checkpoint": "UPDATE records SET checkpoint = (SELECT checkpoint FROM log) WHERE seq = 50",
    "a checkpoint": "UPDATE records SET checkpoint = x'00' WHERE seq = 50",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_of_a_damaged_log_what_leads_to_a_checkpoint_arrives(
    controller: AController, hub: AHub, replaced: Callable[[], None], damage: str
) -> None:
    write(controller.state_dir, 100)
    replaced()
    change(aside(controller), damage)

    exchange(controller, hub)

    assert (hub.epochs(), controller.tally) == ([50, 2], {})


def test_a_log_that_begins_behind_what_was_dropped_goes_on_from_there(
    controller: AController, hub: AHub, replaced: Callable[[], None]
) -> None:
    write(controller.state_dir, 100)
    exchange(controller, hub)
    write(controller.state_dir, 10)
    drop_below(controller.state_dir / "audit.db", 64)
    replaced()

    exchange(controller, hub, begin=40)

    assert (hub.epochs(), controller.tally) == ([111, 2], {})


def test_the_log_that_is_written_goes_on_behind_what_was_dropped(controller: AController, hub: AHub) -> None:
    write(controller.state_dir, 100)
    exchange(controller, hub)
    drop_below(controller.state_dir / "audit.db", 64)
    (controller.state_dir / "log.acknowledged").unlink()
    again = controller.restart()
    again.clock.seconds = NOON.timestamp()
    write(controller.state_dir, 1)

    exchange(again, hub)

    assert (hub.epochs(), again.tally) == ([102], {})
    again.close()


def drop_below(log: Path, first: int) -> None:
    """Drop the first records, as a door does whose log is full; the frontier stays."""
    with closing(sqlite3.connect(log, isolation_level=None)) as connection:
        tree = Tree()
        for (leaf,) in connection.execute("SELECT leaf FROM records WHERE seq < ? ORDER BY seq", (first,)):
            tree = tree.append(leaf)
        connection.execute("DELETE FROM records WHERE seq < ?", (first,))
        connection.execute("UPDATE log SET first = ?, before = ?", (first, tree.to_bytes()))


def test_a_log_that_the_hub_does_not_take_waits_for_the_next_connection(
    controller: AController, hub: AHub, replaced: Callable[[], None]
) -> None:
    write(controller.state_dir, 3)
    replaced()
    controller.keeper.connected(0)
    unheard = [epoch for now in range(1, int(PATIENCE_SECONDS) + 10) for epoch in epochs_of(controller, now)]

    first = exchange(controller, hub, begin=PATIENCE_SECONDS + 20)

    old, new = dict.fromkeys(unheard)
    assert (unheard[-1], old < new) == (new, True)
    assert (first, hub.epochs()) == ([old, new], [4, 2])


def epochs_of(controller: AController, now: float) -> list[int]:
    return epochs_in(controller, sent(controller, now))


@pytest.mark.parametrize("content", [b"", b"no database" * 1000])
def test_what_is_no_log_holds_nothing_up(controller: AController, hub: AHub, content: bytes) -> None:
    (controller.state_dir / "audit.db.broken-1").write_bytes(content)
    write(controller.state_dir, 3)

    exchange(controller, hub)

    assert (hub.epochs(), controller.tally) == ([4], {})


def test_the_log_of_another_controller_is_not_sent(
    controller: AController, hub: AHub, replaced: Callable[[], None]
) -> None:
    write(controller.state_dir, 3)
    replaced()
    change(
        aside(controller),
        "UPDATE records SET leaf = CAST(replace(leaf, '\"pi-4f\"', '\"pi-4g\"') AS BLOB) WHERE seq = 0",
    )

    exchange(controller, hub)

    assert (hub.epochs(), controller.tally) == ([2], {})
