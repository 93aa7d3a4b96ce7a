"""Filling a policy from a snapshot, step by step, and what lies in the folder then."""

from pathlib import Path

from doorctl.keeper.policy_store import PolicyStore
from doorctl.keeper.refill import Refill
from doorctl.places import StateFile
from doorctl.wire.messages import Delta
from tests.keeper.snapshots import ASnapshot, collect


def apply(store: PolicyStore, delta: Delta) -> None:
    store.apply(delta.changes, epoch=delta.epoch, chain=delta.chain, now=0)


def fill(refill: Refill, snapshot: ASnapshot) -> None:
    refill.answered(snapshot.offer, 0)
    assert collect(refill, snapshot)
    assert refill.take_over(0)


def policies(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("policy-*.db")}


def held(folder: Path) -> str:
    return (folder / StateFile.POLICY).readlink().name
