"""A copy of the project in which checks are taken away and tests are run; nothing of this tree is imported there."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import msgspec

from tests.mutations.attack import Attack
from tests.mutations.warm_parent import Order

TEST_SECONDS = 600
CHANCE = "1"
PLUGINS = ("-p", "no:cacheprovider", "-p", "pytest_timeout", "-p", "pytest_mock")
"""What the tests need of pytest's plugins: to load the others takes longer than most tests."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a run of tests ended, and what it said."""

    ended: int
    said: str


class Copy:
    """The copy, and the process in it that runs tests: by one chance each time, and nothing is kept compiled."""

    def __init__(self, tree: Path, scratch: Path) -> None:
        self._tree = tree
        self._scratch = scratch
        environment = os.environ | {
            "PYTHONPATH": str(tree),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": "",
            "DOORCTL_TEST_SEED": CHANCE,
        }
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.mutations.warm_parent"],
            cwd=tree,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> "Copy":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parent.communicate()

    @contextmanager
    def without_its_check(self, attack: Attack) -> Iterator[None]:
        """Take the check away for a while."""
        path = self._tree / attack.file
        source = path.read_text()
        assert source.count(attack.check) == 1
        path.write_text(source.replace(attack.check, attack.without))
        try:
            yield
        finally:
            path.write_text(source)

    def run(self, tests: Sequence[str], *, seconds: int = TEST_SECONDS) -> Run:
        """Run tests of the copy as it is now, until the first that fails."""
        says = self._scratch / "said"
        arguments = ["-x", "-q", *PLUGINS, *tests]
        order = Order(arguments=arguments, says=str(says), scratch=str(self._scratch / "t"), seconds=seconds)
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(msgspec.json.encode(order) + b"\n")
        self._parent.stdin.flush()
        return Run(int(self._parent.stdout.readline()), says.read_text(errors="replace"))
