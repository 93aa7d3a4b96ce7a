"""A law that some order of steps breaks is found broken, and told with the shortest run that does."""

from random import Random

import pytest

from tests.core.any_order import begin, holds_in_any_order, law, step

MANY = 1_000


class Counter:
    """Counts up from where it begins, and down again while it is up."""

    @begin(start=(0, 1))
    def build(self, start: int) -> None:
        self.number = start

    @step(by=(1, 2))
    def up(self, by: int) -> None:
        self.number += by

    @step(when=lambda self: self.number > 0)
    def down(self) -> None:
        self.number -= 1

    @law
    def it_is_never_below_nothing(self) -> None:
        assert self.number >= 0


class Low(Counter):
    """Breaks a law where it is up three times."""

    @law
    def it_stays_low(self) -> None:
        assert self.number < 7


def test_a_law_that_no_order_breaks_holds(chance: Random) -> None:
    holds_in_any_order(Counter, number=MANY, chance=chance)


def test_a_law_that_some_order_breaks_is_told_with_no_step_too_many(chance: Random) -> None:
    with pytest.raises(AssertionError) as broken:
        holds_in_any_order(Low, number=MANY, chance=chance)

    told = broken.value.__notes__[0].splitlines()
    assert told[1].startswith("  build")
    assert len(told) <= 2 + 7
    assert "down" not in "".join(told)
