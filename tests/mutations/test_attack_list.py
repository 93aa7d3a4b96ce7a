"""docs/security.md and the table of attacks say the same, and each attack has a test and one check that is there."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.mutations.attack import Attack
from tests.mutations.attacks import ATTACKS

ROOT = Path(__file__).resolve().parent.parent.parent
LEAST_ATTACKS = 25

every_attack = pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)


def test_the_document_numbers_every_attack_and_names_its_test() -> None:
    document = (ROOT / "docs/security.md").read_text()
    rows = re.findall(r"^\| (\d+) \| \*\*([a-z0-9-]+)\*\* \| .+ \| `([^`]+)` \|$", document, flags=re.MULTILINE)

    assert rows == [(str(number), attack.name, attack.test) for number, attack in enumerate(ATTACKS, start=1)]


def test_there_are_as_many_attacks_as_were_promised_and_none_twice() -> None:
    assert len(ATTACKS) >= LEAST_ATTACKS
    assert [name for name, count in Counter(attack.name for attack in ATTACKS).items() if count > 1] == []


@every_attack
def test_the_test_of_an_attack_exists(attack: Attack) -> None:
    path, _, name = attack.test.partition("::")
    function = name.partition("[")[0].rpartition("::")[2]

    assert re.search(rf"^ *def {re.escape(function)}\(", (ROOT / path).read_text(), flags=re.MULTILINE)


@every_attack
def test_the_check_that_stops_an_attack_stands_once_in_its_file(attack: Attack) -> None:
    assert (ROOT / attack.file).read_text().count(attack.check) == 1
    assert attack.check != attack.without
