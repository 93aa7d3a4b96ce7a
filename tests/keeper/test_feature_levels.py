"""Doorctls of yesterday, today and tomorrow at one site: each follows as far as it can, and says how far."""

import random
from contextlib import closing
from pathlib import Path

import pytest

from doorctl.core.areas import Passback
from doorctl.core.decision import decide
from doorctl.core.model import ZoneKind
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest
from doorctl.policy.reader import PolicyReader
from doorctl.policy.rows import DoorRow, GrantRow, ZoneFactorRow, ZoneRow
from doorctl.wire.commands import CardAdd, GrantAdd, PersonAdd, Private, Verb
from doorctl.wire.messages import FEATURE_LEVEL
from doorctl.wire.occupancy_words import ZoneOccupancySet
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import SiteStatus
from doorctl.wire.topics import Channel
from tests.hostile.broker import Deed
from tests.hostile.world import ZONE, World
from tests.hub.builders import ADAS_CARD, CARD_KEYS, NOON, a_private
from tests.keeper.site import AController, ASite, acks, settled
from tests.policy.policies import ADA, ADAS_GRANT, BUILDING, KEY
from tests.policy.test_withheld import FROM_TOMORROW

LOBBY = (
    ZoneRow(id="lobby", kind=ZoneKind.FLOOR),
    DoorRow(id="entrance", zone="lobby"),
    GrantRow(id="g2", zone="lobby", holder="ada"),
)
OLDER = ZoneFactorRow.level - 1
LEVELS = {"pi-1": OLDER, "pi-2": FEATURE_LEVEL, "pi-3": FEATURE_LEVEL + 1}
TURNS_TO_REST = 10


def decided(controller: AController, door: str, key: bytes) -> Reason:
    """How a door of this controller answers a card."""
    request = AccessRequest(door, (key,), NOON)
    with closing(PolicyReader(controller.state_dir / "policy.db")) as reader:
        return decide(request, reader.facts(request)[0]).reason


class ThreeLevels(World):
    """A hub of today, and controllers of yesterday, today and tomorrow."""

    def restart_by_level(self) -> None:
        """Start each controller as a doorctl of its level; what it has followed so far every level knows."""
        for name, level in LEVELS.items():
            self.keepers[name] = self.keepers[name].restart(level=level)
            self.doors[name].greet(self.keepers[name], self.now)

    def command_and_rest(self, *commands: tuple[Verb, Private | None]) -> None:
        """Have the admin command this, carry everything, and let every keeper ask and be answered."""
        for do, private in commands:
            self.command(do, private)
        self.calm()
        for _ in range(TURNS_TO_REST):
            self.pass_time(0.5)
            while self.broker.waiting:
                self.let_broker(Deed.DELIVER)

    def decided(self) -> list[Reason]:
        """How each controller's door answers Ada's card."""
        key = CARD_KEYS.credential_key(ADAS_CARD)
        return [decided(keeper, f"door-{name}", key) for name, keeper in self.keepers.items()]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b'"zones":["floor-3"],', (Reason.NEEDS_UPGRADE, Reason.GRANTED)),
        (b'"zones":[],', (Reason.GRANTED, Reason.GRANTED)),
        (b"", (Reason.NEEDS_UPGRADE, Reason.NEEDS_UPGRADE)),
    ],
    ids=["one zone", "no zone", "unsaid"],
)
def test_today_s_keeper_keeps_tomorrow_s_change_aside_and_its_door_denies_the_zones_alone(
    tmp_path: Path, said: bytes, expected: tuple[Reason, Reason]
) -> None:
    tomorrow = ASite()
    tomorrow.append(FROM_TOMORROW % (FEATURE_LEVEL + 1, said))
    tomorrow.change(rows=[*BUILDING, *ADA, ADAS_GRANT, *LOBBY])
    tomorrow.digests[-1] = "7" * 64  # tomorrow's hub counts its own row, too
    today = AController(tmp_path, tomorrow)
    today.keeper.handle(Channel.TRUST, tomorrow.trust().note, 0)

    settled(today, tomorrow)

    (ack,) = acks(today, today.keeper.connected(1))
    assert (ack.revision, ack.level, ack.withheld, ack.fresh_seconds) == (2, FEATURE_LEVEL, 1, 1)
    assert tuple(decided(today, door, KEY) for door in ("front", "entrance")) == expected
    assert today.tally == {}
    today.close()


def test_keepers_of_levels_below_and_above_follow_today_s_hub(tmp_path: Path) -> None:
    with closing(ThreeLevels(tmp_path / "site", random.Random(1))) as world:
        world.restart_by_level()
        world.command_and_rest(
            (PersonAdd("ada"), a_private(handle="ada")),
            (CardAdd("ada"), a_private(card=ADAS_CARD)),
            (GrantAdd("g1", ZONE, holder="ada"), None),
        )
        before = world.decided()

        world.command_and_rest((ZoneOccupancySet(ZONE, passback=Passback.HARD), None))

        told = world.site.ask_for(StatusOf(), SiteStatus, at=world.at).controllers
        assert before == [Reason.GRANTED] * 3
        assert world.decided() == [Reason.NEEDS_UPGRADE, Reason.PASSBACK, Reason.PASSBACK]
        assert [(each.controller, each.level, each.withheld, each.is_current) for each in told] == [
            ("pi-1", OLDER, 1, True),
            ("pi-2", FEATURE_LEVEL, 0, True),
            ("pi-3", FEATURE_LEVEL + 1, 0, True),
        ]
        assert world.site.hub.refusals == {}
        assert {refusal for keeper in world.keepers.values() for refusal in keeper.tally} <= {"repeat"}
