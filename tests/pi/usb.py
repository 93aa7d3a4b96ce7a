"""A text reader on an adapter that the test plugs into the Pi's USB, and what the Pi and its door make of it.

QEMU's dwc2 ends itself when a device goes from under a transfer. So to pull one is to cut the power of its socket
first, as uhubctl does: to the kernel, and to all above it, that device is gone. Then it is taken away.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from firmware_bridge.reader_options import ReaderKind, ReaderSpec
from tests.pi.pi_site import SECONDS, PiSite
from tests.pi.reader_end import ReaderEnd

OURS, ANOTHER = "1.2", "1.3"
"""Places in the Pi's hub: controller.toml names the first one."""
READER = ReaderSpec("archive-in", ReaderKind.RDM6300, "")
LOOK_SECONDS = 0.2
CHANNELS = 8
LIST_NAMES = 'for name in /dev/doorctl/*; do [ -e "$name" ] && echo "$name $(readlink -f "$name")"; done; true'


def name_at(place: str) -> str:
    """Return what our udev rules call the adapter at a place."""
    return f"/dev/doorctl/platform-3f980000.usb-usb-0:{place}:1.0"


def socket_at(place: str) -> str:
    """Return the kernel's folder of a socket of the hub."""
    return f"/sys/bus/usb/devices/1-1:1.0/1-1-port{place.removeprefix('1.')}"


@contextmanager
def plugged_in(site: PiSite, place: str) -> Iterator[ReaderEnd]:
    """Plug a reader in, and wait until it has its name; pull it in the end, and wait until that is gone."""
    reader = ReaderEnd(site.pi.folder / f"usb-{place}", READER)
    try:
        wait_for(lambda: name_at(place) in names(site), what="its name")
        yield reader
    finally:
        cut_off(site, place)
        reader.unplug()
        site.pi.run("sh", "-c", f"echo 0 > {socket_at(place)}/disable")


def cut_off(site: PiSite, place: str) -> None:
    """Cut the power of a socket; the device in it is gone, and its transfers are over."""
    site.pi.run("sh", "-c", f"echo 1 > {socket_at(place)}/disable")
    wait_for(lambda: name_at(place) not in names(site), what="the end of its name")
    for _ in range(CHANNELS):  # each answer takes channels of the controller, until none is the device's
        uptime(site)


def show_until(reader: ReaderEnd, card: str, is_done: Callable[[], bool]) -> None:
    """Show a card again and again, as people do."""

    def look() -> bool:
        reader.swipe(READER.name, card)
        return is_done()

    wait_for(look, what="a card to be read")


def wait_for(is_it: Callable[[], bool], *, what: str) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + SECONDS
    while not is_it():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(LOOK_SECONDS)


def names(site: PiSite) -> dict[str, str]:
    """Return to which device each name leads that our udev rules have given."""
    return dict(line.split() for line in site.pi.run("sh", "-c", LIST_NAMES).splitlines())


def named_at(site: PiSite, place: str) -> float:
    """Return when udev has made the name, in Unix seconds of the Pi's clock."""
    return float(site.pi.run("stat", "-c", "%.Y", name_at(place)))


def lines_of_the_door(site: PiSite) -> set[str]:
    """Name the serial lines that the door process has open."""
    process = site.pi.run("systemctl", "show", "-P", "MainPID", "doorctl-door").strip()
    opened = site.pi.run("sh", "-c", f"readlink /proc/{process}/fd/* || true").splitlines()
    return {path for path in opened if path.startswith("/dev/tty")}


def uptime(site: PiSite) -> float:
    """Return seconds since the Pi's kernel began, as records tell them."""
    return float(site.pi.run("cat", "/proc/uptime").split()[0])
