"""The hub's shelf of snapshots: made when one is worth it, offered to who can use it, each chunk published once."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from doorctl.database import transaction
from doorctl.errors import Refused
from doorctl.hub.history import commit_operations
from doorctl.hub.outgoing import Outgoing
from doorctl.hub.site_db import open_site
from doorctl.hub.snapshot_file import Index, make_snapshot
from doorctl.hub.snapshots import (
    CHUNKS_PER_ASK,
    FIRST_WORTH_BYTES,
    KEPT,
    MOST_REVISIONS,
    RETRY,
    SHARED,
    SnapshotShelf,
)
from doorctl.keys.identity import Identity, hub_key_name
from doorctl.policy.apply import Position, position_of, recomputed_digest
from doorctl.policy.rows import GroupRow, HolderRow, LockdownRow, Row, add_digests
from doorctl.policy.snapshot import rows_in
from doorctl.wire.messages import FEATURE_LEVEL, Ask, Chunk, Offer, Put, from_text
from doorctl.wire.notes import MAX_NOTE_BYTES, detach_data, open_note
from doorctl.wire.topics import Address, Channel
from tests.full_disk import full_disk
from tests.hub.builders import NOON, SITE, an_identity

PER_CHANGE = 300


class AShelf:
    """A site.db with some groups, and the shelf beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "snapshots"
        self.path = folder / "site.db"
        self.connection = open_site(self.path, site=SITE)
        self.identity: Identity = an_identity(hub_key_name(SITE))
        self.shelf = self.a_shelf()
        self._groups = 0

    def a_shelf(self) -> SnapshotShelf:
        return SnapshotShelf(self.connection, self.identity, database=self.path, folder=self.folder)

    def commit(self, *rows: Row) -> None:
        with transaction(self.connection):
            commit_operations(self.connection, [Put(row) for row in rows], at=0)

    def grow(self, changes: int = 1, *, groups: int = 1) -> None:
        """Make so many changes of so many new groups each."""
        for _ in range(changes):
            numbers = range(self._groups, self._groups + groups)
            self.commit(*(GroupRow(id=f"a-group-with-a-long-name-{number:06}") for number in numbers))
            self._groups += groups

    def grow_a_lot(self) -> None:
        """Make changes of more bytes than a snapshot is worth."""
        self.grow(1 + FIRST_WORTH_BYTES // (PER_CHANGE * 60), groups=PER_CHANGE)

    @property
    def position(self) -> Position:
        return position_of(self.connection)

    def offer(self, ask: Ask, *, seconds: float = 0) -> Offer | None:
        return self.shelf.offer(ask, self.position, NOON + timedelta(seconds=seconds))

    def made_for(self, ask: Ask) -> Offer:
        """Ask, wait until the snapshot is made, and ask again."""
        assert self.offer(ask) is None
        self.shelf.finish()
        offer = self.offer(ask)
        assert offer is not None
        return offer

    def chunks(self, offer: Offer, *, first: int = 0, count: int = 1000, seconds: float = 0) -> list[Outgoing]:
        ask = an_ask(snapshot=offer.snapshot, chunk=first, chunks=count)
        return self.shelf.chunks(ask, NOON + timedelta(seconds=seconds))

    def read(self, outgoing: Iterable[Outgoing]) -> list[tuple[Chunk, bytes]]:
        """Open chunks as a keeper does."""
        verifier = self.identity.signer.verifier
        parted = [detach_data(each.payload) for each in outgoing]
        return [(from_text(open_note(note, [verifier]).text, Chunk, site=SITE), data) for note, data in parted]

    def restart(self) -> None:
        self.shelf.close()
        self.shelf = self.a_shelf()

    def close(self) -> None:
        self.shelf.close()
        self.connection.close()


def an_ask(
    *,
    epoch: int = 0,
    revision: int = 0,
    level: int = FEATURE_LEVEL,
    snapshot: str | None = None,
    chunk: int = 0,
    chunks: int = 0,
) -> Ask:
    return Ask(
        site=SITE,
        controller="pi-4f",
        nonce="0" * 32,
        epoch=epoch,
        revision=revision,
        level=level,
        snapshot=snapshot,
        chunk=chunk,
        chunks=chunks,
    )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AShelf]:
    with closing(AShelf(tmp_path)) as site:
        yield site


def test_who_lacks_little_is_offered_nothing(site: AShelf) -> None:
    site.grow(3)

    assert (site.shelf.is_too_far(an_ask(), site.position), site.offer(an_ask())) == (False, None)
    assert list(site.folder.iterdir()) == []


def test_who_lacks_many_changes_is_too_far_behind(site: AShelf) -> None:
    site.grow()
    many = replace(site.position, revision=MOST_REVISIONS + 1)

    far = [site.shelf.is_too_far(an_ask(epoch=1, revision=revision), many) for revision in (0, 1)]

    assert far == [True, False]


def test_who_lacks_many_bytes_is_too_far_behind(site: AShelf) -> None:
    site.grow_a_lot()
    nearly = site.position.revision - 2

    far = [site.shelf.is_too_far(an_ask(epoch=1, revision=revision), site.position) for revision in (0, nearly)]

    assert far == [True, False]


