"""Fixtures of the tests that drive a real door process, or orders and keypads at a door by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.keys.card_keys import write_card_keys
from tests.door.keypads import RING
from tests.door.ordered import Ordered
from tests.door_rig import ADA, FLOOR, DoorRig
from tests.shims.preloaded import Disk, WallClockShim, build


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[DoorRig]:
    """A door that is not started yet."""
    rig = DoorRig(tmp_path)
    yield rig
    rig.close()


@pytest.fixture
def adas_rig(rig: DoorRig) -> DoorRig:
    """A door that is not started yet, and that Ada may pass."""
    rig.write_policy(rig.a_holder("ada", ADA, FLOOR))
    return rig


@pytest.fixture(scope="session")
def shims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the compiled shims."""
    folder = tmp_path_factory.mktemp("shims")
    for name in ("disk", "wall_clock"):
        build(name, folder)
    return folder


@pytest.fixture
def disk(shims: Path, tmp_path: Path) -> Disk:
    """The disk under audit.db."""
    return Disk(shims / "disk.so", tmp_path, files="audit.db")


@pytest.fixture
def policy_disk(shims: Path, tmp_path: Path) -> Disk:
    """The disk under policy.db."""
    return Disk(shims / "disk.so", tmp_path, files="/policy-")


@pytest.fixture
def wall_clock(shims: Path, tmp_path: Path) -> WallClockShim:
    """The door's wall clock."""
    return WallClockShim(shims / "wall_clock.so", tmp_path)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """The file with the ring by which PINs are held at a door with keypads."""
    write_card_keys(tmp_path / "card.keys", RING)
    return tmp_path / "card.keys"


@pytest.fixture
def ordered() -> Ordered:
    """Who carries out the orders at the front door."""
    return Ordered()
