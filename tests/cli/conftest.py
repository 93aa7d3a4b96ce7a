"""A site with a real broker and a real hub, shared by the tests of a file."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.brokers import a_broker
from tests.cli.sites import ASite, a_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ASite]:
    folder = tmp_path_factory.mktemp("site")
    with a_broker(folder) as broker:
        made = a_site(folder / "hq", broker.port)
        command = [sys.executable, "-m", "doorctl", "hub", "--config", str(made.folder / "hub" / "hub.toml")]
        with (folder / "hub.log").open("wb") as log, subprocess.Popen(command, stderr=log) as hub:
            try:
                started = made.admin("status", "--timeout", "120")
                assert started.exit_code == 0, started.output
                yield made
            finally:
                hub.terminate()
