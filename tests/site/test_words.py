"""What msgspec finds wrong, in words."""

from typing import Any

import msgspec
import pytest

from doorctl.site.entries import PersonEntry
from doorctl.site.words import in_words
from doorctl.wire.rights import ZoneRuleSet


@pytest.mark.parametrize(
    ("value", "kind", "told"),
    [
        ({"handle": "a b"}, PersonEntry, "handle: a handle is one word of at most 64 characters, such as ada"),
        (
            {"handle": "ada", "groups": ["My staff"]},
            PersonEntry,
            "groups[0]: a name has 1 to 32 small letters, digits and hyphens, such as server-room",
        ),
        (
            {"handle": "ada", "status": "happy"},
            PersonEntry,
            "status: 'happy' is none of active, suspended, lost",
        ),
        ({"handle": "ada", "shoe": "38"}, PersonEntry, "shoe is nothing that can stand here"),
        ({}, PersonEntry, "handle is missing"),
        ({"handle": "ada", "name": "a" * 201}, PersonEntry, "name: at most 200 characters"),
        ({"zone": "floor-3", "max_age_seconds": 0}, ZoneRuleSet, "max_age_seconds: at least 1"),
        ({"zone": "floor-3", "approvals": 3}, ZoneRuleSet, "approvals: at most 2"),
    ],
)
def test_a_mistake_is_told_in_words(value: object, kind: Any, told: str) -> None:  # noqa: ANN401 - any struct
    with pytest.raises(msgspec.ValidationError) as found:
        msgspec.convert(value, kind, strict=False)

    assert in_words(found.value) == told
