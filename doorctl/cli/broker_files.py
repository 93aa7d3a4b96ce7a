"""Whose the broker's files are, and which certificates let nobody in at it any more.

mosquitto reads its files anew when it is told to, as the account that it runs by then: a list that this account
cannot read is no list, and everybody may say and hear everything.
"""

import os
import pwd
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from doorctl.keys.certificates import HUB_NAME, ISSUED_FOLDER, Authority, common_name, load_certificate
from doorctl.trust.note import Trust

Owner = tuple[int, int]

_OWNER_ALONE, _READABLE_BY_ALL = 0o600, 0o644


def owner_called(user: str) -> Owner | None:
    """Return user and group of mosquitto's account, where we may give files away and it exists."""
    if os.geteuid() != 0:
        return None
    try:
        found = pwd.getpwnam(user)
    except KeyError:
        return None
    return found.pw_uid, found.pw_gid


def list_mode(owner: Owner | None) -> int:
    """Return the mode of the access list: of names alone, so that it may be open where we cannot give it away."""
    return _READABLE_BY_ALL if owner is None else _OWNER_ALONE


def give_away(paths: Iterable[Path], owner: Owner | None) -> None:
    """Let files and folders that are there belong to mosquitto's account. Raises OSError."""
    for path in paths:
        if owner is not None and path.exists():
            os.chown(path, *owner)


def withdrawn_serials(authority: Authority, trust: Trust) -> frozenset[int]:
    """Return the serial numbers of issued certificates that trust stands for no longer. Raises KeyFileError.

    A controller's counts with the TLS key that trust names; an admin's with the key that was certified last, for
    trust names none; the hub's always, and so does a broker's.
    """
    issued = [load_certificate(path) for path in sorted((authority.folder / ISSUED_FOLDER).glob("*.crt"))]
    clients = [each for each in issued if _is_client(each) and common_name(each) != HUB_NAME]
    good = _good_keys(clients, trust)
    return frozenset(each.serial_number for each in clients if not _counts(each, good))


def _counts(certificate: x509.Certificate, good: dict[str, Collection[bytes] | None]) -> bool:
    keys = good.get(common_name(certificate), ())
    return keys is None or _raw(certificate) in keys


def _good_keys(clients: Sequence[x509.Certificate], trust: Trust) -> dict[str, Collection[bytes] | None]:
    """Return by name the keys that count; None is any."""
    controllers = {each.id: None if each.tls is None else (each.tls,) for each in trust.controllers}
    return {**controllers, **{each.id: _newest_keys(clients, each.id) for each in trust.admins}}


def _newest_keys(clients: Sequence[x509.Certificate], name: str) -> Collection[bytes]:
    own = [each for each in clients if common_name(each) == name]
    newest = max((each.not_valid_after_utc for each in own), default=None)
    return {_raw(each) for each in own if each.not_valid_after_utc == newest}


def _is_client(certificate: x509.Certificate) -> bool:
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    return ExtendedKeyUsageOID.CLIENT_AUTH in usage


def _raw(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)[-32:]
