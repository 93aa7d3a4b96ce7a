"""What laws are held against: cases in which everything that a request and its facts are made of is varied."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from random import Random

from tests.core.law_cases import FACTS, REQUESTS, a_case, cases

MANY = 3_000


def values_in(thing: object) -> Iterator[tuple[str, str]]:
    """Tell of each field of a value, and of the values in it, what stands there."""
    if is_dataclass(thing):
        for field in fields(thing):
            value = getattr(thing, field.name)
            yield f"{type(thing).__name__}.{field.name}", repr(value)
            yield from values_in(value)
    elif isinstance(thing, Mapping):
        yield from values_in(tuple(thing.values()))
    elif isinstance(thing, Collection) and not isinstance(thing, str | bytes):
        for each in thing:
            yield from values_in(each)


def test_every_field_of_what_is_decided_about_is_varied(chance: Random) -> None:
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for case in cases(chance, MANY):
        for field, value in (*values_in(case.request), *values_in(case.facts)):
            seen[field].add(value)

    assert [field for field, values in seen.items() if len(values) == 1] == []


def test_each_field_may_be_other_than_usual(chance: Random) -> None:
    case = a_case(chance)

    assert list(REQUESTS) == [field.name for field in fields(case.request)]
    assert list(FACTS) == [field.name for field in fields(case.facts)]


def test_a_third_of_the_cases_is_granted_and_a_third_is_not(chance: Random) -> None:
    granted = sum(case.is_granted for case in cases(chance, MANY))

    assert MANY / 3 < granted < MANY * 2 / 3
