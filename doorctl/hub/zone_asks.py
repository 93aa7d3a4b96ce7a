"""What a zone asks for beyond a grant, wherever it stands: in its rule, in its own row, or in a command."""

import sqlite3
from dataclasses import dataclass
from typing import Self

from doorctl.policy.apply import find_row
from doorctl.policy.rows import ZoneRuleRow
from doorctl.wire.rights import ZoneRuleSet

USUAL_GRACE_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class ZoneAsks:
    """What a zone asks for; ``max_age_seconds`` stands in the zone's own row, the rest in its rule."""

    approvals: int = 1
    strict: bool = False
    max_age_seconds: int | None = None
    break_glass: str | None = None
    mechanical_key: bool = False
    grace_after_boot_seconds: int | None = None

    @classmethod
    def of(cls, do: ZoneRuleSet) -> Self:
        """Return what the command would have the zone ask for."""
        return cls(
            do.approvals,
            do.strict,
            do.max_age_seconds,
            do.break_glass,
            do.mechanical_key,
            do.grace_after_boot_seconds,
        )

    @property
    def grace_seconds(self) -> int:
        """How long a clock that nothing confirms counts after a boot."""
        grace = self.grace_after_boot_seconds
        return USUAL_GRACE_SECONDS if grace is None else grace

    def rule(self, zone: str) -> ZoneRuleRow:
        """Return the rule of a zone that asks for this."""
        return ZoneRuleRow(
            zone=zone,
            approvals=self.approvals,
            strict=self.strict,
            break_glass=self.break_glass,
            mechanical_key=self.mechanical_key,
            grace_after_boot_seconds=self.grace_after_boot_seconds,
        )


def rule_of(connection: sqlite3.Connection, zone: str) -> ZoneRuleRow:
    """Return the rule of a zone; without one it asks for nothing."""
    return find_row(connection, ZoneRuleRow(zone=zone)) or ZoneRuleRow(zone=zone)


def asks_of(connection: sqlite3.Connection, zone: str) -> ZoneAsks:
    """Return what a zone asks for now."""
    rule = rule_of(connection, zone)
    (max_age,) = connection.execute("SELECT max_age_seconds FROM zones WHERE id = ?", (zone,)).fetchone() or (None,)
    return ZoneAsks(
        rule.approvals, rule.strict, max_age, rule.break_glass, rule.mechanical_key, rule.grace_after_boot_seconds
    )
