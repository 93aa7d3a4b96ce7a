"""Through restart, stop, SIGKILL and a hang: no strike is beyond its time, whatever becomes of the door process.

Pin 17 is a fail-secure strike that is left secured (low), pin 27 a fail-safe one that is left released (low, too).
"""

import pytest

from tests.pi.conftest import Figures
from tests.pi.pi_site import PiSite
from tests.system.site import CARD

STRIKE, SAFE_STRIKE = 17, 27
UNLOCK_SECONDS, MOST_SECONDS_LEFT = 3.0, 2.0
"""From SIGKILL until systemd has run doorctl-on-process-loss, or from SIGTERM until the door has left its pins: on an
emulated Pi, beside other work."""
HANGS_SECONDS = 5 + 2
"""Of the door's unit WatchdogSec and TimeoutAbortSec."""


@pytest.mark.parametrize(("signal", "is_over_after"), [("KILL", 0), ("STOP", HANGS_SECONDS)], ids=["killed", "hangs"])
def test_a_door_that_is_lost_while_released_is_left_secured(
    signal: str, is_over_after: int, doors: PiSite, figures: Figures
) -> None:
    process = doors.pi.run("systemctl", "show", "-P", "MainPID", "doorctl-door").strip()
    since, held = doors.trace().now, len(doors.held())
    doors.readers.swipe("floor-3-in", CARD)
    doors.wait_for_level(STRIKE, 1)
    doors.pi.run("sh", "-c", f"kill -{signal} {process}")
    lost_by = doors.trace().now
    doors.wait_for_level(STRIKE, 0)
    doors.wait_until_back(after=held)

    trace = doors.trace()
    (pulse, *others) = trace.pulses(STRIKE, since=since)
    assert pulse.end <= lost_by + is_over_after + MOST_SECONDS_LEFT
    assert pulse.seconds > UNLOCK_SECONDS or not is_over_after  # who hangs does not secure it
    assert others == []
    figures["pulses"].append([f"released, and the door gets SIG{signal}", pulse.seconds, pulse.slack])


@pytest.mark.parametrize("verb", ["restart", "stop"])
def test_a_door_that_is_stopped_while_released_leaves_its_strikes(verb: str, doors: PiSite) -> None:
    since, held = doors.trace().now, len(doors.held())
    doors.readers.swipe("floor-3-in", CARD)
    doors.wait_for_level(STRIKE, 1)
    doors.pi.run("systemctl", verb, "doorctl-door")
    doors.wait_for_level(STRIKE, 0)

    (pulse,) = doors.trace().pulses(STRIKE, since=since)
    assert pulse.seconds <= UNLOCK_SECONDS + MOST_SECONDS_LEFT
    safe = [(it.is_driven, it.level) for it in doors.trace().stretches(SAFE_STRIKE, since=since)]
    if verb == "stop":
        assert safe[-1] == (True, 0)
        doors.pi.run("systemctl", "start", "doorctl-door")
    doors.wait_until_back(after=held)
    assert doors.trace().pulses(STRIKE, since=since) == [pulse]
    assert doors.trace().stretches(SAFE_STRIKE)[-1].level == 1
