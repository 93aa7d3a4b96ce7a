"""The ways on which alerts leave the site: a web address that takes JSON, and e-mail.

Both check the certificate of the other side, wait for each of its answers some seconds, and raise ``NotSent`` with
what to look at. They are called in a thread of their own (``doorctl.hub.alerts.sender``).
"""

import os
import ssl
import stat
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import msgspec

from doorctl.config import AlertsTable, resolve
from doorctl.errors import ConfigError
from doorctl.hub.outside import MailServer, WebAddress
from doorctl.wire.alerts import Alert

CREDENTIAL = "smtp-password"
"""The name of the systemd credential that holds the password."""
WEBHOOK, MAIL = "webhook", "mail"
_FACTS = ("rule", "severity", "state", "at", "raised_at", "detail", "about", "controller", "door", "zone", "late")
_TIMES = frozenset({"at", "raised_at"})


Send = Callable[[Alert], None]
"""Sends one alert. Raises NotSent."""


def _post(address: WebAddress, alert: Alert) -> None:
    """Post an alert to a web address, as JSON. Raises NotSent."""
    address.post(msgspec.json.encode({"type": "doorctl/alert", **msgspec.to_builtins(alert)}), "application/json")


def _mail(server: MailServer, table: AlertsTable, alert: Alert) -> None:
    """Send an alert to a mail server, one message each. Raises NotSent."""
    server.send(_mail_of(alert, table))


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
        ways[WEBHOOK] = partial(_post, WebAddress(table.webhook, context))
    if table.mail_server:
        ways[MAIL] = partial(_mail, mail_server(table, config_path, context), table)
    return ways


def mail_server(table: AlertsTable, config_path: Path, context: ssl.SSLContext) -> MailServer:
    """Return the mail server that ``[alerts]`` names. Raises ConfigError, also where it names none."""
    if table.mail_server is None:
        raise ConfigError("alerts.mail_server: missing")
    host, _, port = table.mail_server.rpartition(":")
    password = _password(table, config_path)
    return MailServer(host, int(port), table.mail_tls, context, table.mail_user, password)


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
    message["Date"] = datetime.fromtimestamp(alert.raised_at, UTC)
    told = msgspec.to_builtins(alert)
    lines = [f"{name}: {_told(name, told[name])}" for name in _FACTS if told.get(name)]
    message.set_content("\n".join([*lines, "", f"doorctl alert show {alert.id}", ""]))
    return message


def _told(name: str, value: object) -> str:
    """Write a fact for people; times are in UTC, as mails have no wall clock of the site."""
    return f"{datetime.fromtimestamp(int(str(value)), UTC):%Y-%m-%d %H:%M:%S} UTC" if name in _TIMES else str(value)


def _file(path: str | None, config_path: Path) -> Path | None:
    return None if path is None else resolve(config_path, path)
