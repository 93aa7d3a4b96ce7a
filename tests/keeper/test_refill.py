"""A policy is filled from a snapshot: in a file of its own, beside the one that is held, which goes on meanwhile."""

from contextlib import closing
from pathlib import Path

import pytest

from doorctl.errors import Refused
from doorctl.keeper.collecting import Wanted
from doorctl.keeper.policy_store import PolicyStore
from doorctl.keeper.refill import Refill
from doorctl.places import StateFile
from doorctl.policy.apply import recomputed_digest
from doorctl.policy.reader import PolicyReader
from doorctl.policy.rows import GroupRow
from tests.keeper.refills import apply, fill, held, policies
from tests.keeper.snapshots import EPOCH, SITE, AHistory, ASnapshot, a_refill, a_snapshot, collect, some_people
from tests.policy.policies import revision_in_force


@pytest.fixture(scope="module")
def snapshot() -> ASnapshot:
    return a_snapshot(some_people(200))


def test_a_policy_is_filled_from_a_snapshot(
    tmp_path: Path, store: PolicyStore, refill: Refill, snapshot: ASnapshot
) -> None:
    fill(refill, snapshot)

    assert (store.position.revision, store.position.digest_hex) == (1, snapshot.offer.digest)
    assert store.read(recomputed_digest) == store.position.digest
    assert not (tmp_path / StateFile.POLICY_NEXT).is_symlink()
    assert held(tmp_path).startswith(f"policy-{snapshot.offer.snapshot}-")
    assert (refill.offer, refill.subscription, refill.named) == (None, None, None)


def test_the_door_answers_from_the_old_file_until_the_new_one_takes_over(
    tmp_path: Path, store: PolicyStore, refill: Refill
) -> None:
    history = AHistory()
    apply(store, history.change([GroupRow(id="old")]))
    store.confirm()
    history.change(some_people(200))
    snapshot = history.snapshot()
    seen = []
    with closing(PolicyReader(tmp_path / StateFile.POLICY)) as reader:
        refill.answered(snapshot.offer, 0)
        for chunks in range(snapshot.offer.chunks):
            collect(refill, snapshot, until=chunks)
            seen.append(revision_in_force(reader))
        assert collect(refill, snapshot)
        seen.append(revision_in_force(reader))
        refill.take_over(0)
        store.forget_old()
        after = revision_in_force(reader)

    assert (set(seen), after) == ({1}, 2)


def test_what_takes_the_place_of_a_policy_that_awaits_confirmation_awaits_it_too(
    tmp_path: Path, refill: Refill, snapshot: ASnapshot
) -> None:
    fill(refill, snapshot)

    with closing(PolicyReader(tmp_path / StateFile.POLICY)) as reader:
        assert revision_in_force(reader) is None


def test_the_old_file_goes_when_it_is_forgotten_and_not_before(
    tmp_path: Path, store: PolicyStore, refill: Refill, snapshot: ASnapshot
) -> None:
    old = held(tmp_path)
    fill(refill, snapshot)

    before = policies(tmp_path)
    store.forget_old()

    assert before == {old, held(tmp_path)}
    assert {path.name for path in tmp_path.iterdir()} - {f"{held(tmp_path)}{end}" for end in ("-wal", "-shm")} == {
        held(tmp_path),
        StateFile.POLICY,
    }


def test_changes_are_applied_to_the_old_policy_meanwhile(
    tmp_path: Path, store: PolicyStore, refill: Refill, snapshot: ASnapshot
) -> None:
    history = AHistory()
    refill.answered(snapshot.offer, 0)
    collect(refill, snapshot, until=2)

    apply(store, history.change([GroupRow(id="meanwhile")]))

    assert store.read(recomputed_digest) == history.position.digest


def test_the_next_change_is_applied_to_the_new_policy(tmp_path: Path, store: PolicyStore, refill: Refill) -> None:
    history = AHistory()
    history.change(some_people(30))
    fill(refill, history.snapshot())

    apply(store, history.change([GroupRow(id="next")]))

    assert store.position == history.position


def test_nothing_goes_back_behind_what_is_held(tmp_path: Path, store: PolicyStore, refill: Refill) -> None:
    history = AHistory()
    delta = history.change([GroupRow(id="a")])
    snapshot = history.snapshot()
    newer = history.change([GroupRow(id="b")])
    refill.answered(snapshot.offer, 0)
    assert collect(refill, snapshot)
    apply(store, delta)
    apply(store, newer)
    name = held(tmp_path)

    assert not refill.take_over(0)

    assert (store.position, held(tmp_path), policies(tmp_path)) == (history.position, name, {name})


