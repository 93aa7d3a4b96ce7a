"""A Pi loses its power while a door is released: what was seen from outside is in the log that its SD card holds."""

import pytest

from doorctl.audit.leaf import read_leaf
from doorctl.core.reasons import Outcome
from doorctl.core.records import RecordKind
from tests.pi.pi_site import PiSite
from tests.system.site import CARD

STRIKE, SAFE_STRIKE = 17, 27
READ_THE_LOG = """
import sqlite3
log = sqlite3.connect("file:/var/lib/doorctl/audit.db?mode=ro", uri=True)
for (leaf,) in log.execute("SELECT leaf FROM records ORDER BY seq"):
    print(leaf.decode() if isinstance(leaf, bytes) else leaf)
"""


@pytest.fixture(scope="module")
def held(doors: PiSite) -> int:
    """Cut the power of a Pi whose door is released, and switch it on; give how many records the hub held before."""
    held = len(doors.held())
    doors.readers.swipe("floor-3-in", CARD)
    doors.wait_for_level(STRIKE, 1)
    doors.power_cut()
    doors.switch_on("after-the-power-cut")
    doors.pi.wait_until_up()
    doors.wait_until_back(after=held)
    return held


def test_what_was_seen_released_is_recorded_after_a_power_cut(doors: PiSite, held: int) -> None:
    log = [read_leaf(line.encode()) for line in doors.pi.run("python3", "-c", READ_THE_LOG).splitlines()]

    before = log[held : max(place for place, leaf in enumerate(log) if leaf.kind is RecordKind.BOOT)]
    assert (RecordKind.DECISION, Outcome.GRANTED) in [(leaf.kind, leaf.outcome) for leaf in before]
    assert RecordKind.LOG_RECOVERED not in [leaf.kind for leaf in log]


def test_a_log_is_whole_after_a_power_cut(doors: PiSite, held: int) -> None:
    doors.pi.run("systemctl", "start", "doorctl-verify")


def test_from_kernel_up_nothing_drives_a_strike_until_the_door_secures_it(doors: PiSite, held: int) -> None:
    trace = doors.trace()

    for strike, secured in ((STRIKE, 0), (SAFE_STRIKE, 1)):
        seen = [(it.is_driven, it.level) for it in trace.stretches(strike)]
        assert seen == [(False, 0), (True, secured)]
