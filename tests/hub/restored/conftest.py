"""A site whose hub was restored from a backup, for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.restored.restored_site import ARestoredSite


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ARestoredSite]:
    """The backup holds revision 2; revision 4 is known outside."""
    site = ARestoredSite(tmp_path)
    site.restore()
    yield site
    site.close()
