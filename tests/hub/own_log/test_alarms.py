"""What no honest log does is an alarm that names controller, place and both roots; a resend in time is none."""

from msgspec.structs import replace

from doorctl.audit.leaf import TreeMark
from doorctl.audit.tree import EMPTY_ROOT
from doorctl.core.records import RecordKind
from doorctl.hub.log_alarms import AGAIN_SECONDS, KEPT_SECONDS, SHOWN_SECONDS
from doorctl.hub.log_desk import GAP_SECONDS
from doorctl.wire.messages import LogBatch
from doorctl.wire.results import LogAlarm
from tests.hub.builders import NOON_SECONDS, ASite, later
from tests.hub.disks import a_disk_of
from tests.hub.logs import ALog, a_log, acks, alarms, send, tree_of
from tests.hub.own_log.reading import own_log


def words(site: ASite) -> list[str]:
    return [alarm.word for alarm in alarms(site)]


def root(log: ALog, size: int) -> str:
    return tree_of(log.leaves[:size]).root.hex()


def knowing(site: ASite, batch: LogBatch) -> LogBatch:
    """Let a batch name all of the hub's log."""
    read = own_log(site)
    return replace(batch, hub_epoch=read.epoch, hub_size=len(read.raw))


def another(site: ASite, *, same: int, epoch: int = 1) -> ALog:
    """Make a log that begins like ``a_log`` and goes on otherwise."""
    log = a_log(site, size=same, epoch=epoch)
    log.write(door="door-9")
    return log


def test_a_fork_names_the_first_record_that_differs_and_both_roots(site_with_two: ASite) -> None:
    log, other = a_log(site_with_two, size=3), another(site_with_two, same=1)
    send(site_with_two, log.batch(0, 3))

    send(site_with_two, other.batch(0, 2), at=later(5))

    told = root(other, 2)
    assert alarms(site_with_two) == (LogAlarm(NOON_SECONDS + 5, "log-fork", "pi-1", 1, 1, root(log, 3), told),)
    (leaf,) = own_log(site_with_two).of(RecordKind.LOG_ALARM)
    assert leaf.tree == TreeMark("pi-1", 1, 2, told)
    assert leaf.detail == f"log-fork at record 1: the hub holds root {root(log, 3)}, the controller tells {told}"


def test_another_root_over_new_records_is_a_fork(site_with_two: ASite) -> None:
    log, other = a_log(site_with_two, size=3), another(site_with_two, same=2)
    send(site_with_two, log.batch(0, 1))

    send(site_with_two, log.batch(1, 3, checkpoint=other.checkpoint(3)))

    (alarm,) = alarms(site_with_two)
    assert (alarm.record, alarm.held_root, alarm.told_root) == (3, root(log, 3), root(other, 3))


def test_another_root_over_what_was_held_long_ago_is_a_fork(site_with_two: ASite) -> None:
    log, other = a_log(site_with_two, size=5), another(site_with_two, same=0)
    other.write()
    send(site_with_two, log.batch(0, 5))

    assert send(site_with_two, log.batch(1, 2, checkpoint=other.checkpoint(2))) == []
    assert words(site_with_two) == ["log-fork"]


def test_what_nobody_signed_is_no_alarm(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=3)
    send(site_with_two, log.batch(0, 3))
    foreign = log.checkpoint(3, log="pi-2")

    send(site_with_two, replace(another(site_with_two, same=1).batch(0, 2), checkpoint=foreign))

    assert words(site_with_two) == []


def test_a_fork_is_recorded_once_a_day(site_with_two: ASite) -> None:
    log, other = a_log(site_with_two, size=3), another(site_with_two, same=1)
    send(site_with_two, log.batch(0, 3))

    for seconds in (0, 60, AGAIN_SECONDS - 1, AGAIN_SECONDS):
        other.write(door="door-9")
        send(site_with_two, other.batch(0, len(other.leaves)), at=later(seconds))

    assert len(own_log(site_with_two).of(RecordKind.LOG_ALARM)) == 2
    assert site_with_two.hub.refusals == {"log-fork": 4}


def test_forks_in_many_log_epochs_are_recorded_once_a_day_and_counted(site_with_two: ASite) -> None:
    for epoch in range(2, 12):
        log, other = a_log(site_with_two, size=1, epoch=epoch), another(site_with_two, same=0, epoch=epoch)
        send(site_with_two, log.batch(0, 1, checkpoint=other.checkpoint(1)), at=later(epoch))

    assert words(site_with_two) == ["log-fork"]
    assert len(own_log(site_with_two).of(RecordKind.LOG_ALARM)) == 1
    assert site_with_two.hub.refusals == {"log-fork": 10}


