"""Fixtures of the client's tests: a broker, and a line to each kind of broker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.mqtt.local_broker import LocalBroker
from tests.brokers import a_broker
from tests.mqtt.lines import LINES, MOSQUITTOS, Line


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[LocalBroker]:
    with a_broker(tmp_path) as broker:
        yield broker


@pytest.fixture(scope="module", params=LINES)
def line(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with LINES[request.param](tmp_path_factory.mktemp("broker")) as line:
        yield line


@pytest.fixture(params=MOSQUITTOS)
def mosquitto(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Line]:
    with LINES[request.param](tmp_path) as line:
        yield line
