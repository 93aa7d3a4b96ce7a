"""The ways on which the heads of all logs leave the hub: a file, a web address, mail, a time stamp."""

import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from pathlib import Path

from doorctl.config import AnchorTable, HubConfig, resolve
from doorctl.errors import ConfigError
from doorctl.hub.alerts.ways import mail_server
from doorctl.hub.anchors.timestamps import REPLY, stamp
from doorctl.hub.outside import NotSent, WebAddress
from doorctl.places import StateFile

FILE, WEBHOOK, MAIL, TIMESTAMP = "file", "webhook", "mail", "timestamp"
Way = Callable[[bytes], None]
"""Sends a text. Raises NotSent."""


def ways_of(config: HubConfig, config_path: Path, *, at: datetime) -> Mapping[str, Way]:
    """Return the ways that the configuration names, by their words. Raises ConfigError."""
    table = config.anchor
    if table is None:
        raise ConfigError(f"{config_path} has no [anchor]: say there where the heads are sent to")
    context = _context(table, config_path)
    ways: dict[str, Way] = {}
    if table.file:
        ways[FILE] = partial(_append, resolve(config_path, table.file))
    if table.webhook:
        ways[WEBHOOK] = partial(_post, WebAddress(table.webhook, context))
    if table.mail_to:
        ways[MAIL] = _mail(config, config_path, context, at)
    if table.timestamp:
        roots = None if table.timestamp_ca is None else resolve(config_path, table.timestamp_ca)
        folder = resolve(config_path, config.hub.state_dir) / StateFile.ANCHORS
        ways[TIMESTAMP] = partial(_stamp, WebAddress(table.timestamp, context), folder, roots, at)
    if not ways:
        raise ConfigError(f"{config_path}: [anchor] names no place")
    return ways


def _append(path: Path, text: bytes) -> None:
    """Append to a file, durably: on another machine's disk, or one that takes appends only.

    Half a text is taken back: none of the heads behind it could be read.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            before = os.fstat(descriptor).st_size
            if os.write(descriptor, text) != len(text):
                os.ftruncate(descriptor, before)
                raise NotSent(f"{path}: there is no room for all of it")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise NotSent(f"{path}: {error.strerror}") from error


def _post(address: WebAddress, text: bytes) -> None:
    address.post(text, "text/plain; charset=utf-8")


def _mail(config: HubConfig, config_path: Path, context: ssl.SSLContext, at: datetime) -> Way:
    if config.alerts is None or config.alerts.mail_server is None or config.anchor is None:
        raise ConfigError("anchor.mail_to: name the mail server in [alerts] (mail_server, mail_from, …)")
    server = mail_server(config.alerts, config_path, context)
    letter = _Letter(config.alerts.mail_from, config.anchor.mail_to, config.hub.site, at)
    return lambda text: server.send(letter.message(text))


@dataclass(frozen=True, slots=True)
class _Letter:
    """From whom, to whom, of which site, and when."""

    sender: str
    to: tuple[str, ...]
    site: str
    at: datetime

    def message(self, text: bytes) -> EmailMessage:
        """Write it, the heads as a file beside."""
        day = self.at.astimezone(UTC).date()
        message = EmailMessage()
        message["Subject"] = f"[{self.site}] heads of all logs, {day}"
        message["From"] = self.sender
        message["To"] = ", ".join(self.to)
        message["Date"] = self.at
        message.set_content("Keep this: it proves later that no record of before was changed.\n")
        message.add_attachment(text, maintype="text", subtype="plain", filename=f"{self.site}-{day}.note")
        return message


def _stamp(authority: WebAddress, folder: Path, roots: Path | None, at: datetime, text: bytes) -> None:
    """Have the text stamped, and keep both: the stamp says nothing without the text."""
    stamped = stamp(text, authority, roots=roots)
    name = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        for suffix, content in ((".note", text), (REPLY, stamped.reply)):
            (folder / f"{name}{suffix}").write_bytes(content)
    except OSError as error:
        raise NotSent(f"{folder}: {error.strerror}") from error


def _context(table: AnchorTable, config_path: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if table.ca is None else resolve(config_path, table.ca))
    except OSError as error:
        raise ConfigError(f"anchor.ca: {table.ca} cannot be read: {error}") from error
