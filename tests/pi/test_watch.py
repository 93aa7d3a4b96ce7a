"""What looks at the pins from outside misses nothing that lies between two looks."""

from tests.pi.pi_site import PiSite

PIN, TIMES = 5, 200
BLINK = f"""
from RPi import GPIO
GPIO.setmode(GPIO.BCM)
GPIO.setup({PIN}, GPIO.OUT, initial=0)
for _ in range({TIMES}):
    GPIO.output({PIN}, 1)
    GPIO.output({PIN}, 0)
GPIO.cleanup()
"""


def test_pulses_between_two_looks_are_seen_each_and_in_order(site: PiSite) -> None:
    before = site.trace()
    site.pi.run("python3", "-c", BLINK)
    ended = site.trace().now
    site.wait_for_look(after=ended)

    after = site.trace()
    assert len(after.pulses(PIN, since=before.now)) == TIMES
    assert after.told - before.told == 2 * TIMES
    assert after.moved(since=before.now) == {PIN}
