"""The microcontroller's firmware, compiled once for this computer, without its registers."""

import subprocess
from pathlib import Path

import pytest

from tests.mcu.firmware import Firmware

SOURCES = Path(__file__).resolve().parents[2] / "firmware_bridge" / "mcu"


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
