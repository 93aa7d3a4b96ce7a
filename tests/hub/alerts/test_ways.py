"""The ways on which alerts leave the site, to a real web server and a real mail server."""

import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from doorctl.config import AlertsTable, HubConfig, MailTls, read_config
from doorctl.errors import ConfigError
from doorctl.hub.alerts.ways import Send, mail_server, ways_of
from doorctl.hub.outside import NotSent
from doorctl.keys.certificates import issue_server, new_authority, write_certificate
from doorctl.keys.identity import load_signer, new_signing_key
from doorctl.wire.alerts import Alert
from tests.hub.alerts.servers import HERE, AServer, a_mail_server, a_web_server
from tests.hub.builders import SITE

ALERT = Alert(SITE, "3fa1c2d40b6e", "forced-door", "critical", "open", 1, 2, door="door-1", about="holder:h1")


@pytest.fixture
def server(tmp_path: Path) -> AServer:
    authority = new_authority(tmp_path / "authority", site=SITE, at=datetime.now(UTC))
    write_certificate(tmp_path / "ca.crt", authority.pem)
    new_signing_key(tmp_path / "server.key")
    public_key = load_signer(tmp_path / "server.key", "server").verifier.public_key
    write_certificate(tmp_path / "server.crt", issue_server(authority, [HERE], public_key, at=datetime.now(UTC)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    return AServer(tmp_path / "ca.crt", context)


def the_way(tmp_path: Path, **table: Any) -> Send:  # noqa: ANN401
    (way,) = ways_of(AlertsTable(**table), tmp_path / "hub.toml").values()
    return way


def test_a_webhook_gets_the_alert_as_json(tmp_path: Path, server: AServer) -> None:
    with a_web_server(server.context) as (port, posted):
        the_way(tmp_path, webhook=f"https://{HERE}:{port}/hook?key=1", ca=str(server.ca))(ALERT)

    assert posted == [
        {
            "path": "/hook?key=1",
            "type": "doorctl/alert",
            "site": "hq",
            "id": "3fa1c2d40b6e",
            "rule": "forced-door",
            "severity": "critical",
            "state": "open",
            "at": 1,
            "raised_at": 2,
            "about": "holder:h1",
            "door": "door-1",
        }
    ]


def test_a_webhook_with_a_certificate_of_nobody_we_know_gets_nothing(tmp_path: Path, server: AServer) -> None:
    with a_web_server(server.context) as (port, posted):
        way = the_way(tmp_path, webhook=f"https://{HERE}:{port}/")
        with pytest.raises(NotSent, match="CERTIFICATE_VERIFY_FAILED"):
            way(ALERT)

    assert posted == []


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_webhook_that_answers_anything_else_has_not_taken_it(tmp_path: Path, status: int) -> None:
    with a_web_server(None, status=status) as (port, posted):
        way = the_way(tmp_path, webhook=f"http://{HERE}:{port}/")
        with pytest.raises(NotSent, match=str(status)):
            way(ALERT)

    assert len(posted) == 1


def mail_table(port: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "mail_server": f"{HERE}:{port}",
        "mail_from": "hub@example.org",
        "mail_to": ("guard@example.org",),
        **more,
    }


def test_a_mail_tells_the_alert_over_starttls_with_a_password(tmp_path: Path, server: AServer) -> None:
    (tmp_path / "password").touch(mode=0o600)
    (tmp_path / "password").write_text("secret\n")
    with a_mail_server(server.context, password="secret") as (port, mails):
        the_way(tmp_path, **mail_table(port, mail_user="hub", mail_password_file="password", ca=str(server.ca)))(
            ALERT
        )

    (mail,) = mails
    assert mail["Subject"] == "[hq] critical: forced-door door-1"
    assert (mail["To"], mail["Message-ID"]) == ("guard@example.org", "<alert-3fa1c2d40b6e@doorctl.hq.invalid>")
    assert mail["Date"] == "Thu, 01 Jan 1970 00:00:02 +0000"
    assert "rule: forced-door" in str(mail.get_payload())
    assert "at: 1970-01-01 00:00:01 UTC" in str(mail.get_payload())
    assert "doorctl alert show 3fa1c2d40b6e" in str(mail.get_payload())


def test_a_mail_server_that_cannot_prove_who_it_is_hears_neither_password_nor_alert(
    tmp_path: Path, server: AServer
) -> None:
    with a_mail_server(server.context) as (port, mails):
        way = the_way(tmp_path, **mail_table(port))
        with pytest.raises(NotSent, match="SSLCertVerificationError"):
            way(ALERT)

    assert mails == []


def test_a_mail_server_without_tls_hears_nothing(tmp_path: Path) -> None:
    with a_mail_server(None) as (port, mails):
        way = the_way(tmp_path, **mail_table(port))
        with pytest.raises(NotSent, match=r"STARTTLS .*\(mail_tls, mail_user\)"):
            way(ALERT)

    assert mails == []


def test_this_machine_may_be_told_in_the_open(tmp_path: Path) -> None:
    with a_mail_server(None) as (port, mails):
        the_way(tmp_path, **mail_table(port, mail_tls=MailTls.NONE))(ALERT)

    assert len(mails) == 1


def test_nobody_who_is_not_there_takes_anything(tmp_path: Path) -> None:
    with a_web_server(None) as (port, _):
        pass

    for table in ({"webhook": f"http://{HERE}:{port}/"}, mail_table(port)):
        with pytest.raises(NotSent):
            the_way(tmp_path, **table)(ALERT)


def test_a_password_that_others_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")
    (tmp_path / "password").chmod(0o640)

    with pytest.raises(ConfigError, match="can be read by others"):
        the_way(tmp_path, **mail_table(25, mail_user="hub", mail_password_file="password"))


def test_the_password_may_be_a_credential_of_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "smtp-password").write_text("secret")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    table = AlertsTable(**mail_table(25, mail_user="hub"))
    assert mail_server(table, tmp_path / "hub.toml", ssl.create_default_context()).password == "secret"


def test_without_any_password_nobody_logs_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)

    with pytest.raises(ConfigError, match="mail_password_file: missing"):
        the_way(tmp_path, **mail_table(25, mail_user="hub"))


@pytest.mark.parametrize(
    ("lines", "mistake"),
    [
        ('webhook = "http://example.org/"', "webhook: write https://"),
        ('webhook = "ftp://127.0.0.1/"', "webhook: write https://"),
        ('mail_server = "mail.example.org:587"', "mail_server needs mail_from and mail_to"),
        (
            'mail_server = "mail.example.org:25"\nmail_tls = "none"\nmail_from = "a@b"\nmail_to = ["a@b"]',
            "mail_tls: none is for this machine alone",
        ),
        ('mail_server = "mail.example.org"', "alerts.mail_server"),
        ('webhook = "https://example.org:99999/"', "Port out of range"),
        (
            'mail_server = "mail.example.org:99999"\nmail_from = "a@b"\nmail_to = ["a@b"]',
            "mail_server: no such port",
        ),
        ('least = "dire"', "alerts.least"),
    ],
)
def test_what_would_be_said_in_the_open_or_to_nobody_is_a_mistake(tmp_path: Path, lines: str, mistake: str) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(
        f'[hub]\nsite = "hq"\nroot_keys = ["{"A" * 43}"]\ntimezone = "UTC"\n'
        f'[mqtt]\nbrokers = ["mqtt://127.0.0.1:1883"]\n[alerts]\n{lines}\n'
    )

    with pytest.raises(ConfigError, match=mistake):
        read_config(path, HubConfig)
