"""A hub that has taken in more records than a pass of retention drops at once."""

from datetime import datetime, timedelta
from pathlib import Path

from doorctl.audit.leaf import TreeMark
from doorctl.audit.tree import Tree
from doorctl.audit.verify_doorlog import Verdict
from doorctl.core.records import RecordKind
from doorctl.database import transaction
from doorctl.hub.ingest import examine, store
from doorctl.hub.log_alarms import Told
from doorctl.hub.own_log import Entry
from doorctl.wire.privacy import RetentionSet
from tests.hub.builders import NOON, NOON_SECONDS, ASite
from tests.hub.exports.proving import a_proof, judged
from tests.hub.logs import ALog, tree_of
from tests.hub.own_log.writing import an_own_log

SEGMENT, SIZE = 4096, 2 * 4096 + 50
LAST_OF_FIRST = NOON + timedelta(seconds=SEGMENT - 1)
"""The time of the newest record in the first segment: there is one a second."""


class AFullSite:
    """A hub with two whole segments of a controller's log and a beginning, every fiftieth record about somebody."""

    def __init__(self, site: ASite, folder: Path) -> None:
        self.site = site
        self.folder = folder
        site.hub.chronicle.take_trust(site.trust(), NOON)
        self.log = ALog(site.controllers[0])
        for seq in range(SIZE):
            self.log.write(subject="" if seq % 50 else "holder:h1")
        self.tree = tree_of(self.log.leaves)
        told = Told(SIZE, self.tree.root, self.log.checkpoint(SIZE).encode())
        fresh = examine(
            site.connection, self.log.batch(0, SIZE), None, told=told, held=Tree(), box=site.hub_identity.box
        )
        mark = TreeMark("pi-1", 1, SIZE, self.tree.root.hex())
        with transaction(site.connection):
            store(site.connection, fresh)
            an_own_log(site).append(Entry(RecordKind.COSIGNED, tree=mark), at=NOON_SECONDS)
            site.connection.executemany(
                "INSERT INTO openings (controller, log_epoch, seq, salt, subject) VALUES ('pi-1', 1, ?, ?, ?)",
                [(each.seq, each.salt, each.subject) for each in self.log.openings],
            )

    def keep(self, *, openings: int | None = None, leaves: int | None = None) -> None:
        self.site.ask(RetentionSet("*", openings_days=openings, leaf_days=leaves))

    def pass_at(self, at: datetime) -> None:
        """Let the hub do all of a day's pass."""
        for _ in range(20):
            self.site.hub.tick(at)

    @property
    def kept(self) -> tuple[int, int]:
        """Return the first record of the controller that is kept, and how many openings are."""
        rows = self.site.rows("SELECT min(seq) FROM records WHERE controller = 'pi-1'")
        openings = self.site.rows("SELECT count(*) FROM openings WHERE controller = 'pi-1'")
        return int(str(rows[0][0])), int(str(openings[0][0]))

    def verdict(self, at: datetime, *, older: Path | None = None) -> Verdict:
        return judged(self.site, self.folder, at, older=older)

    def export(self, at: datetime) -> Path:
        return a_proof(self.site, self.folder, at)
