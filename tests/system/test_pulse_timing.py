"""Another device on a reader's wires, from its pulses to the alert: bridge, door, keeper, link, broker and hub."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from doorctl.core.suspicion.alerts import RuleName
from doorctl.door.config.door_config import read_door_config, spec_of
from doorctl.wire.alerts import AlertRuleSet
from firmware_bridge.reader_events import PulseTiming
from firmware_bridge.simulated_devices import BridgeDevice
from firmware_bridge.simulated_reader import SimulatedReader
from firmware_bridge.wiegand import frame_of_card
from tests.system.site import CARD, FLOOR, RunningSite, a_running_site

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
READS = 3
USUAL = PulseTiming(48, 52, 1990, 2010)
OTHER = PulseTiming(34, 34, 5250, 5260)


class Wires:
    """The readers of a running site, with their pulses in the test's hand."""

    def __init__(self, site: RunningSite, reader: SimulatedReader, bridge: BridgeDevice) -> None:
        self._site = site
        self._reader = reader
        self._bridge = bridge

    def until(self, happens: Callable[[], bool], *, what: str) -> None:
        """Serve the line until something happens in another process."""

        def look() -> bool:
            self._reader.serve(time.monotonic())
            return happens()

        self._site.until(look, what=what)

    def read(self, timing: PulseTiming) -> None:
        """Send Ada's card by such pulses, and wait for its decision."""
        newest = self._site.log_size() - 1
        self._bridge.protocol.burst(0, frame_of_card(CARD), time.monotonic(), timing)
        self.until(lambda: self._site.log.decision(FLOOR, after=newest) is not None, what="a decision")


@contextmanager
def wires_of(site: RunningSite) -> Iterator[Wires]:
    """Take the readers' place at their line, and wait until the door has greeted them."""
    site.stop("readers")
    (line,) = read_door_config(site.controller_config, lab=True).line
    reader = SimulatedReader(spec_of(line, site.controller_config))
    reader.replug()  # so that it is another start than that of the readers before
    bridge = reader.device
    assert isinstance(bridge, BridgeDevice)
    wires = Wires(site, reader, bridge)
    try:
        wires.until(lambda: bridge.protocol.has_host, what="the door's greeting")
        yield wires
    finally:
        reader.unplug()


def test_another_device_on_a_readers_wires_is_an_alert_at_the_hub() -> None:
    with a_running_site() as site, wires_of(site) as wires:
        site.change(AlertRuleSet(RuleName.PULSE_TIMING, count=READS))
        for _ in range(READS):
            wires.read(USUAL)
        wires.read(OTHER)

        wires.until(lambda: bool(site.alerts(RuleName.PULSE_TIMING)), what="the alert")
        (alert,) = site.alerts(RuleName.PULSE_TIMING)

    assert (alert.door, alert.severity, alert.about) == (FLOOR, "high", "holder:ada-0")
    assert alert.detail == (
        f"reader {FLOOR}-in: pulses 34-34 us every 5250-5260 us; learned: pulses 48-52 us every 1990-2010 us"
    )
