"""The site as the hub has it: pages of lists put together to a state."""

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from doorctl.core.classes import CARD_CLASSES, CardClass
from doorctl.core.model import Factor, HolidayRule, OnAuditFailure, Status, ZoneKind
from doorctl.core.modes import Mode
from doorctl.core.rules.threat import LOWEST_CLEARANCE
from doorctl.policy.row_lists import factor_times_of, mode_times_of, windows_of
from doorctl.site.bars import ALL, card_classes_in, reader_classes_in, steps_in, words_in
from doorctl.site.occupancy import occupancy_from
from doorctl.site.state import (
    GROUP,
    PERSON,
    CardState,
    ModesState,
    PersonState,
    PinHeld,
    RetentionState,
    ScheduleState,
    SiteState,
    Subject,
    Terms,
    ZoneState,
)
from doorctl.site.training import asked_in, trained_in
from doorctl.site.visits import escort_from, sponsor_from, visitor_from
from doorctl.wire.privacy import RetentionFound, RetentionLine
from doorctl.wire.results import PackedPage

LISTS = (
    "people",
    "cards",
    "members",
    "groups",
    "zones",
    "doors",
    "schedules",
    "holidays",
    "grants",
    "visitors",
    "sponsors",
)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Base:
    """Where the policy stood when it was read; ``rules`` is the SHA-256 of the rules of retention that there were."""

    epoch: int
    revision: int
    chain: str
    rules: str = ""


def base_of(page: PackedPage) -> Base:
    """Return the position that a page belongs to."""
    return Base(page.epoch, page.revision, page.chain)


def rules_digest(found: RetentionFound) -> str:
    """Return the hash by which rules of retention are known again."""
    return hashlib.sha256(msgspec.json.encode(found)).hexdigest()


def rows_of(page: PackedPage) -> list[Row]:
    """Unpack a page: its rows by column."""
    rows = msgspec.json.decode(zlib.decompress(page.rows))
    return [dict(zip(page.columns, row, strict=True)) for row in rows]


def state_from(
    lists: Mapping[str, Iterable[Row]], *, ring: int | None = None, rules: Iterable[RetentionLine] = ()
) -> SiteState:
    """Put the lists of a site and its rules of retention together; each of ``LISTS`` must be there."""
    people, doors = list(lists["people"]), list(lists["doors"])
    handles = {row["holder"]: row["handle"] or row["holder"] for row in people}
    cards, groups = _cards(lists["cards"]), _groups(lists["members"])
    visitors = {row["holder"]: visitor_from(row, handles) for row in lists["visitors"]}
    sponsors = {row["holder"]: sponsor_from(row) for row in lists["sponsors"]}
    return SiteState(
        people={
            handles[row["holder"]]: replace(
                _person(row, cards[row["holder"]], groups[row["holder"]]),
                visitor=visitors.get(row["holder"]),
                sponsor=sponsors.get(row["holder"]),
            )
            for row in people
        },
        groups=frozenset(row["group"] for row in lists["groups"]),
        zones={row["zone"]: _zone(row) for row in lists["zones"]},
        doors={row["door"]: row["zone"] for row in doors},
        modes={row["door"]: _modes(row) for row in doors if row.get("mode")},
        schedules={
            row["schedule"]: ScheduleState(windows_of(row["windows"]), HolidayRule(row["holidays"]))
            for row in lists["schedules"]
        },
        holidays=frozenset(row["date"] for row in lists["holidays"]),
        grants=_grants(lists["grants"], handles),
        retention={(rule.zone, rule.records): RetentionState(rule.openings_days, rule.leaf_days) for rule in rules},
        holders={handle: holder for holder, handle in handles.items()},
        pins={handles[row["holder"]]: PinHeld(row["pin"]) for row in people if row.get("pin")},
        ring=ring,
    )


def _cards(rows: Iterable[Row]) -> defaultdict[str, dict[str, CardState]]:
    cards: defaultdict[str, dict[str, CardState]] = defaultdict(dict)
    for row in rows:
        limits = row.get("uses"), row.get("first_use_seconds")  # a hub of level 4 tells none
        card_class = CARD_CLASSES[row.get("card_class") or CardClass.UNKNOWN]
        state = CardState(Status(row["status"]), row["valid_from"], row["valid_until"], *limits, card_class)
        cards[row["holder"]][row["credential"]] = state
    return cards


def _modes(row: Row) -> ModesState:
    return ModesState(Mode(row["mode"]), mode_times_of(row["mode_times"]), row["office_group"])


def _groups(rows: Iterable[Row]) -> defaultdict[str, set[str]]:
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        groups[row["holder"]].add(row["group"])
    return groups


def _person(row: Row, cards: dict[str, CardState], groups: set[str]) -> PersonState:
    status = Status(row["status"])
    return PersonState(
        row["name"] or "",
        status,
        row["valid_from"],
        row["valid_until"],
        frozenset(groups),
        cards,
        clearance=row.get("clearance") or LOWEST_CLEARANCE,
        trained=trained_in(row.get("trained") or ""),
    )


def _zone(row: Row) -> ZoneState:
    plain = ZoneState(
        ZoneKind(row["kind"]),
        OnAuditFailure(row["on_audit_failure"]),
        row["max_age_seconds"],
        row["approvals"] or 1,
        bool(row["strict"]),
        row["break_glass"],
        bool(row["mechanical_key"]),
        row["grace_after_boot_seconds"],
        occupancy=occupancy_from(row),
        trainings=asked_in(row.get("trainings") or ""),
        reader_classes=reader_classes_in(",".join(words_in(row.get("reader_classes"))) or ALL),
        card_classes=card_classes_in(",".join(words_in(row.get("card_classes"))) or ALL),
        threats=steps_in(row.get("threats") or "[]"),
        visitors=escort_from(row),
    )
    if row.get("factor") is None:  # it asks for a card, or the hub is of level 3
        return plain
    return replace(
        plain,
        factor=Factor(row["factor"]),
        factor_times=factor_times_of(row["factor_times"]),
        pin_tries=row["pin_tries"],
        pin_block_seconds=row["pin_block_seconds"],
        persons=row["persons"],
        persons_seconds=row["persons_seconds"],
        persons_group=row["persons_group"],
    )


def _grants(rows: Iterable[Row], handles: Mapping[str, str]) -> dict[tuple[Subject, str], frozenset[Terms]]:
    grants: defaultdict[tuple[Subject, str], set[Terms]] = defaultdict(set)
    for row in rows:
        subject = Subject(PERSON, handles[row["holder"]]) if row["holder"] else Subject(GROUP, row["group"])
        grants[subject, row["zone"]].add(Terms(row["schedule"], row["valid_from"], row["valid_until"]))
    return {key: frozenset(terms) for key, terms in grants.items()}
