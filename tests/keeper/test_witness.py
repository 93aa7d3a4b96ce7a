"""What an acknowledgement tells beside the size: to the files, to the door, and to the hub with the next batch."""

import msgspec

from doorctl.keeper.log_reader import LogState
from doorctl.keeper.log_upload import QUIET_SECONDS
from doorctl.wire.bell import HubForked, HubHolds, LinkIs
from doorctl.wire.messages import Ack, LogAck, LogBatch
from doorctl.wire.notes import detach
from doorctl.wire.topics import Channel
from tests.keeper.hub_logs import AHubLog
from tests.keeper.logs import AHub, write
from tests.keeper.site import AController, ASite, acks


def sent(controller: AController, now: float) -> list[LogBatch]:
    return [batch_in(controller, each) for each in payloads(controller, now)]


def payloads(controller: AController, now: float) -> list[bytes]:
    return [each.payload for each in controller.keeper.tick(now) if each.channel is Channel.LOG]


def batch_in(controller: AController, payload: bytes) -> LogBatch:
    batch = controller.read(detach(payload)[0], LogBatch)
    assert isinstance(batch, LogBatch)
    return batch


def exchange(controller: AController, hub: AHub, now: float) -> None:
    """Carry everything to and fro until both are content."""
    while batches := payloads(controller, now):
        for payload in batches:
            for ack in hub.take(payload):
                controller.keeper.handle(Channel.LOG_ACK, ack, now)


def log_of(controller: AController, now: float) -> LogState:
    state = controller.reader.state(now)
    assert state is not None
    return state


def an_ack_of(controller: AController, hub_log: AHubLog, *, since: int = 0) -> LogAck:
    """Acknowledge all that the controller's log holds."""
    state = log_of(controller, 1)
    checkpoint = controller.reader.checkpoint_of(state.size - 1)
    assert checkpoint is not None
    root = msgspec.convert(checkpoint.split(b"\n")[2].decode(), bytes).hex()
    return hub_log.ack(since=since, log_epoch=state.epoch, size=state.size, root=root)


def test_a_batch_names_what_is_known_of_the_hub_s_log(controller: AController, hub: AHub, site: ASite) -> None:
    write(controller.state_dir, 1)
    (first,) = sent(controller, 1)
    hub_log = AHubLog(site, epoch=3, records=8)
    controller.keeper.handle(Channel.LOG_ACK, site.sign(an_ack_of(controller, hub_log)), 1)
    write(controller.state_dir, 1)

    (second,) = sent(controller, 2)

    assert [(each.hub_epoch, each.hub_size) for each in (first, second)] == [(0, 0), (3, 8)]


def test_a_minute_without_news_asks_for_another_cosignature(controller: AController, hub: AHub) -> None:
    write(controller.state_dir, 3)
    exchange(controller, hub, 1)

    too_early = sent(controller, QUIET_SECONDS)
    (asked,) = sent(controller, 1 + QUIET_SECONDS)

    state = log_of(controller, 1)
    assert (too_early, asked.leaves, asked.first, asked.log_epoch) == ([], (), state.size, state.epoch)
    assert asked.checkpoint.encode() == controller.reader.checkpoint_of(state.size - 1)
    assert sent(controller, 2 * QUIET_SECONDS) == []


def test_nothing_is_asked_while_records_wait_for_a_word_or_nobody_is_there(
    controller: AController, hub: AHub
) -> None:
    write(controller.state_dir, 3)
    sent(controller, 1)
    waiting = sent(controller, 1 + QUIET_SECONDS)
    controller.keeper.disconnected()

    assert [bool(each.leaves) for each in waiting] == [True]
    assert sent(controller, 1 + 3 * QUIET_SECONDS) == []


def test_the_hub_s_real_word_is_taken_whole(controller: AController, hub: AHub) -> None:
    write(controller.state_dir, 3)

    exchange(controller, hub, 1)
    exchange(controller, hub, 1 + QUIET_SECONDS)

    state = log_of(controller, 1)
    seen = controller.upload.hub_log
    assert (controller.tally, seen.fork) == ({}, "")
    assert seen.seen.size > 0
    assert (controller.upload.cosigned.newest.epoch, controller.upload.cosigned.newest.size) == (
        state.epoch,
        state.size,
    )


