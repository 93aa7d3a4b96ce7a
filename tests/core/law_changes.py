"""Changes that make a case worse: what denies for every reason, what may deny, and what makes the policy older."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from doorctl.core.areas import NOTHING_ASKED, Inside, Occupancy, Passback
from doorctl.core.classes import NOT_CLONABLE, CardClass, ReaderClass
from doorctl.core.model import (
    CardLimits,
    CardUsed,
    Credential,
    Door,
    Factor,
    Grant,
    Holder,
    RosterLine,
    Status,
)
from doorctl.core.modes import NOT_UNDERSTOOD
from doorctl.core.reasons import Reason
from doorctl.core.request import Companion
from doorctl.core.visitors import Escorting, Visitor
from tests.core.builders import ADAS_PIN, FLOOR_3, FRONT, KEY, NOON, WITH_ADA
from tests.core.law_cases import Case
from tests.core.law_values import HOUR, NEVER, WRONG

Change = Callable[[Case], Case]
AGING = replace(FLOOR_3, max_age_seconds=60, break_glass="guards")
TWO_ASKED = replace(FLOOR_3, persons=2, persons_group="guards")
TRAINED = replace(FLOOR_3, trainings=(("ladder", 365),))
ONCE, FOR_A_MINUTE = CardLimits("l1", uses=1), CardLimits("l2", first_use_seconds=60)
LOCKED = replace(FRONT, modes=NOT_UNDERSTOOD)
ESCORTED = Visitor("ada", escorts=frozenset({"grace"}))
BARS_COPIES = replace(FLOOR_3, card_classes=NOT_CLONABLE)
BOTH_ASKED = replace(FLOOR_3, factor=Factor.CARD_AND_PIN)

ONLY_ONCE = replace(FLOOR_3, occupancy=Occupancy(passback=Passback.HARD))
ONE_AT_MOST = replace(FLOOR_3, occupancy=Occupancy(limits=(("floor-3", 1),)))
NEVER_ALONE = replace(FLOOR_3, occupancy=Occupancy(least=2))
IN_THERE = Inside(place_known=True, zones={"floor-3": NOON})
FULL = Inside(others={"floor-3": 1})


def never_alone(case: Case) -> Case:
    """Ask for three at least, beside all else that is asked of who is inside, where nobody stays."""
    zone, inside = case.facts.zone, case.facts.inside
    asked = replace(NOTHING_ASKED if zone is None else zone.asked_inside, least=3)
    return case.in_zone(occupancy=asked).known(inside=inside and replace(inside, staying=0))


def with_no_other(case: Case, companions: tuple[Companion, ...] = ()) -> Case:
    """Come without others, but where room is limited: company that finds none keeps out who might come alone."""
    zone = case.facts.zone
    return case if zone is not None and zone.asked_inside.limits else case.asked(companions=companions)


def at_strict(case: Case) -> Case:
    """Ask at a strict door."""
    return case.asked(strict_zone="floor-3")


def only_granted(case: Case, schedule: str | None, *bounds: datetime | None) -> Case:
    """Give nobody more than one grant."""
    grant = Grant("g1", "ada", "floor-3", schedule, *bounds)
    return case.known(zone=FLOOR_3, grants=(grant,), schedules={"never": NEVER})


def with_card(case: Case, status: Status = Status.ACTIVE, *bounds: datetime | None) -> Case:
    """Know the card as one of Ada's."""
    return case.known(credential=Credential(KEY, "ada", status, *bounds))


def with_holder(case: Case, status: Status = Status.ACTIVE, *bounds: datetime | None) -> Case:
    """Know Ada."""
    return case.known(holder=Holder("ada", status, *bounds))


def with_visitor(case: Case, **changes: Any) -> Case:  # noqa: ANN401 (as dataclasses.replace has it)
    """Know something else of whoever is a visitor."""
    visitor = case.facts.visitor
    return case if visitor is None else case.known(visitor=replace(visitor, **changes))


