"""Proofs against RFC 6962 word for word, and against pymerkle, an implementation that is not ours."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency

from doorctl.audit.proofs import (
    NodeAt,
    Subtree,
    complete,
    consistency_proof,
    follows,
    grow,
    hashes_between,
    includes,
    inclusion_proof,
    subtrees_between,
    tiled,
    tree_of,
)
from doorctl.audit.tree import Tree, leaf_hash
from tests.audit.test_tree import CT_LEAVES, CT_ROOT, a_tree, merkle_tree_hash

CT = [bytes.fromhex(leaf) for leaf in CT_LEAVES]
SIZES = st.integers(1, 80)


def leaves_of(size: int) -> list[bytes]:
    return [number.to_bytes(4, "big") for number in range(size)]


def nodes_of(leaves: list[bytes]) -> NodeAt:
    """Look a subtree up by RFC 6962's own definition."""
    return lambda level, place: merkle_tree_hash(leaves[place << level : (place + 1) << level])


def pymerkle_tree(leaves: list[bytes]) -> InmemoryTree:
    tree = InmemoryTree(algorithm="sha256")
    tree.append_entries(leaves)
    return tree


@given(SIZES, st.data())
def test_an_inclusion_proof_is_the_one_that_pymerkle_makes(size: int, data: st.DataObject) -> None:
    index, leaves = data.draw(st.integers(0, size - 1)), leaves_of(size)

    proof = inclusion_proof(index, size, nodes_of(leaves))

    assert [leaf_hash(leaves[index]), *proof] == pymerkle_tree(leaves).prove_inclusion(index + 1).path
    assert includes(leaves[index], proof, index=index, size=size, root=merkle_tree_hash(leaves))


@given(SIZES, st.data())
def test_a_tree_follows_from_a_shorter_one_by_both(size: int, data: st.DataObject) -> None:
    old, leaves = data.draw(st.integers(1, size)), leaves_of(size)
    roots = merkle_tree_hash(leaves[:old]), merkle_tree_hash(leaves)

    proof = consistency_proof(old, size, nodes_of(leaves))

    assert follows(proof, old=old, old_root=roots[0], size=size, root=roots[1])
    verify_consistency(*roots, pymerkle_tree(leaves).prove_consistency(old, size))


def test_the_proofs_of_the_reference_tree_of_certificate_transparency() -> None:
    node = nodes_of(CT)

    inclusion, consistency = inclusion_proof(5, 8, node), consistency_proof(6, 8, node)

    assert [each.hex()[:8] for each in inclusion] == ["bc1a0643", "ca854ea1", "d37ee418"]
    assert [each.hex()[:8] for each in consistency] == ["0ebc5d34", "ca854ea1", "d37ee418"]
    assert includes(CT[5], inclusion, index=5, size=8, root=bytes.fromhex(CT_ROOT))


@given(SIZES, st.data())
def test_no_other_proof_leaf_place_size_or_root_is_accepted(size: int, data: st.DataObject) -> None:
    leaves, index = leaves_of(size), data.draw(st.integers(0, size - 1))
    root, proof = merkle_tree_hash(leaves), inclusion_proof(index, size, nodes_of(leaves))
    other = data.draw(st.integers(0, size + 1).filter(lambda number: number != index))

    assert not includes(b"another", proof, index=index, size=size, root=root)
    assert not includes(leaves[index], proof, index=other, size=size, root=root)
    assert not includes(leaves[index], proof, index=index, size=size, root=bytes(32))
    for changed in changes_of(proof):
        assert not includes(leaves[index], changed, index=index, size=size, root=root)


@given(st.integers(2, 80), st.data())
def test_no_other_consistency_is_accepted(size: int, data: st.DataObject) -> None:
    leaves, old = leaves_of(size), data.draw(st.integers(1, size - 1))
    old_root, root = merkle_tree_hash(leaves[:old]), merkle_tree_hash(leaves)
    proof = consistency_proof(old, size, nodes_of(leaves))

    assert not follows(proof, old=old, old_root=bytes(32), size=size, root=root)
    assert not follows(proof, old=old, old_root=old_root, size=size, root=bytes(32))
    assert not follows(proof, old=size, old_root=root, size=old, root=old_root)
    for changed in changes_of(proof):
        assert not follows(changed, old=old, old_root=old_root, size=size, root=root)


