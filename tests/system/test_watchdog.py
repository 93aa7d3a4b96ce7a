"""The four processes under a watchdog: ready when their loop turns, alive while it does, and missed when it hangs."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.a_supervisor import ASupervisor, a_supervisor
from tests.door_rig import DoorRig
from tests.hub.hub_on_disk import AHubOnDisk
from tests.keeper.processes import AProcess, a_config
from tests.keeper.site import ASite
from tests.shims.preloaded import build

ConfigOf = Callable[[str], Path]
START_SECONDS = 60.0
WATCH_SECONDS = 2.0
PROCESSES = ("door", "keeper", "link", "hub")


@pytest.fixture
def configs(tmp_path: Path) -> Iterator[ConfigOf]:
    """Make the folder of a process ready; a door's readers stay plugged in until the test ends."""
    with ExitStack() as ending:

        def config_of(name: str) -> Path:
            if name == "hub":
                return AHubOnDisk(tmp_path).config
            if name != "door":
                return a_config(tmp_path, ASite())
            rig = DoorRig(tmp_path)
            ending.callback(rig.close)
            return rig.config_path

        yield config_of


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[ASupervisor]:
    with a_supervisor(tmp_path, watch_seconds=WATCH_SECONDS) as systemd:
        yield systemd


@pytest.fixture(scope="module")
def hang(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("hang", tmp_path_factory.mktemp("shims"))


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_is_ready_lives_and_ends(name: str, systemd: ASupervisor, configs: ConfigOf) -> None:
    watched = [f"{key}={value}" for key, value in systemd.environment.items()]
    with AProcess(name, configs(name), prefix=["env", *watched]) as process:
        assert systemd.hear(START_SECONDS) == ["READY=1", "WATCHDOG=1"], process.said
        assert [systemd.hear(WATCH_SECONDS), systemd.hear(WATCH_SECONDS)] == [["WATCHDOG=1"]] * 2

        assert process.stop() == 0
        assert systemd.hear_for(0.2)[-1] == "STOPPING=1"


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_whose_loop_hangs_is_missed(
    name: str, systemd: ASupervisor, hang: Path, configs: ConfigOf, tmp_path: Path
) -> None:
    order = tmp_path / "hang.now"
    environment = systemd.environment | {"LD_PRELOAD": str(hang), "HANG_WHEN": str(order)}
    prefix = ["env", *(f"{key}={value}" for key, value in environment.items())]
    with AProcess(name, configs(name), prefix=prefix) as process:
        assert systemd.hear(START_SECONDS) == ["READY=1", "WATCHDOG=1"], process.said
        assert systemd.hear(WATCH_SECONDS) == ["WATCHDOG=1"]

        order.touch()
        systemd.hear_for(WATCH_SECONDS)  # what was on its way

        assert systemd.hear_for(2 * WATCH_SECONDS) == []
        assert process.is_alive