def with_sponsor(case: Case, **changes: Any) -> Case:  # noqa: ANN401 (as dataclasses.replace has it)
    """Know something else of the sponsor of whoever is a guest."""
    visitor = case.facts.visitor
    sponsor = None if visitor is None or visitor.sponsor is None else visitor.sponsored_by
    return case if sponsor is None else with_visitor(case, sponsored_by=replace(sponsor, **changes))


DENIES: Mapping[Reason, Change] = {
    Reason.NO_POLICY: lambda case: case.known(policy_known=False),
    Reason.UNKNOWN_DOOR: lambda case: case.known(door=None),
    Reason.UNKNOWN_ZONE: lambda case: case.known(zone=None),
    Reason.NOT_THE_STRICT_ZONE: lambda case: at_strict(case.known(door=Door("front", "lobby"))),
    Reason.LOCKDOWN: lambda case: case.known(locked_down=True, may_break_glass=False),
    Reason.NEEDS_UPGRADE: lambda case: case.known(needs_upgrade=True),
    Reason.DOOR_LOCKED: lambda case: case.known(door=LOCKED, may_break_glass=False),
    Reason.DENIED_BY_ORDER: lambda case: case.known(denied_by_order=True),
    Reason.POLICY_FORK: lambda case: at_strict(case.known(policy_forked=True)),
    Reason.DISK_ALMOST_FULL: lambda case: at_strict(case.known(disk_almost_full=True)),
    Reason.STALE_POLICY: lambda case: case.known(zone=AGING, policy_age_seconds=61, may_break_glass=False),
    Reason.READER_CLASS: lambda case: case.known(
        zone=replace(FLOOR_3, reader_classes=frozenset({ReaderClass.OSDP_SC}))
    ),
    Reason.CARD_CLASS: lambda case: case.known(zone=BARS_COPIES, card_class=CardClass.PROX).asked(pin_alone=False),
    Reason.CLEARANCE_TOO_LOW: lambda case: case.known(zone=replace(FLOOR_3, clearance=9), clearance=8),
    Reason.UNKNOWN_CARD: lambda case: case.known(credential=None).asked(pin_alone=False),
    Reason.CREDENTIAL_LOST: lambda case: with_card(case, Status.LOST),
    Reason.CREDENTIAL_SUSPENDED: lambda case: with_card(case, Status.SUSPENDED),
    Reason.CREDENTIAL_NOT_YET_VALID: lambda case: with_card(case, Status.ACTIVE, case.request.at + HOUR),
    Reason.CREDENTIAL_EXPIRED: lambda case: with_card(case, Status.ACTIVE, None, case.request.at),
    Reason.USES_SPENT: lambda case: case.known(limits=ONCE, used=CardUsed(1, case.request.at)),
    Reason.FIRST_USE_OVER: lambda case: case.known(
        limits=FOR_A_MINUTE, used=CardUsed(1, case.request.at - timedelta(minutes=1))
    ),
    Reason.UNKNOWN_HOLDER: lambda case: with_card(case).known(holder=Holder("alan")).asked(pin_alone=False),
    Reason.HOLDER_SUSPENDED: lambda case: with_holder(case, Status.SUSPENDED),
    Reason.HOLDER_NOT_YET_VALID: lambda case: with_holder(case, Status.ACTIVE, case.request.at + HOUR),
    Reason.HOLDER_EXPIRED: lambda case: with_holder(case, Status.ACTIVE, None, case.request.at),
    Reason.CARD_AWAITED: lambda case: case.known(zone=FLOOR_3).asked(pin_alone=True),
    Reason.PIN_BLOCKED: lambda case: case.known(credential_blocked=True),
    Reason.WRONG_PIN: lambda case: case.known(credential_blocked=False, reader_blocked=False).asked(
        pins=(WRONG,), pin_alone=False
    ),
    Reason.NO_PIN: lambda case: case.known(zone=BOTH_ASKED, pin=None).asked(pins=None),
    Reason.PIN_AWAITED: lambda case: case.known(zone=BOTH_ASKED, pin=ADAS_PIN).asked(pins=None),
    Reason.NO_GRANT: lambda case: case.known(grants=(), may_break_glass=False),
    Reason.OUTSIDE_SCHEDULE: lambda case: only_granted(case, "never"),
    Reason.UNKNOWN_SCHEDULE: lambda case: only_granted(case, "gone"),
    Reason.GRANT_NOT_YET_VALID: lambda case: only_granted(case, None, case.request.at + HOUR),
    Reason.GRANT_EXPIRED: lambda case: only_granted(case, None, None, case.request.at),
    Reason.NO_ROSTER: lambda case: at_strict(case.known(roster=None)),
    Reason.NOT_ON_ROSTER: lambda case: at_strict(case.known(roster=())),
    Reason.ROSTER_OUTSIDE_SCHEDULE: lambda case: at_strict(case.known(roster=(RosterLine(NEVER),))),
    Reason.ROSTER_EXPIRED: lambda case: at_strict(case.known(roster=(RosterLine(until=case.request.at),))),
    Reason.TRAINING_MISSING: lambda case: case.known(zone=TRAINED, trained={}),
    Reason.TRAINING_EXPIRED: lambda case: case.known(
        zone=TRAINED, trained={"ladder": case.request.at.date() - timedelta(days=400)}
    ),
    Reason.CLOCK_UNTRUSTED: lambda case: with_holder(case, Status.ACTIVE, case.request.at).known(
        clock_trusted=False, boot_seconds=None
    ),
    Reason.INTERLOCKED: lambda case: case.known(interlocked=True),
    Reason.PASSBACK: lambda case: case.known(zone=ONLY_ONCE, inside=IN_THERE),
    Reason.ZONE_FULL: lambda case: case.known(zone=ONE_AT_MOST, inside=FULL),
    Reason.MINIMUM_AWAITED: lambda case: case.known(zone=NEVER_ALONE, inside=Inside()).asked(companions=WITH_ADA),
    Reason.BREAK_GLASS_AWAITS_SECOND: lambda case: case.known(
        zone=AGING, policy_age_seconds=None, may_break_glass=True
    ).asked(companions=()),
    Reason.SPONSOR_DENIED: lambda case: case.known(visitor=Visitor("ada", sponsor="grace")),
    Reason.ESCORT_AWAITED: lambda case: case.known(visitor=Visitor("ada"), escorting=Escorting()),
    Reason.ESCORT_FULL: lambda case: case.known(
        holder=Holder("ada"), visitor=replace(ESCORTED, full=ESCORTED.escorts), escorting=Escorting()
    ).asked(escorts=("grace",)),
    Reason.PERSON_AWAITED: lambda case: case.known(visitor=None, zone=TWO_ASKED).asked(companions=WITH_ADA),
    Reason.LEADER_AWAITED: lambda case: case.known(
        visitor=None, zone=TWO_ASKED, holder=Holder("ada"), leads=False
    ).asked(companions=(Companion("grace"),)),
}
"""What denies with a reason, whatever else is known: for every reason of a rule one."""

