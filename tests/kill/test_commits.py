"""`kill -9` between commit, strike and outcome: no acknowledged record is lost, no strike moves without one.

`make test-kill` kills 10,000 doors that a warm parent forks off; `make test` 100.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from doorctl.audit.leaf import read_leaf
from doorctl.core.reasons import Outcome
from doorctl.core.records import RecordKind
from doorctl.database import open_reader
from tests.audit.logs import a_draft, a_log, stored
from tests.kill.warm_parent import Doom, live_and_die

ROUND = 50


def told(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield what the doors were told and did: the word, the number of a record, the swipe."""
    for line in (folder / "told").read_text().splitlines():
        word, number, swipe = line.split()
        yield word, number, swipe


def decisions(path: Path) -> dict[str, int]:
    """Return the granted decisions of a log, by swipe, each with its number."""
    with closing(open_reader(path)) as connection:
        leaves = [read_leaf(leaf) for (leaf,) in connection.execute("SELECT leaf FROM records ORDER BY seq")]
    kinds = {leaf.kind for leaf in leaves}
    assert not kinds & {RecordKind.LOG_RECOVERED, RecordKind.AUDIT_FAILED}
    return {leaf.reader: leaf.seq for leaf in leaves if leaf.outcome is Outcome.GRANTED}


def prove(folder: Path) -> Counter[str]:
    """Compare what was acknowledged and released with what is in the log; return how much there was of each."""
    granted, count = decisions(folder / "audit.db"), Counter[str]()
    for word, number, swipe in told(folder):
        count[word] += 1
        assert swipe in granted, f"{word} {swipe}, and no record of it"
        assert number in ("-", str(granted[swipe]))
    return count


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kills", [100, pytest.param(10_000, marks=pytest.mark.long)])
def test_doors_that_are_killed_around_a_strike_lose_nothing_acknowledged(
    tmp_path: Path, kills: int, chance: random.Random
) -> None:
    with closing(a_log(tmp_path / "audit.db")) as log:
        log.append([a_draft("the first")])
    dooms = Counter[Doom]()
    for number in range(kills):
        doom = list(Doom)[number % len(Doom)]
        live_and_die(tmp_path, number, doom, chance)
        dooms[doom] += 1
        if number % (kills // 10) == 0 or number == kills - 1:
            count = prove(tmp_path)
    stored(tmp_path / "audit.db")
    print(f"killed {dooms}; {count}")

    assert dooms.total() == kills
    assert count["released"] >= kills / 2
    assert count["acknowledged"] > count["released"] >= count["acknowledged"] - kills
