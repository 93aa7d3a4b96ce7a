"""Only news is kept of the blocks of a database, and of a file that is taken anew only what it is now."""

import io

from doorctl.backup.changed_blocks import ChangedBlocks
from doorctl.backup.manifest import BLOCK_BYTES, SITE_DB, SITE_WAL, PackedFile, digest_of, hash_of

A, B, C = (letter * BLOCK_BYTES for letter in (b"a", b"b", b"c"))


def kept(changed: ChangedBlocks) -> list[tuple[str, bytes]]:
    return [(each.name, b"".join(each.chunks)) for each in changed.members()]


def test_known_blocks_are_told_and_not_kept() -> None:
    changed = ChangedBlocks({SITE_DB: [hash_of(A), hash_of(B)]}, io.BytesIO())

    for number, block in enumerate((A, C, b"end")):
        changed.take(SITE_DB, number, block)

    assert kept(changed) == [(f"{SITE_DB}.blocks/00000001", C), (f"{SITE_DB}.blocks/00000002", b"end")]
    assert list(changed.files()) == [
        PackedFile(SITE_DB, 2 * BLOCK_BYTES + 3, digest_of([hash_of(A), hash_of(C), hash_of(b"end")]))
    ]


def test_a_file_that_is_taken_anew_is_what_it_was_at_last() -> None:
    changed = ChangedBlocks({SITE_WAL: [hash_of(A)]}, io.BytesIO())

    for number, block in ((0, B), (1, B), (2, B), (0, A), (1, C)):
        changed.take(SITE_WAL, number, block)

    assert kept(changed) == [(f"{SITE_WAL}.blocks/00000001", C)]
    assert changed.hashes == {SITE_WAL: [hash_of(A), hash_of(C)]}
    assert [each.size for each in changed.files()] == [2 * BLOCK_BYTES]
