"""A web server and a mail server on loopback, with a certificate or without, that keep what they are told."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message as EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import AuthResult, LoginPassword

from doorctl.mqtt.local_broker import free_port

HERE = "127.0.0.1"


@dataclass
class AServer:
    """A certificate authority, and a server's certificate and key by it."""

    ca: Path
    context: ssl.SSLContext


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
