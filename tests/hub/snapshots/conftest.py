"""A hub's shelf for each test."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.hub.snapshots.shelf import AShelf


@pytest.fixture
def site(tmp_path: Path) -> Iterator[AShelf]:
    with closing(AShelf(tmp_path)) as site:
        yield site
