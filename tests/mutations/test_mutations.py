"""Each attack's and each law's test fails when the check behind it is taken away: in a copy, never in this tree."""

import compileall
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from py_compile import PycInvalidationMode

import pytest

from tests.mutations.attack import Attack
from tests.mutations.attacks import ATTACKS
from tests.mutations.laws import LAWS

ROOT = Path(__file__).resolve().parent.parent.parent
COPIED = ("doorctl", "firmware_bridge", "hardware", "tests", "docs", "benchmarks", "systemd", "pyproject.toml")
PASSED, FAILED = 0, 1
TEST_SECONDS = 600
CHANCE = "1"
PLUGINS = ("-p", "no:cacheprovider", "-p", "pytest_timeout", "-p", "pytest_mock")
"""What the tests need of pytest's plugins: to load the others takes longer than most tests."""
_COMPILED_BY_PYTEST = re.compile(r"/(test_\w+|conftest)\.py$")

pytestmark = [pytest.mark.long, pytest.mark.timeout(2 * TEST_SECONDS)]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what tests need, and compile it; what is changed is known by its content, and compiled for each run."""
    tree = tmp_path_factory.mktemp("tree")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tree / name)
    by_content = PycInvalidationMode.CHECKED_HASH
    compileall.compile_dir(tree, quiet=1, rx=_COMPILED_BY_PYTEST, invalidation_mode=by_content)
    return tree


@contextmanager
def without_its_check(tree: Path, attack: Attack) -> Iterator[None]:
    """Take the check away for a while."""
    path = tree / attack.file
    source = path.read_text()
    assert source.count(attack.check) == 1
    path.write_text(source.replace(attack.check, attack.without))
    try:
        yield
    finally:
        path.write_text(source)


def outcome_of(tests: list[str], tree: Path, *, seconds: int = TEST_SECONDS) -> subprocess.CompletedProcess[str]:
    """Run tests in the copy, by one chance each time; nothing of this tree is imported, nothing is kept compiled."""
    environment = os.environ | {
        "PYTHONPATH": str(tree),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "DOORCTL_TEST_SEED": CHANCE,
    }
    command = [sys.executable, "-m", "pytest", "-x", "-q", *PLUGINS, *tests]
    return subprocess.run(
        command, cwd=tree, env=environment, check=False, capture_output=True, text=True, timeout=seconds
    )


@pytest.mark.timeout(10 * TEST_SECONDS)
def test_every_test_of_an_attack_passes_with_its_check_in_place(tree: Path) -> None:
    run = outcome_of(sorted({attack.test for attack in ATTACKS}), tree, seconds=8 * TEST_SECONDS)

    assert run.returncode == PASSED, run.stdout[-4000:]


@pytest.mark.timeout(10 * TEST_SECONDS)
def test_every_law_holds_with_its_checks_in_place(tree: Path) -> None:
    run = outcome_of(sorted({law.test for law in LAWS}), tree, seconds=8 * TEST_SECONDS)

    assert run.returncode == PASSED, run.stdout[-4000:]


@pytest.mark.parametrize("attack", [*ATTACKS, *LAWS], ids=lambda attack: attack.name)
def test_an_attack_succeeds_without_the_check_that_stops_it(tree: Path, attack: Attack) -> None:
    with without_its_check(tree, attack):
        run = outcome_of([attack.test], tree)

    print(f"{attack.name}: {attack.test} fails without {attack.check.strip()!r} in {attack.file}")
    told = run.stdout[-4000:] + run.stderr[-1000:]
    assert run.returncode == FAILED, told
    assert re.search(rf"^(FAILED|ERROR) {re.escape(attack.test)}", run.stdout, flags=re.MULTILINE), told
