"""Through restart, stop, SIGKILL and a hang: no strike is beyond its time, whatever becomes of the door process.

Pin 17 is a fail-secure strike that is left secured (low), pin 27 a fail-safe one that is left released (low, too).
"""

import pytest

from tests.pi.conftest import Figures
from tests.pi.pi_site import PiSite
from tests.pi.trace import Stretch
from tests.system.site import CARD

STRIKE, SAFE_STRIKE = 17, 27
UNLOCK_SECONDS, MOST_SECONDS_LEFT = 3.0, 3.0
"""From SIGKILL until systemd has run doorctl-on-process-loss, or from SIGTERM until the door has left its pins: on an
emulated Pi, beside other work."""
HANGS_SECONDS = 5 + 2
"""Of the door's unit WatchdogSec and TimeoutAbortSec."""
TRIES = 3
"""On a slow computer a signal may come when the strike is secured again."""


def lose(doors: PiSite, signal: str) -> tuple[Stretch, float]:
    """Send the door a signal while a strike is released; return for how long it was, and when the signal was sent."""
    process = doors.pi.run("systemctl", "show", "-P", "MainPID", "doorctl-door").strip()
    since, held = doors.trace().now, len(doors.held())
    doors.readers.swipe("floor-3-in", CARD)
    doors.wait_for_level(STRIKE, 1)
    doors.pi.run("sh", "-c", f"kill -{signal} {process}")
    lost_by = doors.trace().now
    doors.wait_for_level(STRIKE, 0)
    doors.wait_until_back(after=held)

    (pulse,) = doors.trace().pulses(STRIKE, since=since)
    return pulse, lost_by


def test_a_door_that_is_killed_while_released_is_left_secured(doors: PiSite, figures: Figures) -> None:
    pulse, lost_by = lose(doors, "KILL")

    assert pulse.end <= lost_by + MOST_SECONDS_LEFT
    figures["pulses"].append(["released, and the door killed", pulse.seconds, pulse.slack])


def test_a_door_that_hangs_while_released_is_left_secured(doors: PiSite, figures: Figures) -> None:
    for _ in range(TRIES):
        pulse, lost_by = lose(doors, "STOP")
        if pulse.seconds > UNLOCK_SECONDS + 1:  # it hung before its time was over
            break

    assert pulse.seconds > UNLOCK_SECONDS + 1
    assert pulse.end <= lost_by + HANGS_SECONDS + MOST_SECONDS_LEFT
    figures["pulses"].append(["released, and the door hangs", pulse.seconds, pulse.slack])


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