def test_what_was_applied_meanwhile_is_applied_to_the_new_policy_first(
    tmp_path: Path, store: PolicyStore, refill: Refill
) -> None:
    history = AHistory()
    delta = history.change([GroupRow(id="a")])
    snapshot = history.snapshot()
    newer = history.change([GroupRow(id="b")])
    refill.answered(snapshot.offer, 0)
    assert collect(refill, snapshot)
    apply(store, delta)
    apply(store, newer)

    assert refill.take_over(0, catch_up=[delta, newer])

    assert store.position == history.position
    assert held(tmp_path).startswith(f"policy-{snapshot.offer.snapshot}-")
    assert store.read(recomputed_digest) == history.position.digest


def test_a_change_of_another_history_is_not_applied_to_the_new_policy(
    tmp_path: Path, store: PolicyStore, refill: Refill, snapshot: ASnapshot
) -> None:
    other = AHistory()
    other.change([GroupRow(id="other")])
    refill.answered(snapshot.offer, 0)
    assert collect(refill, snapshot)

    assert not refill.take_over(0, catch_up=[other.change([GroupRow(id="another")])])

    assert (store.position.revision, policies(tmp_path)) == (0, {held(tmp_path)})


def test_a_later_epoch_comes_with_a_lower_revision(tmp_path: Path, store: PolicyStore, refill: Refill) -> None:
    old = AHistory()
    apply(store, old.change([GroupRow(id="a")]))
    apply(store, old.change([GroupRow(id="b")]))
    new = AHistory()
    new.change([GroupRow(id="c")], epoch=EPOCH + 1)

    fill(refill, new.snapshot())

    assert store.position == new.position


# Restarts.


def restarted(refill: Refill, store: PolicyStore, folder: Path) -> tuple[Refill, PolicyStore]:
    refill.close()
    store.close()
    store = PolicyStore(folder, SITE)
    return a_refill(store, folder), store


def test_a_restarted_keeper_names_what_it_has_begun_and_goes_on_with_it(
    tmp_path: Path, store: PolicyStore, refill: Refill, snapshot: ASnapshot
) -> None:
    refill.answered(snapshot.offer, 0)
    collect(refill, snapshot, until=2)
    file = (tmp_path / StateFile.POLICY_NEXT).readlink()

    again, store = restarted(refill, store, tmp_path)
    named = again.named
    again.answered(snapshot.offer, 0)
    collect(again, snapshot, until=2)
    wanted = again.wanted(100)

    assert named == Wanted(snapshot.offer.snapshot)
    assert (tmp_path / StateFile.POLICY_NEXT).readlink() == file
    assert wanted is not None
    assert wanted.chunk == 2
    assert collect(again, snapshot, now=200)
    assert again.take_over(0)
    assert store.position.digest_hex == snapshot.offer.digest
    again.close()
    store.close()


def test_a_restarted_keeper_that_is_offered_nothing_throws_away_what_it_has_begun(
    tmp_path: Path, store: PolicyStore, refill: Refill, snapshot: ASnapshot
) -> None:
    refill.answered(snapshot.offer, 0)
    collect(refill, snapshot, until=2)

    again, store = restarted(refill, store, tmp_path)
    again.answered(None, 0)

    assert (again.named, policies(tmp_path)) == (None, {held(tmp_path)})
    store.close()


def test_an_answer_without_an_offer_does_not_end_what_is_under_way(refill: Refill, snapshot: ASnapshot) -> None:
    refill.answered(snapshot.offer, 0)
    collect(refill, snapshot, until=2)

    refill.answered(None, 0)

    assert collect(refill, snapshot)


def test_another_offer_takes_the_place_of_the_one_before(
    tmp_path: Path, store: PolicyStore, refill: Refill, snapshot: ASnapshot
) -> None:
    refill.answered(snapshot.offer, 0)
    collect(refill, snapshot, until=2)
    newer = a_snapshot(some_people(90), name="b")

    fill(refill, newer)

    assert store.position.digest_hex == newer.offer.digest
    store.forget_old()
    assert policies(tmp_path) == {held(tmp_path)}


def test_the_same_offer_again_changes_nothing(tmp_path: Path, refill: Refill, snapshot: ASnapshot) -> None:
    refill.answered(snapshot.offer, 0)
    collect(refill, snapshot, until=2)
    file = (tmp_path / StateFile.POLICY_NEXT).readlink()

    refill.answered(snapshot.offer, 0)

    assert (refill.written, (tmp_path / StateFile.POLICY_NEXT).readlink()) == (2, file)


def test_a_chunk_that_nobody_asked_for_is_refused(refill: Refill, snapshot: ASnapshot) -> None:
    with pytest.raises(Refused, match="unknown-snapshot"):
        refill.take_chunk(*snapshot.chunk(0), 0)


def test_a_replaced_policy_has_no_trace_of_its_making(
    tmp_path: Path, store: PolicyStore, refill: Refill, snapshot: ASnapshot
) -> None:
    fill(refill, snapshot)

    tables = store.read(lambda connection: connection.execute("SELECT name FROM sqlite_schema").fetchall())
    mode = store.read(lambda connection: connection.execute("PRAGMA journal_mode").fetchone())
    assert ("new_policy",) not in tables
    assert mode == ("wal",)
