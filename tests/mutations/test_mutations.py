"""Each attack's and each law's test fails when the check behind it is taken away: in a copy, never in this tree."""

import compileall
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from py_compile import PycInvalidationMode

import pytest

from tests.mutations.attack import Attack
from tests.mutations.attacks import ATTACKS
from tests.mutations.copied import TEST_SECONDS, Copy
from tests.mutations.laws import LAWS

ROOT = Path(__file__).resolve().parent.parent.parent
COPIED = ("doorctl", "firmware_bridge", "hardware", "tests", "docs", "benchmarks", "systemd", "pyproject.toml")
PASSED, FAILED = 0, 1
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


@pytest.fixture(scope="module")
def copy(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """Give a copy in which tests can be run."""
    with Copy(tree, tmp_path_factory.mktemp("t")) as copy:
        yield copy


@pytest.mark.timeout(10 * TEST_SECONDS)
def test_every_test_of_an_attack_passes_with_its_check_in_place(copy: Copy) -> None:
    run = copy.run(sorted({attack.test for attack in ATTACKS}), seconds=8 * TEST_SECONDS)

    assert run.ended == PASSED, run.said[-4000:]


@pytest.mark.timeout(10 * TEST_SECONDS)
def test_every_law_holds_with_its_checks_in_place(copy: Copy) -> None:
    run = copy.run(sorted({law.test for law in LAWS}), seconds=8 * TEST_SECONDS)

    assert run.ended == PASSED, run.said[-4000:]


@pytest.mark.parametrize("attack", [*ATTACKS, *LAWS], ids=lambda attack: attack.name)
def test_an_attack_succeeds_without_the_check_that_stops_it(copy: Copy, attack: Attack) -> None:
    with copy.without_its_check(attack):
        run = copy.run([attack.test])

    print(f"{attack.name}: {attack.test} fails without {attack.check.strip()!r} in {attack.file}")
    told = run.said[-4000:]
    assert run.ended == FAILED, told
    assert re.search(rf"^(FAILED|ERROR) {re.escape(attack.test)}", run.said, flags=re.MULTILINE), told
