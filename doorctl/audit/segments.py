"""Whole segments of a log, which go as one when they are no longer needed; what stood before the rest stays provable.

A segment is 4,096 records from a multiple of that on: a perfect subtree, so that the frontier before the first record
that is kept says all that is needed of what went.
"""

from collections.abc import Iterable

from doorctl.audit.tree import Tree

SEGMENT_RECORDS = 4096


def is_whole(first: int, size: int) -> bool:
    """Answer whether the segment that begins at ``first`` is complete, and not all that there is."""
    return first + SEGMENT_RECORDS < size


def without_segment(before: Tree, leaves: Iterable[bytes]) -> Tree:
    """Return what stands before the rest when a segment's leaves are gone, too. Raises ValueError if it is none."""
    if before.size % SEGMENT_RECORDS:
        raise ValueError(f"no segment begins at {before.size}")
    tree = before
    for leaf in leaves:
        tree = tree.append(leaf)
    if tree.size != before.size + SEGMENT_RECORDS:
        raise ValueError(f"a segment has {SEGMENT_RECORDS} records")
    return tree