def test_who_cannot_store_a_snapshot_is_sent_changes_however_many(site: AShelf) -> None:
    site.grow_a_lot()
    asked = [an_ask(epoch=1), msgspec.structs.replace(an_ask(epoch=1), wants_deltas=True)]

    far = [site.shelf.is_too_far(ask, site.position) for ask in asked]

    assert far == [True, False]


def test_who_asks_for_a_snapshot_is_too_far_however_little_is_missing(site: AShelf) -> None:
    site.grow()

    assert site.shelf.is_too_far(msgspec.structs.replace(an_ask(), wants_snapshot=True), site.position)


def test_who_is_of_another_epoch_is_too_far_behind_but_not_who_is_empty(site: AShelf) -> None:
    site.grow()
    later = replace(site.position, epoch=2)

    assert site.shelf.is_too_far(an_ask(epoch=1, revision=1), later)
    assert not site.shelf.is_too_far(an_ask(), later)


def test_the_chunks_of_an_offer_are_the_policy_at_its_position(site: AShelf) -> None:
    site.grow_a_lot()

    offer = site.made_for(an_ask())

    chunks = site.read(site.chunks(offer))
    rows = [rows_in(data) for _, data in chunks]
    assert (offer.epoch, offer.revision, offer.chain) == (1, site.position.revision, site.position.chain.hex())
    assert [chunk.number for chunk, _ in chunks] == list(range(offer.chunks))
    assert f"{add_digests(0, added=(piece.digest for piece in rows)):064x}" == offer.digest
    assert offer.digest == f"{recomputed_digest(site.connection):064x}"


def test_a_chunk_goes_to_the_topic_of_its_number_and_is_no_larger_than_a_note(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())

    outgoing = site.chunks(offer)

    addresses = [Address(Channel.SNAPSHOT, offer.snapshot, number) for number in range(offer.chunks)]
    assert [each.address for each in outgoing] == addresses
    assert max(len(each.payload) for each in outgoing) <= MAX_NOTE_BYTES
    assert not any(each.retain for each in outgoing)


def test_a_snapshot_is_made_of_one_moment_while_changes_go_on(site: AShelf) -> None:
    site.grow_a_lot()

    def is_wanted() -> bool:
        site.commit(GroupRow(id="zzz"), HolderRow(id="ada"), LockdownRow(scope="*"))
        return True

    made = make_snapshot(site.path, site.folder, "a" * 32, is_wanted=is_wanted)

    assert made is not None
    rows = [rows_in(made.chunk(number)) for number in range(made.offer.chunks)]
    assert f"{add_digests(0, added=(piece.digest for piece in rows)):064x}" == made.offer.digest


def test_chunks_that_many_ask_for_at_once_are_published_once(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())

    counts = [len(site.chunks(offer, seconds=number / 250)) for number in range(100)]
    later = site.chunks(offer, seconds=SHARED.total_seconds())

    assert counts == [offer.chunks] + [0] * 99
    assert len(later) == offer.chunks


def test_a_clock_that_was_set_back_holds_no_chunk_up(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())
    site.chunks(offer, seconds=3600)

    assert len(site.chunks(offer)) == offer.chunks


def test_no_chunk_is_beyond_the_end(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())
    last = offer.chunks - 1

    assert [chunk.number for chunk, _ in site.read(site.chunks(offer, first=last))] == [last]
    assert site.chunks(offer, first=offer.chunks, count=2**53) == []


def test_one_ask_brings_only_so_many_chunks(site: AShelf) -> None:
    site.grow_a_lot()
    offer = msgspec.structs.replace(site.made_for(an_ask()), snapshot="a" * 32, chunks=2 * CHUNKS_PER_ASK)
    hashes = (hashlib.sha256(b"x").hexdigest(),) * offer.chunks
    index = Index(offer, (1,) * offer.chunks, hashes)
    (site.folder / f"snapshot-{offer.snapshot}.chunks").write_bytes(b"x" * offer.chunks)
    (site.folder / f"snapshot-{offer.snapshot}.index").write_bytes(msgspec.msgpack.encode(index))

    site.restart()

    assert len(site.chunks(offer, count=2**53)) == CHUNKS_PER_ASK


def test_nobody_gets_chunks_of_a_snapshot_that_is_not_there(site: AShelf) -> None:
    assert site.shelf.chunks(an_ask(snapshot="f" * 32, chunks=9), NOON) == []
    assert site.shelf.chunks(an_ask(), NOON) == []


def test_a_keeper_below_the_level_of_the_rows_is_offered_nothing(site: AShelf) -> None:
    site.grow_a_lot()
    site.commit(LockdownRow(scope="*"))
    offer = site.made_for(an_ask(level=2))

    assert offer.needs == 2
    assert site.offer(an_ask(level=1)) is None


def test_a_snapshot_without_rows_of_a_later_level_needs_only_the_first(site: AShelf) -> None:
    site.grow_a_lot()

    assert site.made_for(an_ask(level=1)).needs == 1


