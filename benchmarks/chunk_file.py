"""A snapshot as a hub publishes it, in one file: signed chunks, each with its data beside it."""

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorctl.policy.digest import add_digests
from doorctl.policy.snapshot import chunks_of, rows_in
from doorctl.wire.messages import Chunk, Offer, to_text
from doorctl.wire.notes import Signer, attach_data, sign_text

SITE = "hq"
HUB = "hub.hq"
_SNAPSHOT = "5" * 32


class Contents(msgspec.Struct, frozen=True):
    """What the file holds: the offer, the length of each payload, and whose signature stands under them."""

    offer: Offer
    lengths: tuple[int, ...]
    hub_key: bytes


def write_chunk_file(path: Path, connection: sqlite3.Connection, *, revision: int) -> Contents:
    """Sign every row of a policy as one snapshot."""
    hub = Signer(HUB, Ed25519PrivateKey.generate())
    lengths, digest = [], 0
    with path.open("wb") as file:
        for number, data in enumerate(chunks_of(connection)):
            sha256 = hashlib.sha256(data).hexdigest()
            note = sign_text(to_text(Chunk(site=SITE, snapshot=_SNAPSHOT, number=number, sha256=sha256)), hub)
            lengths.append(file.write(attach_data(note, data)))
            digest = add_digests(digest, added=[rows_in(data).digest])
    offer = Offer(
        snapshot=_SNAPSHOT,
        chunks=len(lengths),
        epoch=1,
        revision=revision,
        chain="0" * 64,
        digest=f"{digest:064x}",
    )
    contents = Contents(offer, tuple(lengths), hub.verifier.public_key)
    path.with_suffix(".contents").write_bytes(msgspec.msgpack.encode(contents))
    return contents


def read_contents(path: Path) -> Contents:
    """Return what such a file holds."""
    return msgspec.msgpack.decode(path.with_suffix(".contents").read_bytes(), type=Contents)


def payloads(path: Path, contents: Contents) -> Iterator[bytes]:
    """Read the payloads in their order."""
    with path.open("rb") as file:
        for length in contents.lengths:
            yield file.read(length)
