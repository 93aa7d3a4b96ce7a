"""The verifier's own trees and proofs, which share no code with ours, against ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.audit import verify_doorlog
from doorctl.audit.proofs import consistency_proof, hashes_between, inclusion_proof, tree_of
from doorctl.audit.tree import leaf_hash
from doorctl.audit.verify_doorlog import NotWhole, Tree
from tests.audit.test_proofs import changes_of, leaves_of, nodes_of
from tests.audit.test_tree import merkle_tree_hash


@given(st.integers(0, 90), st.data())
def test_a_tree_grows_from_any_frontier_in_any_batches_and_is_completed(size: int, data: st.DataObject) -> None:
    leaves, node = leaves_of(size), nodes_of(leaves_of(size))
    first = data.draw(st.integers(0, size))
    middle = data.draw(st.integers(first, size))
    end = data.draw(st.integers(middle, size))
    tree = Tree(first, tree_of(first, node).frontier)

    for batch in (leaves[first:middle], leaves[middle:end]):
        tree.grow([leaf_hash(leaf) for leaf in batch])
        assert tree.root == merkle_tree_hash(leaves[: tree.size])
    tree.complete(size, hashes_between(end, size, node))

    assert (tree.size, tree.root) == (size, merkle_tree_hash(leaves))


@given(st.integers(1, 90), st.data())
def test_an_inclusion_proof_is_taken_and_no_other(size: int, data: st.DataObject) -> None:
    leaves, number = leaves_of(size), data.draw(st.integers(0, size - 1))
    leaf, root = leaf_hash(leaves[number]), merkle_tree_hash(leaves)
    proof = inclusion_proof(number, size, nodes_of(leaves))

    def is_taken(proof: list[bytes], number: int = number) -> bool:
        return verify_doorlog._includes(leaf, proof, number=number, size=size, root=root)

    assert is_taken(proof)
    assert not any(is_taken(changed) for changed in changes_of(proof))
    assert not any(is_taken(proof, other) for other in range(size + 2) if other != number)


@given(st.integers(2, 90), st.data())
def test_a_consistency_proof_is_taken_and_no_other(size: int, data: st.DataObject) -> None:
    leaves, old = leaves_of(size), data.draw(st.integers(1, size - 1))
    old_root, root = merkle_tree_hash(leaves[:old]), merkle_tree_hash(leaves)
    proof = consistency_proof(old, size, nodes_of(leaves))

    def is_taken(proof: list[bytes], old_root: bytes = old_root) -> bool:
        return verify_doorlog._follows(proof, old=old, old_root=old_root, size=size, root=root)

    assert is_taken(proof)
    assert not is_taken(proof, bytes(32))
    assert not any(is_taken(changed) for changed in changes_of(proof))


def test_more_subtrees_than_there_is_room_for_are_refused() -> None:
    with pytest.raises(NotWhole, match="more subtrees"):
        Tree(0, []).complete(4, [bytes(32)] * 2)
