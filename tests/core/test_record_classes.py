"""Classes of records: every kind is of one class, and what nobody classed is the system's."""

import pytest

from doorctl.core.record_classes import RecordClass, class_of, most_exact
from doorctl.core.records import RecordKind


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (RecordKind.DECISION, RecordClass.DECISIONS),
        (RecordKind.FORCED_OPEN, RecordClass.DOORS),
        (RecordKind.READER_TAMPER, RecordClass.FAULTS),
        (RecordKind.INPUT_FAULT, RecordClass.FAULTS),
        (RecordKind.COMMAND, RecordClass.ADMIN),
        (RecordKind.BOOT, RecordClass.SYSTEM),
        ("of-a-newer-version", RecordClass.SYSTEM),
    ],
)
def test_a_kind_is_of_one_class(kind: str, expected: RecordClass) -> None:
    assert class_of(kind) is expected


@pytest.mark.parametrize("kind", RecordKind)
def test_no_kind_is_of_all_classes(kind: RecordKind) -> None:
    assert class_of(kind) is not RecordClass.ALL


def test_the_most_exact_rule_counts() -> None:
    places = [("vault", "doors"), ("vault", "*"), ("*", "doors"), ("*", "*")]
    rules = dict(zip(places, places, strict=True))

    found = []
    for place in places:
        found.append(most_exact(rules, "vault", "doors"))
        del rules[place]

    assert (found, most_exact(rules, "vault", "doors")) == (places, None)
