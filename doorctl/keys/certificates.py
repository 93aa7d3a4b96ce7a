"""The site's own certificate authority for TLS, and the certificates that it issues; all keys are Ed25519.

A certificate only opens the broker's door: who may say what is the signed trust's to tell. So certificates last
long, and begin long ago: a controller without a clock must reach the hub before it knows the time (ADR 8).
A client's common name is its name in topics: the controller's, the admin's, or ``hub``.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from doorctl.durable import write_new_file
from doorctl.errors import KeyFileError
from doorctl.keys.identity import load_signer, new_signing_key

CA_KEY, CA_CERTIFICATE, ISSUED_FOLDER = "ca.key", "ca.crt", "issued"
TLS_KEY, TLS_CERTIFICATE = "tls.key", "tls.crt"
LIFETIME = timedelta(days=30 * 365)

_BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
_READABLE_BY_ALL = 0o644
_WITHDRAWN = x509.CRLReason(x509.ReasonFlags.privilege_withdrawn)


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority: what all believe, and the key that signs."""

    certificate: x509.Certificate
    key: Ed25519PrivateKey
    folder: Path

    @property
    def pem(self) -> bytes:
        """What every client and broker is given to believe."""
        return self.certificate.public_bytes(Encoding.PEM)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that a client was issued: whose it is, for which raw public key, and until when."""

    name: str
    public_key: bytes
    serial: int
    expires: datetime


def new_authority(folder: Path, *, site: str, at: datetime) -> Authority:
    """Make ``ca.key``, for its owner alone, and ``ca.crt`` in this folder. Raises FileExistsError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    new_signing_key(folder / CA_KEY)
    key = load_signer(folder / CA_KEY, site).private_key
    name = _named(f"doorctl {site}")
    builder = _begin(name, key.public_key(), at).issuer_name(name)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_key_usage(signs_certificates=True), critical=True)
    authority = Authority(builder.sign(key, None), key, folder)
    write_new_file(folder / CA_CERTIFICATE, authority.pem, mode=_READABLE_BY_ALL)
    return authority


def load_authority(folder: Path) -> Authority:
    """Load what ``new_authority`` has made. Raises KeyFileError."""
    certificate = load_certificate(folder / CA_CERTIFICATE)
    key = load_signer(folder / CA_KEY, "ca").private_key
    if certificate.public_key() != key.public_key():
        raise KeyFileError(f"{folder / CA_CERTIFICATE} is not the certificate of {folder / CA_KEY}")
    return Authority(certificate, key, folder)


def issue_client(authority: Authority, name: str, public_key: bytes, *, at: datetime) -> bytes:
    """Issue the certificate of a client, in PEM form, for its raw public key; ``name`` is its name in topics.

    A copy is kept in the authority's folder ``issued``: by it the certificate can be revoked.
    """
    return _issue(authority, name, public_key, at=at, purpose=ExtendedKeyUsageOID.CLIENT_AUTH)


def issue_server(authority: Authority, hosts: Sequence[str], public_key: bytes, *, at: datetime) -> bytes:
    """Issue the certificate of a broker that answers by these names and addresses, in PEM form."""
    return _issue(authority, hosts[0], public_key, at=at, purpose=ExtendedKeyUsageOID.SERVER_AUTH, hosts=hosts)


def issued_to_clients(authority: Authority) -> tuple[Issued, ...]:
    """Return every certificate that clients were issued, as the authority keeps them. Raises KeyFileError."""
    paths = sorted((authority.folder / ISSUED_FOLDER).glob("*.crt"))
    return tuple(_issued(each) for each in map(load_certificate, paths) if _is_client(each))


def make_client_files(authority: Authority, name: str, folder: Path, *, at: datetime) -> None:
    """Make ``tls.key``, ``tls.crt`` and a copy of ``ca.crt`` for a client in its folder. Raises FileExistsError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    new_signing_key(folder / TLS_KEY)
    write_certificate(folder / TLS_CERTIFICATE, issue_client(authority, name, tls_public_key(folder), at=at))
    write_certificate(folder / CA_CERTIFICATE, authority.pem)


def tls_public_key(folder: Path) -> bytes:
    """Return the raw public half of the ``tls.key`` in a folder. Raises KeyFileError."""
    return load_signer(folder / TLS_KEY, "tls").verifier.public_key


def write_certificate(path: Path, pem: bytes) -> None:
    """Store a certificate as a new file. Raises FileExistsError."""
    write_new_file(path, pem, mode=_READABLE_BY_ALL)


def load_certificate(path: Path) -> x509.Certificate:
    """Load a certificate in PEM form. Raises KeyFileError."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except OSError as error:
        raise KeyFileError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise KeyFileError(f"{path} is not a certificate in PEM form") from error


def expires_at(path: Path) -> datetime:
    """Return the moment from which a certificate no longer counts. Raises KeyFileError."""
    return load_certificate(path).not_valid_after_utc


def common_name(certificate: x509.Certificate) -> str:
    """Return whose certificate it is: its name in topics, for one that we have issued."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def revocation_list(
    authority: Authority, serials: Iterable[int], *, withdrawn: Iterable[int] = (), at: datetime
) -> bytes:
    """Sign the list of revoked certificates, in PEM form; ``withdrawn`` are those that trust names no longer."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority.certificate.subject)
    builder = builder.last_update(_BEGIN).next_update(at + LIFETIME)
    by_hand = frozenset(serials)
    for serial in sorted(by_hand | frozenset(withdrawn)):
        revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at)
        if serial not in by_hand:
            revoked = revoked.add_extension(_WITHDRAWN, critical=False)
        builder = builder.add_revoked_certificate(revoked.build())
    return builder.sign(authority.key, None).public_bytes(Encoding.PEM)


def revoked_serials(path: Path) -> frozenset[int]:
    """Return whom a list names that were revoked by hand, by serial number; no list, nobody. Raises KeyFileError."""
    try:
        return frozenset(
            each.serial_number for each in x509.load_pem_x509_crl(path.read_bytes()) if not len(each.extensions)
        )
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError) as error:
        raise KeyFileError(f"{path} is not a list of revoked certificates in PEM form") from error


def _issue(
    authority: Authority,
    name: str,
    public_key: bytes,
    *,
    at: datetime,
    purpose: ObjectIdentifier,
    hosts: Sequence[str] = (),
) -> bytes:
    issuer = authority.certificate
    builder = _begin(_named(name), Ed25519PublicKey.from_public_bytes(public_key), at).issuer_name(issuer.subject)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
    known_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = builder.add_extension(known_by, critical=False)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
    certificate = builder.sign(authority.key, None)
    pem = certificate.public_bytes(Encoding.PEM)
    (authority.folder / ISSUED_FOLDER).mkdir(mode=0o700, exist_ok=True)
    write_certificate(authority.folder / ISSUED_FOLDER / f"{name}-{certificate.serial_number:x}.crt", pem)
    return pem


def _is_client(certificate: x509.Certificate) -> bool:
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    return ExtendedKeyUsageOID.CLIENT_AUTH in usage


def _issued(certificate: x509.Certificate) -> Issued:
    der = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    raw = der[-32:]  # of an Ed25519 key, RFC 8410
    return Issued(common_name(certificate), raw, certificate.serial_number, certificate.not_valid_after_utc)


def _begin(subject: x509.Name, public_key: Ed25519PublicKey, at: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_BEGIN)
        .not_valid_after(at + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
