"""Brokers for tests: real ones, each on a free loopback port, ended with the test."""

import getpass
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from doorctl.brokers import Broker, Tls
from doorctl.keys.certificates import (
    CA_CERTIFICATE,
    TLS_CERTIFICATE,
    TLS_KEY,
    Authority,
    issue_client,
    issue_server,
    make_client_files,
    new_authority,
    write_certificate,
)
from doorctl.keys.identity import load_signer, new_signing_key
from doorctl.mqtt.broker_config import ACL_FILE, CERTIFICATE_FILE, KEY_FILE, Listener, access_list, mosquitto_conf
from doorctl.mqtt.local_broker import HOST, BrokerKind, LocalBroker

HUGE = 1 << 24


@contextmanager
def a_broker(folder: Path, kind: BrokerKind = BrokerKind.MOSQUITTO) -> Iterator[LocalBroker]:
    """Run a broker that lets packets of any size pass, as a hostile one would."""
    broker = LocalBroker(folder, kind=kind, max_packet_bytes=HUGE)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


@dataclass(frozen=True, slots=True)
class TlsBroker:
    """A mosquitto as ``doorctl broker-config`` makes it, and the authority of its site."""

    broker: LocalBroker
    authority: Authority
    folder: Path

    @property
    def url(self) -> str:
        """What stands in ``brokers``."""
        return f"mqtts://{HOST}:{self.broker.port}"

    @property
    def ca(self) -> Path:
        """What stands in ``ca``."""
        return self.folder / "ca.crt"

    def tls(self, name: str) -> Tls:
        """Return the files of a client of this common name, made when they are first asked for."""
        folder = self.folder / "clients" / name
        if not folder.exists():
            make_client_files(self.authority, name, folder, at=datetime.now(UTC))
        return Tls(self.ca, folder / TLS_CERTIFICATE, folder / TLS_KEY)

    def certificate(self, name: str, public_key: bytes) -> bytes:
        """Issue a certificate for a key that was born elsewhere."""
        return issue_client(self.authority, name, public_key, at=datetime.now(UTC))

    def seen_by(self, name: str) -> Broker:
        """Return the broker as a client of this name reaches it."""
        return Broker(HOST, self.broker.port, self.tls(name))

    def lines(self, name: str) -> str:
        """Return the lines of a configuration's ``[mqtt]`` or ``[link]`` for a client of this name."""
        tls = self.tls(name)
        return f'brokers = ["{self.url}"]\nca = "{tls.ca}"\ncertificate = "{tls.certificate}"\nkey = "{tls.key}"\n'


@contextmanager
def tls_mosquitto(
    site: str,
    folder: Path,
    *,
    admins: Iterable[str] = (),
    authority: Authority | None = None,
    more_acl: str = "",
    more_conf: str = "",
    edit_conf: tuple[str, str] = ("", ""),
) -> Iterator[TlsBroker]:
    """Run mosquitto with TLS and the access list of a site; what is ``more`` or ``edit`` makes holes."""
    made = a_tls_mosquitto(
        site, folder, admins=admins, authority=authority, more_acl=more_acl, more_conf=more_conf, edit_conf=edit_conf
    )
    made.broker.start()
    try:
        yield made
    finally:
        made.broker.kill()


def a_tls_mosquitto(
    site: str,
    folder: Path,
    *,
    admins: Iterable[str] = (),
    authority: Authority | None = None,
    more_acl: str = "",
    more_conf: str = "",
    edit_conf: tuple[str, str] = ("", ""),
) -> TlsBroker:
    """Make such a broker, not started yet; several of one site share an ``authority``."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = authority or new_authority(folder / "authority", site=site, at=datetime.now(UTC))
    write_certificate(folder / CA_CERTIFICATE, authority.pem)
    new_signing_key(folder / KEY_FILE)
    public_key = load_signer(folder / KEY_FILE, "broker").verifier.public_key
    write_certificate(folder / CERTIFICATE_FILE, issue_server(authority, [HOST], public_key, at=datetime.now(UTC)))
    (folder / ACL_FILE).write_text(access_list(site, admins) + more_acl)
    (folder / ACL_FILE).chmod(0o600)

    def conf(port: int) -> str:
        text = mosquitto_conf(Listener(HOST, port, folder, getpass.getuser()))
        return text.replace(*edit_conf, 1) + more_conf

    broker = LocalBroker(folder, kind=BrokerKind.MOSQUITTO, mosquitto_conf=conf)
    return TlsBroker(broker, authority, folder)
