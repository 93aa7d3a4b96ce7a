"""Machines in any order of steps: thousands of short runs by chance in seconds, and the shortest that breaks a law.

A machine is a class: `begin` marks how it is built, `step` what may happen to it, `law` what holds after each step.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

MOST_STEPS = 40
EITHER = (False, True)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """Something that may happen while `when` says so, with any of the choices for each of its arguments."""

    happens: Callable[..., None]
    choices: Mapping[str, Sequence[object]]
    when: Callable[[Any], bool]


class Beginning(Step):
    """What happens first, once."""


@dataclass(frozen=True, slots=True)
class Law:
    """What holds after each step."""

    holds: Callable[[Any], None]


Mark = Callable[[Callable[..., None]], Step]
Taken = tuple[str, Mapping[str, object]]
"""A step by its name, with the arguments that it was taken with."""


def step(when: Callable[[Any], bool] = lambda _: True, **choices: Sequence[object]) -> Mark:
    """Mark what may happen."""
    return lambda happens: Step(happens, choices, when)


def begin(**choices: Sequence[object]) -> Mark:
    """Mark what happens first."""
    return lambda happens: Beginning(happens, choices, lambda _: True)


def law(holds: Callable[[Any], None]) -> Law:
    """Mark what holds after each step."""
    return Law(holds)


def holds_in_any_order(
    make: Callable[[], object], *, number: int, chance: Random, most_steps: int = MOST_STEPS
) -> None:
    """Make and drive so many machines; what breaks a law is raised with the shortest such run that was found."""
    for _ in range(number):
        taken: list[Taken] = []
        try:
            for each in _any_run(make, chance, most_steps):
                taken.append(each)
        except Exception as broken:
            shortest = "\n".join(f"  {name} {arguments}" for name, arguments in _shortened(make, taken))
            broken.add_note(f"a law breaks by:\n{shortest}")
            raise


def _any_run(make: Callable[[], object], chance: Random, most_steps: int) -> Iterator[Taken]:
    """Drive a machine, and tell of each step before it is taken."""
    machine = make()
    steps, laws = list(_marked(machine, Step).items()), _marked(machine, Law).values()
    first = [(name, each) for name, each in steps if isinstance(each, Beginning)]
    others = [(name, each) for name, each in steps if not isinstance(each, Beginning)]
    for name, each in (*first, *(chance.choice(others) for _ in range(chance.randint(1, most_steps)))):
        if each.when(machine):
            arguments = {argument: chance.choice(choices) for argument, choices in each.choices.items()}
            yield name, arguments
            _take(machine, each, arguments, laws)


def _shortened(make: Callable[[], object], taken: list[Taken]) -> list[Taken]:
    """Leave out each step without which the others still break a law."""
    for leave_out in range(len(taken) - 1, 0, -1):
        shorter = taken[:leave_out] + taken[leave_out + 1 :]
        if _breaks(make, shorter):
            taken = shorter
    return taken


def _breaks(make: Callable[[], object], taken: list[Taken]) -> bool:
    machine = make()
    steps, laws = _marked(machine, Step), _marked(machine, Law).values()
    with suppress(Exception):
        for name, arguments in taken:
            if steps[name].when(machine):
                _take(machine, steps[name], arguments, laws)
        return False
    return True


def _take(machine: object, each: Step, arguments: Mapping[str, object], laws: Iterable[Law]) -> None:
    each.happens(machine, **arguments)
    for every in laws:
        every.holds(machine)


def _marked(machine: object, mark: type[T]) -> dict[str, T]:
    members = (member for each in reversed(type(machine).__mro__) for member in vars(each).items())
    return {name: each for name, each in members if isinstance(each, mark)}
