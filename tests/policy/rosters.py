"""Officers, trust and rosters to test with: Grace and Alan are officers, Ada is on the roster with her card."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorctl.keys.identity import admin_key_name, hub_key_name, root_key_name
from doorctl.policy.rows import ScheduleRow
from doorctl.trust.note import AdminKeys, HubKeys, Role, Trust
from doorctl.wire.messages import to_text
from doorctl.wire.notes import Signer, sign_text
from doorctl.wire.roster import Roster, RosterLine, card_mark
from tests.policy.policies import KEY

ZONE = "floor-3"


def a_signer(name: str) -> Signer:
    """Make the same key each time."""
    return Signer(name, Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b".")))


ROOT = a_signer(root_key_name("hq"))
HUB = a_signer(hub_key_name("hq"))
GRACE, ALAN, CLERK = (a_signer(admin_key_name(name)) for name in ("grace", "alan", "clerk"))
ADAS_LINE = RosterLine("ada", card_mark(KEY))


def trust(version: int = 1, *, officers: Sequence[str] = ("grace", "alan")) -> Trust:
    """Name these admins as officers, and a clerk."""
    signers = {"grace": GRACE, "alan": ALAN}
    admins = [AdminKeys(name, signers[name].verifier.public_key, b"b" * 32, (Role.OFFICER,)) for name in officers]
    clerk = AdminKeys("clerk", CLERK.verifier.public_key, b"b" * 32, (Role.CLERK, Role.ADMIN))
    return Trust(
        site="hq",
        version=version,
        roots=(ROOT.verifier.public_key,),
        hub=HubKeys(HUB.name, HUB.verifier.public_key, b"b" * 32),
        admins=(*admins, clerk),
    )


def a_roster(
    *lines: RosterLine,
    version: int = 1,
    zone: str = ZONE,
    ring: int = 1,
    by: Sequence[Signer] = (GRACE,),
    schedules: tuple[ScheduleRow, ...] = (),
    timezone: str = "UTC",
) -> str:
    """Write a roster as these sign it; Ada's line stands in it where no other is given."""
    roster = Roster("hq", zone, version, 0, ring, lines or (ADAS_LINE,), schedules, timezone)
    return sign_text(to_text(roster), *by).decode()
