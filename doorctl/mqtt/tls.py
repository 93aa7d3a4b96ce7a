"""TLS to a broker: contexts from files, and what went wrong, by a name that a person can act on."""

import ssl
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from doorctl.brokers import Tls
from doorctl.errors import ConfigError

if TYPE_CHECKING:
    from typing_extensions import Buffer  # collections.abc has it from Python 3.12 on

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_UNKNOWN_CA = "unknown CA: the broker's certificate is not by one that we believe; see `ca`"
_OTHER_HOST = "host name mismatch: the broker's certificate is for another name than that in `brokers`"
_VERIFY_CODES = {
    9: "certificate not valid yet: is this machine's clock right?",
    10: "certificate expired: the broker's",
    18: _UNKNOWN_CA,
    19: _UNKNOWN_CA,
    20: _UNKNOWN_CA,
    21: _UNKNOWN_CA,
    62: _OTHER_HOST,
    64: _OTHER_HOST,
}
"""By OpenSSL's X509_V_ERR numbers."""
_ALERTS = (
    ("UNKNOWN_CA", "unknown CA: the broker does not believe who issued our certificate"),
    ("CERTIFICATE_EXPIRED", "certificate expired: ours"),
    ("CERTIFICATE_REVOKED", "certificate revoked: ours"),
    ("CERTIFICATE_REQUIRED", "no certificate: the broker asks for ours; set `certificate` and `key`"),
    ("HANDSHAKE_FAILURE", "no certificate, or one that the broker does not take"),
    ("WRONG_VERSION_NUMBER", "no TLS: what listens there does not speak it"),
)
"""By words in OpenSSL's names; the broker's verdict on us comes as one of its alerts."""
_WHENCE = {
    "ca": ": bring ca.crt of the site's `ca/` there",
    "certificate": ": whoever has `ca/` issues it (`trust add-controller … --certificate`, `certificate renew`)",
    "key": ": `doorctl join` makes it on a controller",
}
"""Where a file comes from that is not there."""


class _TellingSocket(ssl.SSLSocket):
    """Closes itself when the handshake fails, and tells the broker's alert in place of a broken pipe."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise

    def send(self, data: "Buffer", flags: int = 0) -> int:
        try:
            return super().send(data, flags)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except OSError:
            self.recv(1)  # in TLS 1.3 the verdict on our certificate comes after the handshake
            raise


def client_context(tls: Tls) -> ssl.SSLContext:
    """Make what a client needs: TLS 1.2 or newer, the broker's name checked. Raises ConfigError."""
    try:
        context = ssl.create_default_context(cafile=tls.ca)
    except OSError as error:
        raise _unusable("ca", tls.ca, error) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _TellingSocket
    if tls.certificate is not None and tls.key is not None:
        _load_ours(context, tls.certificate, tls.key)
    return context


def reason_of(error: Exception) -> str:
    """Name what went wrong with a connection."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _VERIFY_CODES.get(error.verify_code, str(error.verify_message))
    return named(str(error))


def named(text: str) -> str:
    """Give OpenSSL's words the name that a person knows; other words stay as they are."""
    return next((name for words, name in _ALERTS if words in text.upper().replace(" ", "_")), text)


def _load_ours(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    _require_private(key)
    try:
        context.load_cert_chain(certificate, key, password=_refusing(key))
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ConfigError(f"key: {key} is not the key of certificate {certificate}") from error
        raise ConfigError(f"certificate, key: {certificate} and {key} are not both in PEM form") from error
    except OSError as error:
        raise _unusable("certificate", certificate, error) from error


def _require_private(key: Path) -> None:
    try:
        mode = key.stat().st_mode
    except OSError as error:
        raise _unusable("key", key, error) from error
    if mode & _OTHERS:
        raise ConfigError(f"key: {key} is readable by others: chmod 600 {key}")


def _refusing(key: Path) -> Callable[[], str]:
    def refuse() -> str:
        raise ConfigError(f"key: {key} has a passphrase, and nobody is there to type it")

    return refuse


def _unusable(name: str, path: Path | None, error: OSError) -> ConfigError:
    if isinstance(error, ssl.SSLError):
        return ConfigError(f"{name}: {path} holds no certificate in PEM form")
    whence = _WHENCE[name] if isinstance(error, FileNotFoundError) else ""
    return ConfigError(f"{name}: cannot read {path}: {error.strerror}{whence}")
