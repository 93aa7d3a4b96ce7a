"""A site with Ada, of whom the hub holds all that it may, and Grace, who stays."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from doorctl.core.model import Status, ZoneKind
from doorctl.core.records import RecordKind
from doorctl.hub.snapshots.shelf import SnapshotShelf
from doorctl.wire.commands import CardAdd, CardRemove, GrantAdd, GroupAdd, GroupJoin, PersonAdd, PersonEdit, ZoneSet
from doorctl.wire.privacy import PersonErase
from doorctl.wire.rights import CardKeysRotate
from tests.hub.builders import NOON, ASite, a_private
from tests.hub.erasure.traces import found_in
from tests.hub.logs import ALog, send

ADA, GRACE = "h-ada-7f31c0", "h-grace-90c2"
NAME, OLD_HANDLE, HANDLE = "Ada Augusta Lovelace", "ada-byron", "ada-lovelace"
CARD, OLD_CARD, GRACES_CARD = "uid:A0DA1815A0DA1815", "uid:0DA118520DA11852", "uid:69ACE19069ACE190"
NOBODYS_CARD = "credential:" + "6e" * 32
_SALTS = "SELECT salt FROM openings WHERE controller = 'hub' AND subject = ?"


class APeopledSite:
    """A hub with snapshots: of Ada cards that came and went, two handles, records, and keys of before a rotation."""

    def __init__(self, site: ASite, folder: Path) -> None:
        self.site = site
        self.folder = folder
        self.shelf = SnapshotShelf(
            site.connection, site.hub_identity, database=site.path, folder=folder / "snapshots"
        )
        site.hub = site.a_hub(self.shelf)
        self.log = ALog(site.controllers[0])
        self._enrol()
        self.upload(
            f"holder:{ADA}", f"holder:{GRACE}", self.as_unknown(CARD), self.as_unknown(OLD_CARD), NOBODYS_CARD
        )
        site.ask(CardKeysRotate())
        self.upload(f"credential:{site.ring.credential_key(OLD_CARD).hex()}")
        self.secrets = [
            *(word.encode() for word in (NAME, OLD_HANDLE, HANDLE, CARD, OLD_CARD)),
            *(key for card in (OLD_CARD, CARD) for key in site.ring.credential_keys(card)),
            *(bytes(salt) for (salt,) in site.connection.execute(_SALTS, (f"holder:{ADA}",))),
        ]

    def _enrol(self) -> None:
        ask = self.site.ask
        ask(ZoneSet("lab", ZoneKind.FLOOR))
        ask(GroupAdd("staff"))
        for holder, handle, name in ((ADA, OLD_HANDLE, NAME), (GRACE, "grace", "Grace")):
            ask(PersonAdd(holder), a_private(handle=handle, name=name))
            ask(GroupJoin("staff", holder))
            ask(GrantAdd(f"g-{holder[2:5]}", "lab", holder=holder))
        for holder, card in ((ADA, OLD_CARD), (ADA, CARD), (GRACE, GRACES_CARD)):
            ask(CardAdd(holder), a_private(card=card))
        ask(CardRemove(), a_private(card=OLD_CARD))
        ask(PersonEdit(ADA, Status.ACTIVE), a_private(handle=HANDLE, name=NAME))

    def as_unknown(self, card: str) -> str:
        """Return the subject of a record of a card that is nobody's yet, by the first key of the ring."""
        return f"credential:{self.site.ring.credential_keys(card)[0].hex()}"

    def upload(self, *subjects: str, kind: RecordKind = RecordKind.DECISION, detail: str = "") -> None:
        """Let the controller write records about these, and the hub take them in."""
        first = len(self.log.leaves)
        for subject in subjects:
            self.log.write(subject=subject, kind=kind, detail=detail)
        send(self.site, self.log.batch(first, len(self.log.leaves)), self.log.openings[first:])

    def erase(self, at: datetime = NOON) -> None:
        """Erase Ada, and give the hub time to clean its files."""
        self.site.ask(PersonErase(ADA), at=at)
        self.site.hub.tick(at + timedelta(seconds=1))

    def traces(self) -> list[tuple[str, bytes]]:
        """Return what is left of Ada but her id."""
        return found_in(self.folder, self.secrets)

    def subjects(self, controller: str = "pi-1") -> set[str]:
        """Return whom records of a log can be led back to."""
        found = self.site.connection.execute("SELECT subject FROM openings WHERE controller = ?", (controller,))
        return {subject for (subject,) in found}


@pytest.fixture
def peopled(site_with_two: ASite, tmp_path: Path) -> Iterator[APeopledSite]:
    """A site with two controllers, Ada and Grace."""
    peopled = APeopledSite(site_with_two, tmp_path)
    yield peopled
    peopled.shelf.close()
