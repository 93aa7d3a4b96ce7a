"""The door's records reach the hub: each once, in order, whatever is lost, and without a memory that grows."""

import sqlite3
import time
import tracemalloc
from contextlib import closing
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_mock import MockerFixture

from doorctl.keeper.acknowledged import Acknowledged
from doorctl.keeper.log_upload import RESEND_SECONDS, WINDOW
from doorctl.wire.courier import MAX_CARRIED_BYTES
from doorctl.wire.messages import LogAck
from doorctl.wire.topics import Channel
from tests.full_disk import full_disk
from tests.keeper.logs import NOON, AHub, write
from tests.keeper.site import CONTROLLER, SITE, AController, ASite


def sent(controller: AController, now: float) -> list[bytes]:
    return [each.payload for each in controller.keeper.tick(now) if each.channel is Channel.LOG]


def acknowledge(controller: AController, acks: list[bytes], now: float) -> None:
    for ack in acks:
        controller.keeper.handle(Channel.LOG_ACK, ack, now)


def exchange(controller: AController, hub: AHub, now: float) -> None:
    """Carry everything to and fro until both are content."""
    while payloads := sent(controller, now):
        for payload in payloads:
            acknowledge(controller, hub.take(payload), now)


def held_of(controller: AController) -> int:
    """How many records of the newest epoch the hub has acknowledged."""
    newest = controller.upload.acknowledged.newest
    return 0 if newest is None else newest[1].size


def leaves_of(controller: AController) -> list[bytes]:
    with closing(sqlite3.connect(controller.state_dir / "audit.db")) as log:
        return [bytes(leaf) for (leaf,) in log.execute("SELECT leaf FROM records ORDER BY seq")]


def test_all_records_and_openings_arrive(controller: AController, hub: AHub) -> None:
    write(controller.state_dir, 300, records=3)

    exchange(controller, hub, 1)

    assert hub.leaves() == leaves_of(controller)
    assert (hub.count("openings"), held_of(controller)) == (901, 901)
    assert controller.tally == {}


def test_new_records_follow_while_connected(controller: AController, hub: AHub) -> None:
    write(controller.state_dir, 1)
    exchange(controller, hub, 1)

    write(controller.state_dir, 2)
    exchange(controller, hub, 1.05)

    assert hub.count() == 4


def test_without_a_log_nothing_is_sent_until_there_is_one(controller: AController, hub: AHub) -> None:
    before = sent(controller, 1)
    write(controller.state_dir, 1)

    exchange(controller, hub, 3)

    assert (before, hub.count()) == ([], 2)


def test_a_log_that_is_no_database_is_looked_at_again_later(controller: AController, hub: AHub) -> None:
    (controller.state_dir / "audit.db").write_text("not a database" * 1000)
    before = sent(controller, 1)
    (controller.state_dir / "audit.db").unlink()
    write(controller.state_dir, 1)

    exchange(controller, hub, 3)

    assert (before, hub.count()) == ([], 2)


def test_a_log_that_is_replaced_goes_on_in_its_own_epoch(
    controller: AController, hub: AHub, mocker: MockerFixture
) -> None:
    write(controller.state_dir, 3)
    exchange(controller, hub, 1)
    for path in controller.state_dir.glob("audit.db*"):
        path.unlink()
    mocker.patch("time.time", return_value=time.time() + 60)  # log epochs rise with the clock
    write(controller.state_dir, 1)

    exchange(controller, hub, 3)

    assert hub.epochs() == [4, 2]


def test_every_payload_fits_the_courier(controller: AController, hub: AHub) -> None:
    write(controller.state_dir, 20, records=60, detail='quoted "detail" \\ of a door')

    payloads = sent(controller, 1)

    assert len(payloads) == WINDOW
    assert all(len(payload) <= MAX_CARRIED_BYTES for payload in payloads)


def test_only_a_few_batches_are_on_their_way(controller: AController, hub: AHub) -> None:
    write(controller.state_dir, 30, records=60)

    assert (len(sent(controller, 1)), sent(controller, 1.05)) == (WINDOW, [])


def test_lost_batches_are_sent_again_after_a_while(controller: AController, hub: AHub) -> None:
    write(controller.state_dir, 30, records=60)
    sent(controller, 1)

    too_early = sent(controller, 1 + RESEND_SECONDS - 0.1)
    exchange(controller, hub, 1 + RESEND_SECONDS)

    assert too_early == []
    assert hub.leaves() == leaves_of(controller)


def test_a_silent_hub_is_tried_with_one_batch_and_growing_pauses(controller: AController, hub: AHub) -> None:
    write(controller.state_dir, 30, records=60)

    tries = [(now, len(payloads)) for now in range(1, 40) if (payloads := sent(controller, now))]

    assert tries == [(1, WINDOW), (3, 1), (7, 1), (15, 1), (31, 1)]


def test_a_hub_that_lost_records_gets_them_again(controller: AController, hub: AHub) -> None:
    write(controller.state_dir, 10)
    exchange(controller, hub, 1)
    hub.forget()
    write(controller.state_dir, 1)

    exchange(controller, hub, 2)

    assert hub.leaves() == leaves_of(controller)


def test_a_keeper_that_forgot_the_size_goes_on_from_the_hub_s_word(controller: AController, hub: AHub) -> None:
    write(controller.state_dir, 10)
    exchange(controller, hub, 1)
    (controller.state_dir / "log.acknowledged").write_bytes(b"\x00")
    again = controller.restart()
    again.keeper.connected(0)

    exchange(again, hub, 1)

    assert (held_of(again), hub.count()) == (11, 11)
    again.close()