def test_who_collects_a_snapshot_goes_on_with_it_when_there_is_a_newer_one(site: AShelf) -> None:
    site.grow_a_lot()
    first = site.made_for(an_ask())
    site.grow_a_lot()
    second = site.made_for(an_ask())

    assert second.revision > first.revision
    assert site.offer(an_ask(snapshot=first.snapshot)) == first
    assert site.offer(an_ask(snapshot="f" * 32)) == second


def test_only_the_last_two_are_kept(site: AShelf) -> None:
    offers = []
    for _ in range(KEPT + 1):
        site.grow_a_lot()
        offers.append(site.made_for(an_ask()))

    newest = offers[-KEPT:]
    names = {f"snapshot-{offer.snapshot}.{kind}" for offer in newest for kind in ("chunks", "index")}
    assert {path.name for path in site.folder.iterdir()} == names
    assert site.offer(an_ask(snapshot=offers[0].snapshot)) == offers[-1]


def test_a_snapshot_that_leads_a_keeper_nowhere_is_not_offered(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())

    assert site.offer(an_ask(epoch=1, revision=offer.revision, snapshot=offer.snapshot)) is None


def test_a_restarted_hub_goes_on_with_the_same_snapshot(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())

    site.restart()

    assert site.offer(an_ask()) == offer
    assert len(site.chunks(offer)) == offer.chunks


def test_a_snapshot_of_another_history_is_not_offered(site: AShelf, tmp_path: Path) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())
    with transaction(site.connection):
        site.connection.execute("UPDATE changes SET chain = zeroblob(32) WHERE revision = ?", (offer.revision,))

    assert site.offer(an_ask(snapshot=offer.snapshot)) is None


def test_a_snapshot_from_the_future_of_a_restored_hub_is_not_offered(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())
    restored = replace(site.position, revision=offer.revision - 1)

    assert site.shelf.offer(an_ask(snapshot=offer.snapshot), restored, NOON) is None


def test_a_snapshot_of_an_earlier_epoch_is_not_offered(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())
    later = replace(site.position, epoch=offer.epoch + 1)

    assert site.shelf.offer(an_ask(snapshot=offer.snapshot), later, NOON) is None


# What goes wrong.


def test_what_a_crash_left_behind_is_removed(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())
    whole = {path.name for path in site.folder.iterdir()}
    index = site.folder / f"snapshot-{offer.snapshot}.index"
    (site.folder / f"snapshot-{'a' * 32}.chunks").write_bytes(b"begun")
    (site.folder / f"snapshot-{'b' * 32}.index").write_bytes(index.read_bytes())
    (site.folder / f"snapshot-{'c' * 32}.index").write_bytes(b"not an index")

    site.restart()

    assert {path.name for path in site.folder.iterdir()} == whole


def test_a_snapshot_whose_data_is_cut_off_is_removed_at_the_start(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())
    data = site.folder / f"snapshot-{offer.snapshot}.chunks"
    data.write_bytes(data.read_bytes()[:-1])

    site.restart()

    assert list(site.folder.iterdir()) == []


def test_a_snapshot_that_is_damaged_on_disk_is_not_signed_but_dropped(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())
    data = site.folder / f"snapshot-{offer.snapshot}.chunks"
    data.write_bytes(b"\0" + data.read_bytes()[1:])

    assert site.chunks(offer) == []
    assert list(site.folder.iterdir()) == []
    assert site.made_for(an_ask()).snapshot != offer.snapshot


def test_a_snapshot_that_the_disk_refuses_leaves_nothing_and_is_tried_again_later(site: AShelf) -> None:
    site.grow_a_lot()
    with full_disk():
        assert site.offer(an_ask()) is None
        site.shelf.finish()

    assert list(site.folder.iterdir()) == []
    at_once = site.offer(an_ask())
    site.shelf.finish()
    too_early = site.offer(an_ask(), seconds=1)
    assert site.offer(an_ask(), seconds=RETRY.total_seconds()) is None
    site.shelf.finish()
    assert (at_once, too_early) == (None, None)
    assert site.offer(an_ask(), seconds=RETRY.total_seconds()) is not None


def test_a_hub_that_stops_ends_the_making_and_leaves_nothing(site: AShelf) -> None:
    site.grow_a_lot()
    site.offer(an_ask())

    site.shelf.close()

    assert [path for path in site.folder.iterdir() if path.suffix == ".chunks"] == [
        path.with_suffix(".chunks") for path in site.folder.iterdir() if path.suffix == ".index"
    ]


def test_what_was_signed_by_another_key_is_no_chunk(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())
    note, _ = detach_data(site.chunks(offer)[0].payload)

    with pytest.raises(Refused, match="unknown-signer"):
        open_note(note, [an_identity(hub_key_name(SITE)).signer.verifier])


def test_files_are_for_the_hub_alone(site: AShelf) -> None:
    site.grow_a_lot()
    site.made_for(an_ask())

    assert {path.stat().st_mode & 0o777 for path in site.folder.iterdir()} == {0o600}
    assert site.folder.stat().st_mode & 0o777 == 0o700
