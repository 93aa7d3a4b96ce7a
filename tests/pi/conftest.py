"""One emulated Pi for all tests of this folder: it takes a minute to come up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pi.pi_site import PiSite, a_pi_site


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in this folder: it runs in `make test-pi` alone, which installs the emulator."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("pi")


@pytest.fixture(scope="session")
def site() -> Iterator[PiSite]:
    """A Pi that is up."""
    with a_pi_site() as site:
        yield site


@pytest.fixture(scope="session")
def doors(site: PiSite) -> PiSite:
    """Doors that decide, on that Pi; Ada's card opens both."""
    site.join()
    site.start_the_doors()
    return site
