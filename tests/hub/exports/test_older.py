"""A new proof shows that it goes on from an older one of any age, or is not made."""

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from doorctl.audit.checkpoint import Checkpoint
from doorctl.errors import WrongUse
from doorctl.hub.exports.logs import ExportStopped
from doorctl.hub.exports.older import Older, read_older
from doorctl.hub.exports.record_filter import Values
from doorctl.hub.log_store import LogId
from doorctl.hub.verbs.evidence.exports import PROOFS_REMEMBERED
from doorctl.wire.rights import ExportBegin
from tests.audit.doorlogs import a_site, join, pack, split
from tests.hub.builders import NOON, SITE, ASite, an_id, later
from tests.hub.exports.proving import a_proof, judge
from tests.hub.full_site import SEGMENT, SIZE, AFullSite
from tests.hub.logs import ALog, a_log, send

PI = LogId("pi-1", 1)
SHAPES: list[Values] = [{}, {"since": int(NOON.timestamp()) + 9}, {"door": "door-1"}, {"holder": "h1"}]


def forget(site: ASite, at: datetime) -> None:
    """Make so many proofs that the hub remembers none of before."""
    for _ in range(PROOFS_REMEMBERED):
        site.ask(ExportBegin(an_id(), "doorlog"), at=at)


def bring(site: ASite, log: ALog, count: int) -> None:
    """Send some more records."""
    first = len(log.leaves)
    for _ in range(count):
        log.write()
    send(site, log.batch(first, first + count))


@pytest.fixture
def begun(site_with_two: ASite) -> tuple[ASite, ALog]:
    """A site that has told its trust, and a log of one record."""
    site_with_two.hub.chronicle.take_trust(site_with_two.trust(), NOON)
    log = a_log(site_with_two, size=0)
    bring(site_with_two, log, 1)
    return site_with_two, log


@pytest.mark.parametrize("values", SHAPES, ids=str)
@pytest.mark.parametrize("count", [1, 6, 300])
def test_an_export_goes_on_from_one_of_any_age_and_without_it_shows_less(
    begun: tuple[ASite, ALog], tmp_path: Path, values: Values, count: int
) -> None:
    site, log = begun
    bring(site, log, count)
    old = a_proof(site, tmp_path, NOON)
    bring(site, log, 7)
    forget(site, later(1))

    alone = a_proof(site, tmp_path, later(60), values=values)
    since = a_proof(site, tmp_path, later(120), values=values, older=read_older(old, site=SITE))

    verdict = judge(site, since, later(120), older=old)
    assert (verdict.whole, verdict.failure) == (True, "")
    is_there = judge(site, alone, later(60), older=old).whole
    assert is_there is (not values)


def test_what_retention_dropped_can_still_be_gone_on_from(full: AFullSite, tmp_path: Path) -> None:
    site, at = full.site, NOON + timedelta(days=400)
    old = full.export(NOON + timedelta(days=1))
    bring(site, full.log, SEGMENT)
    full.keep(leaves=365)
    full.pass_at(at)
    forget(site, at)

    proof = a_proof(site, tmp_path, at, values={"door": "door-1"}, older=read_older(old, site=SITE))

    assert full.kept[0] == 2 * SEGMENT < SIZE
    verdict = judge(site, proof, at, older=old)
    assert (verdict.whole, verdict.failure) == (True, "")


def moved(older: Older, log: LogId, *, epoch: int = 0, size: int = 0, root: bytes | None = None) -> Older:
    """Let an older export say something else of a log."""
    end = older.ends[log]
    told = Checkpoint(end.origin, end.size + size, end.root if root is None else root)
    return dataclasses.replace(older, ends={**older.ends, LogId(log.controller, log.log_epoch + epoch): told})


def hubs(older: Older) -> LogId:
    """Name the hub's own log."""
    return next(log for log in older.ends if log.controller == "hub")


MISFITS: dict[str, tuple[Callable[[Older], Older], str]] = {
    "younger": (lambda it: dataclasses.replace(it, made_at=it.made_at + 61), "later than this export"),
    "another epoch": (lambda it: moved(it, PI, epoch=1), "1 record of pi-1/2, and this hub does not know that log"),
    "another controller": (
        lambda it: Older(it.name, it.made_at, {LogId("pi-9", 1): it.ends[PI]}), "pi-9/1, and this hub does not know"
    ),
    "more records": (lambda it: moved(it, PI, size=9), "10 records of pi-1/1, and this hub has only 1 record"),
    "another history": (lambda it: moved(it, PI, root=bytes(32)), "pi-1/1, and this hub has others in their place"),
    "another history of the hub": (
        lambda it: moved(it, hubs(it), root=bytes(32)), "of hub/[0-9]+, and this hub has others in their place"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISFITS)
def test_an_older_export_that_does_not_fit_stops_the_new_one(
    begun: tuple[ASite, ALog], tmp_path: Path, name: str
) -> None:
    site, _ = begun
    change, says = MISFITS[name]
    older = change(read_older(a_proof(site, tmp_path, NOON), site=SITE))

    with pytest.raises(ExportStopped, match=says):
        a_proof(site, tmp_path, later(60), older=older)


def test_of_an_older_export_that_has_nothing_of_a_log_nothing_is_proven(
    begun: tuple[ASite, ALog], tmp_path: Path
) -> None:
    site, _ = begun
    older = Older("old.doorlog", 0, {})

    proof = a_proof(site, tmp_path, later(60), older=older)

    assert b"/since/" not in proof.read_bytes()


def with_section(name: str, old: bytes, new: bytes) -> bytes:
    """Change a section of a good export, which nobody signs anew."""
    sections = split(pack(a_site()))
    assert old in sections[name]
    return join(sections | {name: sections[name].replace(old, new)})


UNFIT: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "is no .doorlog that was made by --proof: this is no doorlog of version 1"),
    "rows": (lambda: b"position,controller\r\n", "this is no doorlog of version 1"),
    "cut off": (lambda: pack(a_site())[:-1], "the section index is cut off"),
    "no index": (lambda: with_section("index", b"{", b"["), "Expected `object`, got `array`"),
    "another site": (lambda: with_section("index", b'"site": "hq"', b'"site": "lab"'), "is of the site lab, and"),
    "a time of no calendar": (lambda: with_section("index", b'"made_at": ', b'"made_at": 9999999'), "made_at"),
    "no such log": (lambda: with_section("index", b'"pi-2"', b'"pi-3"'), "not-a-note"),
    "no checkpoint": (lambda: with_section("log/pi-1/1/checkpoint", b"/pi-1/", b"/pi-2/"), "wrong-log"),
    "no size": (lambda: with_section("log/pi-1/1/checkpoint", b"/1\n", b"/1\n0"), "malformed"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNFIT)
def test_what_is_no_older_export_of_the_site_is_named_as_such(tmp_path: Path, name: str) -> None:
    make, says = UNFIT[name]
    path = tmp_path / "old.doorlog"
    path.write_bytes(make())

    with pytest.raises(WrongUse, match=says):
        read_older(path, site=SITE)


def test_a_folder_is_no_older_export(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="cannot be read: Is a directory"):
        read_older(tmp_path, site=SITE)
