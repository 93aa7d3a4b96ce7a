"""Lays out doorctl and its libraries under /opt/doorctl, for a machine that need not be this one."""

import compileall
import py_compile
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
EXTRAS = ("backup", "timestamp", "osdp")
"""What a hub needs beside, and a controller with OSDP readers. `export` is left out: its libraries are larger
than all the rest."""
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
NEWEST_GLIBC = 36
"""The libraries may ask for glibc 2.36 at most, which Debian 12 has."""
FROM_DEBIAN = ("RPi.GPIO",)
"""Of pins there are two libraries of one name, and none as a wheel: whichever the system has is taken."""
_PINS = ("RPi", "lgpio.py", "_lgpio.cpython-{digits}-aarch64-linux-gnu.so")
_NOT_USED = (
    "bin",
    "pip",
    "pip-*.dist-info",
    "*.dist-info/direct_url.json",
    "*.dist-info/REQUESTED",
    "doorctl-*.dist-info/RECORD",
)
"""Of pip there is no need, nor of where this computer had the wheels."""
_OURS = ("doorctl", "hardware", "firmware_bridge", "pyproject.toml", "README.md", "LICENSE")
_CONFIG = """home = /usr/bin
include-system-site-packages = false
version = {version}
executable = /usr/bin/{python}
"""
_SCRIPT = """#!/opt/doorctl/bin/python3
import sys

from doorctl.__main__ import main

sys.exit(main())
"""


def lay_out_python(source: Path, tree: Path, aside: Path, *, architecture: str) -> str:
    """Put doorctl, its libraries and its script into the tree; return doorctl's version."""
    root = tree / "opt/doorctl"
    site = root / "lib" / PYTHON / "site-packages"
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    _install_libraries(libraries_of(project), source / "constraints.txt", site, architecture)
    _install_ours(source, site, aside)
    for pattern in _NOT_USED:
        for path in site.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    if architecture == "arm64":
        _link_pins(site)
    _make_environment(root)
    _precompile(site)
    return str(project["version"])


def libraries_of(project: dict[str, object]) -> list[str]:
    """Name the libraries that are laid out, as pyproject.toml asks for them."""
    dependencies, extras = project["dependencies"], project["optional-dependencies"]
    assert isinstance(dependencies, list)
    assert isinstance(extras, dict)
    wanted = [*dependencies, *(each for extra in EXTRAS for each in extras.get(extra, ()))]
    return [each for each in wanted if re.split(r"[ ;<>=!~\[]", each)[0] not in FROM_DEBIAN]


def _pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", *words, "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(done.returncode)


def _install_libraries(libraries: list[str], constraints: Path, site: Path, architecture: str) -> None:
    machine = MACHINES[architecture]
    tags = ["manylinux2014", *(f"manylinux_2_{minor}" for minor in range(NEWEST_GLIBC, 16, -1))]
    platforms = [word for tag in tags for word in ("--platform", f"{tag}_{machine}")]
    where = ["--target", str(site), "--no-compile", "--only-binary=:all:", "--implementation", "cp", *platforms]
    _pip("install", *where, "--constraint", str(constraints), *libraries)


def _install_ours(source: Path, site: Path, aside: Path) -> None:
    """Make a wheel from a copy, so that nothing is written into the source."""
    copy = aside / "source"
    for name in _OURS:
        path = source / name
        if path.is_dir():
            shutil.copytree(path, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif path.exists():
            copy.mkdir(exist_ok=True)
            shutil.copyfile(path, copy / name)
    _pip("wheel", "--no-deps", "--wheel-dir", str(aside), str(copy))
    (wheel,) = aside.glob("doorctl-*.whl")
    _pip("install", "--target", str(site), "--no-compile", "--no-deps", "--upgrade", str(wheel))


def _link_pins(site: Path) -> None:
    digits = f"{sys.version_info.major}{sys.version_info.minor}"
    for name in (each.format(digits=digits) for each in _PINS):
        (site / name).symlink_to(f"/usr/lib/python3/dist-packages/{name}")


def _make_environment(root: Path) -> None:
    """Make what ``python3 -m venv`` makes of it, around the system's Python."""
    (root / "bin").mkdir()
    (root / "bin/python3").symlink_to(f"/usr/bin/{PYTHON}")
    (root / "bin" / PYTHON).symlink_to("python3")
    version = ".".join(map(str, sys.version_info[:2]))
    (root / "pyvenv.cfg").write_text(_CONFIG.format(version=version, python=PYTHON))
    (root / "bin/doorctl").write_text(_SCRIPT)


def _precompile(site: Path) -> None:
    """Compile all modules: no process of doorctl may write there, and none shall start the slower for it."""
    whole = compileall.compile_dir(
        site,
        quiet=2,
        stripdir=str(site.parents[3]),
        prependdir="/",
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not whole:
        sys.stderr.write("some modules of the libraries do not compile; they are compiled when they are used\n")
