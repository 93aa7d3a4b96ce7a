"""A Debian of our own with systemd in its first process, in namespaces of this computer, and our package in it.

Debian's packages are fetched once and kept outside the repository. It takes root; of this computer nothing changes.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

from deb.build import build, own_architecture

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "doorctl-tests"
PACKAGES = "systemd-sysv,udev,dbus,python3,mosquitto,util-linux"
DOORCTL = "/opt/doorctl/bin/doorctl"
CONTROLLER = "/etc/doorctl/controller.toml"
ADMIN = "/srv/hq/admin/admin.toml"
WAIT_SECONDS = 300.0
_NAMESPACES = ("--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup")
_UNDER_SYSTEMD = (
    's|^state_dir = .*|state_dir = "{state}"|; s|^runtime_dir = .*|runtime_dir = "/run/doorctl"|; '
    's|"run/|"/run/doorctl/|; s|"state/|"{state}/|'
)


def packages() -> Path:
    """Fetch the system's packages, unless that was done before; return the archive of its files."""
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    suite = release["VERSION_CODENAME"].strip('"')
    archive = CACHE / f"units-{suite}-{crc32(PACKAGES.encode()):08x}.tar"
    if not archive.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        aside = archive.with_suffix(".new.tar")
        command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", suite, str(aside)]
        subprocess.run(command, check=True)
        aside.rename(archive)
    return archive


def our_package(folder: Path, *, source: Path = ROOT, version: str | None = None) -> Path:
    """Build the package of a source tree."""
    return build(source, folder, architecture=own_architecture(), version=version)


def _set_up_site(inside: "Inside") -> None:
    inside.run("install", "-d", "/etc/doorctl")
    for user in ("doorctl", "doorctl-link", "doorctl-hub"):
        inside.run("install", "-d", "-o", user, "-g", user, "-m", "700", f"/var/lib/{user}")
    inside.run(DOORCTL, "init", "hq", "--dir", "/srv/hq", "--timezone", "Europe/Paris", "--no-passphrase")
    for name, source, state in (("controller", "controller", "doorctl"), ("hub", "hub", "doorctl-hub")):
        inside.run("install", "-m", "644", f"/srv/hq/{source}/{name}.toml", "/etc/doorctl/")
        inside.run("sed", "-i", _UNDER_SYSTEMD.format(state=f"/var/lib/{state}"), f"/etc/doorctl/{name}.toml")
    joined = inside.run("runuser", "-u", "doorctl", "--", DOORCTL, "join", "--config", CONTROLLER, "--json")
    trusts = ("--trust", "/srv/hq/hub/state/trust.note", "--trust", "/srv/hq/admin/trust.note")
    code = json.loads(joined)["code"]
    inside.run(DOORCTL, "trust", "add-controller", code, "--root", "/srv/hq/root-1", *trusts)
    inside.run("cp", "-r", "/srv/hq/hub/state/.", "/var/lib/doorctl-hub/")
    inside.run("chown", "-R", "doorctl-hub:", "/var/lib/doorctl-hub")


class Inside:
    """Runs commands inside: of a folder as root, or of the machine that runs from it."""

    def __init__(self, prefix: list[str]) -> None:
        """Enter by this command."""
        self._prefix = prefix

    def run(self, *command: str) -> str:
        """Run a command to its end; return what it wrote. Raises AssertionError when it fails."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "DOORCTL_CONFIG": ADMIN}
        whole = [*self._prefix, *command]
        done = subprocess.run(
            whole, env=environment, capture_output=True, text=True, check=False, timeout=WAIT_SECONDS
        )
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        return done.stdout

    def doorctl(self, *command: str) -> str:
        """Run a command of doorctl as the admin."""
        return self.run(DOORCTL, *command)

    def show(self, unit: str, name: str) -> str:
        """Tell a property of a unit."""
        return self.run("systemctl", "show", "-P", name, unit).strip()

    def wait_for(self, question: Callable[[], object], *, what: str) -> float:
        """Wait until the answer is true; return how many seconds that took."""
        begin = time.monotonic()
        while not question():
            assert time.monotonic() < begin + WAIT_SECONDS, f"waited in vain for {what}: {self.journal()}"
            time.sleep(0.1)
        return time.monotonic() - begin

    def journal(self) -> str:
        """Return the last lines of all units of doorctl."""
        return self.run("journalctl", "--no-pager", "-o", "cat", "-n", "60", "-u", "doorctl*")


@contextmanager
def a_machine(folder: Path, package: Path) -> Iterator[Inside]:
    """Start a machine with a package of doorctl and a site."""
    with a_bare_machine(folder) as inside:
        shutil.copy(package, folder / "root/srv/doorctl.deb")
        shutil.copy(Path(__file__).with_name("probe.py"), folder / "root/srv")
        inside.run("dpkg", "--force-unsafe-io", "--install", "/srv/doorctl.deb")
        _set_up_site(inside)
        yield inside


@contextmanager
def a_bare_machine(folder: Path) -> Iterator[Inside]:
    """Start systemd in this folder, with nothing of doorctl there; it ends with all of its processes."""
    root = folder / "root"
    root.mkdir()
    subprocess.run(["tar", "-C", root, "-xf", packages()], check=True)
    boot = [str(Path(__file__).with_name("boot.sh")), str(root)]
    with (folder / "boot.log").open("wb") as log:
        machine = subprocess.Popen(["unshare", "--fork", "--kill-child", *_NAMESPACES, *boot], stdout=log, stderr=log)
    try:
        first = _wait_for_child(machine.pid)
        inside = Inside(["nsenter", "--target", str(first), *_NAMESPACES, "--root", "--wd"])
        _wait_for_systemd(inside)
        yield inside
    finally:
        machine.kill()
        machine.wait()


def _wait_for_child(pid: int) -> int:
    path, deadline = Path(f"/proc/{pid}/task/{pid}/children"), time.monotonic() + WAIT_SECONDS
    while not (children := path.read_text().split()):
        assert time.monotonic() < deadline, "the machine was not started"
        time.sleep(0.05)
    return int(children[0])


def _wait_for_systemd(inside: Inside) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            inside.run("systemctl", "is-active", "multi-user.target")
        except AssertionError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("systemd did not come up")
