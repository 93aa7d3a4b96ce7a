"""Alerts leave the site: a queue that survives, ways that fail, a real web server and a real mail server."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message as EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import AuthResult, LoginPassword

from doorctl.config import AlertsTable, HubConfig, MailTls, read_config
from doorctl.core.suspicion import RuleName, Severity
from doorctl.errors import ConfigError
from doorctl.hub.alert_outbox import MOST_WAITING, Outbox
from doorctl.hub.alert_sender import PATIENCE_SECONDS, Sender
from doorctl.hub.alert_ways import NotSent, Send, ways_of
from doorctl.keys.certificates import issue_server, new_authority, write_certificate
from doorctl.keys.identity import load_signer, new_signing_key
from doorctl.mqtt.local_broker import free_port
from doorctl.wire.alerts import Alert, AlertRuleSet, AlertTest
from tests.hub.builders import SITE, ASite, later

ALERT = Alert(SITE, "3fa1c2d40b6e", "forced-door", "critical", "open", 1, 2, door="door-1", about="holder:h1")
HERE = "127.0.0.1"


@dataclass
class AWay:
    """A way that takes alerts, or does not."""

    fails: bool = False
    taken: SimpleQueue[Alert] = field(default_factory=SimpleQueue)
    tried: SimpleQueue[Alert] = field(default_factory=SimpleQueue)
    may_go_on: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.may_go_on.set()

    def __call__(self, alert: Alert) -> None:
        self.tried.put(alert)
        self.may_go_on.wait(5)
        if self.fails:
            raise NotSent("nobody is there")
        self.taken.put(alert)


def an_outbox(site: ASite, *ways: str, least: Severity = Severity.LOW) -> Outbox:
    return Outbox(site.connection, site.hub.watch, site=SITE, ways=ways, least=least)


def waiting(site: ASite) -> list[tuple[object, ...]]:
    return site.rows("SELECT way, tries FROM alert_outbox ORDER BY position")


def until_noted(site: ASite, sender: Sender, *, seconds: float, rows: list[tuple[object, ...]]) -> None:
    """Let the sender go on until the queue is so: its threads take the time that they take."""
    done = threading.Event()
    for _ in range(500):
        sender.turn(later(seconds))
        if waiting(site) == rows:
            return
        done.wait(0.01)
    raise AssertionError(waiting(site))


def test_an_alert_is_sent_on_every_way_and_leaves_the_queue(site: ASite) -> None:
    site.ask(AlertTest())
    ways = {"one": AWay(), "other": AWay()}
    sender = Sender(an_outbox(site, *ways), ways)

    sender.turn(later(0))
    sent = [way.taken.get(timeout=5) for way in ways.values()]

    until_noted(site, sender, seconds=1, rows=[])
    assert [(each.rule, each.detail) for each in sent] == [("test", "a test by grace")] * 2


def test_what_was_not_taken_is_tried_again_later_and_over_a_restart(site: ASite) -> None:
    site.ask(AlertTest())
    bad, good = AWay(fails=True), AWay()
    until_noted(site, Sender(an_outbox(site, "web"), {"web": bad}), seconds=0, rows=[("web", 1)])
    site.restart()
    sender = Sender(an_outbox(site, "web"), {"web": good})

    sender.turn(later(5))
    early = good.tried.empty()
    sender.turn(later(15))

    assert early
    assert good.taken.get(timeout=5).rule == "test"


def test_a_way_that_fails_again_and_again_is_an_alert_itself(site: ASite) -> None:
    site.ask(AlertRuleSet(RuleName.SENDER, count=2))
    site.ask(AlertTest())
    sender = Sender(an_outbox(site, "web"), {"web": AWay(fails=True)})

    until_noted(site, sender, seconds=0, rows=[("web", 1)])
    until_noted(site, sender, seconds=100, rows=[("web", 2)])

    assert site.rows("SELECT rule, detail FROM alerts ORDER BY position")[1:] == [
        ("sender", "nothing goes by web after 2 tries")
    ]


def test_a_way_that_never_ends_holds_nobody_up_and_counts_as_failed(site: ASite) -> None:
    site.ask(AlertTest())
    stuck, good = AWay(), AWay()
    stuck.may_go_on.clear()
    sender = Sender(an_outbox(site, "stuck", "good"), {"stuck": stuck, "good": good})

    sender.turn(later(0))
    assert good.taken.get(timeout=5).rule == "test"
    assert stuck.tried.get(timeout=5).rule == "test"
    until_noted(site, sender, seconds=PATIENCE_SECONDS + 1, rows=[("stuck", 1)])

    stuck.may_go_on.set()
    until_noted(site, sender, seconds=PATIENCE_SECONDS + 2, rows=[])


def test_the_queue_is_bounded_and_the_oldest_are_given_up(site: ASite) -> None:
    site.ask(AlertTest())
    site.connection.executemany(
        "INSERT INTO alert_outbox (way, alert, next_at) VALUES ('web', ?, 0)",
        [(str(number),) for number in range(MOST_WAITING)],
    )

    an_outbox(site, "web").fill(later(0))

    assert site.rows("SELECT count(*), min(alert <> '0') FROM alert_outbox") == [(MOST_WAITING, 1)]


def test_what_waits_for_a_way_that_is_configured_no_more_is_given_up(site: ASite) -> None:
    site.ask(AlertTest())
    an_outbox(site, "web").fill(later(0))
    site.ask(AlertTest())

    an_outbox(site, "mail").fill(later(0))

    assert waiting(site) == [("mail", 0)]


def test_alerts_below_the_least_severity_are_not_sent_but_a_test_is(site: ASite) -> None:
    site.connection.execute(
        "INSERT INTO alerts (id, rule, severity, at, raised_at, detail, about, controller, door, zone, late, records)"
        "VALUES ('a', 'first-use', 'low', 0, 0, '', '', '', '', '', 0, '[]'),"
        "('b', 'forced-door', 'critical', 0, 0, '', '', '', '', '', 0, '[]'),"
        "('c', 'test', 'low', 0, 0, '', '', '', '', '', 0, '[]')"
    )

    an_outbox(site, "web", least=Severity.HIGH).fill(later(0))

    assert site.rows("SELECT alert FROM alert_outbox ORDER BY position") == [("b",), ("c",)]


@dataclass
class AServer:
    """A certificate authority, and a server's certificate and key by it."""

    ca: Path
    context: ssl.SSLContext


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


