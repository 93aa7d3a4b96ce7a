"""The scenarios on amqtt, the demo's embedded broker."""

from collections.abc import Iterator

import pytest

from tests.scenarios.contract import SiteContract
from tests.scenarios.sites import an_amqtt_site, running
from tests.system.site import RunningSite


@pytest.fixture(scope="module")
def site() -> Iterator[RunningSite]:
    """Run a site."""
    with running(an_amqtt_site()) as site:
        yield site


class TestAmqtt(SiteContract):
    """A broker that loses what is in flight."""
