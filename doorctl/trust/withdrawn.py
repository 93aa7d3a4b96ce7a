"""Which certificates the signed trust stands for no longer: by them a broker shall let nobody in."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from doorctl.keys.certificates import Issued
from doorctl.trust.note import Trust
from doorctl.wire.topics import HUB_NAME

Keys = Collection[bytes]


def withdrawn_serials(issued: Iterable[Issued], trust: Trust) -> frozenset[int]:
    """Return the serial numbers of the certificates, of those that clients were issued, that count no longer.

    A controller's counts with the TLS key that trust names; an admin's with the key that was certified last, for
    trust names none; the hub's always.
    """
    clients = [each for each in issued if each.name != HUB_NAME]
    good = _good_keys(clients, trust)
    return frozenset(each.serial for each in clients if not _counts(each, good))


def _counts(certificate: Issued, good: Mapping[str, Keys | None]) -> bool:
    keys = good.get(certificate.name, ())
    return keys is None or certificate.public_key in keys


def _good_keys(clients: Sequence[Issued], trust: Trust) -> Mapping[str, Keys | None]:
    """Return by name the keys that count; None is any."""
    controllers = {each.id: None if each.tls is None else (each.tls,) for each in trust.controllers}
    return {**controllers, **{each.id: _newest_keys(clients, each.id) for each in trust.admins}}


def _newest_keys(clients: Sequence[Issued], name: str) -> Keys:
    own = [each for each in clients if each.name == name]
    newest = max((each.expires for each in own), default=None)
    return {each.public_key for each in own if each.expires == newest}
