"""Snapshots as a hub gives them: to whom, and how much of them at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.database import transaction
from doorctl.hub.controllers.asks import NOTES_PER_SECOND
from doorctl.hub.history import commit_operations
from doorctl.hub.outgoing import Outgoing
from doorctl.hub.snapshots.shelf import MOST_REVISIONS, SnapshotShelf
from doorctl.policy.rows import GroupRow
from doorctl.wire.messages import Answer, Offer, Put
from doorctl.wire.topics import Channel
from tests.hub.builders import ASite, later


@pytest.fixture
def shelf(site_with_two: ASite, tmp_path: Path) -> Iterator[SnapshotShelf]:
    """The shelf of a hub that has made more changes than a snapshot is worth."""
    site = site_with_two
    with transaction(site.connection):
        for number in range(MOST_REVISIONS + 1):
            commit_operations(site.connection, [Put(GroupRow(f"group-{number}"))], at=0)
    shelf = SnapshotShelf(site.connection, site.hub_identity, database=site.path, folder=tmp_path / "snapshots")
    site.hub = site.a_hub(shelf)
    yield shelf
    shelf.close()


def offer_in(site: ASite, outgoing: list[Outgoing]) -> Offer | None:
    (answer,) = site.messages(outgoing, Answer)
    return answer.offer


def channels_of(outgoing: list[Outgoing]) -> list[Channel]:
    return [each.address.channel for each in outgoing]


def test_who_lacks_more_than_a_snapshot_is_worth_is_offered_one_in_place_of_deltas(
    site_with_two: ASite, shelf: SnapshotShelf
) -> None:
    site = site_with_two
    first = site.ask_as(site.controllers[0], nonce="1" * 32)
    shelf.finish()

    second = site.ask_as(site.controllers[0], nonce="2" * 32, at=later(1))

    assert offer_in(site, first) is None
    assert channels_of(second) == [Channel.ANSWER]
    offer = offer_in(site, second)
    assert offer is not None
    assert (offer.revision, offer.chain) == (site.head().revision, site.head().chain)


def test_chunks_are_worth_as_much_as_notes(site_with_two: ASite, shelf: SnapshotShelf) -> None:
    site = site_with_two
    flooder, other = site.controllers
    site.ask_as(other, nonce="0" * 32)
    shelf.finish()
    offer = offer_in(site, site.ask_as(other, nonce="1" * 32, at=later(1)))
    assert offer is not None
    newest = site.head().revision
    for number in range(NOTES_PER_SECOND):
        lacks = newest - 1 - number
        site.ask_as(flooder, nonce=f"{number:032x}", revision=lacks, wants_deltas=True, at=later(10))

    def chunks(controller: str, nonce: str, seconds: float) -> int:
        keeper = flooder if controller == flooder.id else other
        told = site.ask_as(keeper, nonce=nonce * 32, snapshot=offer.snapshot, chunks=1, at=later(seconds))
        return channels_of(told).count(Channel.SNAPSHOT)

    assert (chunks("pi-1", "a", 10), chunks("pi-2", "b", 10), chunks("pi-1", "c", 11)) == (0, 1, 1)