WORSE: Mapping[str, Change] = {
    "the history is forked": lambda case: case.known(policy_forked=True),
    "the disk is almost full": lambda case: case.known(disk_almost_full=True),
    "the reader is blocked": lambda case: case.known(reader_blocked=True),
    "the zone is strict": lambda case: case.in_zone(strict=True),
    "the door is strict": lambda case: case.asked(strict_zone=case.request.strict_zone or "floor-3"),
    "the door is locked": lambda case: case.known(
        door=case.facts.door and replace(case.facts.door, modes=LOCKED.modes)
    ),
    "no roster": lambda case: case.known(roster=None),
    "nobody on the roster": lambda case: case.known(roster=()),
    "no grants": lambda case: case.known(grants=()),
    "no schedules": lambda case: case.known(schedules={}),
    "all grants closed": lambda case: case.known(
        grants=tuple(replace(grant, schedule="never") for grant in case.facts.grants)
    ),
    "the clock is not trusted": lambda case: case.known(clock_trusted=False),
    "the boot is long ago": lambda case: case.known(boot_seconds=1e9),
    "the boot is unknown": lambda case: case.known(boot_seconds=None),
    "no grace after the boot": lambda case: case.in_zone(grace_after_boot_seconds=0.0),
    "no card could be made out": lambda case: case.asked(credentials=()),
    "as often used as may be": lambda case: case.known(used=replace(case.facts.used, count=1000)),
    "used for the first time long ago": lambda case: case.known(
        used=CardUsed(case.facts.used.count, case.request.at - 1000 * HOUR)
    ),
    "a card for one use": lambda case: case.known(limits=case.facts.limits or ONCE),
    "never trained": lambda case: case.known(trained={}),
    "trained long ago": lambda case: case.known(trained=dict.fromkeys(("ladder", "gas"), date(2000, 1, 1))),
    "a training asked": lambda case: case.in_zone(trainings=(("gas", 1), *TRAINED.trainings)),
    "another ring": lambda case: case.known(ring_keys=3),
    "nobody's PIN": lambda case: case.known(pin=None),
    "no PIN for duress": lambda case: case.known(pin=case.facts.pin and case.facts.pin._replace(duress=None)),
    "card and PIN asked": lambda case: case.in_zone(factor=Factor.CARD_AND_PIN, factor_times=()),
    "a reader of unknown class": lambda case: case.asked(reader_class=None),
    "osdp alone": lambda case: case.in_zone(reader_classes=frozenset({ReaderClass.OSDP_SC})),
    "a card of 125 kHz, by the policy": lambda case: case.known(card_class=CardClass.PROX),
    "a card of 125 kHz, by the reader": lambda case: case.asked(card_class=CardClass.PROX),
    "cleared for nothing": lambda case: case.known(clearance=0),
    "the highest clearance asked": lambda case: case.in_zone(clearance=9),
    "alone": with_no_other,
    "with oneself": lambda case: with_no_other(case, WITH_ADA),
    "three persons asked": lambda case: case.in_zone(persons=3, persons_group="guards"),
    "not of the group of one of them": lambda case: case.known(leads=False),
    "nobody may pass back": lambda case: case.in_zone(occupancy=ONLY_ONCE.occupancy).known(inside=IN_THERE),
    "nobody is known to be in or out": lambda case: case.in_zone(occupancy=ONLY_ONCE.occupancy).known(inside=None),
    "the zone is full": lambda case: case.in_zone(occupancy=ONE_AT_MOST.occupancy).known(inside=FULL),
    "how full it is, nobody knows": lambda case: case.in_zone(occupancy=ONE_AT_MOST.occupancy).known(inside=None),
    "nobody may be alone, and nobody is there": never_alone,
    "a visitor without escort": lambda case: case.known(visitor=Visitor("ada"), escorting=Escorting()),
    "a visitor who is somebody else": lambda case: with_visitor(case, holder="alan"),
    "nobody was let in before": lambda case: case.asked(escorts=()),
    "no escort may bring this visitor": lambda case: with_visitor(case, escorts=frozenset()),
    "every escort brings too many": lambda case: with_visitor(case, full=frozenset(case.request.escorts)),
    "visitors may not come alone": lambda case: case.known(escorting=Escorting()),
    "a guest of nobody known": lambda case: with_visitor(case, sponsor="joan", sponsored_by=None),
    "a guest of somebody suspended": lambda case: with_sponsor(case, holder=Holder("joan", Status.SUSPENDED)),
    "a guest of somebody else": lambda case: with_sponsor(case, holder=Holder("grace")),
    "a guest of somebody without a grant": lambda case: with_sponsor(case, grants=()),
    "a guest of somebody who may invite to nowhere": lambda case: with_sponsor(case, zones=frozenset()),
    "not of the break-glass group": lambda case: case.known(may_break_glass=False),
}
"""What may deny and never grants."""

OLDER: Mapping[str, Change] = {
    "the policy is old": lambda case: case.known(policy_age_seconds=1e9),
    "the policy is of unknown age": lambda case: case.known(policy_age_seconds=None),
    "no policy is new enough": lambda case: case.in_zone(max_age_seconds=0.0),
}
"""What lets nobody in but those who break the glass."""
