"""A keeper's policy in a folder: filled from a site, looked at, damaged by hand."""

import sqlite3
from contextlib import closing
from pathlib import Path

from doorctl.keeper.policy_store import (
    PolicyStore,
)
from doorctl.places import StateFile
from tests.keeper.site import SITE, ASite


def filled(store: PolicyStore, site: ASite) -> PolicyStore:
    store.apply(site.changes, epoch=1, chain=site.chains[-1].hex(), now=0)
    return store


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm"))}


def a_filled_policy(folder: Path, *, revisions: int = 3) -> ASite:
    site = ASite(revisions=revisions)
    with closing(PolicyStore(folder, SITE)) as store:
        filled(store, site)
    return site


def damage(folder: Path, *statements: str) -> None:
    """Change a policy by hand, its tables' own rules set aside."""
    with closing(sqlite3.connect(folder / StateFile.POLICY, isolation_level=None)) as other:
        other.execute("PRAGMA writable_schema = ON")
        other.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            other.execute(statement)
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def overwrite(folder: Path, old: bytes, new: bytes) -> None:
    """Change bytes of the file where they stand."""
    path = folder / (folder / StateFile.POLICY).readlink()
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
