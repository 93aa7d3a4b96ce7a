"""What every card of the emulated Pi begins with: Debian's packages and wheels for 64-bit ARM, kernel, device tree.

All is fetched once and kept outside the repository, in a folder whose name is a digest of what it is made from;
nothing foreign is executed. Two runs at once make it twice, and keep it once.
"""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "doorctl-tests"
FIRST = Path(__file__).with_name("first.sh")
SUITE, PYTHON = "bookworm", "3.11"
PACKAGES = (
    *("base-files", "base-passwd", "bash", "dash", "coreutils", "grep", "login", "mount", "libc-bin", "util-linux"),
    *("systemd-sysv", "udev", "kmod", "iproute2", "linux-image-arm64", "busybox-static"),
    *("python3", "python3-rpi.gpio"),
)
ON_THE_CARD = ("ext4", "crc32c_generic", "sdhci_iproc", "bcm2835")
LATER = (
    "dwc2",
    "phy_generic",
    "usbnet",
    "cdc_ether",
    "rndis_host",
    "usbserial",
    "cdc_acm",
    "ftdi_sio",
    "bcm2835_wdt",
)
UNUSED = (
    *("boot", "usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/i18n", "usr/share/info"),
    *("usr/share/perl", "usr/lib/aarch64-linux-gnu/gconv", "usr/lib/aarch64-linux-gnu/perl-base"),
    *("var/lib/apt", "var/cache/apt", "usr/lib/udev/hwdb.d"),
)
PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_28_aarch64", "manylinux_2_34_aarch64")
REVISION_OF_A_3B = "a02082"
SITE_PACKAGES = f"opt/doorctl/lib/python{PYTHON}/site-packages"
BESIDE = {"opt/lgpio": ("rpi-lgpio",), "opt/pytest": ("pytest", "pytest-mock")}
"""Where the tests put more packages: rpi-lgpio has the module name of RPi.GPIO, and a door has no pytest."""


def base() -> Path:
    """Return the folder with kernel, initrd.gz, pi.dtb, root.tar and versions.json; make it, the first time."""
    folder = CACHE / f"pi-{_digest()}"
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE, prefix="pi-new-") as aside:
            made = Path(aside) / "made"
            _make(made, root=Path(aside) / "root")
            if not folder.exists():
                made.rename(folder)
    return folder


def _digest() -> str:
    words = (ROOT / "constraints.txt").read_bytes(), "\n".join(_dependencies()).encode()
    return hashlib.sha256(b"\0".join((*words, FIRST.read_bytes(), Path(__file__).read_bytes()))).hexdigest()[:12]


def _dependencies() -> list[str]:
    """Name what doorctl needs; RPi.GPIO has no wheel, and comes from Debian."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [line for line in project["dependencies"] if not line.startswith("RPi.GPIO")]


def _make(made: Path, *, root: Path) -> None:
    made.mkdir()
    fetch = ["mmdebstrap", "--quiet", "--variant=extract", "--arch=arm64", f"--include={','.join(PACKAGES)}"]
    merged = "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr"
    subprocess.run([*fetch, merged, SUITE, str(root)], check=True, stderr=subprocess.DEVNULL)
    (made / "versions.json").write_text(json.dumps(_versions(root), indent=1))
    version = next((root / "usr/lib/modules").iterdir()).name
    shutil.copy(root / f"boot/vmlinuz-{version}", made / "kernel")
    _device_tree(root / f"usr/lib/linux-image-{version}/broadcom/bcm2837-rpi-3-b.dtb", made / "pi.dtb")
    _initrd(made / "initrd.gz", root, _keep_modules(root, version))
    for unused in (*UNUSED, f"usr/lib/linux-image-{version}"):
        shutil.rmtree(root / unused, ignore_errors=True)
    for name in ("passwd", "group"):
        shutil.copy(root / f"usr/share/base-passwd/{name}.master", root / f"etc/{name}")
    _install(root / SITE_PACKAGES, _dependencies())
    shutil.copytree(root / "usr/lib/python3/dist-packages/RPi", root / SITE_PACKAGES / "RPi")
    for place, packages in BESIDE.items():
        _install(root / place, packages)
    compile_as_pip_does(root, root)
    subprocess.run(["tar", "-C", root, "-cf", made / "root.tar", "."], check=True)


def _versions(root: Path) -> dict[str, str]:
    """Tell the versions of Debian's packages that matter, by the first line of their changelogs."""
    changelogs = {"kernel": "linux-image-*/changelog.gz"} | {
        name: f"{package}/changelog.Debian.gz"
        for name, package in {
            "systemd": "systemd",
            "Python": "python3.11-minimal",
            "gpio": "python3-rpi.gpio",
        }.items()
    }
    found = {}
    for name, pattern in changelogs.items():
        packed = next((root / "usr/share/doc").glob(pattern)).read_bytes()
        first = gzip.decompress(packed).decode().splitlines()[0]
        found[name] = first[first.index("(") + 1 : first.index(")")]
    return found


