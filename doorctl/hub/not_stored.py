"""What an admin is told where the hub cannot write: what took effect all the same, and what still may."""

import sqlite3

from doorctl.errors import Refused

_WHY = "the hub cannot use its database: look at its disk"
_MAY_COUNT_YET = "the command may still take effect until it expires: look before you repeat it"

NOTHING_CHANGED = Refused("storage-failed", f"{_WHY}; nothing was changed")
ONLY_ORDERED = Refused(
    "storage-failed",
    f"{_WHY}; whom it suspends or removes every controller is told to deny at once, until its doors are restarted or "
    "the policy changes; nothing is stored: give the command again when the disk is mended",
)


def not_remembered(refusal: Refused, why: Refused | sqlite3.Error) -> Refused:
    """Return what to say of a refused command that is not remembered: delivered again, it may succeed."""
    if refusal is ONLY_ORDERED:
        return refusal  # it would do then what its admin wants
    if isinstance(why, Refused):
        return Refused(why.refusal, f"{why.detail}; {_MAY_COUNT_YET}")
    return Refused("storage-failed", f"{_WHY}; {_MAY_COUNT_YET}")