def test_what_a_controller_signed_against_itself_is_forgotten_after_a_year(site_with_two: ASite) -> None:
    log, other = a_log(site_with_two, size=3), another(site_with_two, same=1)
    send(site_with_two, log.batch(0, 3))

    for seconds in (0, KEPT_SECONDS - 1, KEPT_SECONDS + AGAIN_SECONDS):
        send(site_with_two, other.batch(0, 2), at=later(seconds))

    assert site_with_two.rows("SELECT at FROM log_alarms") == [
        (NOON_SECONDS + KEPT_SECONDS - 1,),
        (NOON_SECONDS + KEPT_SECONDS + AGAIN_SECONDS,),
    ]


def test_an_alarm_takes_no_room_that_is_kept_on_the_disk(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=3)
    send(site_with_two, log.batch(0, 3))
    a_disk_of(site_with_two).free = 0

    send(site_with_two, knowing(site_with_two, log.batch(2, 2)))

    assert site_with_two.hub.refusals == {"log-shrunk": 1}
    assert words(site_with_two) == []


def test_a_gap_that_a_resend_closes_is_no_alarm(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=4)
    send(site_with_two, log.batch(0, 1))
    send(site_with_two, log.batch(2, 3))
    send(site_with_two, log.batch(1, 3))

    send(site_with_two, log.batch(3, 4), at=later(GAP_SECONDS))

    assert words(site_with_two) == []


def test_a_gap_that_moves_on_is_no_alarm(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=4)
    send(site_with_two, log.batch(2, 3))
    send(site_with_two, log.batch(0, 1))

    send(site_with_two, log.batch(2, 4), at=later(GAP_SECONDS))

    assert words(site_with_two) == []


def test_a_gap_that_stays_is_an_alarm(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=4)
    send(site_with_two, log.batch(2, 3))
    assert words(site_with_two) == []

    outgoing = send(site_with_two, log.batch(2, 4), at=later(GAP_SECONDS))

    (alarm,) = alarms(site_with_two)
    assert (alarm.word, alarm.record, alarm.held_root, alarm.told_root) == (
        "log-gap",
        0,
        EMPTY_ROOT.hex(),
        root(log, 4),
    )
    assert acks(site_with_two, outgoing) == [(0, EMPTY_ROOT.hex())]


def test_gaps_of_many_epochs_take_no_memory(site_with_two: ASite) -> None:
    for epoch in range(1, 9):
        send(site_with_two, a_log(site_with_two, size=2, epoch=epoch).batch(1, 2))

    assert words(site_with_two) == []


def test_a_log_that_is_shorter_than_it_knows_to_be_held_is_an_alarm(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=3)
    send(site_with_two, log.batch(0, 3))

    outgoing = send(site_with_two, knowing(site_with_two, log.batch(2, 2)))

    (alarm,) = alarms(site_with_two)
    assert (alarm.word, alarm.record, alarm.held_root, alarm.told_root) == (
        "log-shrunk",
        2,
        root(log, 3),
        root(log, 2),
    )
    assert acks(site_with_two, outgoing) == [(3, root(log, 3))]


def test_an_empty_batch_of_before_that_comes_late_is_no_alarm(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=3)
    send(site_with_two, log.batch(0, 2))
    before = knowing(site_with_two, log.batch(2, 2))
    send(site_with_two, log.batch(2, 3))

    send(site_with_two, before)

    assert words(site_with_two) == []


def test_records_that_are_sent_again_are_no_alarm(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=3)
    send(site_with_two, log.batch(0, 3))

    send(site_with_two, knowing(site_with_two, log.batch(0, 2)))

    assert words(site_with_two) == []


def test_alarms_are_shown_for_a_month_and_over_a_restart(site_with_two: ASite) -> None:
    send(site_with_two, a_log(site_with_two, size=3).batch(0, 3))
    send(site_with_two, another(site_with_two, same=1).batch(0, 2))
    site_with_two.restart()

    assert len(alarms(site_with_two, seconds=SHOWN_SECONDS - 1)) == 1
    assert alarms(site_with_two, seconds=SHOWN_SECONDS) == ()


def test_what_a_controller_signed_against_itself_is_kept(site_with_two: ASite) -> None:
    other = another(site_with_two, same=1)
    send(site_with_two, a_log(site_with_two, size=3).batch(0, 3))
    send(site_with_two, other.batch(0, 2))

    assert site_with_two.rows("SELECT checkpoint FROM log_alarms") == [(other.checkpoint(2).encode(),)]
