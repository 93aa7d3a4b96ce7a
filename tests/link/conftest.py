"""Fixtures of the link's tests: a broker, and a folder whose sockets have short names."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.mqtt.local_broker import LocalBroker
from tests.brokers import a_broker
from tests.keeper.processes import short_folder


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[LocalBroker]:
    with a_broker(tmp_path) as broker:
        yield broker


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder
