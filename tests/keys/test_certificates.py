"""Certificates: believed by TLS for what they were issued for, and for nothing else; valid for decades."""

import os
import socket
import ssl
import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from doorctl.errors import KeyFileError
from doorctl.keys.certificates import (
    CA_CERTIFICATE,
    CA_KEY,
    TLS_CERTIFICATE,
    TLS_KEY,
    Authority,
    common_name,
    expires_at,
    issue_server,
    load_authority,
    load_certificate,
    make_client_files,
    new_authority,
    tls_public_key,
    write_certificate,
)
from doorctl.keys.identity import new_signing_key
from tests.certificates import has_issued

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return new_authority(tmp_path / "ca", site="hq", at=NOW)


def a_server(authority: Authority, folder: Path, *hosts: str) -> Path:
    folder.mkdir()
    new_signing_key(folder / TLS_KEY)
    pem = issue_server(authority, hosts, tls_public_key(folder), at=NOW)
    write_certificate(folder / TLS_CERTIFICATE, pem)
    return folder


def a_client(authority: Authority, folder: Path, name: str = "pi-3") -> Path:
    make_client_files(authority, name, folder, at=NOW)
    return folder


def context(folder: Path, ca: Path, protocol: int, version: ssl.TLSVersion) -> ssl.SSLContext:
    made = ssl.SSLContext(protocol)
    made.verify_mode = ssl.CERT_REQUIRED
    made.minimum_version = made.maximum_version = version
    made.load_verify_locations(ca)
    made.load_cert_chain(folder / TLS_CERTIFICATE, folder / TLS_KEY)
    return made


def shake_hands(
    server: Path, client: Path, ca: Path, host: str, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> str:
    """Return the common name that the server has seen. Raises ssl.SSLError."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        seen: list[str] = []
        serving = threading.Thread(
            target=_serve, args=(theirs, context(server, ca, ssl.PROTOCOL_TLS_SERVER, version), seen)
        )
        serving.start()
        try:
            with context(client, ca, ssl.PROTOCOL_TLS_CLIENT, version).wrap_socket(
                ours, server_hostname=host
            ) as line:
                line.recv(1)
        finally:
            ours.close()
            serving.join()
    return seen[0]


def _serve(line: socket.socket, tls: ssl.SSLContext, seen: list[str]) -> None:
    try:
        with tls.wrap_socket(line, server_side=True) as secured:
            found = secured.getpeercert() or {}
            seen.append(str(dict(pair[0] for pair in found["subject"])["commonName"]))  # type: ignore[misc]
            secured.send(b"!")
    except OSError:
        line.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("host", ["broker.hq.example", "127.0.0.1", "::1"])
def test_both_ends_believe_what_the_authority_has_issued(
    authority: Authority, tmp_path: Path, version: ssl.TLSVersion, host: str
) -> None:
    server = a_server(authority, tmp_path / "broker", "broker.hq.example", "127.0.0.1", "::1")
    client = a_client(authority, tmp_path / "pi")

    assert shake_hands(server, client, tmp_path / "ca" / CA_CERTIFICATE, host, version) == "pi-3"


def a_foreign_host(authority: Authority, folder: Path) -> tuple[Path, Path, str]:
    return a_server(authority, folder / "broker", "broker"), a_client(authority, folder / "pi"), "other"


def a_foreign_server(_authority: Authority, folder: Path) -> tuple[Path, Path, str]:
    foreign = new_authority(folder / "foreign", site="hq", at=NOW)
    return a_server(foreign, folder / "broker", "broker"), a_client(foreign, folder / "pi"), "broker"


def a_client_in_place_of_the_server(authority: Authority, folder: Path) -> tuple[Path, Path, str]:
    return a_client(authority, folder / "rogue", "broker"), a_client(authority, folder / "pi"), "broker"


def an_expired_server(_authority: Authority, folder: Path) -> tuple[Path, Path, str]:
    old = NOW - timedelta(days=31 * 365)
    authority = load_authority(folder / "ca")
    folder.joinpath("broker").mkdir()
    new_signing_key(folder / "broker" / TLS_KEY)
    pem = issue_server(authority, ["broker"], tls_public_key(folder / "broker"), at=old)
    write_certificate(folder / "broker" / TLS_CERTIFICATE, pem)
    return folder / "broker", a_client(authority, folder / "pi"), "broker"


@pytest.mark.parametrize(
    "ends", [a_foreign_host, a_foreign_server, a_client_in_place_of_the_server, an_expired_server]
)
def test_a_client_leaves_a_server_that_is_not_the_broker(
    authority: Authority, tmp_path: Path, ends: Callable[[Authority, Path], tuple[Path, Path, str]]
) -> None:
    server, client, host = ends(authority, tmp_path)

    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(server, client, tmp_path / "ca" / CA_CERTIFICATE, host)


def test_a_server_leaves_a_client_of_another_authority(authority: Authority, tmp_path: Path) -> None:
    server = a_server(authority, tmp_path / "broker", "broker")
    foreign = a_client(new_authority(tmp_path / "foreign", site="hq", at=NOW), tmp_path / "pi")

    with pytest.raises(OSError, match=r"(?i)unknown ca|closed|reset|eof"):
        shake_hands(server, foreign, tmp_path / "ca" / CA_CERTIFICATE, "broker")


def test_a_certificate_lasts_for_decades_and_counts_on_a_controller_without_a_clock(
    authority: Authority, tmp_path: Path
) -> None:
    certificate = load_certificate(a_client(authority, tmp_path / "pi") / TLS_CERTIFICATE)

    assert certificate.not_valid_before_utc <= datetime(2000, 1, 1, tzinfo=UTC)
    assert certificate.not_valid_after_utc >= NOW + timedelta(days=29 * 365)
    assert expires_at(tmp_path / "pi" / TLS_CERTIFICATE) == certificate.not_valid_after_utc


def test_private_keys_are_for_their_owner_alone(authority: Authority, tmp_path: Path) -> None:
    keys = [tmp_path / "ca" / CA_KEY, a_client(authority, tmp_path / "pi") / TLS_KEY]

    assert [stat.S_IMODE(path.stat().st_mode) for path in keys] == [0o600, 0o600]


def test_an_authority_is_read_back_whole(authority: Authority, tmp_path: Path) -> None:
    client = load_certificate(a_client(authority, tmp_path / "pi") / TLS_CERTIFICATE)
    loaded = load_authority(tmp_path / "ca")

    assert (loaded.pem, common_name(client), has_issued(loaded.certificate, client)) == (authority.pem, "pi-3", True)


def test_an_authority_is_never_overwritten(authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        new_authority(tmp_path / "ca", site="hq", at=NOW)


def test_another_authority_has_not_issued_it(authority: Authority, tmp_path: Path) -> None:
    client = load_certificate(a_client(authority, tmp_path / "pi") / TLS_CERTIFICATE)

    assert not has_issued(new_authority(tmp_path / "other", site="hq", at=NOW).certificate, client)


def test_a_key_of_another_authority_is_told(authority: Authority, tmp_path: Path) -> None:
    new_authority(tmp_path / "other", site="hq", at=NOW)
    (tmp_path / "other" / CA_KEY).replace(tmp_path / "ca" / CA_KEY)

    with pytest.raises(KeyFileError, match="is not the certificate of"):
        load_authority(tmp_path / "ca")


@pytest.mark.parametrize("content", [None, b"", os.urandom(100)], ids=["none", "empty", "noise"])
def test_what_is_no_certificate_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "tls.crt"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(KeyFileError, match=r"tls\.crt"):
        load_certificate(path)
