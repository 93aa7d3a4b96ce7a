"""Opening site.db: patient with locks, clear about what it cannot use."""

import threading
from contextlib import closing
from pathlib import Path

import pytest

from doorctl.database import open_writer
from doorctl.errors import SiteUnavailable
from doorctl.hub.site_db import close_site, open_site


def test_the_hub_waits_for_a_lock_at_its_start(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    close_site(open_site(path, site="hq"))
    with closing(open_writer(path)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        ended = threading.Event()

        def end() -> None:
            ended.set()
            other.close()

        threading.Timer(0.3, end).start()

        close_site(open_site(path, site="hq"))

        assert ended.is_set()


def test_a_site_db_that_is_a_text_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "site.db").write_text("not a database at all" * 100)

    with pytest.raises(SiteUnavailable, match=r"site\.db cannot be opened"):
        open_site(tmp_path / "site.db", site="hq")
