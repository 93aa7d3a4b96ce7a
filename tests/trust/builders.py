"""Roots, keys and trust for tests; a root is a key of the site root of ``hq``."""

from itertools import pairwise

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from doorctl.keys.identity import root_key_name
from doorctl.trust.note import AdminKeys, ControllerKeys, HubKeys, Role, Trust
from doorctl.trust.root_history import change_root
from doorctl.trust.verify import SignedTrust, sign_trust
from doorctl.wire.notes import Signer

SITE = "hq"
PI = ControllerKeys(id="pi-4f", ack=b"a" * 32, log=b"l" * 32, box=b"b" * 32, tls=b"t" * 32)
ADA = AdminKeys(id="ada", sign=b"s" * 32, box=b"b" * 32, roles=(Role.OFFICER, Role.ADMIN))


def a_root() -> Signer:
    return Signer(root_key_name(SITE), Ed25519PrivateKey.generate())


def public(*roots: Signer) -> tuple[bytes, ...]:
    return tuple(root.verifier.public_key for root in roots)


def some_trust(*roots: Signer, version: int = 1, **facts: object) -> Trust:
    hub = HubKeys(name="hub.hq", sign=b"s" * 32, box=b"b" * 32)
    return replace(Trust(site=SITE, version=version, roots=public(*roots) or (b"r" * 32,), hub=hub), **facts)


def rotated(trust: Trust, *roots: Signer) -> SignedTrust:
    """Replace the root once for each pair of neighbours, and sign with the last."""
    for old, new in pairwise(roots):
        trust = change_root(trust, old=[old], new=[new])
    return sign_trust(trust, roots[-1])
