"""The scenarios on nats-server, which redelivers out of order."""

from collections.abc import Iterator

import pytest

from tests.scenarios.contract import SiteContract
from tests.scenarios.sites import a_nats_site, running
from tests.system.site import RunningSite


@pytest.fixture(scope="module")
def site() -> Iterator[RunningSite]:
    """Run a site."""
    with running(a_nats_site()) as site:
        yield site


@pytest.mark.long
class TestNats(SiteContract):
    """A broker made for something else."""
