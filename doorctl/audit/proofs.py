"""Proofs about the Merkle tree of a log: that a leaf is in it, and that a longer tree begins with a shorter one.

RFC 6962, sections 2.1.1 and 2.1.2; they are verified by the iterative algorithms of RFC 9162, sections 2.1.3.2 and
2.1.4.2. Proofs are made from perfect subtrees, which the caller looks up by level and place: level 0 are the leaves'
hashes, and subtree ``place`` of a level holds the leaves from ``place << level`` on, ``1 << level`` of them.
Whoever stores the levels 8, 16, 24 … that ``grow`` reports (as C2SP tlog-tiles does) can look up any of them.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import NamedTuple

from doorctl.audit.tree import EMPTY_ROOT, Tree, leaf_hash, leaf_hashes, node_hash, node_hashes

TILE_LEVELS = 8
"""Each eighth level is stored: 256 hashes of one make up one of the next."""


class Subtree(NamedTuple):
    """The place of a perfect subtree."""

    level: int
    place: int


NodeAt = Callable[[int, int], bytes]
"""Looks up the root of the perfect subtree of this level and place: 32 bytes."""
ReadRow = Callable[[int, int, int], Sequence[bytes]]
"""Reads from a stored level (0, 8, 16 …), from this place on, so many roots."""


def subtrees_between(start: int, end: int) -> Iterator[Subtree]:
    """Yield the largest perfect subtrees that make up the leaves from ``start`` to before ``end``, left to right.

    From 0 it is the frontier of size ``end``; from the end of a range to the size of a tree, what completes it.
    """
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        yield Subtree(level, start >> level)
        start += 1 << level


def hashes_between(start: int, end: int, node: NodeAt) -> tuple[bytes, ...]:
    """Return the roots of those subtrees."""
    return tuple(node(*subtree) for subtree in subtrees_between(start, end))


def tree_of(size: int, node: NodeAt) -> Tree:
    """Return the tree as it was when it had this size."""
    return Tree(size, hashes_between(0, size, node))


def complete(tree: Tree, size: int, hashes: Sequence[bytes]) -> Tree:
    """Append the subtrees that follow up to this size. Raises ValueError when it is not their number."""
    for subtree, root in zip(subtrees_between(tree.size, size), hashes, strict=True):
        tree = tree.append_subtree(subtree.level, root)
    return tree


def grow(tree: Tree, leaves: Sequence[bytes]) -> tuple[Tree, list[tuple[Subtree, bytes]]]:
    """Return the tree with these leaves appended, and each subtree to be stored that they completed."""
    if len(leaves) == 1 and (tree.size + 1) % (1 << TILE_LEVELS):
        return tree.append(leaves[0]), []
    fresh, held = leaf_hashes(leaves), list(tree.frontier)
    frontier: list[bytes] = []
    to_store: list[tuple[Subtree, bytes]] = []
    level = 0
    while fresh or held:
        first = tree.size >> level
        if level and level % TILE_LEVELS == 0:
            to_store += [(Subtree(level, place), root) for place, root in enumerate(fresh, start=first)]
        if first & 1:
            fresh.insert(0, held.pop())
        if len(fresh) & 1:
            frontier.append(fresh.pop())
        fresh = _parents(fresh)
        level += 1
    return Tree(tree.size + len(leaves), tuple(reversed(frontier))), to_store


def tiled(read_row: ReadRow) -> NodeAt:
    """Look up any subtree in stored levels: at most 128 hashes of the stored level below it are read."""

    def node(level: int, place: int) -> bytes:
        above = level % TILE_LEVELS
        row = list(read_row(level - above, place << above, 1 << above))
        if len(row) != 1 << above:
            raise LookupError(f"level {level - above} lacks hashes from {place << above} on")
        while len(row) > 1:
            row = _parents(row)
        return row[0]

    return node


def inclusion_proof(index: int, size: int, node: NodeAt) -> list[bytes]:
    """Prove that leaf ``index`` is in the tree of this size. Raises ValueError when it cannot be."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    proof, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_root_between(middle, end, node))
            end = middle
        else:
            proof.append(_root_between(start, middle, node))
            start = middle
    return proof[::-1]


def includes(leaf: bytes, proof: Sequence[bytes], *, index: int, size: int, root: bytes) -> bool:
    """Tell whether this inclusion proof leads from the leaf in this place to the root."""
    if not 0 <= index < size:
        return False
    here, last, found = index, size - 1, leaf_hash(leaf)
    for other in proof:
        if not last:
            return False
        if here & 1 or here == last:
            found = node_hash(other, found)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, other)
        here, last = here >> 1, last >> 1
    return not last and found == root


def consistency_proof(old: int, size: int, node: NodeAt) -> list[bytes]:
    """Prove that the tree of this size begins with that of size ``old``; empty for 0 and for the same size.

    Raises ValueError when ``old`` is larger.
    """
    if not 0 <= old <= size:
        raise ValueError(f"a tree of {size} leaves does not begin with {old}")
    if old in (0, size):
        return []
    proof, start, end = [], 0, size
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_root_between(middle, end, node))
            end = middle
        else:
            proof.append(_root_between(start, middle, node))
            start = middle
    if start:
        proof.append(_root_between(start, end, node))
    return proof[::-1]


def follows(proof: Sequence[bytes], *, old: int, old_root: bytes, size: int, root: bytes) -> bool:
    """Tell whether this consistency proof leads from the older tree to the newer one."""
    if old in (0, size):
        expected_root = EMPTY_ROOT if old == 0 else root
        return old <= size and not proof and old_root == expected_root
    if not 0 < old < size or not proof:
        return False
    hashes = proof if old & (old - 1) else (old_root, *proof)
    here, last = old - 1, size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    found_old = found = hashes[0]
    for other in hashes[1:]:
        if not last:
            return False
        if here & 1 or here == last:
            found_old, found = node_hash(other, found_old), node_hash(other, found)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, other)
        here, last = here >> 1, last >> 1
    return not last and found_old == old_root and found == root


def _parents(hashes: Sequence[bytes]) -> list[bytes]:
    return node_hashes(hashes[::2], hashes[1::2])


def _split(count: int) -> int:
    """Return the largest power of two below ``count``: where RFC 6962 parts a tree."""
    return 1 << ((count - 1).bit_length() - 1)


def _root_between(start: int, end: int, node: NodeAt) -> bytes:
    return reduce(lambda right, left: node_hash(left, right), reversed(hashes_between(start, end, node)))
