"""The rows of a policy as they travel in changes and stand in policy.db.

Times are whole seconds since 1970 UTC; ``valid_from`` is the first valid second, ``valid_until`` the first
that is not. No row names a person: holders are opaque ids, cards are keyed hashes.
"""

from typing import get_args

from doorctl.policy.rows.classes import CardClasses, CredentialClassRow, ReaderClasses, ZoneClassesRow
from doorctl.policy.rows.doors import DoorModeRow, DoorOverrideRow, ModeTime, ModeTimes
from doorctl.policy.rows.fields import (
    Approvals,
    ClockTime,
    CredentialKey,
    FirstUseSeconds,
    GraceSeconds,
    HeldOpenSeconds,
    IsoDate,
    MaxAgeSeconds,
    Name,
    PartyName,
    Persons,
    PersonsSeconds,
    PinBlockSeconds,
    PinTries,
    ReleaseSeconds,
    Scope,
    StartTime,
    TrainingDays,
    UnixSeconds,
    Uses,
)
from doorctl.policy.rows.grants import GrantRow, HolidayRow, ScheduleRow, WindowRow
from doorctl.policy.rows.limits import CredentialLimitsRow, HolderTimesRow
from doorctl.policy.rows.occupancy import Occupants, PassbackResetRow, PassbackSeconds, ZoneOccupancyRow
from doorctl.policy.rows.people import (
    CardRingRow,
    CredentialRow,
    ErasureRow,
    GroupRow,
    HolderRow,
    MemberRow,
    PinCodeRow,
    PinRow,
    SuspendedAdminRow,
)
from doorctl.policy.rows.places import (
    DoorRow,
    FactorTime,
    FactorTimes,
    LockdownRow,
    RosterRow,
    SiteRow,
    ZoneFactorRow,
    ZoneRow,
    ZoneRuleRow,
)
from doorctl.policy.rows.threats import Clearance, ClearanceRow, ThreatLevel, ThreatRow, ZoneThreatRow
from doorctl.policy.rows.training import TrainingRow, ZoneTrainingRow
from doorctl.policy.rows.visitors import (
    EscortSeconds,
    MostGuests,
    MostVisitors,
    SponsoredZones,
    SponsorRow,
    StaySeconds,
    VisitorRow,
    VisitSeconds,
    ZoneEscortRow,
)

Row = (
    SiteRow
    | ZoneRow
    | DoorRow
    | HolderRow
    | GroupRow
    | MemberRow
    | CredentialRow
    | ScheduleRow
    | HolidayRow
    | GrantRow
    | ZoneRuleRow
    | RosterRow
    | LockdownRow
    | SuspendedAdminRow
    | CardRingRow
    | ErasureRow
    | ZoneFactorRow
    | PinRow
    | CredentialLimitsRow
    | DoorModeRow
    | DoorOverrideRow
    | ZoneOccupancyRow
    | PassbackResetRow
    | ZoneEscortRow
    | VisitorRow
    | SponsorRow
    | HolderTimesRow
    | ZoneClassesRow
    | CredentialClassRow
    | ThreatRow
    | ZoneThreatRow
    | ClearanceRow
    | PinCodeRow
    | ZoneTrainingRow
    | TrainingRow
)
ROW_TYPES: tuple[type[Row], ...] = get_args(Row)

__all__ = [
    "ROW_TYPES",
    "Approvals",
    "CardClasses",
    "CardRingRow",
    "Clearance",
    "ClearanceRow",
    "ClockTime",
    "CredentialClassRow",
    "CredentialKey",
    "CredentialLimitsRow",
    "CredentialRow",
    "DoorModeRow",
    "DoorOverrideRow",
    "DoorRow",
    "ErasureRow",
    "EscortSeconds",
    "FactorTime",
    "FactorTimes",
    "FirstUseSeconds",
    "GraceSeconds",
    "GrantRow",
    "GroupRow",
    "HeldOpenSeconds",
    "HolderRow",
    "HolderTimesRow",
    "HolidayRow",
    "IsoDate",
    "LockdownRow",
    "MaxAgeSeconds",
    "MemberRow",
    "ModeTime",
    "ModeTimes",
    "MostGuests",
    "MostVisitors",
    "Name",
    "Occupants",
    "PartyName",
    "PassbackResetRow",
    "PassbackSeconds",
    "Persons",
    "PersonsSeconds",
    "PinBlockSeconds",
    "PinCodeRow",
    "PinRow",
    "PinTries",
    "ReaderClasses",
    "ReleaseSeconds",
    "RosterRow",
    "Row",
    "ScheduleRow",
    "Scope",
    "SiteRow",
    "SponsorRow",
    "SponsoredZones",
    "StartTime",
    "StaySeconds",
    "SuspendedAdminRow",
    "ThreatLevel",
    "ThreatRow",
    "TrainingDays",
    "TrainingRow",
    "UnixSeconds",
    "Uses",
    "VisitSeconds",
    "VisitorRow",
    "WindowRow",
    "ZoneClassesRow",
    "ZoneEscortRow",
    "ZoneFactorRow",
    "ZoneOccupancyRow",
    "ZoneRow",
    "ZoneRuleRow",
    "ZoneThreatRow",
    "ZoneTrainingRow",
]
