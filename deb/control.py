"""What a Debian package says of itself: its control file, its changelog, its sums."""

import hashlib
import sys
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from deb.wheels import PYTHON

RELEASES = {(3, 11): "deb12", (3, 12): "u2404", (3, 13): "deb13"}
"""Which release has which Python: compiled libraries and modules are of one Python alone."""
MAINTAINER = "doorctl maintainers <maintainers@doorctl.invalid>"
_OF_PINS = "Recommends: python3-rpi.gpio | python3-rpi-lgpio\n"
_CONTROL = """Package: doorctl
Version: {version}
Architecture: {architecture}
Maintainer: {maintainer}
Installed-Size: {kib}
Depends: {python}, libc6 (>= 2.36), libgcc-s1, systemd (>= 252), init-system-helpers (>= 1.54)
{pins}Suggests: mosquitto
Section: admin
Priority: optional
Description: badge access control for real buildings
 A Raspberry Pi reads badges over serial lines, decides from a local SQLite
 cache, releases door strikes by GPIO and keeps a record of every entry.
 Admins grant and revoke access by signed commands over MQTT; auditors export
 the log, and can tell that nothing in it has been changed.
 .
 The package makes the users of the processes and enables none of them: see
 /usr/share/doc/doorctl/operations.md.
"""


def release() -> str:
    """Return the release whose Python builds this. Raises SystemExit where no release has it."""
    if (found := RELEASES.get(sys.version_info[:2])) is None:
        own = ", ".join(f"{major}.{minor}" for major, minor in RELEASES)
        raise SystemExit(f"a package is built by a release's own Python: {own}")
    return found


def control_of(tree: Path, version: str, architecture: str) -> str:
    """Write the control file of what has been laid out."""
    files = [path for path in tree.rglob("*") if path.is_file() and not path.is_symlink()]
    kib = sum((path.stat().st_size + 1023) // 1024 for path in files)
    pins = _OF_PINS if architecture == "arm64" else ""
    return _CONTROL.format(
        version=version, architecture=architecture, maintainer=MAINTAINER, kib=kib, python=PYTHON, pins=pins
    )


def changelog_of(version: str, at: int) -> str:
    """Write the changelog as Debian has it; what has changed stands in the repository's CHANGELOG.md."""
    when = format_datetime(datetime.fromtimestamp(at, UTC))
    return f"doorctl ({version}) stable; urgency=medium\n\n  * As CHANGELOG.md tells.\n\n -- {MAINTAINER}  {when}\n"


def md5sums_of(tree: Path) -> str:
    """Write the sums by which ``dpkg --verify`` tells what was changed since."""
    files = sorted(
        path.relative_to(tree)
        for path in tree.rglob("*")
        if path.is_file() and not path.is_symlink() and "DEBIAN" not in path.relative_to(tree).parts
    )
    return "".join(f"{_md5(tree / path)}  {path}\n" for path in files)


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
