"""What a zone asks for beyond a grant: its rule, and all of it as the command that would ask for just that."""

import sqlite3

from msgspec.structs import asdict

from doorctl.core.rules.factors import BY_PIN_ALONE, factors_asked
from doorctl.errors import Refused
from doorctl.policy.apply import find_row, rows_where
from doorctl.policy.rows import ZoneFactorRow, ZoneRow, ZoneRuleRow
from doorctl.wire.rights import ZoneFactorSet, ZoneRuleSet


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


def factor_by(do: ZoneFactorSet) -> ZoneFactorRow:
    """Return the row that the command would put."""
    return ZoneFactorRow(**{name: getattr(do, name) for name in ZoneFactorRow.__struct_fields__})


def factor_of(connection: sqlite3.Connection, zone: str) -> ZoneFactorRow:
    """Return what a zone asks for at its doors; without a row, a card."""
    return find_row(connection, ZoneFactorRow(zone=zone)) or ZoneFactorRow(zone=zone)


def check_takes_cards(row: ZoneFactorRow) -> None:
    """Refuse that a strict zone, whose roster is one of cards, takes a PIN without a card: ``strict-zone``."""
    if not BY_PIN_ALONE.isdisjoint(factors_asked(row.factor, row.times)):
        raise Refused("strict-zone", "a strict zone lets in by a roster of cards: it takes no PIN without a card")
