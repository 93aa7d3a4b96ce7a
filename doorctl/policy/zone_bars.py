"""What keeps people out of a zone beside its factors: the classes that it takes, and the threat level of the site."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from doorctl.core.model import Zone
from doorctl.core.rules.threat import LOWEST_THREAT, ThreatStep, at_threat, threat_in
from doorctl.policy.rows import ZoneClassesRow, ZoneThreatRow

_CLASSES = "SELECT zone, reader_classes, card_classes FROM zone_classes"
_STEPS = "SELECT zone, threat, factor, clearance FROM zone_threats"
_THREATS = "SELECT threat FROM threats"


@dataclass(frozen=True, slots=True)
class ZoneBars:
    """What the rows say, by zone; they are looked at for each zone alone, so that a bad one shuts that zone only."""

    classes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    steps: Mapping[str, Sequence[tuple[Any, ...]]] = field(default_factory=dict)
    threat: int = LOWEST_THREAT

    def on(self, zone: Zone) -> Zone:
        """Return the zone with what bars it. Raises msgspec.DecodeError for what nobody can read."""
        row = msgspec.convert({"zone": zone.id, **self._classes_of(zone.id)}, ZoneClassesRow, strict=False)
        taking = replace(zone, reader_classes=frozenset(row.reader_classes), card_classes=frozenset(row.card_classes))
        return at_threat(taking, [_step(zone.id, columns) for columns in self.steps.get(zone.id, ())], self.threat)

    def _classes_of(self, zone: str) -> dict[str, Any]:
        readers, cards = self.classes.get(zone, ("[]", "[]"))
        return {
            "type": "zone-classes",
            "reader_classes": msgspec.json.decode(readers),
            "card_classes": msgspec.json.decode(cards),
        }


def read_bars(connection: sqlite3.Connection, tables: Set[str], *, threat: int | None = None) -> ZoneBars:
    """Read them in the caller's transaction, as they are at the threat level there is, or at another one.

    A policy that an older doorctl has made has no tables for it. Raises sqlite3.Error.
    """
    if "zone_classes" not in tables:
        return ZoneBars()
    rows = connection.execute
    steps: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for zone, *step in rows(_STEPS):
        steps[zone].append(tuple(step))
    there_is = max((threat_in(written) for (written,) in rows(_THREATS)), default=LOWEST_THREAT)
    classes = {zone: (readers, cards) for zone, readers, cards in rows(_CLASSES)}
    return ZoneBars(classes, steps, there_is if threat is None else threat_in(threat))


def _step(zone: str, columns: tuple[Any, ...]) -> ThreatStep:
    threat, factor, clearance = columns
    fields = {"type": "zone-threat", "zone": zone, "threat": threat, "factor": factor, "clearance": clearance}
    row = msgspec.convert(fields, ZoneThreatRow)
    return ThreatStep(row.threat, row.factor, row.clearance)
