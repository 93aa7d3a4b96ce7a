"""Chains of commands of one admin on a site with guarded places, tried and undone, and what they let in.

The lobby and the lab are ordinary, the vault asks for two admins and for all else that a zone may ask, the safe is
strict, the hall is locked down, and the attic asks for two admins, too, and has no door yet.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from doorctl.core.areas import Passback
from doorctl.core.classes import CardClass
from doorctl.core.model import Factor, HolidayRule, OnAuditFailure, Status, Weekday, ZoneKind
from doorctl.core.modes import Mode
from doorctl.core.rules.pin_code import code_of
from doorctl.errors import Refused
from doorctl.hub.card_ring import CardRing
from doorctl.hub.controllers.roll import Roll
from doorctl.hub.disk_reserve import DiskReserve
from doorctl.hub.history import commit_operations
from doorctl.hub.verbs.asked import Asked
from doorctl.hub.verbs.table import intent_of
from doorctl.policy.apply import position_of
from doorctl.policy.rows import FactorTime, ModeTime, WindowRow
from doorctl.wire.classes import CardClassSet, ZoneClassesSet
from doorctl.wire.commands import (
    CardAdd,
    CardEdit,
    CardLimit,
    CardRemove,
    CardReplace,
    CardSet,
    DoorRemove,
    DoorSet,
    GrantAdd,
    GroupAdd,
    GroupJoin,
    GroupLeave,
    GroupRemove,
    HolidayAdd,
    HolidayRemove,
    PersonAccess,
    PersonAdd,
    PersonEdit,
    PersonRemove,
    PersonSet,
    PinCodeSet,
    PinRemove,
    PinSet,
    Private,
    Revoke,
    ScheduleRemove,
    ScheduleSet,
    Verb,
    ZoneRemove,
    ZoneSet,
)
from doorctl.wire.door_words import DoorModeSet, DoorOverrideEnd, DoorOverrideSet
from doorctl.wire.occupancy_words import PassbackReset, ZoneOccupancySet
from doorctl.wire.privacy import PersonErase, RetentionSet
from doorctl.wire.rights import AdminRestore, AdminSuspend, Lockdown, LockdownEnd, ZoneFactorSet, ZoneRuleSet
from doorctl.wire.threats import ClearanceSet, ThreatSet, ZoneThreatSet
from doorctl.wire.training_words import TrainingSet, ZoneTrainingSet
from doorctl.wire.visits import SponsorRemove, SponsorSet, VisitorEnd, VisitorSet, ZoneEscortSet
from tests.hub.builders import ADAS_CARD, CARD_KEYS, NOON_SECONDS, AnAdmin, ASite, a_private
from tests.hub.chain_facts import Fact, facts

ZONES = ("attic", "hall", "lab", "lobby", "safe", "vault")
WITH_DOORS = ZONES[1:]
MONDAYS = (WindowRow((Weekday.MONDAY,), "09:00", "10:00"),)
FEASTS = (WindowRow((Weekday.HOLIDAY,), "00:00", "24:00"),)
ALWAYS = (WindowRow(tuple(Weekday), "00:00", "24:00"),)
SAFE = (CardClass.DESFIRE, CardClass.SEOS)
SOME = (CardClass.PROX, *SAFE)

_SITE: tuple[Verb, ...] = (
    *(ZoneSet(zone, ZoneKind.FLOOR) for zone in ZONES),
    *(DoorSet(f"{zone}-door", zone) for zone in WITH_DOORS),
    *(PersonAdd(holder) for holder in ("h1", "h2", "h3")),
    *(GroupAdd(group) for group in ("staff", "crew", "guards")),
    *(GroupJoin("staff", "h1"), GroupJoin("guards", "h3")),
    *(ScheduleSet("mondays", MONDAYS), ScheduleSet("days", MONDAYS), HolidayAdd("2027-01-25")),
    *(GrantAdd(f"g-{zone}", zone, group="staff", schedule="mondays") for zone in ("safe", "vault")),
    *(GrantAdd("g-lab", "lab", group="staff", schedule="days"), GrantAdd("g-lobby", "lobby", holder="h2")),
    *(GrantAdd("g-hall", "hall", group="staff"), ScheduleSet("feasts", FEASTS)),
    GrantAdd("g-feast", "vault", holder="h3", schedule="feasts"),
    *(PersonAdd("h4"), GroupAdd("hosts"), GroupJoin("hosts", "h3"), VisitorSet("h4", escort_group="hosts")),
    *(GrantAdd("g-visit", "vault", holder="h4"), CardAdd("h1"), TrainingSet("h1", "ladder", "2026-02-01")),
    *(ZoneFactorSet("vault", Factor.CARD_AND_PIN, pin_tries=3, persons=2), ZoneClassesSet("vault", (), SAFE)),
    *(ZoneTrainingSet("vault", "ladder", 30), ZoneThreatSet("vault", 2, clearance=5), ThreatSet(2)),
    ZoneOccupancySet("vault", within="lab", passback=Passback.HARD, most=4, least=2),
    *(ZoneEscortSet("vault", seconds=10, group="hosts"), DoorOverrideSet("vault-door", Mode.LOCKED)),
    ZoneRuleSet("vault", 2, max_age_seconds=900, break_glass="guards"),
    *(ZoneRuleSet("safe", strict=True), ZoneRuleSet("attic", 2), Lockdown("hall")),
)
COMMANDS: tuple[Verb, ...] = (
    *(GroupAdd("new"), GroupRemove("staff"), GroupRemove("crew"), GroupRemove("guards"), GroupLeave("staff", "h1")),
    *(GroupJoin(group, "h2") for group in ("staff", "crew", "guards", "new")),
    *(GrantAdd("g1", zone, holder="h2") for zone in (*ZONES, "new")),
    *(GrantAdd("g2", zone, group="crew") for zone in ZONES),
    *(Revoke(zone, group="staff") for zone in WITH_DOORS),
    *(ZoneSet(zone, ZoneKind.FLOOR, each) for zone in (*ZONES, "new") for each in OnAuditFailure),
    *(ZoneRemove(zone) for zone in ZONES),
    *(DoorSet(f"{zone}-door", to) for zone in WITH_DOORS for to in (*ZONES, "new")),
    *(DoorRemove(f"{zone}-door") for zone in WITH_DOORS),
    *(ScheduleSet(name, windows) for name in ("mondays", "days") for windows in (ALWAYS, FEASTS, ())),
    *(ScheduleSet("mondays", MONDAYS, HolidayRule.IGNORE), ScheduleRemove("mondays"), ScheduleRemove("days")),
    *(HolidayAdd("2027-01-18"), HolidayRemove("2027-01-25"), PersonRemove("h1")),
    *(ZoneRuleSet(zone) for zone in ZONES),
    *(LockdownEnd("hall"), LockdownEnd(), AdminRestore("edith"), Lockdown("lobby"), RetentionSet("*", leaf_days=9)),
    *(
        ZoneFactorSet("vault", *by)
        for by in ((Factor.CARD,), (Factor.CARD_AND_PIN, (FactorTime("days", Factor.CARD),)))
    ),
    *(ZoneClassesSet(zone, (), classes) for zone in ("lab", "vault") for classes in ((), SOME)),
    *(ZoneTrainingSet("vault", "ladder", days) for days in (None, 365)),
    *(TrainingSet(holder, "ladder", "2027-01-10") for holder in ("h1", "h2")),
    *(ZoneThreatSet("vault", 2), ZoneThreatSet("vault", 1, clearance=9), ThreatSet(1, lower=True), ThreatSet(3)),
    *(ClearanceSet("h1", 9), ClearanceSet("h2", 0), PersonAccess("h1", release_seconds=30)),
    *(
        ZoneOccupancySet("vault"),
        ZoneOccupancySet("lab", reset_at="12:00"),
        ZoneOccupancySet("lobby", within="vault"),
    ),
    *(PassbackReset(zone=zone) for zone in ("vault", "lab")),
    *(PassbackReset("h1"), PassbackReset()),
    *(ZoneEscortSet("vault", alone=True), ZoneEscortSet("vault", group="crew"), GroupJoin("hosts", "h2")),
    *(VisitorSet("h4", escort="h2"), VisitorSet("h1"), VisitorEnd("h4")),
    *(SponsorSet("h2", ("lobby", "vault"), 2, 60), SponsorRemove("h2")),
    *(DoorModeSet(f"{zone}-door", Mode.UNLOCKED) for zone in WITH_DOORS),
    *(DoorModeSet("vault-door", office_group="crew", times=(ModeTime("days", Mode.OFFICE),)),),
    *(DoorOverrideSet(f"{zone}-door", Mode.UNLOCKED) for zone in WITH_DOORS),
    *(DoorOverrideSet("vault-door", Mode.LOCKED, NOON_SECONDS + 1), DoorOverrideEnd("vault-door")),
    *(CardClassSet(CardClass.DESFIRE), CardSet(Status.ACTIVE), CardSet(Status.LOST), CardEdit(Status.ACTIVE)),
    *(CardLimit("once", 1), CardAdd("h1", card_class=CardClass.SEOS), CardReplace("h1", CardClass.SEOS)),
    *(PersonSet("h1", Status.ACTIVE), PersonEdit("h1", Status.ACTIVE), PersonAdd("h5"), CardRemove()),
    *(PinSet("h1"), PinRemove("h1")),
    *(PinCodeSet("h1", NOON_SECONDS + 600), PersonErase("h1"), AdminSuspend("grace")),
)
UNTRIED: Mapping[str, str] = {
    "visitor-in": "no zone of two admins or strict one is visited so: test_visitors_guarded.py",
    "visitor-out": "it takes a badge that is handed out",
    "host-set": "no zone of two admins or strict one is visited so: test_hosts.py",
    "host-end": "it takes a host's key that is somebody's",
    "delegate-set": "as host-set",
    "delegate-end": "it takes somebody who is a delegate",
    "roster-set": "officers sign it, and the door asks for that",
    "retention-remove": "it is about records",
    "setting-set": "it is about alerts",
    "alert-acknowledge": "it is about alerts",
    "alert-rule-set": "it is about alerts",
    "alert-distance-set": "it is about alerts",
    "card-keys-rotate": "it makes every key anew: test_card_ring.py",
    "approve": "it is a second admin's",
    "refuse": "it lets what waits go",
    "plan-part": "it changes nothing",
    "plan-apply": "each step is one of these commands",
}
"""Verbs that change something and are in no chain, and why."""
_NEW, _HERS = a_private(handle="new", card="H10301:7:7", pin="5829"), a_private(card=ADAS_CARD)
_PRIVATE: Mapping[type[Verb], Private] = {
    **dict.fromkeys((PersonAdd, PersonEdit, CardAdd, CardReplace, PinSet), _NEW),
    PinCodeSet: a_private(pin=code_of("7992739")),
    **dict.fromkeys((CardClassSet, CardSet, CardEdit, CardLimit, CardRemove), _HERS),
}


def guarded_site(site: ASite) -> ASite:
    """Fill a site with its places, people and guards."""
    for do in _SITE:
        private = a_private(handle=do.holder) if isinstance(do, PersonAdd) else None
        private = a_private(card=ADAS_CARD) if isinstance(do, CardAdd) else private
        response = site.ask(do, private)
        assert response.verdict == "accepted", (do, response)
    return site


class Trials:
    """Tries commands of one admin by the hub's own table of verbs, and undoes them."""

    def __init__(self, site: ASite, admin: AnAdmin) -> None:
        self.connection = site.connection
        ring = CardRing(CARD_KEYS, site.store_ring)
        roll = Roll(site.trust().trust)
        self._asked = Asked(self.connection, admin.keys, roll, ring, {}, DiskReserve(), None, NOON_SECONDS)
        self._seen: set[int] = set()

    def reached(self, length: int) -> Iterator[tuple[Sequence[Verb], frozenset[Fact]]]:
        """Give every chain up to a length that is allowed alone and leads where none has led, and what is so then."""
        with undone(self.connection):
            yield from self._after((), length)

    def _after(self, before: Sequence[Verb], length: int) -> Iterator[tuple[Sequence[Verb], frozenset[Fact]]]:
        for do in COMMANDS:
            with undone(self.connection):
                if self._is_done(do) and self._is_new(length):
                    yield (*before, do), facts(self.connection)
                    if length > 1:
                        yield from self._after((*before, do), length - 1)

    def _is_done(self, do: Verb) -> bool:
        """Carry a command out, if this admin may and nobody else must agree."""
        try:
            wanted = intent_of(do, replace(self._asked, private=_PRIVATE.get(type(do))))
        except Refused:
            return False
        if wanted.awaits or not wanted.operations:
            return False
        commit_operations(self.connection, wanted.operations, at=NOON_SECONDS)
        return True

    def _is_new(self, length: int) -> bool:
        state = hash((position_of(self.connection).digest, length))
        is_new = state not in self._seen
        self._seen.add(state)
        return is_new


@contextmanager
def undone(connection: sqlite3.Connection) -> Iterator[None]:
    """Undo at the end whatever was written."""
    connection.execute("SAVEPOINT chain")
    try:
        yield
    finally:
        connection.execute("ROLLBACK TO chain")
        connection.execute("RELEASE chain")
