"""``doorctl broker-config`` and ``check --broker``: a broker is set up from hub.toml, and proven from outside."""

import asyncio
import getpass
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from msgspec.structs import replace
from typer.testing import Result

from doorctl.brokers import Broker, Tls
from doorctl.errors import Unreachable
from doorctl.keys.certificates import (
    Authority,
    issued_to_clients,
    load_certificate,
    make_client_files,
    new_authority,
    tls_public_key,
)
from doorctl.mqtt.broker_config import access_list
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.local_broker import HOST, BrokerKind, LocalBroker
from doorctl.trust.withdrawn import withdrawn_serials
from doorctl.wire.topics import Channel
from tests.brokers import a_broker
from tests.cli.sites import CONTROLLER, ASite, a_site, join_controller, run
from tests.mqtt.clients import SECONDS, Inbox, a_client

TLS_LINES = 'ca = "tls/ca.crt"\ncertificate = "tls/tls.crt"\nkey = "tls/tls.key"'


def with_tls(site: ASite, authority: Authority, port: int) -> ASite:
    """Let the hub, the controller and the admin of a site speak TLS."""
    files = {site.folder / "hub" / "hub.toml": "hub", site.controller_toml: CONTROLLER, site.admin_toml: "admin"}
    for path, name in files.items():
        make_client_files(authority, name, path.parent / "tls", at=datetime.now(UTC))
        lines = f'brokers = ["mqtts://{HOST}:{port}"]\n{TLS_LINES}'
        path.write_text(path.read_text().replace('brokers = ["mqtt://127.0.0.1:1883"]', lines))
    return site


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return new_authority(tmp_path / "ca", site="hq", at=datetime.now(UTC))


@pytest.fixture
def site(tmp_path: Path) -> ASite:
    site = a_site(tmp_path / "hq")
    join_controller(site)
    return site


def hub_toml(site: ASite) -> str:
    return str(site.folder / "hub" / "hub.toml")


def configure(site: ASite, out: Path, *more: str) -> Result:
    return run("broker-config", "--config", hub_toml(site), "--out", str(out), "--user", getpass.getuser(), *more)


def prove(site: ASite, *more: str) -> Result:
    parties = ("--as", str(site.controller_toml), "--as", str(site.admin_toml))
    return run("check", "--broker", "--config", hub_toml(site), *parties, *more)


@contextmanager
def running(out: Path, port: int) -> Iterator[LocalBroker]:
    broker = LocalBroker(
        out, kind=BrokerKind.MOSQUITTO, mosquitto_conf=lambda _: (out / "mosquitto.conf").read_text()
    )
    broker.port = port
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


def test_the_broker_that_was_configured_keeps_others_out(site: ASite, authority: Authority, tmp_path: Path) -> None:
    port = LocalBroker(tmp_path).port
    with_tls(site, authority, port)
    configured = configure(site, tmp_path / "broker", "--ca", str(tmp_path / "ca"))
    with running(tmp_path / "broker", port):
        result = prove(site, "--json")

    assert configured.exit_code == 0, configured.output
    proofs = [json.loads(line) for line in result.stdout.splitlines()]
    assert [proof["claim"] for proof in proofs if not proof["holds"]] == []
    assert (result.exit_code, len(proofs)) == (0, 7)


