"""``doorctl person access``: of a real hub."""

import json

import pytest

from tests.cli.sites import ASite


@pytest.fixture(scope="module")
def people(site: ASite) -> ASite:
    site.ask("person", "add", "ada")
    return site


def shown(site: ASite) -> dict[str, object]:
    found: dict[str, object] = json.loads(site.admin("person", "access", "ada", "--json").stdout)
    return {name: found[name] for name in ("release_seconds", "held_seconds")}


def test_doors_wait_longer_for_somebody_until_they_do_not(people: ASite) -> None:
    told = [shown(people)]
    for words in (["--release", "15s", "--held", "1m"], ["--held", "90s"], ["--none"]):
        people.change("person", "access", "ada", *words)
        told.append(shown(people))

    assert told == [
        {"release_seconds": None, "held_seconds": None},
        {"release_seconds": 15, "held_seconds": 60},
        {"release_seconds": None, "held_seconds": 90},
        {"release_seconds": None, "held_seconds": None},
    ]
    assert "as usual" in people.admin("person", "access", "ada").stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--release", "61s"], "not between 1s and 1m"),
        (["--held", "4s"], "not between 5s and 10m"),
        (["--release", "15"], "15 of what?"),
        (["--none", "--held", "30s"], "either --none"),
    ],
)
def test_times_beyond_their_bounds_are_wrong_use(people: ASite, words: list[str], sentence: str) -> None:
    result = people.admin("person", "access", "ada", *words)

    assert (result.exit_code, sentence in result.output) == (2, True)
