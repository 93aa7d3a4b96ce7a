"""The way to the broker, as far as files tell: how long certificates last, and whether the controller has keys."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from doorctl.brokers import Tls
from doorctl.errors import KeyFileError
from doorctl.keys.certificates import expires_at
from doorctl.machine.troubles import Finding, Trouble
from doorctl.places import KeyFile, StateFile
from doorctl.trust.verify import WARN_DAYS

_SOON = timedelta(days=max(WARN_DAYS))


def look_at_certificates(tls: Tls | None, now: datetime) -> Iterator[Finding]:
    """Look at the certificates of the configuration that can be read."""
    if tls is None:
        yield Finding(Trouble.BROKER_OPEN, "the broker is reached without TLS")
        return
    for path in (tls.ca, tls.certificate):
        if path is not None:
            yield from _of_certificate(path, now)


def look_at_keys(state_dir: Path) -> Iterator[Finding]:
    """Look for the key of the log; a folder that we may not look into is taken for good."""
    try:
        is_there = (state_dir / StateFile.KEYS / KeyFile.LOG).exists()
    except PermissionError:
        return
    if not is_there:
        yield Finding(Trouble.NOT_JOINED, f"{state_dir} holds no key of a log")


def _of_certificate(path: Path, now: datetime) -> Iterator[Finding]:
    try:
        ends = expires_at(path)
    except KeyFileError:
        return  # the configuration check has told it
    if ends <= now:
        yield Finding(Trouble.CERTIFICATE_ENDED, f"{path} ended on {ends.date()}")
    elif ends - now <= _SOON:
        yield Finding(Trouble.CERTIFICATE_ENDS, f"{path} ends on {ends.date()}")