@contextmanager
def a_web_server(context: ssl.SSLContext | None, *, status: int = 204) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Run a web server on loopback; yields its port and what was posted."""
    posted: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.append({"path": self.path, **json.loads(body)})
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer((HERE, 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1], posted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


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


class _Kept(Message):
    """Keeps what was mailed."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[EmailMessage] = []

    def handle_message(self, message: EmailMessage) -> None:
        self.mails.append(message)


@contextmanager
def a_mail_server(context: ssl.SSLContext | None, *, password: str = "") -> Iterator[tuple[int, list[EmailMessage]]]:
    """Run a mail server on loopback; yields its port and what was mailed."""

    def check(_server: object, _session: object, _envelope: object, _mechanism: str, given: object) -> AuthResult:
        assert isinstance(given, LoginPassword)
        return AuthResult(success=given.password.decode() == password)

    kept = _Kept()
    more: dict[str, Any] = {"tls_context": context, "require_starttls": True} if context else {}
    if password:
        more |= {"authenticator": check, "auth_required": True}
    port = free_port()
    controller = Controller(kept, hostname=HERE, port=port, **more)
    controller.start()
    try:
        yield port, kept.mails
    finally:
        controller.stop()


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
    assert "rule: forced-door" in str(mail.get_payload())
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
        with pytest.raises(NotSent):
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

    assert getattr(the_way(tmp_path, **mail_table(25, mail_user="hub")), "password", None) == "secret"


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