def changes_of(proof: list[bytes]) -> list[list[bytes]]:
    longer = [[*proof, bytes(32)], [bytes(32), *proof]]
    shorter = [proof[:-1], proof[1:]] if proof else []
    spoilt = [[*proof[:at], bytes(32), *proof[at + 1 :]] for at in range(len(proof))]
    return longer + shorter + spoilt


def test_the_same_tree_and_the_empty_one_need_no_proof() -> None:
    root = merkle_tree_hash(CT)

    assert consistency_proof(8, 8, nodes_of(CT)) == consistency_proof(0, 8, nodes_of(CT)) == []
    assert follows([], old=8, old_root=root, size=8, root=root)
    assert not follows([], old=8, old_root=bytes(32), size=8, root=root)
    assert follows([], old=0, old_root=Tree().root, size=8, root=root)
    assert not follows([], old=0, old_root=root, size=8, root=root)


@pytest.mark.parametrize(
    "make", [lambda: inclusion_proof(3, 3, nodes_of(CT)), lambda: consistency_proof(9, 8, nodes_of(CT))]
)
def test_what_is_not_so_cannot_be_proven(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="a tree of"):
        make()


@given(SIZES, st.data())
def test_before_stretch_and_after_make_up_the_tree(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    first = data.draw(st.integers(0, size))
    end = data.draw(st.integers(first, size))

    tree = tree_of(first, nodes_of(leaves))
    for leaf in leaves[first:end]:
        tree = tree.append(leaf)
    whole = complete(tree, size, hashes_between(end, size, nodes_of(leaves)))

    assert whole == a_tree(leaves)


def test_what_completes_a_tree_is_the_subtrees_of_that_tree() -> None:
    assert list(subtrees_between(5, 13)) == [Subtree(0, 5), Subtree(1, 3), Subtree(2, 2), Subtree(0, 12)]
    assert list(subtrees_between(0, 13)) == [Subtree(3, 0), Subtree(2, 2), Subtree(0, 12)]


def test_a_subtree_that_cannot_stand_there_is_refused() -> None:
    with pytest.raises(ValueError, match="begins at 5"):
        a_tree(leaves_of(5)).append_subtree(1, bytes(32))
    with pytest.raises(ValueError, match="zip"):
        complete(a_tree(leaves_of(5)), 13, [bytes(32)])


@given(st.lists(st.integers(0, 300), min_size=1, max_size=4))
def test_a_tree_grows_alike_in_batches_of_any_size(batches: list[int]) -> None:
    leaves, tree = leaves_of(sum(batches)), Tree()
    stored: dict[Subtree, bytes] = {}
    for count in batches:
        tree, fresh = grow(tree, leaves[tree.size : tree.size + count])
        assert not stored.keys() & dict(fresh)
        stored |= fresh

    assert tree == a_tree(leaves)
    assert stored == {Subtree(8, i): nodes_of(leaves)(8, i) for i in range(len(leaves) >> 8)}


def test_any_proof_can_be_made_from_what_was_stored_and_few_leaves() -> None:
    leaves = leaves_of(70_000)
    (tree, fresh), (older, _) = grow(Tree(), leaves), grow(Tree(), leaves[:66_001])
    stored, leaves_read = dict(fresh), []

    def read_row(level: int, place: int, count: int) -> list[bytes]:
        if level:
            return [stored[Subtree(level, place + more)] for more in range(count)]
        leaves_read.extend(leaves[place : place + count])
        return [leaf_hash(leaf) for leaf in leaves[place : place + count]]

    inclusion = inclusion_proof(65_000, 70_000, tiled(read_row))
    consistency = consistency_proof(66_001, 70_000, tiled(read_row))

    assert {level for level, _ in stored} == {8, 16}
    assert includes(leaves[65_000], inclusion, index=65_000, size=70_000, root=tree.root)
    assert follows(consistency, old=66_001, old_root=older.root, size=70_000, root=tree.root)
    assert len(leaves_read) <= 2 * (2 * 256)  # each: the leaves around its own, and those at the end of the tree


def test_a_store_that_lacks_a_hash_is_no_proof() -> None:
    with pytest.raises(LookupError, match="level 0 lacks"):
        tiled(lambda _level, _place, _count: [])(3, 0)
