"""What the demo of a building tells of areas in areas: passback noted, timed or hard, nobody alone, a daily reset."""

import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.demo.building import TIMEZONE, Building
from doorctl.demo.chapters.parts import newest, told, wait_for_moment, wait_for_record
from doorctl.demo.chapters.site import ADA, ARCHIVE, CANTEEN, GRACE, LAB, NEW, TAG
from doorctl.demo.steps import (
    KEEPER_TO_HUB,
    READER_TO_STRIKE,
    Badge,
    Seen,
    Step,
    change,
    in_turn,
    is_denied,
    opens,
)

_ADA, _GRACE = Badge(ADA), Badge(GRACE)


def forget_the_archive_daily(building: Building) -> Seen:
    """Have the archive forget all each day, at the first minute that began since somebody came in."""
    began, before = time.monotonic(), newest(building)
    minute = _last_entry(building).replace(second=0, microsecond=0) + timedelta(minutes=1)
    wait_for_moment(minute)
    at = minute.astimezone(ZoneInfo(TIMEZONE)).strftime("%H:%M")
    change(("zone", "occupancy", ARCHIVE, "--reset-at", at))(building)
    record = wait_for_record(building, RecordKind.OCCUPANCY_RESET, after=before)
    return Seen(f"record {record.seq}: {record.detail}", time.monotonic() - began, "audit.db")


def _last_entry(building: Building) -> datetime:
    entered = (leaf for leaf in reversed(building.log.records()) if leaf.kind is RecordKind.ENTERED)
    return datetime.fromisoformat(next(leaf.at for leaf in entered if leaf.zone == LAB))


AREAS = (
    Step(
        "Ada has a second card, which counts for a minute from now on: it opens the canteen",
        READER_TO_STRIKE,
        opens(CANTEEN, Badge(TAG)),
    ),
    Step(
        "That somebody enters the canteen twice is noted, no more",
        READER_TO_STRIKE,
        opens(CANTEEN, _ADA, reason=Reason.PASSBACK_NOTED),
    ),
    Step(
        "From the canteen nobody gets into the lab, which lies in the archive",
        READER_TO_STRIKE,
        is_denied(LAB, Reason.PASSBACK, _ADA),
    ),
    Step(
        "From the archive they do, but nobody is in the lab alone: it opens for two",
        READER_TO_STRIKE,
        in_turn(
            opens(ARCHIVE, _ADA),
            opens(ARCHIVE, _GRACE),
            is_denied(LAB, Reason.MINIMUM_AWAITED, _ADA),
            opens(LAB, _GRACE),
        ),
    ),
    Step(
        "Into the archive nobody comes twice within ten minutes",
        READER_TO_STRIKE,
        is_denied(ARCHIVE, Reason.PASSBACK, _GRACE),
    ),
    Step(
        "Who must be looked for, if it burns?",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        told("report", "inside", "--names", says=LAB),
    ),
)
DAILY_RESET = (
    Step(
        "The archive, and the lab in it, forget each day who was there",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        forget_the_archive_daily,
    ),
    Step("Ada may enter it again", READER_TO_STRIKE, opens(ARCHIVE, Badge(NEW))),
)
