"""A hub's shelf of snapshots beside a site.db that grows, and the questions of a keeper."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from doorctl.database import transaction
from doorctl.hub.history import commit_operations
from doorctl.hub.outgoing import Outgoing
from doorctl.hub.snapshots.shelf import FIRST_WORTH_BYTES, SnapshotShelf
from doorctl.keys.identity import Identity, hub_key_name
from doorctl.policy.apply import Position, position_of
from doorctl.policy.rows import GroupRow, Row
from doorctl.wire.messages import FEATURE_LEVEL, Ask, Chunk, Offer, Put, from_text
from doorctl.wire.notes import detach_data, open_note
from tests.hub.builders import NOON, SITE, an_identity
from tests.hub.new_site import open_new_site

PER_CHANGE = 300


class AShelf:
    """A site.db with some groups, and the shelf beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "snapshots"
        self.path = folder / "site.db"
        self.connection = open_new_site(self.path, site=SITE)
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
