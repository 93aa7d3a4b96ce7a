"""Logs for the tests of this folder: new ones that need no migration, and one that is open."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from doorctl.audit.log import AuditLog
from doorctl.database import open_writer
from tests.audit.logs import a_draft, a_log


@pytest.fixture(scope="session")
def empty_log(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A migrated file without records: the migration takes a process of its own, once is enough."""
    path = tmp_path_factory.mktemp("audit") / "audit.db"
    log = a_log(path)
    log.append([a_draft()])
    log.close()
    with closing(open_writer(path)) as connection:
        for table in ("records", "openings", "log"):
            connection.execute(f"DELETE FROM {table}")
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, empty_log: bytes) -> Path:
    path = tmp_path / "audit.db"
    path.write_bytes(empty_log)
    return path


@pytest.fixture
def log(path: Path) -> Iterator[AuditLog]:
    log = a_log(path)
    yield log
    log.close()
