"""A site whose controller is the emulated Pi: broker, hub and admin run here."""

import json
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from doorctl.audit.leaf import Leaf, read_leaf
from doorctl.cli.desk import private, private_card
from doorctl.core.model import ZoneKind
from doorctl.core.records import RecordKind
from doorctl.demo.building import SITE, TIMEZONE
from doorctl.places import StateFile
from doorctl.wire.commands import CardAdd, DoorSet, GrantAdd, PersonAdd, Private, Verb, ZoneSet
from tests.pi.card import IS_PACKAGED, PACKAGE, make_card
from tests.pi.emulator import Emulator
from tests.pi.reader_end import ReaderEnd, a_bridge
from tests.pi.trace import Trace, read_trace
from tests.system.databases import reading
from tests.system.site import ADA, CARD, FLOOR, SERVER_ROOM, RunningSite

ARCHIVE, TAG = "archive", "em4100:3C00CE754C"
"""The door whose reader is at USB, and a tag of Ada's that it reads."""
DOORS = (FLOOR, SERVER_ROOM, ARCHIVE)
CONFIG = Path(__file__).with_name("controller.toml")
DOORCTL, ON_THE_PI = "/opt/doorctl/bin/doorctl", "/etc/doorctl/controller.toml"
AS_DOORCTL = ("setpriv", "--reuid=doorctl", "--regid=doorctl", "--init-groups")
INPUTS = (22, 25)
"""Contact and REX, at rest while low: nothing pulls them there but we."""
SECONDS = 240.0
_CHANGES: tuple[tuple[Verb, Private | None], ...] = (
    *((ZoneSet(zone, ZoneKind.FLOOR), None) for zone in DOORS),
    *((DoorSet(door, door), None) for door in DOORS),
    (PersonAdd(ADA), private(handle="ada", name="Ada")),
    *((CardAdd(ADA), private_card(card)) for card in (CARD, TAG)),
    *((GrantAdd(f"grant-{zone}", zone, holder=ADA), None) for zone in DOORS),
)


class PiSite(RunningSite):
    """A running site with a Pi, of which the hub's records tell what happened."""

    pi: Emulator
    readers: ReaderEnd

    def set_up(self) -> None:
        """Set the site up, make a card for the Pi, and switch it on."""
        self.broker.start()
        _, port = self.broker.address
        broker = ("--broker", f"mqtt://127.0.0.1:{port}")
        self.doorctl("init", SITE, "--dir", str(self.site), "--timezone", TIMEZONE, "--no-passphrase", *broker)
        made = tomllib.loads(self.controller_config.read_text())["controller"]
        config = CONFIG.read_text().format(root_keys=json.dumps(made["root_keys"]), port=port)
        make_card(self.folder / "card", controller=config)
        self.start("hub")
        self.switch_on("first")

    def switch_on(self, name: str) -> None:
        """Give the Pi power, with a bridge at its line."""
        self.pi = Emulator(self.folder / name, self.folder / "card")
        self.readers = ReaderEnd(self.pi.folder / "reader", a_bridge("floor-3-in", "server-room-in"))

    def power_cut(self) -> None:
        """Take the Pi its power."""
        self.pi.power_cut()
        self.readers.unplug()

    def join(self) -> None:
        """Have the Pi make its keys, and trust them."""
        code = self.pi.run(*AS_DOORCTL, DOORCTL, "join", "--config", ON_THE_PI, "--json")
        trusts = [f"--trust={self.site / place / StateFile.TRUST}" for place in ("hub/state", "admin")]
        self.doorctl(
            "trust", "add-controller", json.loads(code)["code"], "--root", str(self.site / "root-1"), *trusts
        )

    def start_the_doors(self) -> None:
        """Start doorctl on the Pi as its users do, and let Ada in at both doors."""
        for pin in INPUTS:
            self.pi.drive(pin, 0)
        self.began = self.trace().now
        self.pi.run(
            "systemctl", "enable", "--now", "doorctl-door", "doorctl-keeper", "doorctl-link", "doorctl.target"
        )
        for do, personal in _CHANGES:
            newest = self.accept(do, personal).revision
        self.wait_for_record(lambda it: it.kind is RecordKind.READER_ONLINE)
        applied = f"revision={newest}"
        self.wait_for_record(lambda it: it.kind is RecordKind.POLICY_APPLIED and it.detail.endswith(applied))

    def held(self) -> list[Leaf]:
        """Return the Pi's records that the hub holds."""
        with reading(self.site_db) as hub:
            rows = hub.execute(
                "SELECT leaf FROM records WHERE controller <> 'hub' ORDER BY log_epoch, seq"
            ).fetchall()
        return [read_leaf(leaf) for (leaf,) in rows]

    def wait_for_record(self, is_it: Callable[[Leaf], bool], *, after: int = 0) -> Leaf:
        """Wait until the hub holds such a record behind the first so many."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            found = next((leaf for leaf in self.held()[after:] if is_it(leaf)), None)
            if found is not None:
                return found
            time.sleep(0.05)
        raise AssertionError(f"waited in vain; last: {self.held()[-5:]}; the Pi: {self.journal()}")

    def wait_until_back(self, *, after: int) -> None:
        """Wait until a door that was started anew hears its readers."""
        self.wait_for_record(lambda it: it.kind is RecordKind.BOOT, after=after)
        for door in (FLOOR, SERVER_ROOM):
            self.wait_for_record(partial(_is, RecordKind.READER_ONLINE, door), after=after)

    def trace(self) -> Trace:
        """Return what was seen of the pins so far."""
        self.pi.assert_watched()
        return read_trace(self.pi.trace)

    def wait_for_level(self, pin: int, level: int) -> None:
        """Wait until a pin has been seen at a level."""
        deadline = time.monotonic() + SECONDS
        while self.trace().sights[-1].levels >> pin & 1 != level:
            assert time.monotonic() < deadline, f"pin {pin} did not come to {level}; the Pi: {self.journal()}"
            time.sleep(0.02)

    def wait_for_look(self, *, after: float) -> None:
        """Wait until the pins have been looked at later than this moment on the Pi's clock."""
        deadline = time.monotonic() + SECONDS
        while self.trace().now <= after:
            assert time.monotonic() < deadline, f"nobody looks at the pins since {after}"
            time.sleep(0.02)

    def journal(self) -> str:
        """Return the last lines of doorctl's units."""
        return self.pi.run("journalctl", "--no-pager", "-o", "cat", "-n", "40", "-u", "doorctl*")


def _is(kind: RecordKind, door: str, leaf: Leaf) -> bool:
    return (leaf.kind, leaf.door) == (kind, door)


@contextmanager
def a_pi_site() -> Iterator[PiSite]:
    """Run a site with a Pi whose doors work."""
    with PiSite() as site:
        site.set_up()
        try:
            site.pi.wait_until_up()
            if IS_PACKAGED:
                site.pi.run(f"/{PACKAGE}/postinst", "configure", "")
            yield site
        finally:
            site.power_cut()
