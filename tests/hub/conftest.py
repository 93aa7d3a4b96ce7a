"""Fixtures for the hub's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.builders import ASite


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ASite]:
    """A site without controllers."""
    site = ASite(tmp_path)
    yield site
    site.close()


@pytest.fixture
def site_with_two(tmp_path: Path) -> Iterator[ASite]:
    """A site with the controllers pi-1 and pi-2."""
    site = ASite(tmp_path, controllers=("pi-1", "pi-2"))
    yield site
    site.close()
