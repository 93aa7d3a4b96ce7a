"""Makes the SD card of the emulated Pi: Debian, and doorctl on it by its package, as ``docs/operations.md`` says."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from deb.build import build
from tests.pi.base import PYTHON, ROOT, SITE_PACKAGES, base, compile_as_pip_does

HERE = Path(__file__).parent
CARD_BYTES = 512 << 20
"""QEMU takes a power of two."""
COMPILER = "aarch64-linux-gnu-"
IS_PACKAGED = f"{sys.version_info.major}.{sys.version_info.minor}" == PYTHON
"""A package is built by the Python of its release; by another one doorctl is put into its places by hand."""
PACKAGE = "opt/package"
DOORCTL = """#!/opt/doorctl/bin/python3
import sys
from doorctl.__main__ import main
sys.exit(main())
"""
AGENT = """[Unit]
Description=runs what the test says
DefaultDependencies=no
After=systemd-udev-trigger.service systemd-sysusers.service systemd-tmpfiles-setup.service
[Service]
ExecStart=/usr/bin/python3 /opt/agent.py
StandardError=journal+console
"""
LEFT_OUT = (
    *("getty.target", "systemd-user-sessions.service", "systemd-random-seed.service", "systemd-sysctl.service"),
    *("systemd-update-utmp.service", "systemd-update-utmp-runlevel.service", "systemd-udev-settle.service"),
    *("dev-hugepages.mount", "dev-mqueue.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount"),
    *("sys-kernel-config.mount", "sys-fs-fuse-connections.mount", "proc-sys-fs-binfmt_misc.automount"),
    *(
        "modprobe@.service",
        "systemd-tmpfiles-clean.timer",
        "fstrim.timer",
        "e2scrub_all.timer",
        "e2scrub_reap.service",
    ),
    *("systemd-remount-fs.service", "systemd-journal-flush.service", "systemd-pcrphase.service"),
    *("systemd-pcrphase-sysinit.service", "systemd-boot-system-token.service", "systemd-machine-id-commit.service"),
    *("kmod-static-nodes.service", "systemd-tmpfiles-setup-dev.service", "systemd-ask-password-wall.path"),
    *("systemd-ask-password-console.path", "systemd-hwdb-update.service", "systemd-journal-catalog-update.service"),
)
"""What no door needs, and an emulated Pi takes seconds for."""
COLDPLUG = """[Service]
ExecStart=
ExecStart=udevadm trigger --type=devices --subsystem-match=tty --subsystem-match=gpio --subsystem-match=mem
"""
# Raspberry Pi OS has these rules, and the kernel of its makers /dev/gpiomem; Debian's kernel has not.
RULES = """SUBSYSTEM=="gpio", KERNEL=="gpiochip*", GROUP="gpio", MODE="0660"
SUBSYSTEM=="mem", KERNEL=="mem", GROUP="gpio", MODE="0660"
SUBSYSTEM=="tty", KERNEL=="ttyAMA0", GROUP="dialout", MODE="0660"
"""
WITHOUT_GPIOMEM = """[Service]
DeviceAllow=/dev/mem rw
PrivateUsers=no
CapabilityBoundingSet=CAP_SYS_RAWIO
AmbientCapabilities=CAP_SYS_RAWIO
"""

INSIDE = (
    *("tests/__init__.py", "tests/hardware/__init__.py", "tests/hardware/board_contract.py"),
    *("tests/hardware/layouts.py", "tests/pi/__init__.py", "tests/pi/inside_contract.py"),
)
"""What pytest runs in the Pi."""


def make_card(card: Path, *, controller: str) -> None:
    """Write the card's image; ``controller`` is the text of controller.toml."""
    with tempfile.TemporaryDirectory(dir=card.parent) as name:
        root = Path(name)
        subprocess.run(["tar", "-C", root, "-xf", base() / "root.tar"], check=True)
        (_install_package if IS_PACKAGED else _install_doorctl)(root)
        _install_for_the_test(root)
        (root / "etc/doorctl").mkdir()
        (root / "etc/doorctl/controller.toml").write_text(controller)
        with card.open("wb") as image:
            image.truncate(CARD_BYTES)
        command = f"chown -R 0:0 {root} && mke2fs -q -t ext4 -d {root} {card}"
        subprocess.run(["fakeroot", "sh", "-c", command], check=True)


