"""The format table says what the reference data says."""

import json
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.wiegand_formats import FORMATS, Layout, Parity, positions

LAYOUTS = Path(__file__).parents[1] / "vectors" / "wiegand_layouts.json"
# Vendors' limits are not in the table: valid samples exceed them. The texts only describe two flags.
FIELDS = ("facility_code", "card_number", "issue_level", "oem")


def reference() -> list[dict[str, Any]]:
    layouts: list[dict[str, Any]] = json.loads(LAYOUTS.read_text())
    return [{key: value for key, value in layout.items() if key != "limits"} for layout in layouts]


def as_reference(layout: Layout) -> dict[str, Any]:
    said: dict[str, Any] = {"format": layout.format, "bits": layout.bits}
    said |= {name: list(getattr(layout, name)) for name in FIELDS}
    said["parity"] = [parity_as_reference(rule) for rule in layout.parity]
    said["constant"] = {str(position): 1 for position in layout.constant_ones}
    said["fixed"] = {"fc": layout.fixed_facility} if layout.fixed_facility is not None else None
    said["check"] = "last byte is the XOR of the bytes before it" if layout.last_byte_is_xor else None
    said["card_number_is"] = "eight BCD digits" if layout.card_number_is_bcd else None
    said["disputed"] = layout.disputed
    return {key: value for key, value in said.items() if value}


def parity_as_reference(rule: Parity) -> dict[str, Any]:
    return {"bit": rule.bit, "kind": str(rule.kind), "over": sorted(rule.over)}


def test_table_is_the_reference_data_in_its_order() -> None:
    assert [as_reference(layout) for layout in FORMATS] == reference()


def test_there_are_43_layouts() -> None:
    assert len(FORMATS) == 43


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", ()), ("3", (3,)), ("1-4", (1, 2, 3, 4)), ("9,4", (9, 4)), ("1-7/3,2", (1, 4, 7, 2))],
)
def test_positions_are_read_in_the_order_written(text: str, expected: tuple[int, ...]) -> None:
    assert positions(text) == expected
