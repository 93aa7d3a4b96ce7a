"""What files and sockets are called; docs/architecture.md tells who writes each, and what it is."""

from enum import StrEnum
from pathlib import Path

CONTROLLER_CONFIG = Path("/etc/doorctl/controller.toml")
"""Where the units of a controller look."""


class StateFile(StrEnum):
    """In the ``state_dir`` of a controller, a hub or an admin."""

    AUDIT_ANCHOR = "audit.anchor"
    ANCHORS = "anchors"
    """A folder."""
    AUDIT_LOG = "audit.db"
    BACKUP_LOCK = "backup.lock"
    BACKUP_WORK = "backup.work"
    """A folder."""
    BACKUPS = "backups"
    """A folder."""
    CARD_KEYS = "card.keys"
    COSIGNED = "cosigned.note"
    """The newest checkpoint of the controller's log that the hub has cosigned."""
    FORK_MARK = "policy.forked"
    HUB_LOG = "hub.log"
    """What a controller has seen of the hub's own log."""
    KEPT_NOTES = "kept-notes.db"
    KEYS = "keys"
    """A folder, of ``KeyFile``."""
    LOG_ACKNOWLEDGED = "log.acknowledged"
    OSDP_KEYS = "osdp.keys"
    POLICY = "policy.db"
    """A symbolic link."""
    POLICY_BROKEN = "policy.db.broken"
    POLICY_NEXT = "policy.db.next"
    RESTORED = "restored.json"
    SITE = "site.db"
    SNAPSHOTS = "snapshots"
    """A folder."""
    TRUST = "trust.note"
    WORD_COUNTER = "words.counter"


class KeyFile(StrEnum):
    """In a folder of keys: an identity's two, or a controller's."""

    SIGN = "sign.pem"
    BOX = "box.pem"
    ACK = "ack.pem"
    LOG = "log.pem"
    TLS_PUBLIC = "tls.pub"


class RunFile(StrEnum):
    """In the ``runtime_dir`` of a controller."""

    STRIKES = "strikes.rest"
    """Of a door on real pins."""


class RunSocket(StrEnum):
    """In the ``runtime_dir`` of a controller."""

    BELL = "bell.sock"
    KEEPER = "keeper.sock"
    PAIRING = "pairing.sock"
    SIMULATOR = "simulator.sock"
    TECHNICIAN = "technician.sock"
