"""A log that begins anew without a word of the one before: the hub closes that one, and it is an alarm."""

from dataclasses import replace
from pathlib import Path

import pytest

from doorctl.audit.leaf import TreeMark
from doorctl.core.records import RecordKind
from doorctl.wire.results import LogAlarm
from tests.hub.builders import NOON, NOON_SECONDS, ASite, a_signer
from tests.hub.exports.proving import judged
from tests.hub.logs import ALog, a_log, alarms, send, tree_of
from tests.hub.own_log.reading import own_log

FORMER, LATER = 3, 5


def root(log: ALog) -> str:
    return tree_of(log.leaves).root.hex()


def began(site: ASite, *, kind: RecordKind, tree: TreeMark | None = None, epoch: int = LATER) -> ALog:
    """Make an epoch that begins with such a record."""
    log = ALog(site.controllers[0], epoch)
    log.write(kind=kind, tree=tree)
    return log


def arrive(site: ASite, *logs: ALog) -> None:
    for log in logs:
        send(site, log.batch(0, len(log.leaves)))


def closed(site: ASite) -> list[TreeMark | None]:
    return [leaf.tree for leaf in own_log(site).of(RecordKind.LOG_CLOSED)]


def test_an_epoch_that_ended_without_a_word_is_closed_as_far_as_it_is_held_and_an_alarm(site_with_two: ASite) -> None:
    before, after = a_log(site_with_two, size=3, epoch=FORMER), began(site_with_two, kind=RecordKind.LOG_OPENED)

    arrive(site_with_two, before, after)

    assert closed(site_with_two) == [TreeMark("pi-1", FORMER, 3, root(before))]
    assert alarms(site_with_two) == (
        LogAlarm(NOON_SECONDS, "log-began-anew", "pi-1", LATER, 0, root(before), root(after)),
    )


def test_an_export_of_a_log_that_began_anew_without_a_word_is_whole(site_with_two: ASite, tmp_path: Path) -> None:
    site_with_two.hub.chronicle.take_trust(site_with_two.trust(), NOON)
    before, after = a_log(site_with_two, size=3, epoch=FORMER), began(site_with_two, kind=RecordKind.LOG_OPENED)

    arrive(site_with_two, before, after)

    verdict = judged(site_with_two, tmp_path, NOON)
    assert verdict.whole, verdict


@pytest.mark.parametrize("epoch", [FORMER, FORMER + 1])
def test_an_epoch_that_names_the_one_before_or_one_since_closes_nothing(site_with_two: ASite, epoch: int) -> None:
    before = a_log(site_with_two, size=3, epoch=FORMER)
    known = TreeMark("pi-1", epoch, 3, root(before))

    arrive(site_with_two, before, began(site_with_two, kind=RecordKind.LOG_RECOVERED, tree=known))

    assert (closed(site_with_two), alarms(site_with_two)) == ([], ())


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        (RecordKind.LOG_RECOVERED, None),
        (RecordKind.LOG_RECOVERED, ("pi-1", FORMER - 1)),
        (RecordKind.LOG_RECOVERED, ("pi-2", FORMER)),
        (RecordKind.BOOT, ("pi-1", FORMER)),
    ],
)
def test_what_names_another_log_or_none_is_no_word(
    site_with_two: ASite, kind: RecordKind, named: tuple[str, int] | None
) -> None:
    tree = named and TreeMark(*named, 3, "aa" * 32)

    arrive(site_with_two, a_log(site_with_two, size=3, epoch=FORMER), began(site_with_two, kind=kind, tree=tree))

    assert [alarm.word for alarm in alarms(site_with_two)] == ["log-began-anew"]
    assert len(closed(site_with_two)) == 1


def test_a_first_record_that_cannot_be_read_so_far_is_no_word(site_with_two: ASite) -> None:
    after = began(site_with_two, kind=RecordKind.LOG_RECOVERED)
    after.leaves[0] = after.leaves[0].replace(b'"kind"', b'"tree":{"log":7},"kind"')

    arrive(site_with_two, a_log(site_with_two, size=3, epoch=FORMER), after)

    assert len(closed(site_with_two)) == 1


def test_a_first_epoch_closes_nothing(site_with_two: ASite) -> None:
    arrive(site_with_two, began(site_with_two, kind=RecordKind.LOG_OPENED))

    assert (closed(site_with_two), alarms(site_with_two)) == ([], ())


def test_an_epoch_is_closed_once_and_not_with_each_batch(site_with_two: ASite) -> None:
    before, after = a_log(site_with_two, size=3, epoch=FORMER), a_log(site_with_two, size=3, epoch=LATER)
    arrive(site_with_two, before)

    for end in (1, 2, 3):
        send(site_with_two, after.batch(end - 1, end))

    assert len(closed(site_with_two)) == 1


def test_an_epoch_that_a_clock_set_back_puts_before_the_one_that_is_held_is_closed(site_with_two: ASite) -> None:
    held, earlier = a_log(site_with_two, size=3, epoch=LATER), a_log(site_with_two, size=2, epoch=FORMER)

    arrive(site_with_two, held, earlier)

    assert closed(site_with_two) == [TreeMark("pi-1", FORMER, 2, root(earlier))]


def test_a_log_put_aside_that_comes_late_between_two_closes_nothing(site_with_two: ASite) -> None:
    between = FORMER + 1
    first, late = a_log(site_with_two, size=3, epoch=FORMER), ALog(site_with_two.controllers[0], between)
    late.write(kind=RecordKind.LOG_RECOVERED, tree=TreeMark("pi-1", FORMER, 3, root(first)))
    last = began(site_with_two, kind=RecordKind.LOG_RECOVERED, tree=TreeMark("pi-1", between, 1, root(late)))

    arrive(site_with_two, first, last, late)

    assert (closed(site_with_two), alarms(site_with_two)) == ([], ())


def test_a_computer_that_was_replaced_with_its_key_begins_a_log_without_an_alarm(
    site_with_two: ASite, tmp_path: Path
) -> None:
    site = site_with_two
    site.hub.chronicle.take_trust(site.trust(), NOON)
    before = a_log(site, size=3, epoch=FORMER)
    arrive(site, before)
    site.controllers[0] = replace(site.controllers[0], log=a_signer("log.pi-1"))
    site.hub.take_trust(site.trust(version=2), NOON)

    arrive(site, began(site, kind=RecordKind.LOG_OPENED))

    assert set(closed(site)) == {TreeMark("pi-1", FORMER, 3, root(before))}
    assert alarms(site) == ()
    assert judged(site, tmp_path, NOON).whole
