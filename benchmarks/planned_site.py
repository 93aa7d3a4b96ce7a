"""A hub that holds a site's people, behind a real broker, and site files that move some of them to other groups."""

import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from doorctl.demo.building import SITE, Building
from doorctl.mqtt.local_broker import BrokerKind
from doorctl.site.entries import SiteEntries
from doorctl.site.reading import entries_of
from doorctl.site.site_yaml import entries_from, written_entries
from doorctl.site.state import SiteState

PATIENCE = 60.0
_FACILITY_CARDS = 1 << 16
_FLOOR = "import gc, sys, yaml; gc.disable(); yaml.compose(open(sys.argv[1]).read(), Loader=yaml.CBaseLoader)"


class PlannedSite(Building):
    """A broker and a hub on loopback; no controller runs, for a plan asks none."""

    def __init__(self) -> None:
        """Make the folder; nothing runs yet."""
        super().__init__(patience=PATIENCE, broker_kind=BrokerKind.MOSQUITTO)

    def set_up(self) -> None:
        """Install the site, start the broker and the hub."""
        self.broker.start()
        super().set_up()
        self.start("hub")

    def hold(self, state: SiteState) -> None:
        """Make the site so, by a plan that is applied."""
        made = self.folder / "plan.json"
        self.admin("plan", str(self.numbered(state)), "--out", str(made))
        self.admin("apply", str(made), "--no-wait")

    def numbered(self, state: SiteState) -> Path:
        """Write a site file in which each person has a card, by its number, as people write it."""
        entries = entries_of(state, site=SITE, timezone=ZoneInfo("UTC"))
        people = tuple(
            msgspec.structs.replace(person, cards=("H10301:{}:{}".format(*divmod(number, _FACILITY_CARDS)),))
            for number, person in enumerate(entries.people or ())
        )
        return self._write("numbered.yaml", msgspec.structs.replace(entries, people=people))

    def exported(self, wanted: SiteState) -> Path:
        """Write the site file that the hub exports, its people in the groups in which they are wanted."""
        held = self.folder / "held.yaml"
        self.admin("export-site", "--out", str(held))
        entries, groups = entries_from(held.read_text(), source=held.name), wanted.people or {}
        people = tuple(
            msgspec.structs.replace(person, groups=tuple(sorted(groups[person.handle].groups)))
            for person in entries.people or ()
        )
        return self._write("exported.yaml", msgspec.structs.replace(entries, people=people))

    def _write(self, name: str, entries: SiteEntries) -> Path:
        path = self.folder / name
        path.write_text(written_entries(entries, site=SITE, revision=1))
        return path


def only_parse(site_file: Path) -> None:
    """Start a Python that parses the file and does nothing else."""
    subprocess.run([sys.executable, "-c", _FLOOR, str(site_file)], check=True)
