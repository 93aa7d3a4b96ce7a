"""Logs and hubs for the upload's tests: the door's own writer on one side, the hub's own intake on the other."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from doorctl.audit.leaf import Draft, Statement
from doorctl.audit.log import AuditLog, LogIdentity
from doorctl.audit.schema import migrate
from doorctl.clock import ClockQuality
from doorctl.core.records import RecordKind
from doorctl.hub.hub import Hub
from doorctl.keys.identity import load_signer, log_key_name
from doorctl.wire.topics import Address, Channel
from tests.hub.new_site import open_new_site
from tests.keeper.site import CARD_KEYS, CONTROLLER, SITE, ASite

NOON = datetime(2027, 1, 15, 12, tzinfo=UTC)


def a_draft(kind: RecordKind = RecordKind.DECISION, detail: str = "", *, subject: str = "holder:h-1") -> Draft:
    at = NOON.isoformat()
    statement = Statement(kind=kind, at=at, clock=ClockQuality.SYNCHRONIZED, mono_ms=1, door="front", detail=detail)
    return Draft(statement, subject)


def a_log(state_dir: Path) -> AuditLog:
    """The log of the controller in this folder, as its door writes it."""
    path = state_dir / "audit.db"
    migrate(path)
    identity = LogIdentity(
        SITE, CONTROLLER, "boot", load_signer(state_dir / "keys" / "log.pem", log_key_name(CONTROLLER))
    )
    return AuditLog(path, identity, draft=a_draft)


def write(state_dir: Path, commits: int, *, records: int = 1, detail: str = "") -> None:
    """Write so many commits of so many records; the very first commit has one more, which opens the log."""
    with closing(a_log(state_dir)) as log:
        for _ in range(commits):
            log.append([a_draft(detail=detail)] * records)


class AHub:
    """The real hub on its database, for what it takes in and acknowledges."""

    def __init__(self, folder: Path, site: ASite, state_dir: Path) -> None:
        self.at = NOON
        self.connection = open_new_site(folder / "site.db", site=SITE)
        self.hub = Hub(
            self.connection,
            site.hub,
            trust=site.trust([state_dir]),
            card_keys=CARD_KEYS,
            store_card_keys=lambda _: None,
        )

    def take(self, payload: bytes) -> list[bytes]:
        """Take a batch in; return the acknowledgements."""
        outgoing = self.hub.handle(Address(Channel.LOG, CONTROLLER), payload, self.at)
        return [each.payload for each in outgoing if each.address.channel is Channel.LOG_ACK]

    def count(self, table: str = "records") -> int:
        """How many of the controller's are held; the hub's own log lies in the same tables."""
        found = self.connection.execute(f"SELECT count(*) FROM {table} WHERE controller = ?", (CONTROLLER,))
        return int(found.fetchone()[0])

    def leaves(self) -> list[bytes]:
        ordered = "SELECT leaf FROM records WHERE controller = ? ORDER BY log_epoch, seq"
        return [bytes(leaf) for (leaf,) in self.connection.execute(ordered, (CONTROLLER,))]

    def epochs(self) -> list[int]:
        """How many records of each epoch of the controller's log are held."""
        counted = "SELECT count(*) FROM records WHERE controller = ? GROUP BY log_epoch ORDER BY log_epoch"
        return [count for (count,) in self.connection.execute(counted, (CONTROLLER,))]

    def forget(self) -> None:
        """Lose every record of the controller."""
        for table in ("openings", "records", "log_heads", "log_nodes"):
            self.connection.execute(f"DELETE FROM {table} WHERE controller = ?", (CONTROLLER,))

    def close(self) -> None:
        self.connection.close()
