"""What would have to change so that a reason denies no longer, and who may change it."""

from collections.abc import Mapping
from dataclasses import dataclass

from doorctl.core.reasons import Reason
from doorctl.hub.rights.roles import CLERK, OFFICER, RIGHTS
from doorctl.trust.note import Role


@dataclass(frozen=True, slots=True)
class Remedy:
    """What ends a reason, for people: with ``{door}``, ``{zone}`` and ``{handle}`` in it; by which verb, if by one.

    ``at_the_reader``: whoever stands there ends it, and the reader tells it to everybody.
    """

    text: str
    verb: str | None = None
    at_the_reader: bool = False

    def roles(self, *, strict: bool) -> tuple[Role, ...]:
        """Tell which roles may do it at a door of a zone that is ``strict`` or not; none where it takes no verb."""
        right = RIGHTS.get(self.verb or "")
        if right is None:
            return ()
        return (OFFICER,) if strict and right.admits else tuple(sorted(right.roles))

    def is_for_the_desk(self, *, strict: bool) -> bool:
        """Tell whether those who enrol people can end it, or the person in front of them."""
        return self.at_the_reader or CLERK in self.roles(strict=strict)


_GRANT = "`doorctl grant {handle} {zone}`"
_ENROL = "`doorctl card add {handle} CARD`"
_RESUME = "`doorctl card resume CARD`"
_NEW_TIMES = "`doorctl card remove CARD`, then `doorctl card add {handle} CARD` with other times"
_SIGN = "`doorctl roster sign {zone}`, once the grants say so"
_TRAINED = "`doorctl person trained {handle} --course C --on DATE`, as `doorctl zone training {zone}` asks"
_STATUS = "`doorctl status` tells how its controller is"

