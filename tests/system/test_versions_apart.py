"""A site in the middle of an upgrade: one process is of the version before, the others are of this one.

With each process in turn every pair that speaks with one another is of two versions, either way round: door and
keeper, keeper and link, link and hub, hub and the admin's commands.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from doorctl.demo.building import PROCESSES
from tests.before import source_before
from tests.system.site import PATIENCE_SECONDS, RunningSite

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

GRANT, REVOKE = ("grant", "ada", "floor-3"), ("revoke", "ada", "floor-3")


class TwoVersions(RunningSite):
    """A site of which one process is of the version before."""

    def __init__(self, before: Path, old: str) -> None:
        """Take the source of the version before, and what runs from it."""
        super().__init__()
        self.old: str | None = old
        self._before = {"PYTHONPATH": str(before), "PYTHONSAFEPATH": "1"}

    def start(self, name: str) -> None:
        """Start a process, of its version."""
        self._environment: Mapping[str, str] = self._before if name == self.old else {}
        super().start(name)

    def upgrade(self) -> None:
        """Have all of this version."""
        name, self.old = self.old, None
        if name in PROCESSES:
            self.restart(str(name))

    def command(self, *words: str) -> str:
        """Run an admin's command, of its version."""
        version = self._before if self.old == "commands" else {}
        options = ("--config", str(self.admin_config), "--timeout", f"{PATIENCE_SECONDS:g}")
        command = [sys.executable, "-m", "doorctl", *words, *options]
        done = subprocess.run(
            command,
            env={**os.environ, **version},
            capture_output=True,
            text=True,
            check=False,
            timeout=4 * PATIENCE_SECONDS,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def assert_obeys(self) -> None:
        """Prove that a revoke reaches the door, a grant does, and every record the hub."""
        self.command(*REVOKE)
        self.assert_denies()
        self.command(*GRANT)
        self.wait_until_it_opens()
        self.wait_until_synchronous()
        held = self.held_records()
        assert held == self.records()[: len(held)]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return source_before(tmp_path_factory.mktemp("source"))


def test_what_counts_as_the_version_before_is_what_runs(before: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(before), "PYTHONSAFEPATH": "1"}
    command = [sys.executable, "-c", "import doorctl; print(doorctl.__file__)"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    assert Path(done.stdout.strip()).is_relative_to(before)


@pytest.mark.parametrize("old", ["door", "keeper", "link", "hub", "commands"])
def test_a_site_in_the_middle_of_an_upgrade_works_and_so_it_does_after_it(old: str, before: Path) -> None:
    with TwoVersions(before, old) as site:
        site.set_up()
        site.run_everything()
        site.assert_decides()
        site.assert_obeys()

        site.upgrade()

        site.assert_obeys()
