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
from doorctl.hub.site_db import open_site
from doorctl.keys.identity import load_signer, log_key_name
from doorctl.wire.topics import Address, Channel
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
        self.connection = open_site(folder / "site.db", site=SITE)
        self.hub = Hub(
            self.connection,
            site.hub,
            trust=site.trust([state_dir]),
            card_keys=CARD_KEYS,
            store_card_keys=lambda _: None,
        )

    def take(self, payload: bytes) -> list[bytes]:
        """Take a batch in; return the acknowledgements."""
        outgoing = self.hub.handle(Address(Channel.LOG, CONTROLLER), payload, NOON)
        return [each.payload for each in outgoing if each.address.channel is Channel.LOG_ACK]

    def count(self, table: str = "records") -> int:
        return int(self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def leaves(self) -> list[bytes]:
        return [
            bytes(leaf) for (leaf,) in self.connection.execute("SELECT leaf FROM records ORDER BY log_epoch, seq")
        ]

    def forget(self) -> None:
        """Lose every record, as a hub does that was restored from an old backup."""
        for table in ("openings", "records", "log_heads"):
            self.connection.execute(f"DELETE FROM {table}")

    def close(self) -> None:
        self.connection.close()
