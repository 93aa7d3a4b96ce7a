"""The tree against RFC 6962: known roots, and the recursive definition for any number of leaves."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.audit.tree import EMPTY_ROOT, Tree, tree_from

# The inputs and the root of the reference test of Certificate Transparency.
CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
CT_ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def a_tree(leaves: list[bytes]) -> Tree:
    tree = Tree()
    for leaf in leaves:
        tree = tree.append(leaf)
    return tree


def merkle_tree_hash(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + merkle_tree_hash(leaves[:k]) + merkle_tree_hash(leaves[k:])).digest()


def test_the_root_of_the_reference_leaves() -> None:
    assert a_tree([bytes.fromhex(leaf) for leaf in CT_LEAVES]).root.hex() == CT_ROOT


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert Tree().root == EMPTY_ROOT == hashlib.sha256(b"").digest()


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_root_is_that_of_the_definition(leaves: list[bytes]) -> None:
    assert a_tree(leaves).root == merkle_tree_hash(leaves)


@given(st.integers(0, 300))
def test_a_stored_tree_goes_on_where_it_was(size: int) -> None:
    tree = a_tree([b"leaf"] * size)

    assert tree_from(tree.size, tree.to_bytes()).append(b"x") == tree.append(b"x")


def test_a_frontier_that_does_not_fit_its_size_is_refused() -> None:
    with pytest.raises(ValueError, match="frontier"):
        tree_from(3, bytes(32))