def test_a_broker_that_is_open_to_all_is_told_and_fails(site: ASite, tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    with a_broker(folder) as broker:
        for path in (Path(hub_toml(site)), site.controller_toml, site.admin_toml):
            path.write_text(path.read_text().replace(":1883", f":{broker.port}"))
        result = prove(site)

    assert result.exit_code == 1
    assert [line[:4] for line in result.stdout.splitlines()] == ["OPEN"] * 7


def test_a_hole_in_the_access_list_is_told_and_fails(site: ASite, authority: Authority, tmp_path: Path) -> None:
    port, out = LocalBroker(tmp_path).port, tmp_path / "broker"
    with_tls(site, authority, port)
    configure(site, out, "--ca", str(tmp_path / "ca"))
    with (out / "acl").open("a") as acl:
        acl.write(f"\nuser {CONTROLLER}\ntopic read doorctl/v1/hq/admin/admin/rsp\n")
    with running(out, port):
        result = prove(site)

    (told,) = [line for line in result.stdout.splitlines() if line.startswith("OPEN")]
    assert (result.exit_code, told.endswith("(hears doorctl/v1/hq/admin/admin/rsp)")) == (1, True)


def test_a_broker_that_does_not_answer_is_not_reachable(site: ASite, authority: Authority, tmp_path: Path) -> None:
    with_tls(site, authority, 1)

    result = prove(site)

    assert (result.exit_code, result.stdout) == (3, "")


def test_without_tls_there_is_nothing_to_configure(site: ASite, tmp_path: Path) -> None:
    result = configure(site, tmp_path / "broker")

    assert (result.exit_code, (tmp_path / "broker").exists()) == (2, False)
    assert "mqtts://" in result.stderr


def test_a_revoked_certificate_lets_nobody_in_and_stays_revoked(
    site: ASite, authority: Authority, tmp_path: Path
) -> None:
    port, out, ca = LocalBroker(tmp_path).port, tmp_path / "broker", str(tmp_path / "ca")
    with_tls(site, authority, port)
    (stolen,) = (tmp_path / "ca" / "issued").glob(f"{CONTROLLER}-*.crt")
    (other,) = (tmp_path / "ca" / "issued").glob("admin-*.crt")
    configure(site, out, "--ca", ca, "--revoke", str(stolen))
    configure(site, out, "--ca", ca, "--revoke", str(other))
    configure(site, out)

    folders = {"hub": site.folder / "hub", CONTROLLER: site.folder / "controller", "admin": site.folder / "admin"}
    with running(out, port):
        let_in = {name: is_let_in(port, folder / "tls") for name, folder in folders.items()}

    assert let_in == {"hub": True, CONTROLLER: False, "admin": False}


def is_let_in(port: int, files: Path) -> bool:
    tls = Tls(files / "ca.crt", files / "tls.crt", files / "tls.key")

    async def connect() -> bool:
        client = a_client(Broker(HOST, port, tls), "somebody", Inbox(), subscriptions=(), session_seconds=0)
        task = asyncio.create_task(client.run())
        try:
            return await until_it_is_clear(client)
        finally:
            client.stop()
            await task

    return asyncio.run(connect())


async def until_it_is_clear(client: MqttClient) -> bool:
    """Wait until a client is connected, or is told that it never will be; tell which."""
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                await client.wait_connected(0.4)
            except Unreachable as error:
                if "certificate revoked" in str(error):
                    return False
            else:
                return True


def test_who_is_trusted_no_longer_is_let_in_no_more(site: ASite, authority: Authority, tmp_path: Path) -> None:
    port, out, ca = LocalBroker(tmp_path).port, tmp_path / "broker", str(tmp_path / "ca")
    with_tls(site, authority, port)
    before = site.trust_note.read_bytes()
    root = ("--root", str(site.folder / "root-1"), "--trust", str(site.trust_note))
    assert run("trust", "revoke-key", CONTROLLER, *root).exit_code == 0
    files = site.folder / "controller" / "tls"

    configure(site, out, "--ca", ca)
    with running(out, port):
        revoked = [is_let_in(port, files), is_let_in(port, site.folder / "hub" / "tls")]
    site.trust_note.write_bytes(before)
    configure(site, out, "--ca", ca)
    with running(out, port):
        trusted_again = is_let_in(port, files)

    assert (revoked, trusted_again) == ([False, True], True)


@pytest.mark.parametrize(("name", "is_controller"), [(CONTROLLER, True), ("admin", False)])
def test_a_replaced_tls_key_is_withdrawn(
    site: ASite, authority: Authority, tmp_path: Path, name: str, is_controller: bool
) -> None:
    now = datetime.now(UTC)
    for number in (0, 1):
        make_client_files(authority, name, tmp_path / f"{number}", at=now + timedelta(days=number))
    old, new = (load_certificate(tmp_path / f"{number}" / "tls.crt") for number in (0, 1))
    trust = site.trust
    if is_controller:
        keys = replace(trust.controllers[0], tls=tls_public_key(tmp_path / "1"))
        trust = replace(trust, controllers=(keys,))

    withdrawn = withdrawn_serials(issued_to_clients(authority), trust)

    assert (old.serial_number in withdrawn, new.serial_number in withdrawn) == (True, False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away and starts a broker that drops its rights")
def test_the_access_list_counts_on_after_a_reload_by_another_account(
    site: ASite, authority: Authority, tmp_path: Path
) -> None:
    port, ca = LocalBroker(tmp_path).port, str(tmp_path / "ca")
    with_tls(site, authority, port)
    with TemporaryDirectory(prefix="doorctl-broker-") as name:
        out = Path(name)
        configure(site, out, "--ca", ca, "--user", "mosquitto")
        with running(out, port) as broker:
            first = prove(site).exit_code
            configure(site, out, "--ca", ca, "--user", "mosquitto")
            broker.reload()
            second = prove(site, "--json")

    assert (
        first,
        [proof["claim"] for proof in map(json.loads, second.stdout.splitlines()) if not proof["holds"]],
    ) == (
        0,
        [],
    )


def test_a_list_that_cannot_be_given_away_is_open_and_who_shall_own_it_is_told(
    site: ASite, authority: Authority, tmp_path: Path
) -> None:
    with_tls(site, authority, 8883)
    out = tmp_path / "broker"

    result = configure(site, out, "--ca", str(tmp_path / "ca"), "--user", "nobody-here", "--json")

    assert (out / "acl").stat().st_mode & 0o777 == 0o644
    assert json.loads(result.stdout)["next"][0].startswith("chown -R nobody-here: ")


def test_after_a_change_the_broker_is_restarted_and_checked(
    site: ASite, authority: Authority, tmp_path: Path
) -> None:
    with_tls(site, authority, 8883)
    configure(site, tmp_path / "broker", "--ca", str(tmp_path / "ca"))

    steps = json.loads(configure(site, tmp_path / "broker", "--json").stdout)["next"]

    assert (steps[0], steps[1].split(" --config")[0]) == ("systemctl restart mosquitto", "doorctl check --broker")


def test_the_certificate_of_a_broker_stays(site: ASite, authority: Authority, tmp_path: Path) -> None:
    with_tls(site, authority, 8883)
    out = tmp_path / "broker"
    configure(site, out, "--ca", str(tmp_path / "ca"))
    before = (out / "broker.crt").read_bytes()

    configure(site, out, "--ca", str(tmp_path / "ca"), "--port", "8884", "--address", "0.0.0.0")

    assert (out / "broker.crt").read_bytes() == before
    assert "listener 8884 0.0.0.0" in (out / "mosquitto.conf").read_text()


def test_an_authority_that_the_hub_does_not_believe_is_refused(
    site: ASite, authority: Authority, tmp_path: Path
) -> None:
    with_tls(site, authority, 8883)
    new_authority(tmp_path / "other", site="hq", at=datetime.now(UTC))

    result = configure(site, tmp_path / "broker", "--ca", str(tmp_path / "other"))

    assert (result.exit_code, "is not the `ca`" in result.stderr) == (2, True)


def test_a_missing_certificate_is_the_first_of_the_next_steps(
    site: ASite, authority: Authority, tmp_path: Path
) -> None:
    with_tls(site, authority, 8883)

    result = configure(site, tmp_path / "broker", "--json")

    assert json.loads(result.stdout)["next"][0].startswith("put the broker's broker.crt into")


@pytest.mark.parametrize("more", [[], ["--lab"]])
def test_a_controller_is_not_whom_a_broker_is_proven_with(site: ASite, more: list[str]) -> None:
    assert run("check", "--broker", "--config", str(site.controller_toml), *more).exit_code == 2


def test_the_files_for_tls_are_checked_with_the_configuration(site: ASite, authority: Authority) -> None:
    with_tls(site, authority, 8883)
    good = run("check", "--config", hub_toml(site)).exit_code
    (site.folder / "hub" / "tls" / "tls.key").chmod(0o644)

    result = run("check", "--config", hub_toml(site))

    assert (good, result.exit_code) == (0, 1)
    assert "is readable by others" in result.stderr


def test_a_certificate_that_expires_soon_is_told(site: ASite, authority: Authority) -> None:
    with_tls(site, authority, 8883)
    folder = site.folder / "controller" / "tls"
    for path in folder.iterdir():
        path.unlink()
    long_ago = datetime.now(UTC).replace(year=datetime.now(UTC).year - 30)
    make_client_files(authority, CONTROLLER, folder, at=long_ago)

    result = run("check", "--config", str(site.controller_toml))

    assert (result.exit_code, "tls.crt ends on" in result.stderr) == (0, True)


def test_alerts_are_for_admins_alone() -> None:
    without, with_grace = access_list("hq").splitlines(), access_list("hq", ["grace"]).splitlines()

    assert [line for line in without if line.endswith("/alert")] == []
    assert with_grace.index("topic read doorctl/v1/hq/alert") == with_grace.index("user grace") + 1


def test_the_access_list_has_every_channel_once() -> None:
    lines = access_list("hq").splitlines()

    for channel in (each for each in Channel if each is not Channel.ALERT):
        branch = str(channel).replace("{name}", "%u" if channel.startswith(("ctl/", "admin/")) else "+")
        wanted = f"doorctl/v1/hq/{branch.replace('{number}', '+')}"
        whole = wanted.rpartition("/")[0] + "/#"
        assert [line.split()[2] for line in lines if line.startswith("pattern")].count(
            whole if "/down/" in channel else wanted
        ) == 1, channel
