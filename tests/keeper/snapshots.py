"""Snapshots as a hub would offer them, and a store that is filled from one."""

import hashlib
import sqlite3
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from doorctl.keeper.policy_store import PolicyStore
from doorctl.keeper.refill import Refill
from doorctl.policy.apply import Position, apply_changes, chain_after, position_of
from doorctl.policy.rows import CredentialRow, GroupRow, HolderRow, MemberRow, Row
from doorctl.policy.schema import migrate
from doorctl.policy.snapshot import chunks_of
from doorctl.wire.messages import Change, Chunk, Delta, Offer, Put

SITE = "hq"
EPOCH = 1
_SECONDS = 60.0


def some_people(count: int, *, groups: int = 7) -> list[Row]:
    """So many holders, each with a card and a group."""
    rows: list[Row] = [GroupRow(id=f"team-{number}") for number in range(groups)]
    for number in range(count):
        holder = hashlib.sha256(str(number).encode()).hexdigest()[:16]
        rows += [HolderRow(id=holder), MemberRow(holder=holder, group=f"team-{number % groups}")]
        rows.append(CredentialRow(key=hashlib.sha256(holder.encode()).digest(), holder=holder))
    return rows


class AHistory:
    """A policy in memory, with its changes."""

    def __init__(self) -> None:
        self._policy = sqlite3.connect(":memory:", isolation_level=None)
        migrate(self._policy, site=SITE)
        self.position: Position = position_of(self._policy)

    def change(self, rows: Iterable[Row], *, epoch: int = EPOCH) -> Delta:
        """Make the next revision of these rows."""
        revision = self.position.revision + 1
        change = Change(revision=revision, at=0, operations=tuple(Put(row) for row in rows))
        raw = msgspec.Raw(msgspec.json.encode(change))
        chain = chain_after(self.position.chain, bytes(raw)).hex()
        self.position = apply_changes(self._policy, [raw], epoch=epoch, chain=chain)
        return Delta(site=SITE, epoch=epoch, first=revision, last=revision, chain=chain, changes=(raw,))

    def snapshot(self, name: str = "a") -> "ASnapshot":
        return ASnapshot(self.position, list(chunks_of(self._policy)), name=name)


class ASnapshot:
    """An offer and its chunks."""

    def __init__(self, position: Position, pieces: Sequence[bytes], *, name: str = "a") -> None:
        self.pieces = list(pieces)
        self.offer = Offer(
            snapshot=name * 32,
            chunks=len(pieces),
            epoch=position.epoch,
            revision=position.revision,
            chain=position.chain.hex(),
            digest=position.digest_hex,
        )

    def chunk(self, number: int) -> tuple[Chunk, bytes]:
        data = self.pieces[number]
        sha256 = hashlib.sha256(data).hexdigest()
        return Chunk(site=SITE, snapshot=self.offer.snapshot, number=number, sha256=sha256), data


def a_snapshot(rows: Iterable[Row], *, name: str = "a") -> ASnapshot:
    history = AHistory()
    history.change(rows)
    return history.snapshot(name)


def a_refill(store: PolicyStore, folder: Path) -> Refill:
    return Refill(store, folder=folder, site=SITE, chance=lambda: 0.0)


def collect(refill: Refill, snapshot: ASnapshot, *, until: int = -1, now: float = 0.0) -> bool:
    """Bring what is asked for until so many chunks are written; tell whether the new policy is ready."""
    deadline = time.monotonic() + _SECONDS
    refill.connected(now)
    while not (is_ready := refill.tick(now)) and refill.offer is not None and refill.written != until:
        assert time.monotonic() < deadline, "the snapshot is not collected"
        wanted = refill.wanted(now)
        for number in range(wanted.chunk, wanted.chunk + wanted.chunks) if wanted else ():
            if until < 0 or number < until:
                refill.take_chunk(*snapshot.chunk(number), now)
        time.sleep(0.001)
    return is_ready
