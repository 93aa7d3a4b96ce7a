"""A policy with rows of every type: some plain, some with all that their fields can hold."""

from doorctl.core.model import Factor, HolidayRule, OnAuditFailure, Status, Weekday, ZoneKind
from doorctl.policy import rows

_NIGHT = rows.WindowRow(days=(Weekday.MONDAY, Weekday.HOLIDAY), start="22:00", end="06:00")
EVERY_ROW: tuple[rows.Row, ...] = (
    rows.SiteRow(id="hq", timezone="Europe/Paris"),
    rows.ZoneRow(id="floor-3", kind=ZoneKind.FLOOR),
    rows.ZoneRow(
        id="server-room",
        kind=ZoneKind.SERVER_ROOM,
        on_audit_failure=OnAuditFailure.RELEASE,
        max_age_seconds=900,
    ),
    rows.DoorRow(id="front", zone="floor-3"),
    rows.HolderRow(id="ada"),
    rows.HolderRow(id="alan", status=Status.SUSPENDED, valid_from=1, valid_until=2**32),
    rows.GroupRow(id="staff"),
    rows.MemberRow(holder="ada", group="staff"),
    rows.CredentialRow(key=bytes(32), holder="ada"),
    rows.CredentialRow(key=b"\xff" * 32, holder="alan", status=Status.LOST, valid_from=0, valid_until=9),
    rows.ScheduleRow(id="always", windows=()),
    rows.ScheduleRow(id="night", windows=(_NIGHT,), holidays=HolidayRule.IGNORE),
    rows.HolidayRow(date="2027-12-25"),
    rows.GrantRow(id="g-1", zone="floor-3", holder="ada", schedule="night", valid_from=5, valid_until=6),
    rows.GrantRow(id="g-2", zone="server-room", group="staff"),
    rows.ZoneRuleRow(
        zone="server-room",
        approvals=2,
        strict=True,
        break_glass="staff",
        mechanical_key=True,
        grace_after_boot_seconds=0,
    ),
    rows.ZoneRuleRow(zone="floor-3"),
    rows.RosterRow(zone="server-room", note="a note — of two\nlines\n"),
    rows.LockdownRow(scope="*"),
    rows.SuspendedAdminRow(id="grace"),
    rows.CardRingRow(id="hq", keys=3),
    rows.ErasureRow(holder="grace"),
    rows.ZoneFactorRow(zone="floor-3"),
    rows.ZoneFactorRow(
        zone="server-room",
        factor=Factor.CARD_AND_PIN,
        times=(rows.FactorTime("night", Factor.PIN), rows.FactorTime("always", Factor.CARD_OR_PIN)),
        pin_tries=3,
        pin_block_seconds=60,
        persons=2,
        persons_seconds=60,
        persons_group="staff",
    ),
    rows.PinRow(holder="ada", ring_keys=1, key=b"1" * 32),
    rows.PinRow(
        holder="alan",
        ring_keys=2,
        key=b"2" * 32,
        duress=b"3" * 32,
        alone=b"4" * 32,
        alone_duress=b"5" * 32,
    ),
)
