"""What records say of uses is read as it was written, at a door, in a cabin, and when it is given back."""

from dataclasses import replace

import pytest

from doorctl.core.areas import Way
from doorctl.core.decision import decide
from doorctl.core.model import CardLimits, CardUsed
from doorctl.core.records import RecordKind
from doorctl.core.request import Facts
from doorctl.core.uses_told import FORGIVEN, MAY_CHANGE, change_told, put_together, use_told
from tests.core import builders

ADA = builders.facts(builders.ADAS_GRANT)


@pytest.mark.parametrize("limits", [CardLimits("l1", uses=12), CardLimits("l1", first_use_seconds=60)])
@pytest.mark.parametrize("before", ["", "floors=G,1,2"])
@pytest.mark.parametrize("behind", ["", "way in, count own"])
def test_a_use_is_read_as_it_was_written(limits: CardLimits, before: str, behind: str) -> None:
    facts = replace(ADA, limits=limits, used=CardUsed(9, builders.NOON))
    request = builders.a_request()

    detail = put_together(before, use_told(request, facts, decide(request, facts)), behind)

    assert "use 10" in detail
    assert change_told(RecordKind.DECISION, detail) == 1


@pytest.mark.parametrize(
    ("facts", "way"),
    [(ADA, Way.IN), (replace(ADA, limits=CardLimits("l1", 5), grants=()), Way.IN),
     (replace(ADA, limits=CardLimits("l1", 5)), Way.OUT)],
    ids=["no limits", "denied", "out"],
)  # fmt: skip
def test_what_is_no_use_says_nothing(facts: Facts, way: Way) -> None:
    request = replace(builders.a_request(), way=way)

    assert use_told(request, facts, decide(request, facts)) == ""


@pytest.mark.parametrize("detail", [FORGIVEN, put_together("floors=G,2", FORGIVEN)])
@pytest.mark.parametrize("kind", [RecordKind.NOT_OPENED, RecordKind.NOT_RELEASED, RecordKind.CARD_USED])
def test_a_use_that_is_given_back_is_read_so(kind: RecordKind, detail: str) -> None:
    assert change_told(kind, detail) == -1


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        (RecordKind.DECISION, ""),
        (RecordKind.DECISION, "floors=use 1"),
        (RecordKind.DECISION, "use"),
        (RecordKind.DECISION, "misuse 1 of 2"),
        (RecordKind.DECISION, FORGIVEN),
        (RecordKind.NOT_OPENED, "use 1 of 2"),
        (RecordKind.ORDER, FORGIVEN),
        (RecordKind.ORDER, "use 1"),
        (RecordKind.CARD_USED, ""),
    ],
)
def test_nothing_else_is_read_as_a_use(kind: RecordKind, detail: str) -> None:
    assert change_told(kind, detail) == 0


def test_kinds_that_may_change_a_number_of_uses_are_those_that_do() -> None:
    changing = {kind for kind in RecordKind if any(change_told(kind, detail) for detail in ("use 1", FORGIVEN))}

    assert changing == MAY_CHANGE
