"""Whether an admin's commands count at all now: whoever is suspended commands nothing, expired trust adds nothing."""

import sqlite3

from doorctl.errors import Refused
from doorctl.hub.rights.roles import Effect, effect_of
from doorctl.trust.note import Trust
from doorctl.trust.verify import is_expired
from doorctl.wire.verb import VerbStruct

_GOES_ON = frozenset({Effect.REDUCES, Effect.ENDS, Effect.ASKS})
"""What admins may still do when trust has expired, or is not the newest."""


def suspended_admins(connection: sqlite3.Connection) -> frozenset[str]:
    """Return the admins whom an officer has suspended."""
    return frozenset(admin for (admin,) in connection.execute("SELECT id FROM suspended_admins"))


def check_trust_is_newest(do: VerbStruct, *, newer: int | None) -> None:
    """Refuse what lets people in while we lack newer trust: whoever commands may be revoked there."""
    if newer is not None and effect_of(do) not in _GOES_ON:
        raise Refused(
            "trust-behind",
            f"there is trust version {newer}, and the hub has an older one: bring it the newest trust.note; "
            "what takes away goes on. A controller that only claims so: `doorctl trust revoke-key NAME`",
        )


def check_not_to_be_suspended(admin: str, to_be_suspended: frozenset[str]) -> None:
    """Refuse whoever will be suspended as soon as the hub has its changes back: ``admin-suspended``."""
    if admin in to_be_suspended:
        raise Refused("admin-suspended", "an officer suspends you as soon as the hub has its newest changes back")


def check_standing(connection: sqlite3.Connection, admin: str, do: VerbStruct, *, trust: Trust, at: int) -> None:
    """Refuse what does not count now, whatever the roles say: ``admin-suspended``, ``trust-expired``."""
    if admin in suspended_admins(connection):
        raise Refused(
            "admin-suspended", "an officer has suspended you: ask one to end it with `doorctl admin restore`"
        )
    if is_expired(trust, at) and effect_of(do) not in _GOES_ON:
        raise Refused(
            "trust-expired",
            "the site's trust has expired: only what takes away goes on until the holder of a root key signs it anew "
            "(`doorctl trust set-expiry`)",
        )
