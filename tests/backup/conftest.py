"""A hub for the tests of backups."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backup.hubs import AHub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[AHub]:
    """A hub with 100 records of one controller."""
    hub = AHub(tmp_path)
    hub.write_records(100)
    yield hub
    hub.connection.close()
