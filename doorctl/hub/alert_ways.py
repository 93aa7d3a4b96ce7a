"""The ways on which alerts leave the site: a web address that takes JSON, and e-mail.

Both check the certificate of the other side, wait for each of its answers some seconds, and raise ``NotSent`` with
what to look at. They are called in a thread of their own (``doorctl.hub.alert_sender``).
"""

import http.client
import os
import smtplib
import ssl
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import msgspec

from doorctl.config import AlertsTable, MailTls, resolve
from doorctl.errors import ConfigError, DoorctlError
from doorctl.wire.alerts import Alert

SECONDS = 10.0
"""So long each step of the conversation may take."""
CREDENTIAL = "smtp-password"
"""The name of the systemd credential that holds the password."""
WEBHOOK, MAIL = "webhook", "mail"
_FACTS = ("rule", "severity", "state", "at", "raised_at", "detail", "about", "controller", "door", "zone", "late")


class NotSent(DoorctlError):
    """An alert was not taken on one of its ways."""


Send = Callable[[Alert], None]
"""Sends one alert. Raises NotSent."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Posts alerts to a web address, as JSON; what is answered but 2xx is no answer, a redirection neither."""

    url: SplitResult
    context: ssl.SSLContext | None

    def __call__(self, alert: Alert) -> None:
        """Post it. Raises NotSent."""
        body = msgspec.json.encode({"type": "doorctl/alert", **msgspec.to_builtins(alert)})
        path = (self.url.path or "/") + (f"?{self.url.query}" if self.url.query else "")
        connection = self._connection()
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json", "User-Agent": "doorctl"})
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotSent(f"{self.url.hostname}: {error}") from error
        finally:
            connection.close()
        if not 200 <= status < 300:
            raise NotSent(f"{self.url.hostname} answered {status}")

    def _connection(self) -> http.client.HTTPConnection:
        host = self.url.hostname or ""
        if self.context is None:
            return http.client.HTTPConnection(host, self.url.port, timeout=SECONDS)
        return http.client.HTTPSConnection(host, self.url.port, timeout=SECONDS, context=self.context)


@dataclass(frozen=True, slots=True)
class Mail:
    """Sends alerts to a mail server, one message each, encrypted but on the machine itself."""

    table: AlertsTable
    host: str
    port: int
    context: ssl.SSLContext
    password: str

    def __call__(self, alert: Alert) -> None:
        """Send it. Raises NotSent."""
        try:
            with self._server() as server:
                if self.table.mail_tls is MailTls.STARTTLS:
                    server.starttls(context=self.context)
                if self.table.mail_user:
                    server.login(self.table.mail_user, self.password)
                server.send_message(_mail_of(alert, self.table))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise NotSent(f"{self.host}: {type(error).__name__}") from error  # an answer may quote the password

    def _server(self) -> smtplib.SMTP:
        if self.table.mail_tls is MailTls.TLS:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=self.context)
        return smtplib.SMTP(self.host, self.port, timeout=SECONDS)


def ways_of(table: AlertsTable | None, config_path: Path) -> Mapping[str, Send]:
    """Return the ways that the configuration names, by their words. Raises ConfigError."""
    if table is None:
        return {}
    try:
        context = ssl.create_default_context(cafile=_file(table.ca, config_path))
    except OSError as error:
        raise ConfigError(f"alerts.ca: {table.ca} cannot be read: {error}") from error
    ways: dict[str, Send] = {}
    if table.webhook:
        url = urlsplit(table.webhook)
        ways[WEBHOOK] = Webhook(url, context if url.scheme == "https" else None)
    if table.mail_server:
        host, _, port = table.mail_server.rpartition(":")
        ways[MAIL] = Mail(table, host, int(port), context, _password(table, config_path))
    return ways


def _password(table: AlertsTable, config_path: Path) -> str:
    """Read the password, from the credential that systemd hands over or from a file of ours alone."""
    if not table.mail_user:
        return ""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if table.mail_password_file is None and folder:
        return _secret(Path(folder) / CREDENTIAL, is_ours=False)
    if table.mail_password_file is None:
        raise ConfigError(f"alerts.mail_password_file: missing (or hand the systemd credential {CREDENTIAL} over)")
    return _secret(resolve(config_path, table.mail_password_file), is_ours=True)


def _secret(path: Path, *, is_ours: bool) -> str:
    try:
        if is_ours and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise ConfigError(f"{path} can be read by others: `chmod 600` it")
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def _mail_of(alert: Alert, table: AlertsTable) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = f"[{alert.site}] {alert.severity}: {alert.rule} {alert.door or alert.controller}".rstrip()
    message["From"] = table.mail_from
    message["To"] = ", ".join(table.mail_to)
    message["Message-ID"] = f"<alert-{alert.id}@doorctl.{alert.site}.invalid>"
    told = msgspec.to_builtins(alert)
    lines = [f"{name}: {told[name]}" for name in _FACTS if told.get(name)]
    message.set_content("\n".join([*lines, "", f"doorctl alert show {alert.id}", ""]))
    return message


def _file(path: str | None, config_path: Path) -> Path | None:
    return None if path is None else resolve(config_path, path)