REMEDIES: Mapping[Reason, Remedy] = {
    Reason.NO_POLICY: Remedy(f"the controller needs the policy: {_STATUS}"),
    Reason.UNKNOWN_DOOR: Remedy("`doorctl door add {door} ZONE`", "door-set"),
    Reason.UNKNOWN_ZONE: Remedy("`doorctl zone add {zone}`", "zone-set"),
    Reason.NOT_THE_STRICT_ZONE: Remedy(
        "`doorctl door add {door}` with the zone that `strict_zone` in its controller.toml names", "door-set"
    ),
    Reason.LOCKDOWN: Remedy("`doorctl release {zone}`, or all", "lockdown-end"),
    Reason.DOOR_LOCKED: Remedy(
        "`doorctl door mode {door} card`, or other modes: `doorctl door modes {door}`", "door-override-set"
    ),
    Reason.NEEDS_UPGRADE: Remedy(f"a newer doorctl on the controller: {_STATUS}"),
    Reason.DISK_ALMOST_FULL: Remedy("room on the controller's disk"),
    Reason.POLICY_FORK: Remedy("`doorctl trust new-epoch` by the site root, when it is known how it came to that"),
    Reason.READER_CLASS: Remedy("another reader; or `doorctl zone classes {zone} --readers all`", "zone-classes-set"),
    Reason.STALE_POLICY: Remedy(f"the hub must reach the controller: {_STATUS}; two may break the glass"),
    Reason.DENIED_BY_ORDER: Remedy(f"`doorctl person resume {{handle}}` or {_RESUME}", "person-set active"),
    Reason.UNKNOWN_CARD: Remedy("`doorctl card add HANDLE CARD`", "card-add"),
    Reason.CREDENTIAL_LOST: Remedy(f"{_RESUME} when it is found; or another card: {_ENROL}", "card-set active"),
    Reason.CREDENTIAL_SUSPENDED: Remedy(_RESUME, "card-set active"),
    Reason.CREDENTIAL_NOT_YET_VALID: Remedy(_NEW_TIMES, "card-add"),
    Reason.CREDENTIAL_EXPIRED: Remedy(_NEW_TIMES, "card-add"),
    Reason.USES_SPENT: Remedy("`doorctl card limit CARD --uses N` counts anew", "card-limit"),
    Reason.FIRST_USE_OVER: Remedy("`doorctl card limit CARD --for SPAN` counts anew", "card-limit"),
    Reason.CARD_CLASS: Remedy(
        "a card that `doorctl zone classes {zone}` takes; or, where it is one, `doorctl card class CARD desfire`",
        "card-class-set",
    ),
    Reason.UNKNOWN_HOLDER: Remedy("`doorctl card remove CARD`, then `doorctl card add HANDLE CARD`", "card-add"),
    Reason.HOLDER_SUSPENDED: Remedy("`doorctl person resume {handle}`", "person-set active"),
    Reason.HOLDER_NOT_YET_VALID: Remedy("`doorctl person edit {handle} --from T`", "person-edit"),
    Reason.HOLDER_EXPIRED: Remedy("`doorctl person edit {handle} --until T`", "person-edit"),
    Reason.OUTSIDE_SCHEDULE: Remedy(f"{_GRANT} for always, or on another schedule", "grant"),
    Reason.UNKNOWN_SCHEDULE: Remedy("`doorctl schedule set` with the name of the grant's schedule", "schedule-set"),
    Reason.GRANT_NOT_YET_VALID: Remedy(f"{_GRANT} from now on", "grant"),
    Reason.GRANT_EXPIRED: Remedy(f"{_GRANT} anew", "grant"),
    Reason.NO_GRANT: Remedy(f"{_GRANT}, or `doorctl group join GROUP {{handle}}` of one that has it", "grant"),
    Reason.CLEARANCE_TOO_LOW: Remedy(
        "`doorctl person clearance {handle} 2`, say: `doorctl zone threat {zone}` tells",
        "clearance-set",
    ),
    Reason.TRAINING_MISSING: Remedy(_TRAINED, "training-set"),
    Reason.TRAINING_EXPIRED: Remedy(_TRAINED, "training-set"),
    Reason.CLOCK_UNTRUSTED: Remedy(f"the controller needs the time: {_STATUS}"),
    Reason.NO_ROSTER: Remedy(_SIGN, "roster-set"),
    Reason.NOT_ON_ROSTER: Remedy(_SIGN, "roster-set"),
    Reason.ROSTER_OUTSIDE_SCHEDULE: Remedy(_SIGN, "roster-set"),
    Reason.ROSTER_EXPIRED: Remedy(_SIGN, "roster-set"),
    Reason.PERSON_AWAITED: Remedy(
        "another person asks at the same door, as `doorctl zone factor {zone}` says", at_the_reader=True
    ),
    Reason.LEADER_AWAITED: Remedy(
        "one of the group that `doorctl zone factor {zone}` names asks, too", at_the_reader=True
    ),
    Reason.PASSBACK: Remedy(
        "they leave by the reader inside; or `doorctl passback reset {handle}`", "passback-reset", at_the_reader=True
    ),
    Reason.ZONE_FULL: Remedy(
        "somebody leaves, or `doorctl zone occupancy {zone} --most N` allows more", at_the_reader=True
    ),
    Reason.MINIMUM_AWAITED: Remedy(
        "another person asks at the same door, as `doorctl zone occupancy {zone}` says", at_the_reader=True
    ),
    Reason.ESCORT_AWAITED: Remedy(
        "whoever may bring this visitor is let in at the same door just before, as `doorctl zone escort {zone}` says",
        at_the_reader=True,
    ),
    Reason.ESCORT_FULL: Remedy(
        "another escort brings them, or this one later, as `doorctl zone escort {zone}` says", at_the_reader=True
    ),
    Reason.SPONSOR_DENIED: Remedy(
        "the sponsor must be active, have a grant for {zone} and be let invite there: `doorctl sponsor set`",
        "sponsor-set",
    ),
    Reason.BREAK_GLASS_AWAITS_SECOND: Remedy("a second of those who may must ask within 30 seconds"),
    Reason.INTERLOCKED: Remedy(
        "the other door of the airlock is closed and locked again; while its contact cannot be read it may count as "
        "open: `doorctl status` tells of inputs in trouble",
        at_the_reader=True,
    ),
    Reason.CARD_AWAITED: Remedy("the holder presents a card", at_the_reader=True),
    Reason.PIN_AWAITED: Remedy(
        "the holder enters the PIN: `doorctl why {handle} {door} --with-pin` tells what then", at_the_reader=True
    ),
    Reason.NO_PIN: Remedy("`doorctl person pin {handle}`", "pin-set"),
    Reason.WRONG_PIN: Remedy(
        "the holder enters the right PIN, or gets another: `doorctl person pin {handle}`", "pin-set"
    ),
    Reason.PIN_BLOCKED: Remedy("it ends by itself, as `doorctl zone factor {zone}` says", at_the_reader=True),
    Reason.AUDIT_FAILED: Remedy("the controller's disk must take records: `doorctl status`, and its journal"),
    Reason.LATE: Remedy("they try again; again and again, the controller's disk is too slow"),
}
"""One for every reason that denies."""
