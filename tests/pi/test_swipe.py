"""A card at the Pi's serial line moves the pin of its door, for its time; seen from outside, on its own clock."""

import pytest

from doorctl.core.reasons import Outcome
from doorctl.core.records import RecordKind
from tests.pi.conftest import Figures
from tests.pi.pi_site import PiSite
from tests.system.site import CARD, FLOOR, SERVER_ROOM, STRANGER

FLOOR_STRIKE, GREEN, SAFE_STRIKE = 17, 23, 27
WIRED: dict[str, tuple[int, int, set[int]]] = {
    FLOOR: (FLOOR_STRIKE, 1, {GREEN}),
    SERVER_ROOM: (SAFE_STRIKE, 0, set()),
}
"""Of each door the strike's pin, its level while released, and the pins of lights."""
UNLOCK_SECONDS = 3.0


@pytest.mark.parametrize("door", [FLOOR, SERVER_ROOM], ids=["fail-secure", "fail-safe"])
def test_a_granted_swipe_drives_its_pin_alone_and_for_its_time(door: str, doors: PiSite, figures: Figures) -> None:
    strike, released, lights = WIRED[door]
    doors.wait_for_level(GREEN, 0)  # lit as long as a strike of a swipe before was released, and a moment more
    since = doors.trace().now
    doors.readers.swipe(f"{door}-in", CARD)
    doors.wait_for_level(strike, released)
    doors.wait_for_level(strike, 1 - released)

    trace = doors.trace()
    (pulse,) = trace.pulses(strike, level=released, since=since)
    assert pulse.lasted(UNLOCK_SECONDS), pulse
    assert trace.moved(since=since) == {strike} | lights
    figures["pulses"].append([f"a granted swipe at {door}, {UNLOCK_SECONDS:g} s", pulse.seconds, pulse.slack])


@pytest.mark.parametrize("door", [FLOOR, SERVER_ROOM])
def test_a_denied_swipe_moves_no_strike(door: str, doors: PiSite) -> None:
    since, held = doors.trace().now, len(doors.held())
    doors.readers.swipe(f"{door}-in", STRANGER)
    denied = doors.wait_for_record(lambda it: it.kind is RecordKind.DECISION, after=held)

    assert (denied.door, denied.outcome) == (door, Outcome.DENIED)
    assert doors.trace().moved(since=since) & {FLOOR_STRIKE, SAFE_STRIKE} == set()
