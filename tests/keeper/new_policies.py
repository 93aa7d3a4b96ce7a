"""A policy in progress, made of a snapshot, and whether it is whole."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from doorctl.keeper.new_policy import NewPolicy, open_or_begin
from doorctl.policy.apply import position_of, recomputed_digest
from doorctl.policy.gathered import each_is_true
from tests.keeper.snapshots import SITE, ASnapshot

Pause = Callable[[float], bool]


def go_on(_: float) -> bool:
    return True


def begin(folder: Path, snapshot: ASnapshot, *, pause: Pause = go_on) -> NewPolicy:
    return open_or_begin(folder, snapshot.offer, site=SITE, pause=pause)


def complete(policy: NewPolicy, snapshot: ASnapshot) -> Path:
    with closing(policy):
        for number in range(policy.next_chunk, snapshot.offer.chunks):
            policy.add(number, snapshot.pieces[number])
        policy.finish(site=SITE)
    return policy.path


def is_whole(path: Path, snapshot: ASnapshot) -> bool:
    """Tell whether a file holds the policy of this snapshot, in order."""
    with closing(sqlite3.connect(path)) as connection:
        position = position_of(connection)
        verdicts = [row for (row,) in connection.execute("PRAGMA integrity_check")]
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        digest = recomputed_digest(connection)
        is_gathered = all(each_is_true(connection))
    at_offer = (position.epoch, position.revision, position.chain.hex(), position.digest_hex) == (
        snapshot.offer.epoch,
        snapshot.offer.revision,
        snapshot.offer.chain,
        snapshot.offer.digest,
    )
    return at_offer and digest == position.digest and is_gathered and verdicts == ["ok"] and not broken
