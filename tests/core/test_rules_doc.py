"""The documentation of the rules says what the code does."""

import json
from dataclasses import fields
from pathlib import Path

from doorctl.core.decision import NEAREST_MISS, RULES
from doorctl.core.machines.door_events import SignalName
from doorctl.core.machines.door_state import DoorSettings
from doorctl.core.model import HolidayRule, OnAuditFailure
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind

RULES_DOC = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")


def test_every_reason_stands_in_the_table_with_its_meaning() -> None:
    assert rows_under("## Reasons") == [f"| `{reason}` | {reason.meaning} | {reason.told} |" for reason in Reason]


def test_every_kind_of_record_stands_in_the_table_with_its_meaning() -> None:
    assert rows_under("## Kinds of record") == [f"| `{kind}` | {kind.meaning} |" for kind in RecordKind]


def test_every_setting_of_a_door_stands_in_the_table_with_its_default() -> None:
    assert rows_under("## A door") == [
        f"| `{setting.name}` | {json.dumps(setting.default)} |" for setting in fields(DoorSettings)
    ]


def test_the_rules_stand_in_their_order() -> None:
    listed = [line.split("`")[1] for line in RULES_DOC.splitlines() if line[:1].isdigit()]

    assert listed == [rule.__name__ for rule in RULES]


def test_the_nearest_misses_stand_in_their_order() -> None:
    first, *others = NEAREST_MISS

    assert f"`{first}`, then {', '.join(f'`{miss}`' for miss in (*others, Reason.NO_GRANT))}." in RULES_DOC


def test_every_choice_is_named() -> None:
    for word in (*SignalName, *HolidayRule, OnAuditFailure.RELEASE):
        assert f"`{word}`" in RULES_DOC


def test_what_may_be_told_does_not_tell_unknown_from_lost_and_suspended() -> None:
    told = {
        reason.told
        for reason in (
            Reason.UNKNOWN_CARD,
            Reason.CREDENTIAL_LOST,
            Reason.CREDENTIAL_SUSPENDED,
            Reason.HOLDER_SUSPENDED,
        )
    }

    assert len(told) == 1


def rows_under(heading: str) -> list[str]:
    """Give the rows of the first table under a heading."""
    section = RULES_DOC.split(f"{heading}\n", 1)[1].split("\n## ", 1)[0]
    return [line for line in section.splitlines() if line.startswith("| `")]