def test_after_a_restart_nothing_is_sent_twice(controller: AController, hub: AHub) -> None:
    write(controller.state_dir, 10)
    exchange(controller, hub, 1)

    again = controller.restart()
    again.keeper.connected(0)

    assert sent(again, 1) == []
    again.close()


@dataclass(frozen=True, slots=True)
class AWord:
    """What a hub says that it holds, and by which name that is refused."""

    refusal: str
    size: int = 2
    log_epoch: int | None = None


@pytest.mark.parametrize(
    "word", [AWord("ack-beyond-log", size=99), AWord("other-root"), AWord("other-log-epoch", log_epoch=7)]
)
def test_a_word_of_the_hub_that_cannot_be_is_refused(
    controller: AController, hub: AHub, site: ASite, word: AWord
) -> None:
    write(controller.state_dir, 3)
    exchange(controller, hub, 1)
    held = controller.upload.acknowledged.newest
    assert held is not None
    epoch = word.log_epoch or held[0]
    ack = LogAck(site=SITE, controller=CONTROLLER, log_epoch=epoch, size=word.size, root="0" * 64)

    controller.keeper.handle(Channel.LOG_ACK, site.sign(ack), 1)

    assert (controller.tally, controller.upload.acknowledged.newest) == ({word.refusal: 1}, held)


def test_an_old_word_played_again_costs_nothing_but_repeats(controller: AController, hub: AHub) -> None:
    write(controller.state_dir, 3)
    (payload,) = sent(controller, 1)
    old = hub.take(payload)
    acknowledge(controller, old, 1)
    write(controller.state_dir, 3)
    exchange(controller, hub, 2)

    acknowledge(controller, old, 3)
    exchange(controller, hub, 3)

    assert (hub.count(), held_of(controller)) == (7, 7)


def test_the_acknowledged_size_stands_in_its_file(controller: AController, hub: AHub) -> None:
    write(controller.state_dir, 3)
    exchange(controller, hub, 1)

    kept = Acknowledged(controller.state_dir / "log.acknowledged")

    assert kept.newest == controller.upload.acknowledged.newest


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("leaf", "NULL"),
        ("leaf", "7"),
        ("leaf", "'text'"),
        ("leaf", "CAST(x'ff' AS TEXT)"),
        ("checkpoint", "9999999999"),
        ("checkpoint", "'text'"),
    ],
)
def test_damaged_records_are_not_sent_and_end_nothing(
    controller: AController, hub: AHub, column: str, value: str
) -> None:
    write(controller.state_dir, 3)
    with closing(sqlite3.connect(controller.state_dir / "audit.db", isolation_level=None)) as log:
        log.execute("PRAGMA writable_schema = ON")
        log.execute("UPDATE sqlite_schema SET sql = replace(sql, ' STRICT', '') WHERE name = 'records'")
        log.execute("UPDATE sqlite_schema SET sql = replace(sql, 'BLOB NOT NULL', '') WHERE name = 'records'")
        log.execute("PRAGMA schema_version = 99")
        log.execute(f"UPDATE records SET {column} = {value} WHERE seq = 1")

    exchange(controller, hub, 1)

    assert (hub.count(), controller.reader.checkpoint_of(1)) == (0, None)


def test_a_full_disk_holds_no_upload_up_and_leaves_no_file(controller: AController, hub: AHub) -> None:
    write(controller.state_dir, 3)
    (batch,) = sent(controller, 1)
    acks = hub.take(batch)
    before = {path.name for path in controller.state_dir.iterdir()}
    with full_disk():
        acknowledge(controller, acks, 1)

    assert (held_of(controller), controller.tally) == (4, {})
    assert {path.name for path in controller.state_dir.iterdir()} == before


def test_many_waiting_records_cost_no_memory(controller: AController, hub: AHub) -> None:
    write(controller.state_dir, 200, records=60)
    sent(controller, 1)
    tracemalloc.start()

    for now in range(10, 1000, 100):
        controller.keeper.connected(now)
        assert len(sent(controller, now)) == WINDOW

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_500_000 < (controller.state_dir / "audit.db").stat().st_size


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fates=st.lists(st.sampled_from(["arrives", "lost", "twice", "ack lost", "late"]), max_size=12))
def test_any_loss_ends_with_each_record_once(tmp_path_factory: pytest.TempPathFactory, fates: list[str]) -> None:
    folder, site = tmp_path_factory.mktemp("any"), ASite()
    controller = AController(folder, site)
    (folder / "hub").mkdir()
    hub = AHub(folder / "hub", site, folder)
    controller.clock.seconds = NOON.timestamp()
    controller.keeper.handle(Channel.TRUST, site.trust().note, 0)
    controller.keeper.connected(0)
    write(folder, 12, detail="x" * 20_000)
    late: list[bytes] = []
    for now, fate in enumerate(fates):
        for payload in sent(controller, 10 * now):
            late += [payload] if fate == "late" else []
            for _ in range({"lost": 0, "late": 0, "twice": 2}.get(fate, 1)):
                acks = hub.take(payload)
                acknowledge(controller, [] if fate == "ack lost" else acks, 10 * now)
    for payload in late:
        acknowledge(controller, hub.take(payload), 500)

    for now in (1000, 2000, 3000):
        exchange(controller, hub, now)

    assert hub.leaves() == leaves_of(controller)
    assert held_of(controller) == 13
    hub.close()
    controller.close()


def test_a_commit_too_large_for_the_courier_is_counted_and_not_sent(controller: AController, hub: AHub) -> None:
    write(controller.state_dir, 1, detail="x" * 70_000)

    assert (sent(controller, 1), controller.tally) == ([], {"batch-too-large": 1})
