"""The scenarios on mosquitto with TLS, client certificates and its access list, by MQTT 5 and 3.1.1."""

from collections.abc import Iterator

import pytest

from tests.scenarios.contract import SiteContract
from tests.scenarios.sites import TlsSite, running
from tests.system.site import RunningSite


@pytest.fixture(scope="module", params=[5, 4], ids=["mqtt-5", "mqtt-3.1.1"])
def site(request: pytest.FixtureRequest) -> Iterator[RunningSite]:
    """Run a site that speaks this version."""
    with running(TlsSite(mqtt_version=request.param)) as site:
        yield site


class TestMosquitto(SiteContract):
    """Mosquitto as a building has it."""
