"""The chunks of a snapshot: the policy at one moment, signed, each published once for all who ask."""

import hashlib

import msgspec
import pytest

from doorctl.errors import Refused
from doorctl.hub.controllers.asks import SHARED
from doorctl.hub.snapshots.file import Index
from doorctl.hub.snapshots.shelf import CHUNKS_PER_ASK
from doorctl.keys.identity import hub_key_name
from doorctl.policy.apply import recomputed_digest
from doorctl.policy.digest import add_digests
from doorctl.policy.snapshot import rows_in
from doorctl.wire.notes import MAX_NOTE_BYTES, detach_data, open_note
from doorctl.wire.topics import Address, Channel
from tests.hub.builders import NOON, SITE, an_identity
from tests.hub.snapshots.shelf import AShelf, an_ask


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


def test_what_was_signed_by_another_key_is_no_chunk(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())
    note, _ = detach_data(site.chunks(offer)[0].payload)

    with pytest.raises(Refused, match="unknown-signer"):
        open_note(note, [an_identity(hub_key_name(SITE)).signer.verifier])
