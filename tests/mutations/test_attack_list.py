"""The documents say the same as the tables of attacks and laws, and each has a test and one check that is there."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.mutations.attack import Attack
from tests.mutations.attacks import ATTACKS
from tests.mutations.laws import LAWS

ROOT = Path(__file__).resolve().parent.parent.parent
LEAST_ATTACKS = 25

every_attack = pytest.mark.parametrize("attack", [*ATTACKS, *LAWS], ids=lambda attack: attack.name)


def test_the_document_numbers_every_attack_and_names_its_test() -> None:
    document = (ROOT / "docs/security.md").read_text()
    rows = re.findall(r"^\| (\d+) \| \*\*([a-z0-9-]+)\*\* \| .+ \| `([^`]+)` \|$", document, flags=re.MULTILINE)

    assert rows == [(str(number), attack.name, attack.test) for number, attack in enumerate(ATTACKS, start=1)]


def test_the_document_names_every_law_with_its_test_and_where_a_check_stands() -> None:
    document = (ROOT / "docs/laws.md").read_text()
    rows = re.findall(r"^\| \*\*([a-z0-9-]+)\*\* \| .+ \| `([^`]+)` \| `([^`]+)` \|$", document, flags=re.MULTILINE)

    assert rows == [(law.name, law.test, law.file) for law in LAWS]


def test_every_test_of_a_law_upholds_one_that_is_named() -> None:
    files = sorted({*(ROOT / "tests").rglob("test_laws*.py")})
    laws = {
        f"{path.relative_to(ROOT)}::{name}"
        for path in files
        for name in re.findall(r"^@SO_MANY\ndef (test_\w+)\(", path.read_text(), flags=re.MULTILINE)
    }

    assert laws - {law.test.partition("[")[0] for law in LAWS} == set()


def test_there_are_as_many_attacks_as_were_promised_and_none_twice() -> None:
    assert len(ATTACKS) >= LEAST_ATTACKS
    assert [name for name, count in Counter(each.name for each in (*ATTACKS, *LAWS)).items() if count > 1] == []


@every_attack
def test_the_test_of_an_attack_exists(attack: Attack) -> None:
    path, _, name = attack.test.partition("::")
    function = name.partition("[")[0].rpartition("::")[2]

    assert re.search(rf"^ *def {re.escape(function)}\(", (ROOT / path).read_text(), flags=re.MULTILINE)


@every_attack
def test_the_check_that_stops_an_attack_stands_once_in_its_file(attack: Attack) -> None:
    assert (ROOT / attack.file).read_text().count(attack.check) == 1
    assert attack.check != attack.without
