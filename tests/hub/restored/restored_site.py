"""A site whose hub was restored from an old backup, and what brokers and controllers have kept of it."""

import shutil
from pathlib import Path

from doorctl.core.model import ZoneKind
from doorctl.hub.history import delta_notes
from doorctl.hub.outgoing import Outgoing
from doorctl.wire.commands import GrantAdd, GroupAdd, PersonAdd, Revoke, ZoneSet
from doorctl.wire.messages import to_text
from doorctl.wire.notes import sign_text
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import SiteStatus
from doorctl.wire.topics import Address, Channel
from tests.hub.builders import ASite, a_private, later

FLOOR = ZoneSet("floor-3", ZoneKind.FLOOR)
GRANT = GrantAdd("g1", "floor-3", holder="h1")
REVOKE = Revoke("floor-3", holder="h1")
DAY = 86_400


class ARestoredSite(ASite):
    """A site whose hub went back to a backup: what was done since then is known only by what was published."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, controllers=("pi-1", "pi-2"))
        self.backup = folder / "backup.db"
        self.ask(FLOOR)
        self.ask(PersonAdd("h1"), a_private(handle="ada", name="Ada"))
        self.connection.execute("VACUUM INTO ?", (str(self.backup),))
        self.grant_command = self.a_command(GRANT)
        self.first_lost = next(each.payload for each in self.send(self.grant_command) if b"/delta" in each.payload)
        self.ask(GroupAdd("staff"))
        self.remember()

    def remember(self) -> None:
        """Note what brokers and controllers have kept of the hub."""
        self.kept_head = sign_text(to_text(self.head()), self.hub_identity.signer)
        self.kept_notes = list(delta_notes(self.connection, self.hub_identity.signer, after=2))

    def restore(self) -> None:
        """Put the backup in place, and start the hub."""
        self.connection.close()
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        shutil.copy(self.backup, self.path)
        self.restart()

    def restart(self) -> None:
        self.connection.close()
        super().restart()

    def hear_head(self, head: bytes | None = None, at_seconds: float = 0) -> list[Outgoing]:
        """Let a broker bring the head that it has kept."""
        return self.hub.handle(Address(Channel.HEAD), head or self.kept_head, later(at_seconds), retained=True)

    def hear_notes(self, note: bytes | None = None, at_seconds: float = 0) -> list[Outgoing]:
        """Let a controller bring a delta that it has kept: all that were published, if none is given."""
        return [
            outgoing
            for each in ([note] if note else self.kept_notes)
            for outgoing in self.hub.handle(Address(Channel.NOTES, "pi-1"), each, later(at_seconds))
        ]

    def status(self) -> SiteStatus:
        return self.ask_for(StatusOf(), SiteStatus)


def kept(site: ARestoredSite) -> list[tuple[object, ...]]:
    return site.rows("SELECT admin, count(*) FROM kept_reductions GROUP BY admin")
