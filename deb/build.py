"""Builds the Debian package: ``python -m deb.build``; one for each architecture and release, run on any of them.

Nothing foreign is executed: wheels are laid out as pip finds them for the other machine, the one program in C is
compiled by a cross-compiler. The same source, constraints and time give the same bytes.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from deb.control import changelog_of, control_of, md5sums_of, release
from deb.wheels import lay_out_python

ROOT = Path(__file__).resolve().parent.parent
MAINTAINER_SCRIPTS = ("postinst", "prerm", "postrm")
CROSS = {"amd64": "x86_64-linux-gnu-", "arm64": "aarch64-linux-gnu-"}
"""What the names of the tools begin with that compile for an architecture, where that is not this machine's."""
PLACES = {
    "systemd/*.service": "usr/lib/systemd/system/",
    "systemd/*.timer": "usr/lib/systemd/system/",
    "systemd/*.target": "usr/lib/systemd/system/",
    "systemd/doorctl.sysusers.conf": "usr/lib/sysusers.d/doorctl.conf",
    "systemd/doorctl.tmpfiles.conf": "usr/lib/tmpfiles.d/doorctl.conf",
    "systemd/doorctl.modules-load.conf": "usr/lib/modules-load.d/doorctl.conf",
    "systemd/doorctl.rules": "usr/lib/udev/rules.d/70-doorctl.rules",
    "docs/*.md": "usr/share/doc/doorctl/",
}
ON_PROCESS_LOSS = "systemd/on_process_loss.c"
_COMMANDS = "usr/bin/doorctl"
_TO_COMMANDS = "/opt/doorctl/bin/doorctl"
_DOC = "usr/share/doc/doorctl"


def build(source: Path, out: Path, *, architecture: str, version: str | None = None) -> Path:
    """Build the package of a source tree into a folder; return the package. Raises CalledProcessError."""
    at = int(os.environ.get("SOURCE_DATE_EPOCH") or _time_of(source))
    with tempfile.TemporaryDirectory(prefix="doorctl-deb-") as scratch:
        tree, aside = Path(scratch) / "tree", Path(scratch) / "aside"
        tree.mkdir(mode=0o755)
        aside.mkdir()
        found = lay_out_python(source, tree, aside, architecture=architecture)
        _lay_out_files(source, tree)
        _compile(source, tree / "opt/doorctl/bin", architecture)
        whole = f"{version or found}+{release()}"
        _lay_out_texts(tree, whole, at)
        _lay_out_control(tree, whole, architecture)
        _settle(tree, at)
        package = out / f"doorctl_{whole}_{architecture}.deb"
        out.mkdir(parents=True, exist_ok=True)
        command = ["dpkg-deb", "--root-owner-group", "-Zxz", "-z1", "--build", str(tree), str(package)]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(at)}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return package


def own_architecture() -> str:
    """Return what Debian calls this machine's architecture."""
    command = ["dpkg", "--print-architecture"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _time_of(source: Path) -> str:
    """Return when the source was last changed, so that the package of the same source is the same."""
    command = ["git", "-C", str(source), "log", "-1", "--format=%ct"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or str(int((source / "pyproject.toml").stat().st_mtime))


def _lay_out_files(source: Path, tree: Path) -> None:
    for pattern, place in PLACES.items():
        for path in sorted(source.glob(pattern)):
            target = tree / place / path.name if place.endswith("/") else tree / place
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _compile(source: Path, folder: Path, architecture: str) -> None:
    if not (source / ON_PROCESS_LOSS).exists():
        return  # a source from before there was that program
    cross = "" if architecture == own_architecture() else CROSS[architecture]
    command = ["make", "-s", "-C", str(source), f"BUILD={folder}", f"CROSS_COMPILE={cross}", "on-process-loss"]
    subprocess.run(command, check=True)


def _lay_out_texts(tree: Path, version: str, at: int) -> None:
    here, doc = Path(__file__).parent, tree / _DOC
    shutil.copyfile(here / "copyright", doc / "copyright")
    _pack(changelog_of(version, at), doc / "changelog.gz")
    _pack((here / "doorctl.1").read_text(), tree / "usr/share/man/man1/doorctl.1.gz")
    overrides = tree / "usr/share/lintian/overrides/doorctl"
    overrides.parent.mkdir(parents=True)
    shutil.copyfile(here / "lintian-overrides", overrides)
    commands = tree / _COMMANDS
    commands.parent.mkdir(parents=True)
    commands.symlink_to(_TO_COMMANDS)


def _pack(text: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(["gzip", "-9n"], input=text.encode(), capture_output=True, check=True).stdout
    path.write_bytes(packed)


def _lay_out_control(tree: Path, version: str, architecture: str) -> None:
    folder = tree / "DEBIAN"
    folder.mkdir(mode=0o755)
    for name in MAINTAINER_SCRIPTS:
        shutil.copyfile(Path(__file__).parent / name, folder / name)
    (folder / "control").write_text(control_of(tree, version, architecture))
    (folder / "md5sums").write_text(md5sums_of(tree))


def _settle(tree: Path, at: int) -> None:
    """Give each file its rights and its time, whoever builds and whenever."""
    programs = (tree / "opt/doorctl/bin", tree / "DEBIAN")
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            runs = path.is_dir() or path.parent == programs[0] or path.name in MAINTAINER_SCRIPTS
            path.chmod(0o755 if runs else 0o644)
        os.utime(path, (at, at), follow_symlinks=False)


def main() -> None:
    """Build one package and name it."""
    parser = argparse.ArgumentParser(prog="python -m deb.build", description=__doc__)
    parser.add_argument("--architecture", choices=sorted(CROSS), default=own_architecture())
    parser.add_argument("--source", type=Path, default=ROOT, help="the tree to build (default: this one)")
    parser.add_argument("--version", help="a version in place of that of pyproject.toml")
    parser.add_argument("--out", type=Path, default=ROOT / "build", help="where to put it (default: build)")
    given = parser.parse_args()
    package = build(given.source, given.out, architecture=given.architecture, version=given.version)
    sys.stdout.write(f"{package}\n")


if __name__ == "__main__":
    main()
