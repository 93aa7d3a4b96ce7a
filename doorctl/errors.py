"""The exceptions of doorctl, split by whose fault it is."""


class DoorctlError(Exception):
    """Something doorctl says in one sentence: what, where, and what to do next."""


class Refused(DoorctlError):
    """The other side broke a rule: count it, record it where it matters, go on."""

    def __init__(self, refusal: str, detail: str = "") -> None:
        """Keep the stable word of the refusal apart from the text for a person."""
        super().__init__(f"{refusal}: {detail}" if detail else refusal)
        self.refusal = refusal
        self.detail = detail


class ConfigError(DoorctlError):
    """A configuration file has mistakes; the text names every one of them."""


class WrongUse(DoorctlError):
    """A command cannot be meant as it was typed: nobody was asked."""


class KeyFileError(DoorctlError):
    """A key file is missing, readable by others, or not a key."""


class PolicyUnavailable(DoorctlError):
    """policy.db cannot be read: doors deny until the keeper has rebuilt it."""


class AuditUnavailable(DoorctlError):
    """audit.db cannot be opened or written."""


class Unreachable(DoorctlError):
    """The broker or the hub gave no answer in time."""


class BoardUnusable(DoorctlError):
    """The board cannot be opened: its library, its pins or its layout."""


class AlreadyRuns(DoorctlError):
    """Another process of this kind has the folder: two would spoil each other's files and sockets."""


class SiteUnavailable(DoorctlError):
    """site.db cannot be opened: the hub does not start."""
