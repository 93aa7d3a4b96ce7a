"""The end of the link in Python: what every end must do, and what only this one lets be seen."""

from firmware_bridge.device_protocol import DeviceProtocol
from firmware_bridge.reader_protocol import Indication, Led
from tests.firmware_bridge.bridge_link import a_link
from tests.firmware_bridge.link_contract import LinkContract, a_frame, numbers_read


class TestPythonDevice(LinkContract):
    def a_device(self, *, boot: int) -> DeviceProtocol:
        return DeviceProtocol(boot=boot)


def test_device_that_lost_count_starts_again() -> None:
    link = a_link()
    for session in (None, 5):
        if session is not None:
            link.device._inbox._expected = session
        link.host.indicate("front", Indication(Led.RED))
        link.turns(30)
    link.device.burst(0, a_frame(1), link.now)
    link.turns(2)

    assert numbers_read(link) == [1]
