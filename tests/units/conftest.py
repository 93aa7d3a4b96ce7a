"""The package of this source, built once for all machines."""

from pathlib import Path

import pytest

from tests.units.machine import our_package


@pytest.fixture(scope="session")
def now(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build it."""
    return our_package(tmp_path_factory.mktemp("now"))
