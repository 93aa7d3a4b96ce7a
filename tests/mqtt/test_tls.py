"""TLS: whoever is not who they should be is left, and the reason has a name that a person can act on."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from doorctl.brokers import Broker, Tls
from doorctl.errors import ConfigError, Unreachable
from doorctl.keys.certificates import issue_server, load_authority, make_client_files, new_authority, tls_public_key
from doorctl.mqtt.broker_config import CERTIFICATE_FILE, KEY_FILE
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.local_broker import HOST
from doorctl.mqtt.tls import client_context
from tests.brokers import TlsBroker, tls_mosquitto
from tests.mqtt.clients import SECONDS, Inbox, a_client, play, running

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsBroker]:
    with tls_mosquitto("hq", tmp_path_factory.mktemp("broker")) as broker:
        yield broker


def assert_trouble(broker: Broker, name: str) -> None:
    """Prove that a client comes to call its trouble with a broker so, and is not let in meanwhile."""

    async def scenario() -> None:
        client = a_client(broker, "pi-3", Inbox(), subscriptions=())
        task = asyncio.create_task(client.run())
        await until_told(client, name)
        client.stop()
        await task

    play(scenario())


async def until_told(client: MqttClient, name: str) -> None:
    """Wait until a client that is not let in calls the reason so."""
    told = ""
    async with asyncio.timeout(SECONDS):
        while name not in told:
            with pytest.raises(Unreachable) as caught:
                await client.wait_connected(0.4)
            told = str(caught.value)


def a_foreigner(tls: TlsBroker, folder: Path) -> Broker:
    foreign = new_authority(folder / "authority", site="hq", at=NOW)
    make_client_files(foreign, "pi-3", folder / "pi-3", at=NOW)
    return Broker(HOST, tls.broker.port, Tls(tls.ca, folder / "pi-3" / "tls.crt", folder / "pi-3" / "tls.key"))


def one_with_an_expired_certificate(tls: TlsBroker, folder: Path) -> Broker:
    make_client_files(tls.authority, "pi-3", folder / "pi-3", at=NOW - timedelta(days=31 * 365))
    return Broker(HOST, tls.broker.port, Tls(tls.ca, folder / "pi-3" / "tls.crt", folder / "pi-3" / "tls.key"))


def one_without_certificate(tls: TlsBroker, _folder: Path) -> Broker:
    return Broker(HOST, tls.broker.port, Tls(tls.ca))


def one_who_believes_another_authority(tls: TlsBroker, folder: Path) -> Broker:
    foreign = new_authority(folder, site="hq", at=NOW)
    (folder / "other.crt").write_bytes(foreign.pem)
    return tls.seen_by("pi-3")._replace(tls=replace(tls.tls("pi-3"), ca=folder / "other.crt"))


def one_who_believes_the_system(tls: TlsBroker, _folder: Path) -> Broker:
    return tls.seen_by("pi-3")._replace(tls=replace(tls.tls("pi-3"), ca=None))


def one_who_asks_for_another_host(tls: TlsBroker, _folder: Path) -> Broker:
    return tls.seen_by("pi-3")._replace(host="localhost")


def one_without_tls(tls: TlsBroker, _folder: Path) -> Broker:
    return Broker(HOST, tls.broker.port)


@pytest.mark.parametrize(
    ("client", "name"),
    [
        (a_foreigner, "unknown CA: the broker does not believe"),
        (one_with_an_expired_certificate, "certificate expired: ours"),
        (one_without_certificate, "no certificate: the broker asks for ours"),
        (one_who_believes_another_authority, "unknown CA: the broker's certificate"),
        (one_who_believes_the_system, "unknown CA: the broker's certificate"),
        (one_who_asks_for_another_host, "host name mismatch"),
        (one_without_tls, f"{HOST}"),
    ],
)
def test_what_keeps_a_client_out_has_a_name(
    tls: TlsBroker, tmp_path: Path, client: Callable[[TlsBroker, Path], Broker], name: str
) -> None:
    assert_trouble(client(tls, tmp_path), name)


def test_a_broker_whose_certificate_expired_is_left(tmp_path: Path) -> None:
    with tls_mosquitto("hq", tmp_path) as tls:
        authority = load_authority(tmp_path / "authority")
        make_client_files(authority, "broker", tmp_path / "old", at=NOW)
        old = issue_server(authority, [HOST], tls_public_key(tmp_path / "old"), at=NOW - timedelta(days=31 * 365))
        (tmp_path / CERTIFICATE_FILE).write_bytes(old)
        (tmp_path / "broker.key").write_bytes((tmp_path / "old" / "tls.key").read_bytes())
        tls.broker.restart()

        assert_trouble(tls.seen_by("pi-3"), "certificate expired: the broker's")


def test_a_broker_that_speaks_no_tls_is_told() -> None:
    async def scenario() -> None:
        async def in_the_open(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"\x20\x02\x00\x00" * 8)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(in_the_open, HOST, 0)
        broker = Broker(HOST, server.sockets[0].getsockname()[1], Tls())
        client = a_client(broker, "pi-3", Inbox(), subscriptions=())
        task = asyncio.create_task(client.run())
        await until_told(client, "no TLS: what listens there does not speak it")
        client.stop()
        await task
        server.close()

    play(scenario())


def test_messages_that_share_a_record_are_all_read(tls: TlsBroker) -> None:
    publish = b"\x30\x05\x00\x02tt!"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.folder / CERTIFICATE_FILE, tls.folder / KEY_FILE)

    async def scenario() -> None:
        async def all_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1000)
            writer.write(b"\x20\x02\x00\x00")
            subscribe = await reader.read(1000)
            writer.write(b"\x90\x03" + subscribe[2:4] + b"\x01" + 50 * publish)
            await reader.read()
            writer.close()

        inbox = Inbox()
        server = await asyncio.start_server(all_at_once, HOST, 0, ssl=context)
        broker = Broker(HOST, server.sockets[0].getsockname()[1], Tls(tls.ca))
        async with running(a_client(broker, "pi-3", inbox)):
            await inbox.until(50)
        server.close()

        assert len(inbox.messages) == 50

    play(scenario())


def test_a_renewed_certificate_is_used_from_the_next_connection_on(tmp_path: Path) -> None:
    with tls_mosquitto("hq", tmp_path) as tls:
        folder = tmp_path / "pi-3"
        make_client_files(tls.authority, "pi-3", folder, at=NOW - timedelta(days=31 * 365))
        reached = Broker(HOST, tls.broker.port, Tls(tls.ca, folder / "tls.crt", folder / "tls.key"))

        async def scenario() -> None:
            client = a_client(reached, "pi-3", Inbox(), subscriptions=())
            task = asyncio.create_task(client.run())
            with pytest.raises(Unreachable):
                await client.wait_connected(0.3)
            (folder / "tls.crt").write_bytes(tls.certificate("pi-3", tls_public_key(folder)))
            await client.wait_connected(SECONDS)
            client.stop()
            await task

        play(scenario())


def test_a_context_asks_for_tls_1_2_and_checks_the_host() -> None:
    context = client_context(Tls())

    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def no_ca(files: Tls) -> Tls:
    return replace(files, ca=Path("missing.crt"))


def a_key_as_ca(files: Tls) -> Tls:
    return replace(files, ca=files.key)


def no_certificate(files: Tls) -> Tls:
    return replace(files, certificate=Path("missing.crt"))


def no_key(files: Tls) -> Tls:
    return replace(files, key=Path("missing.key"))


def a_key_in_place_of_the_certificate(files: Tls) -> Tls:
    return replace(files, certificate=files.key)


def another_key(files: Tls) -> Tls:
    assert files.key is not None
    return _with_key(files, _a_pem(b""))


def a_key_with_a_passphrase(files: Tls) -> Tls:
    return _with_key(files, _a_pem(b"secret"))


def a_key_that_others_read(files: Tls) -> Tls:
    assert files.key is not None
    files.key.chmod(0o640)
    return files


def _a_pem(passphrase: bytes) -> bytes:
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def _with_key(files: Tls, pem: bytes) -> Tls:
    assert files.key is not None
    files.key.write_bytes(pem)
    return files


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (no_ca, r"^ca: cannot read missing\.crt: No such file"),
        (a_key_as_ca, "^ca: .* holds no certificate in PEM form"),
        (no_certificate, r"^certificate: cannot read missing\.crt: No such file"),
        (no_key, r"^key: cannot read missing\.key: No such file"),
        (a_key_in_place_of_the_certificate, "^certificate, key: .* are not both in PEM form"),
        (another_key, "^key: .* is not the key of certificate"),
        (a_key_with_a_passphrase, "^key: .* has a passphrase"),
        (a_key_that_others_read, "^key: .* is readable by others: chmod 600"),
    ],
)
def test_files_that_cannot_be_used_are_told_before_the_start(
    tmp_path: Path, spoil: Callable[[Tls], Tls], told: str
) -> None:
    make_client_files(new_authority(tmp_path / "ca", site="hq", at=NOW), "pi-3", tmp_path, at=NOW)
    files = spoil(Tls(tmp_path / "ca.crt", tmp_path / "tls.crt", tmp_path / "tls.key"))

    with pytest.raises(ConfigError, match=told):
        a_client(Broker("broker", 8883, files), "pi-3", Inbox())
