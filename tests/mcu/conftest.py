"""The microcontroller's firmware, compiled once: for this computer, without its registers, and for the chip."""

import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from socket import socket, socketpair

import pytest

from tests.mcu.chip import Chip
from tests.mcu.firmware import Firmware

SOURCES = Path(__file__).resolve().parents[2] / "firmware_bridge" / "mcu"
SOURCE = Path(__file__).with_name("harness.c")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in this folder: it runs in `make test-mcu` alone, which installs the compilers."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("mcu")


def built(name: str, folder: Path) -> Path:
    """Make one target of the firmware's own Makefile."""
    target = folder / name
    subprocess.run(["make", "-s", "-C", SOURCES, f"BUILD={folder}", target], check=True)
    return target


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what is compiled."""
    return tmp_path_factory.mktemp("firmware")


@pytest.fixture(scope="session")
def firmware(build: Path) -> Firmware:
    """The firmware without its registers, on this computer."""
    return Firmware(built("bridge.so", build))


@pytest.fixture(scope="session")
def elf(build: Path) -> Path:
    """The firmware that is flashed."""
    return built("bridge.elf", build)


@pytest.fixture(scope="session")
def harness(build: Path) -> Path:
    """The program that runs it."""
    program = build / "harness"
    strict = ("-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-I/usr/include/simavr")
    subprocess.run(["gcc", *strict, "-o", program, SOURCE, "-lsimavr", "-lelf"], check=True)
    return program


@pytest.fixture
def line() -> Iterator[tuple[socket, socket]]:
    """A serial line without a kernel's delay: the host's end and the chip's."""
    host, chip = socketpair()
    host.setblocking(False)
    with host, chip:
        yield host, chip


@pytest.fixture
def chip(harness: Path, elf: Path, line: tuple[socket, socket]) -> Iterator[Chip]:
    """A chip whose time passes when it is told to."""
    with closing(Chip(harness, elf, line=line[1])) as chip:
        yield chip


@pytest.fixture
def paced_chip(harness: Path, elf: Path) -> Iterator[Chip]:
    """A chip that keeps to the clock."""
    with closing(Chip(harness, elf)) as chip:
        yield chip
