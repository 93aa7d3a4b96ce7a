"""A policy is filled from a snapshot: in a file of its own, beside the one that is held, which goes on meanwhile."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from doorctl.keeper.policy_files import LINK_NAME, NEXT_NAME
from doorctl.keeper.policy_store import PolicyStore
from doorctl.keeper.refill import Refill
from doorctl.policy.apply import recomputed_digest
from tests.keeper.snapshots import SITE, a_refill, a_snapshot, collect, some_people


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PolicyStore]:
    with closing(PolicyStore(tmp_path, SITE)) as store:
        yield store


@pytest.fixture
def refill(tmp_path: Path, store: PolicyStore) -> Iterator[Refill]:
    with closing(a_refill(store, tmp_path)) as refill:
        yield refill


def test_a_policy_is_filled_from_a_snapshot(tmp_path: Path, store: PolicyStore, refill: Refill) -> None:
    snapshot = a_snapshot(some_people(300))

    refill.answered(snapshot.offer, 0)
    assert collect(refill, snapshot)
    assert refill.take_over(0)

    assert (store.position.revision, store.position.digest_hex) == (1, snapshot.offer.digest)
    assert store.read(recomputed_digest) == store.position.digest
    assert not (tmp_path / NEXT_NAME).is_symlink()
    assert (tmp_path / LINK_NAME).readlink().name.startswith(f"policy-{snapshot.offer.snapshot}-")
