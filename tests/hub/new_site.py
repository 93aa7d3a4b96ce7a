"""A new site.db: made by its migrations once, and copied from then on; they take longer than most tests."""

import sqlite3
import tempfile
from functools import cache
from pathlib import Path

from doorctl.hub.site_db import close_site, open_site


def open_new_site(path: Path, *, site: str) -> sqlite3.Connection:
    """Open the site's database, and make it before if there is none."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(_a_new_site(site))
    return open_site(path, site=site)


@cache
def _a_new_site(site: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "site.db"
        close_site(open_site(path, site=site))
        return path.read_bytes()
