"""Changes that make a case worse: what denies for every reason, what may deny, and what makes the policy older."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from doorctl.core.model import Credential, Door, Factor, Grant, HeldPin, Holder, RosterLine, Status
from doorctl.core.reasons import Reason
from doorctl.core.request import Companion
from tests.core.builders import ADAS_PIN, FLOOR_3, KEY, WITH_ADA
from tests.core.law_cases import HOUR, NEVER, WRONG, Case

Change = Callable[[Case], Case]
AGING = replace(FLOOR_3, max_age_seconds=60, break_glass="guards")
TWO_ASKED = replace(FLOOR_3, persons=2, persons_group="guards")
BOTH_ASKED = replace(FLOOR_3, factor=Factor.CARD_AND_PIN)


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


DENIES: Mapping[Reason, Change] = {
    Reason.NO_POLICY: lambda case: case.known(policy_known=False),
    Reason.UNKNOWN_DOOR: lambda case: case.known(door=None),
    Reason.UNKNOWN_ZONE: lambda case: case.known(zone=None),
    Reason.NOT_THE_STRICT_ZONE: lambda case: at_strict(case.known(door=Door("front", "lobby"))),
    Reason.LOCKDOWN: lambda case: case.known(locked_down=True, may_break_glass=False),
    Reason.NEEDS_UPGRADE: lambda case: case.known(needs_upgrade=True),
    Reason.DENIED_BY_ORDER: lambda case: case.known(denied_by_order=True),
    Reason.POLICY_FORK: lambda case: at_strict(case.known(policy_forked=True)),
    Reason.DISK_ALMOST_FULL: lambda case: at_strict(case.known(disk_almost_full=True)),
    Reason.STALE_POLICY: lambda case: case.known(zone=AGING, policy_age_seconds=61, may_break_glass=False),
    Reason.UNKNOWN_CARD: lambda case: case.known(credential=None).asked(pin_alone=False),
    Reason.CREDENTIAL_LOST: lambda case: with_card(case, Status.LOST),
    Reason.CREDENTIAL_SUSPENDED: lambda case: with_card(case, Status.SUSPENDED),
    Reason.CREDENTIAL_NOT_YET_VALID: lambda case: with_card(case, Status.ACTIVE, case.request.at + HOUR),
    Reason.CREDENTIAL_EXPIRED: lambda case: with_card(case, Status.ACTIVE, None, case.request.at),
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
    Reason.CLOCK_UNTRUSTED: lambda case: with_holder(case, Status.ACTIVE, case.request.at).known(
        clock_trusted=False, boot_seconds=None
    ),
    Reason.INTERLOCKED: lambda case: case.known(interlocked=True),
    Reason.BREAK_GLASS_AWAITS_SECOND: lambda case: case.known(
        zone=AGING, policy_age_seconds=None, may_break_glass=True
    ).asked(companions=()),
    Reason.PERSON_AWAITED: lambda case: case.known(zone=TWO_ASKED).asked(companions=WITH_ADA),
    Reason.LEADER_AWAITED: lambda case: case.known(zone=TWO_ASKED, holder=Holder("ada"), leads=False).asked(
        companions=(Companion("grace"),)
    ),
}
"""What denies with a reason, whatever else is known: for every reason of a rule one."""

WORSE: Mapping[str, Change] = {
    "the history is forked": lambda case: case.known(policy_forked=True),
    "the disk is almost full": lambda case: case.known(disk_almost_full=True),
    "the reader is blocked": lambda case: case.known(reader_blocked=True),
    "the zone is strict": lambda case: case.in_zone(strict=True),
    "the door is strict": lambda case: case.asked(strict_zone=case.request.strict_zone or "floor-3"),
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
    "another ring": lambda case: case.known(ring_keys=2),
    "nobody's PIN": lambda case: case.known(pin=None),
    "no PIN for duress": lambda case: case.known(pin=case.facts.pin and HeldPin(case.facts.pin.key)),
    "card and PIN asked": lambda case: case.in_zone(factor=Factor.CARD_AND_PIN, factor_times=()),
    "alone": lambda case: case.asked(companions=()),
    "with oneself": lambda case: case.asked(companions=WITH_ADA),
    "two persons asked": lambda case: case.in_zone(persons=2, persons_group="guards"),
    "not of the group of one of them": lambda case: case.known(leads=False),
    "not of the break-glass group": lambda case: case.known(may_break_glass=False),
}
"""What may deny and never grants."""

OLDER: Mapping[str, Change] = {
    "the policy is old": lambda case: case.known(policy_age_seconds=1e9),
    "the policy is of unknown age": lambda case: case.known(policy_age_seconds=None),
    "no policy is new enough": lambda case: case.in_zone(max_age_seconds=0.0),
}
"""What lets nobody in but those who break the glass."""
