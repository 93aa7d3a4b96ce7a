"""The modes of a door over all processes: from the admin's command to the strike, with the hub away, and its end."""

import time
from collections.abc import Iterator

import pytest

from doorctl.core.model import HolidayRule, Weekday
from doorctl.core.modes import Mode
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.policy.rows import ModeTime, WindowRow
from doorctl.wire.commands import ScheduleSet
from doorctl.wire.door_words import DoorModeSet, DoorOverrideEnd, DoorOverrideSet
from doorctl.wire.rights import Lockdown, LockdownEnd
from tests.system.site import FLOOR, RunningSite

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
ALWAYS = ScheduleSet("always", (WindowRow(tuple(Weekday)[:7], "00:00", "24:00"),), HolidayRule.IGNORE)
FIRST = DoorModeSet(FLOOR, Mode.CARD, (ModeTime("always", Mode.FIRST_PERSON_IN),))


@pytest.fixture
def site() -> Iterator[RunningSite]:
    """A running site whose clock the hub has confirmed."""
    with RunningSite() as site:
        site.set_up()
        site.run_everything()
        yield site


def wait_until(site: RunningSite, *, released: bool) -> None:
    """Wait until the strike is so."""
    site.until(lambda: site.is_released(FLOOR) is released, what="released" if released else "secured")


def count(site: RunningSite, kind: RecordKind) -> int:
    """Count the records of a kind."""
    return sum(record.kind is kind for record in site.log.records())


def test_the_first_unlocks_a_door_that_a_command_and_a_lockdown_lock(site: RunningSite) -> None:
    site.wait_until_it_opens()
    wait_until(site, released=False)
    site.change(ALWAYS)
    site.wait_until_applied(site.change(FIRST).revision)

    unused = count(site, RecordKind.NOT_OPENED)
    site.assert_opens()
    site.until(lambda: count(site, RecordKind.NOT_OPENED) > unused, what="the end of what the card alone opens")
    assert site.is_released(FLOOR)

    site.wait_until_applied(site.change(DoorOverrideSet(FLOOR, Mode.LOCKED)).revision)
    wait_until(site, released=False)
    site.assert_denies(why=Reason.DOOR_LOCKED)
    site.wait_until_applied(site.change(DoorOverrideSet(FLOOR, Mode.UNLOCKED, int(time.time()) + 3600)).revision)
    wait_until(site, released=True)

    site.wait_until_applied(site.change(Lockdown(FLOOR)).revision)
    wait_until(site, released=False)
    site.wait_until_applied(site.change(LockdownEnd(FLOOR)).revision)
    wait_until(site, released=True)
    site.wait_until_applied(site.change(DoorOverrideEnd(FLOOR)).revision)
    wait_until(site, released=False)
