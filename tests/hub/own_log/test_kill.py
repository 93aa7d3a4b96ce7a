"""A hub that is killed at any moment: what it acknowledged is there, once, and its own log tells exactly that."""

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.audit.leaf import TreeMark, read_leaf
from doorctl.core.records import RecordKind
from doorctl.hub.site_db import open_site
from doorctl.wire.messages import LogAck
from tests.hub.builders import SITE, ASite
from tests.hub.logs import ALog, a_log, send, tree_of
from tests.hub.own_log.reading import own_log

BATCH, RECORDS = 5, 400
READ_EACH = 20
"""So often all of the hub's log is read; after each kill its end is."""
LONGEST_SECONDS = 0.05
_LEAVES = "SELECT leaf FROM records WHERE controller = 'pi-1' AND log_epoch = ? ORDER BY seq"
_NEWEST = "SELECT leaf FROM records WHERE controller = 'hub' ORDER BY position DESC LIMIT 1"
_HEAD_SIZE = "SELECT size FROM log_heads WHERE controller = 'hub'"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ASite]:
    """A hub without an open database, so that it can be opened in children."""
    site = ASite(tmp_path, controllers=("pi-1",))
    site.connection.close()
    yield site
    site.connection.close()


@pytest.mark.parametrize("kills", [15, pytest.param(2000, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
def test_between_insert_and_acknowledgement_nothing_is_lost_and_nothing_is_there_twice(
    site: ASite, kills: int
) -> None:
    log, chance = a_log(site, size=RECORDS), random.Random(kills)
    epoch, acknowledged, longest = 1, 0, LONGEST_SECONDS
    for kill in range(kills):
        if acknowledged == RECORDS:
            epoch, acknowledged = epoch + 1, 0
            log = a_log(site, size=RECORDS, epoch=epoch)
        told = killed(site, log, acknowledged, after=chance.uniform(0.0005, longest))
        size = held_by_the_book(site, log, wholly=kill % READ_EACH == 0)
        assert acknowledged <= told <= size
        acknowledged = size
        if (epoch, size) == (1, 0):
            longest *= 1.5  # a busy machine takes longer to begin
    assert (epoch, acknowledged) > (1, 0)


def killed(site: ASite, log: ALog, first: int, *, after: float) -> int:
    """Let a hub in a process of its own take batches in until it is killed; return what it has acknowledged."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # by default it ends a process like SIGKILL does
        signal.setitimer(signal.ITIMER_REAL, after)
        try:
            _take_in(site, log, first, writing)
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as told:
        sizes = told.read().split()
    return int(sizes[-1]) if sizes else first


def held_by_the_book(site: ASite, log: ALog, *, wholly: bool) -> int:
    """Open what a killed hub left, prove that it holds together, and return how many records of a log it holds."""
    site.connection = open_site(site.path, site=SITE)
    leaves = [bytes(leaf) for (leaf,) in site.connection.execute(_LEAVES, (log.epoch,))]
    assert leaves == log.leaves[: len(leaves)]
    if leaves:
        (((newest,),), ((head_size,),)) = site.rows(_NEWEST), site.rows(_HEAD_SIZE)
        mark = TreeMark("pi-1", log.epoch, len(leaves), tree_of(leaves).root.hex())
        assert isinstance(newest, bytes)
        assert (read_leaf(newest).tree, head_size) == (mark, read_leaf(newest).seq + 1)
    if leaves and wholly:
        marks = [leaf.tree for leaf in own_log(site).of(RecordKind.COSIGNED)]
        assert len(set(marks)) == len(marks)
    site.connection.close()
    return len(leaves)


def _take_in(site: ASite, log: ALog, first: int, writing: int) -> None:
    site.connection = open_site(site.path, site=SITE)
    site.hub = site.a_hub()
    for end in range(first + BATCH, RECORDS + 1, BATCH):
        (ack,) = site.messages(send(site, log.batch(end - BATCH, end)), LogAck)
        os.write(writing, b"%d\n" % ack.size)
