"""The order of tests: modules that may take longest begin first, and none is torn apart."""

from itertools import groupby

import pytest

from tests.conftest import seconds_allowed


def test_no_module_begins_behind_one_that_may_take_less(request: pytest.FixtureRequest) -> None:
    modules = [list(items) for _, items in groupby(request.session.items, lambda item: item.path)]
    longest = [max(map(seconds_allowed, items)) for items in modules]

    assert longest == sorted(longest, reverse=True)
    assert len({items[0].path for items in modules}) == len(modules)
