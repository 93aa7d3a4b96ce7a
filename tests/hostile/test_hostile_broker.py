"""Whatever a broker does to what it carries: all end with the hub's rows, nobody goes back, commands count once.

Sudden ends stand for ``kill -9`` here (``World.doom``); real SIGKILLs, of real processes, are those of
``test_real_processes`` and tests/kill.
"""

import random
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from doorctl.wire.rights import OpenDoor
from doorctl.wire.topics import Channel
from tests.hostile.broker import WEIGHTS, Deed
from tests.hostile.world import CONTROLLERS, HUB, World

MEMORY = Path("/dev/shm")
CALM_EACH = 20_000


@pytest.fixture
def folder() -> Iterator[Path]:
    with _a_fast_folder() as name:
        yield Path(name)


def _a_fast_folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder in memory where there is such a place: what is proven here is not the disk."""
    return tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("messages", [20_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_a_hostile_broker_changes_nothing_but_when(messages: int, folder: Path, chance: random.Random) -> None:
    with closing(World(folder, chance)) as world:
        while (done := world.broker.deeds.total()) < messages:
            for _ in range(min(CALM_EACH, messages - done)):
                world.step()
            world.calm()
            world.prove()
        print(f"{messages} messages: {world.told()}")

        assert set(world.broker.deeds) == set(Deed)
        assert set(world.restarts) == {HUB, *CONTROLLERS}
        assert world.changes >= messages / 200


@pytest.mark.parametrize("door_ends_too", [False, True])
def test_an_order_that_a_keeper_killed_since_has_handed_over_opens_nothing_again(
    folder: Path, chance: random.Random, door_ends_too: bool
) -> None:
    with closing(World(folder, chance)) as world:
        door = world.doors["pi-1"]
        world.command(OpenDoor(door.name))
        world.calm()
        world.doom("pi-1")
        world.broker.take_again(Channel.ORDER)
        world.calm()
        if door_ends_too:
            door.restart()
        world.broker.take_again(Channel.ORDER)
        world.calm()

        world.prove()
        assert (world.restarts["pi-1"], door.again, list(door.opened.values())) == (1, 1, [1])


class AnyInterleaving(RuleBasedStateMachine):
    """The broker's deeds, commands, time, lost connections and sudden ends, in any order that hypothesis finds."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = _a_fast_folder()
        self._world = World(Path(self._folder.name), random.Random(0))

    @rule(deed=st.sampled_from(list(WEIGHTS)), times=st.integers(1, 6))
    def let_broker(self, deed: Deed, times: int) -> None:
        for _ in range(times):
            self._world.let_broker(deed)

    @rule()
    def command(self) -> None:
        self._world.command()

    @rule(seconds=st.sampled_from([0.1, 0.6, 5.0, 61.0, 400.0]))
    def pass_time(self, seconds: float) -> None:
        self._world.pass_time(seconds)

    @rule(name=st.sampled_from([HUB, *CONTROLLERS]))
    def doom(self, name: str) -> None:
        self._world.doom(name)

    @rule(name=st.sampled_from(CONTROLLERS))
    def connect(self, name: str) -> None:
        self._world.connect(name)

    def teardown(self) -> None:
        try:
            self._world.calm()
            self._world.prove()
        finally:
            self._world.close()
            self._folder.cleanup()


AnyInterleaving.TestCase.settings = settings(
    max_examples=15, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAnyInterleaving = AnyInterleaving.TestCase
