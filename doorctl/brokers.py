"""Where brokers are and how they are reached: URLs of configuration files, taken apart."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

PORTS = {"mqtt": 1883, "mqtts": 8883}
_BROKER = re.compile(r"mqtts?://([A-Za-z0-9._-]+|\[[A-Za-z0-9:.%_-]+\])(:[0-9]{1,5})?")


class BrokerUrl(str):
    """Where a broker is: ``mqtts://host``, ``mqtts://host:port``, ``mqtt://[::1]:port``."""

    __slots__ = ()

    @property
    def has_tls(self) -> bool:
        """Tell whether it is reached over TLS."""
        return self.startswith("mqtts:")


@dataclass(frozen=True, slots=True)
class Tls:
    """Files in PEM form: whose certificates we believe (None: the system's), and who we are."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


class Broker(NamedTuple):
    """One broker; without ``tls`` it is spoken to in the open."""

    host: str
    port: int
    tls: Tls | None = None

    def __str__(self) -> str:
        """Write it for a person."""
        return f"{self.host}:{self.port}"


def broker_address(url: str) -> tuple[str, int]:
    """Return host and port of a broker's URL. Raises ValueError."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, PORTS.get(parts.scheme) if parts.port is None else parts.port
    except ValueError:  # not an address, or no such port
        host, port = None, 0
    if not host or not port or not _BROKER.fullmatch(url):
        raise ValueError(f"{url!r} is not a broker: write mqtts://HOST:PORT or mqtt://HOST:PORT")
    return host, port
