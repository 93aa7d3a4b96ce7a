"""A reader at USB under the door's unit and our udev rules: plugged in while the door runs, pulled, plugged in again.

The door starts without it. Its name is its socket's: under another number it is the same reader, and an adapter at
another socket is none, whatever its number.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from doorctl.audit.leaf import Leaf
from doorctl.core.records import RecordKind
from firmware_bridge.serial_port import LONGEST_WAIT_SECONDS
from tests.pi.pi_site import ARCHIVE, TAG, PiSite
from tests.pi.usb import (
    ANOTHER,
    OURS,
    lines_of_the_door,
    name_at,
    named_at,
    names,
    plugged_in,
    show_until,
    uptime,
)

STRIKE, UART = 24, "/dev/ttyAMA0"
MOST_SECONDS_UNTOLD = 5.0
"""From the end of its power until the record."""
MOST_SECONDS_UNHEARD = LONGEST_WAIT_SECONDS + 2.0
"""From its name until the door hears it, on an emulated Pi, beside other work."""
MOST_SECONDS_AWAY = 40.0
"""From plugging in until a card releases the strike, with what kernel and udev take on that Pi."""
WITHOUT_USB = (
    r"[Service]\nDeviceAllow=\nDeviceAllow=char-ttyAMA rw\nDeviceAllow=char-gpiochip rw\nDeviceAllow=/dev/mem rw\n"
)
DROP_INS = "/run/systemd/system/doorctl-door.service.d"


def told(kind: RecordKind) -> Callable[[Leaf], bool]:
    """Ask of a record whether it tells this of the reader at USB."""
    return lambda it: (it.kind, it.door) == (kind, ARCHIVE)


def open_by_a_card(doors: PiSite) -> str:
    """Plug the reader in, show a card until its door is released, and pull it; return its device."""
    since, held = doors.trace().now, len(doors.held())
    with plugged_in(doors, OURS) as reader:
        show_until(reader, TAG, lambda: bool(doors.trace().sights[-1].levels >> STRIKE & 1))
        device, named = names(doors)[name_at(OURS)], named_at(doors, OURS)
        assert lines_of_the_door(doors) == {UART, device}
        doors.wait_for_level(STRIKE, 0)

    (pulse,) = doors.trace().pulses(STRIKE, since=since)
    assert pulse.begin - since <= MOST_SECONDS_AWAY
    heard = doors.wait_for_record(told(RecordKind.READER_ONLINE), after=held)
    assert datetime.fromisoformat(heard.at).timestamp() - named <= MOST_SECONDS_UNHEARD
    return device


def test_a_usb_reader_that_comes_after_the_door_has_started_opens_in_time(doors: PiSite) -> None:
    assert open_by_a_card(doors).startswith("/dev/ttyUSB")


def test_a_usb_reader_that_is_pulled_is_told_in_time(doors: PiSite) -> None:
    held = len(doors.held())
    with plugged_in(doors, OURS):
        doors.wait_for_record(told(RecordKind.READER_ONLINE), after=held)
        pulled = uptime(doors)
    offline = doors.wait_for_record(told(RecordKind.READER_OFFLINE), after=held)

    assert offline.mono_ms / 1000 - pulled <= MOST_SECONDS_UNTOLD
    assert lines_of_the_door(doors) == {UART}


def test_a_usb_reader_that_comes_back_under_another_number_opens_in_time(doors: PiSite) -> None:
    before = open_by_a_card(doors)
    with plugged_in(doors, ANOTHER):
        assert names(doors) == {name_at(ANOTHER): before}

        assert open_by_a_card(doors) != before


def test_an_adapter_at_another_socket_is_never_opened(doors: PiSite) -> None:
    since, begin = doors.trace().now, uptime(doors)
    with plugged_in(doors, ANOTHER) as another:
        show_until(another, TAG, lambda: uptime(doors) > begin + LONGEST_WAIT_SECONDS + 1)
        opened = lines_of_the_door(doors)

    assert opened == {UART}
    assert STRIKE not in doors.trace().moved(since=since)


@contextmanager
def a_unit_without_usb(doors: PiSite) -> Iterator[None]:
    """Start the door without the line of its unit that lets it open readers at USB; and with it again."""
    try:
        doors.pi.run("sh", "-c", f"mkdir -p {DROP_INS} && printf '{WITHOUT_USB}' > {DROP_INS}/without-usb.conf")
        restart(doors)
        yield
    finally:
        doors.pi.run("rm", f"{DROP_INS}/without-usb.conf")
        restart(doors)


def restart(doors: PiSite) -> None:
    """Start the door anew, by its unit as it is now."""
    held = len(doors.held())
    doors.pi.run("systemctl", "daemon-reload")
    doors.pi.run("systemctl", "restart", "doorctl-door")
    doors.wait_until_back(after=held)


def test_without_the_line_of_its_unit_the_door_opens_no_usb_reader(doors: PiSite) -> None:
    with plugged_in(doors, OURS):
        held = len(doors.held())
        with a_unit_without_usb(doors):
            refused = doors.wait_for_record(told(RecordKind.READER_OFFLINE), after=held)
            opened = lines_of_the_door(doors)
            held = len(doors.held())
        doors.wait_for_record(told(RecordKind.READER_ONLINE), after=held)

    assert refused.detail.endswith("Operation not permitted")
    assert opened == {UART}