def _device_tree(source: Path, to: Path) -> None:
    """Write what the firmware of a real Pi adds (its revision), and give the good UART to the header."""
    shutil.copy(source, to)
    for words in (
        ("-c", str(to), "/system"),
        ("-t", "x", str(to), "/system", "linux,revision", REVISION_OF_A_3B),
        ("-r", str(to), "/soc/serial@7e201000/bluetooth"),
    ):
        subprocess.run(["fdtput", *words], check=True)


def _keep_modules(root: Path, version: str) -> list[Path]:
    """Leave only the modules that the emulated Pi needs; return those of its card in their order."""
    subprocess.run(["depmod", "-b", root, version], check=True)
    folder = root / "usr/lib/modules" / version
    lines = (line.split(":") for line in (folder / "modules.dep").read_text().splitlines())
    needs = {Path(path).stem.replace("-", "_"): (path, needed.split()) for path, needed in lines}

    def with_needed(names: tuple[str, ...]) -> Iterator[Path]:
        for path, needed in (needs[name] for name in names):
            yield from (folder / each for each in (*reversed(needed), path))

    first = list(dict.fromkeys(with_needed(ON_THE_CARD)))
    kept = {*first, *with_needed(LATER)}
    for module in folder.rglob("*.ko"):
        if module not in kept:
            module.unlink()
    subprocess.run(["depmod", "-b", root, version], check=True)
    return first


def _initrd(to: Path, root: Path, modules: list[Path]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for place in ("bin", "dev", "proc", "root", "modules"):
            (folder / place).mkdir()
        shutil.copy(root / "bin/busybox", folder / "bin")
        shutil.copy(FIRST, folder / "init")
        (folder / "init").chmod(0o755)
        for module in modules:
            shutil.copy(module, folder / "modules")
        (folder / "modules/order").write_text("".join(f"{module.name}\n" for module in modules))
        names = "\n".join(str(path.relative_to(folder)) for path in sorted(folder.rglob("*"))).encode()
        pack = ["cpio", "-o", "-H", "newc", "--quiet"]
        packed = subprocess.run(pack, cwd=folder, input=names, stdout=subprocess.PIPE, check=True)
        to.write_bytes(gzip.compress(packed.stdout, 6))


def _install(to: Path, packages: "list[str] | tuple[str, ...]") -> None:
    """Lay packages out as pip does on the Pi, from wheels for it."""
    platforms = [f"--platform={platform}" for platform in PLATFORMS]
    kind = [*platforms, f"--python-version={PYTHON}", "--only-binary=:all:", "--no-compile", f"--target={to}"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *kind, f"--constraint={ROOT}/constraints.txt", *packages], check=True)


def compile_as_pip_does(folder: Path, root: Path) -> None:
    """Compile Python for the Pi, if this one's byte code is the same; else the Pi does it at each start."""
    if f"{sys.version_info.major}.{sys.version_info.minor}" == PYTHON:
        words = ["-m", "compileall", "-q", "-s", str(root), "-p", "/", str(folder)]
        subprocess.run([sys.executable, *words], check=False, stdout=subprocess.DEVNULL)