def _install_package(root: Path) -> None:
    """Unpack the package for a Pi as dpkg does; its script runs when the Pi is up."""
    shutil.rmtree(root / "opt/doorctl")
    with tempfile.TemporaryDirectory(dir=root / "tmp") as aside:
        package = build(ROOT, Path(aside), architecture="arm64")
        subprocess.run(["dpkg-deb", "--extract", package, root], check=True)
        subprocess.run(["dpkg-deb", "--control", package, root / PACKAGE], check=True)


def _install_doorctl(root: Path) -> None:
    packages, programs = root / SITE_PACKAGES, root / "opt/doorctl/bin"
    programs.mkdir()
    (programs / "python3").symlink_to("/usr/bin/python3")
    (programs.parent / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {PYTHON}\n")
    (programs / "doorctl").write_text(DOORCTL)
    (programs / "doorctl").chmod(0o755)
    _install_from_here(packages, aside=root / "tmp")
    compile_as_pip_does(packages, root)
    make = ["make", "-s", "-C", str(ROOT), f"BUILD={programs}", f"CROSS_COMPILE={COMPILER}"]
    subprocess.run([*make, "on-process-loss"], check=True)
    for kind in ("sysusers", "tmpfiles", "modules-load"):
        shutil.copy(ROOT / f"systemd/doorctl.{kind}.conf", root / f"usr/lib/{kind}.d/doorctl.conf")
    shutil.copy(ROOT / "systemd/doorctl.rules", root / "usr/lib/udev/rules.d/70-doorctl.rules")
    for unit in [path for kind in ("service", "timer", "target") for path in (ROOT / "systemd").glob(f"*.{kind}")]:
        shutil.copy(unit, root / "etc/systemd/system")


def _install_from_here(packages: Path, *, aside: Path) -> None:
    """Do ``pip install .``, from a copy of what it takes."""
    sources = aside / "doorctl"
    for package in ("doorctl", "hardware", "firmware_bridge"):
        shutil.copytree(ROOT / package, sources / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / file, sources)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--no-compile", f"--target={packages}", "--upgrade", str(sources)], check=True)
    shutil.rmtree(sources)


def _install_for_the_test(root: Path) -> None:
    units = root / "etc/systemd/system"
    for name in LEFT_OUT:
        (units / name).symlink_to("/dev/null")
    generators = root / "etc/systemd/system-generators"
    generators.mkdir()
    for generator in (root / "usr/lib/systemd/system-generators").iterdir():
        (generators / generator.name).symlink_to("/dev/null")
    (units / "agent.service").write_text(AGENT)
    (units / "multi-user.target.wants").mkdir(exist_ok=True)
    (units / "multi-user.target.wants/agent.service").symlink_to("/etc/systemd/system/agent.service")
    for unit, text in {"doorctl-door": WITHOUT_GPIOMEM, "systemd-udev-trigger": COLDPLUG}.items():
        (units / f"{unit}.service.d").mkdir()
        (units / f"{unit}.service.d/pi.conf").write_text(text)
    (root / "etc/modules-load.d/pi.conf").write_text("dwc2\ncdc_ether\nrndis_host\n")
    (root / "usr/lib/udev/rules.d/99-com.rules").write_text(RULES)
    (root / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")
    shutil.copy(HERE / "agent.py", root / "opt/agent.py")
    for part in INSIDE:
        (root / "opt/contract" / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, root / "opt/contract" / part)