def test_the_door_is_told_what_the_hub_holds_and_of_its_log(controller: AController, hub: AHub, site: ASite) -> None:
    write(controller.state_dir, 1)
    sent(controller, 1)
    controller.door_arrives()
    ack = an_ack_of(controller, AHubLog(site, records=8))

    controller.keeper.handle(Channel.LOG_ACK, site.sign(ack), 1)

    told = controller.door.told
    assert HubHolds(ack.log_epoch, ack.size, ack.root) in told
    assert AHubLog(site, records=8).told() in told


def test_a_door_that_comes_later_is_told_also_after_a_restart(
    controller: AController, hub: AHub, site: ASite
) -> None:
    write(controller.state_dir, 1)
    sent(controller, 1)
    ack = an_ack_of(controller, AHubLog(site, records=8))
    controller.keeper.handle(Channel.LOG_ACK, site.sign(ack), 1)
    again = controller.restart()

    again.door_arrives()

    assert again.door.told[:3] == [
        LinkIs(up=False),
        HubHolds(ack.log_epoch, ack.size, ack.root),
        AHubLog(site, records=8).told(),
    ]
    again.close()


def test_a_door_whose_log_lost_its_end_is_told_what_the_hub_holds(
    controller: AController, hub: AHub, site: ASite
) -> None:
    write(controller.state_dir, 1)
    sent(controller, 1)
    controller.door_arrives()
    longer = msgspec.structs.replace(an_ack_of(controller, AHubLog(site, records=8)), size=99)

    controller.keeper.handle(Channel.LOG_ACK, site.sign(longer), 1)

    assert HubHolds(longer.log_epoch, 99, longer.root) in controller.door.told
    assert controller.tally == {"ack-beyond-log": 1}


def test_the_door_is_told_whether_there_is_a_broker(controller: AController) -> None:
    controller.door_arrives()
    controller.keeper.connected(1)
    controller.keeper.disconnected()
    controller.door_arrives()

    links = [packet for packet in controller.door.told if isinstance(packet, LinkIs)]
    assert links == [LinkIs(up=False), LinkIs(up=True), LinkIs(up=False), LinkIs(up=False)]


def test_a_fork_of_the_hub_s_log_is_told_to_everybody_and_holds_no_upload_up(
    controller: AController, hub: AHub, site: ASite
) -> None:
    write(controller.state_dir, 1)
    sent(controller, 1)
    known = AHubLog(site, records=5)
    controller.keeper.handle(Channel.LOG_ACK, site.sign(an_ack_of(controller, known)), 1)
    controller.door_arrives()
    write(controller.state_dir, 1)
    sent(controller, 2)

    other = AHubLog(site, records=8, history="another ")
    outgoing = controller.keeper.handle(Channel.LOG_ACK, site.sign(an_ack_of(controller, other, since=5)), 2)
    write(controller.state_dir, 1)
    (evidence,) = sent(controller, 3)

    fork = controller.upload.hub_log.fork
    assert HubForked(fork) in controller.door.told
    assert controller.tally == {"hub-log-forked": 1}
    assert (evidence.first, evidence.hub_checkpoint) == (3, known.checkpoint())
    assert forked_in(acks(controller, [*outgoing, *controller.keeper.connected(4)])) == {True}


def test_a_door_that_comes_after_a_fork_of_the_hub_s_log_is_told(
    controller: AController, hub: AHub, site: ASite
) -> None:
    write(controller.state_dir, 1)
    sent(controller, 1)
    controller.keeper.handle(Channel.LOG_ACK, site.sign(an_ack_of(controller, AHubLog(site, records=5))), 1)
    other = AHubLog(site, records=8, history="another ")
    controller.keeper.handle(Channel.LOG_ACK, site.sign(an_ack_of(controller, other, since=5)), 2)
    again = controller.restart()

    again.door_arrives()

    assert HubForked(again.upload.hub_log.fork) in again.door.told
    again.close()


def forked_in(said: list[Ack]) -> set[bool]:
    return {ack.hub_forked for ack in said}


def test_a_cosignature_that_does_not_hold_costs_no_more_than_itself(
    controller: AController, hub: AHub, site: ASite
) -> None:
    write(controller.state_dir, 1)
    sent(controller, 1)
    ack = msgspec.structs.replace(an_ack_of(controller, AHubLog(site, records=5)), cosignature="— hub.hq AAAA\n")

    controller.keeper.handle(Channel.LOG_ACK, site.sign(ack), 1)

    assert (controller.tally, controller.upload.acknowledged.of(ack.log_epoch).size) == ({"not-a-note": 1}, ack.size)
    assert controller.upload.hub_log.seen.size == 5
