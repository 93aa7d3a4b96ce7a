"""How the hub's machine speaks to others outside the site: a web address that takes a POST, and a mail server.

Both check the certificate of the other side, wait for each of its answers some seconds, and raise ``NotSent`` with
what to look at.
"""

import http.client
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import urlsplit

from doorctl.config import MailTls
from doorctl.errors import DoorctlError

SECONDS = 10.0
"""So long each step of the conversation may take."""
MOST_ANSWER_BYTES = 64 * 1024


class NotSent(DoorctlError):
    """Somebody outside did not take what was sent."""


@dataclass(frozen=True, slots=True)
class WebAddress:
    """Takes a body by POST; what is answered but 2xx is no answer, a redirection neither."""

    url: str
    context: ssl.SSLContext

    def post(self, body: bytes, content_type: str) -> bytes:
        """Send it and return what is answered. Raises NotSent."""
        url = urlsplit(self.url)
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        connection = self._connection()
        try:
            connection.request("POST", path, body, {"Content-Type": content_type, "User-Agent": "doorctl"})
            answer = connection.getresponse()
            told = answer.read(MOST_ANSWER_BYTES)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotSent(f"{url.hostname}: {error}") from error
        finally:
            connection.close()
        if not 200 <= answer.status < 300:
            raise NotSent(f"{url.hostname} answered {answer.status}")
        return told

    def _connection(self) -> http.client.HTTPConnection:
        url = urlsplit(self.url)
        host = url.hostname or ""
        if url.scheme == "http":
            return http.client.HTTPConnection(host, url.port, timeout=SECONDS)
        return http.client.HTTPSConnection(host, url.port, timeout=SECONDS, context=self.context)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Takes mail, encrypted but on the machine itself; without a user nobody logs in."""

    host: str
    port: int
    tls: MailTls
    context: ssl.SSLContext
    user: str | None = None
    password: str = ""

    def send(self, message: EmailMessage) -> None:
        """Hand a message over. Raises NotSent."""
        try:
            with self._connection() as server:
                if self.tls is MailTls.STARTTLS:
                    server.starttls(context=self.context)
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(message)
        except smtplib.SMTPNotSupportedError as error:
            raise NotSent(f"{self.host}: {error} (mail_tls, mail_user)") from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise NotSent(f"{self.host}: {type(error).__name__}") from error  # an answer may quote the password

    def _connection(self) -> smtplib.SMTP:
        if self.tls is MailTls.TLS:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=self.context)
        return smtplib.SMTP(self.host, self.port, timeout=SECONDS)
