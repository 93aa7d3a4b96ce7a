"""A hub's folder with a site.db that grows, a key for its backups, and what comes back from them."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from doorctl.audit.tree import Tree
from doorctl.backup.age import new_identity
from doorctl.backup.contents import HubFiles, hub_files
from doorctl.backup.following import Follower
from doorctl.backup.making import Backup, Orders, make_base
from doorctl.backup.restoring import restore
from doorctl.backup.settling import RestoredHub
from doorctl.database import open_reader, transaction
from doorctl.hub.log_store import LogId, set_head
from tests.cli.sites import a_site
from tests.hub.new_site import open_new_site

NOON = datetime(2027, 1, 15, 12, tzinfo=UTC)
IDENTITY, RECIPIENT = new_identity()
LEAF_BYTES = 400
SERIES = "5e" * 16


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


class AHub:
    """A hub as `doorctl init` makes it; the test writes its database as the hub would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "hq" / "hub"
        self.place = folder / "second"
        self.place.mkdir()
        a_site(folder / "hq")
        self.connection = open_new_site(self.files.database, site="hq")
        self._tree = Tree()

    @property
    def config(self) -> Path:
        return self.folder / "hub.toml"

    @property
    def files(self) -> HubFiles:
        return hub_files(self.config)

    @property
    def state_dir(self) -> Path:
        return self.folder / "state"

    def orders(self, *, with_keys: bool = False, identities: str | None = None) -> Orders:
        return Orders(self.config, (RECIPIENT,), with_keys, identities)

    def write_records(self, count: int) -> None:
        """Take in so many more records of a controller, in one transaction."""
        with transaction(self.connection):
            for _ in range(count):
                seq = self._tree.size
                leaf = f"{seq:0{LEAF_BYTES}d}".encode()
                self.connection.execute(
                    "INSERT INTO records (controller, log_epoch, seq, leaf, at, kind, door, zone)"
                    " VALUES ('pi-1', 1, ?, ?, 1, 'decision', 'door-1', 'floor-3')",
                    (seq, leaf),
                )
                self._tree = self._tree.append(leaf)
            set_head(self.connection, LogId("pi-1", 1), self._tree, b"checkpoint")

    def checkpoint(self) -> None:
        """Bring what is committed into the database file, as the hub does each minute."""
        self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def base(self, name: str = "base.age", *, with_keys: bool = False, series: str = SERIES) -> Backup:
        return make_base(self.orders(with_keys=with_keys), self.place / name, series=series, at=NOON)

    def follower(self) -> "AFollower":
        return AFollower(Follower(self.orders(), self.place))


@dataclass
class AFollower:
    """Backs up at moments that the test says; each base gets a series of its own."""

    follower: Follower
    bases: int = 0

    def follow(self, seconds: float) -> Backup | None:
        self.bases += 1
        return self.follower.follow(later(seconds), new_series=f"{self.bases:032x}")

    def must(self, seconds: float) -> Backup:
        made = self.follow(seconds)
        assert made is not None
        return made


def paths(*backups: Backup | None) -> list[Path]:
    return [each.written.path for each in backups if each is not None]


def restored(files: Sequence[Path], to: Path, *, identities: str = IDENTITY) -> RestoredHub:
    return restore(files, to, identities=identities, at=later(3600))


def rows(database: Path, query: str) -> list[tuple[object, ...]]:
    with closing(open_reader(database)) as connection:
        return connection.execute(query).fetchall()


def record_count(state_dir: Path) -> object:
    ((count,),) = rows(state_dir / "site.db", "SELECT count(*) FROM records")
    return count


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder but the database, by its path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("site.db")
    }


def spoil_page(database: Path, number: int) -> None:
    """Overwrite a page of a database that nobody has open."""
    with database.open("r+b") as file:
        file.seek(4096 * number)
        file.write(b"\xff" * 4096)
