"""What a zone asks for beyond a grant: its rule, and all of it as the command that would ask for just that."""

import sqlite3

from msgspec.structs import asdict

from doorctl.policy.apply import find_row, rows_where
from doorctl.policy.rows import ZoneRow, ZoneRuleRow
from doorctl.wire.rights import ZoneRuleSet


def rule_by(do: ZoneRuleSet) -> ZoneRuleRow:
    """Return the rule that the command would put; the largest age stands in the zone's own row."""
    return ZoneRuleRow(**{name: getattr(do, name) for name in ZoneRuleRow.__struct_fields__})


def rule_of(connection: sqlite3.Connection, zone: str) -> ZoneRuleRow:
    """Return the rule of a zone; without one it asks for nothing."""
    return find_row(connection, ZoneRuleRow(zone=zone)) or ZoneRuleRow(zone=zone)


def asks_of(connection: sqlite3.Connection, zone: str) -> ZoneRuleSet:
    """Return what a zone asks for now."""
    ages = [row.max_age_seconds for row in rows_where(connection, ZoneRow, id=zone)]
    return ZoneRuleSet(**asdict(rule_of(connection, zone)), max_age_seconds=next(iter(ages), None))
