"""A law of who is inside: the hub knows it by records as their controller does, whatever moves and is reset."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

from doorctl.audit.leaf import Draft, Leaf, Opening, place
from doorctl.audit.occupancy import ALL, KeptOccupancy
from doorctl.audit.writer import Committed, Verdict
from doorctl.clock import WallClock
from doorctl.core.areas import Inside, Occupancy, Way
from doorctl.core.model import Holder, Zone
from doorctl.core.request import AccessRequest
from doorctl.door.presence.movement_records import MovementRecords
from doorctl.door.presence.occupancy import Movement, OccupancyBook, Place
from doorctl.door.statements import Statements
from doorctl.hub.occupancy import inside_by, make_whereabouts, make_whereabouts_resets, note_movements, stays
from tests.core import builders
from tests.core.any_order import begin, holds_in_any_order, law, step
from tests.core.law_cases import SO_MANY

AROUND = {"campus": (), "building": ("campus",), "floor": ("building", "campus"), "shed": ()}
ZONES = {zone: Zone(zone, occupancy=Occupancy(around=around)) for zone, around in AROUND.items()}
PEOPLE = ("ada", "grace")
_POLICY = """
CREATE TABLE holders (id TEXT PRIMARY KEY);
CREATE TABLE erased_people (holder TEXT PRIMARY KEY);
CREATE TABLE zone_occupancies (zone TEXT PRIMARY KEY, within TEXT);
"""


class HubAndController:
    """People pass and are forgotten at one controller, whose records the hub takes in as they come."""

    @begin()
    def build(self) -> None:
        self.now = builders.NOON.timestamp()
        self.asked_at = 0
        self.told: list[Leaf] = []
        self.hub = sqlite3.connect(":memory:", isolation_level=None)
        self.hub.executescript(_POLICY)
        self.hub.executemany("INSERT INTO holders VALUES (?)", [(who,) for who in PEOPLE])
        rows = [(zone, around[0] if around else None) for zone, around in AROUND.items()]
        self.hub.executemany("INSERT INTO zone_occupancies VALUES (?, ?)", rows)
        make_whereabouts(self.hub)
        make_whereabouts_resets(self.hub)
        self.start_clock()
        self.book = OccupancyBook(KeptOccupancy(), write=self.write, clock=self.read_clock)
        self.book.learn(ZONES)

    def start_clock(self) -> None:
        self.was_set_back = hasattr(self, "clock")
        self.clock = WallClock(system=lambda: self.now, counter=lambda: self.now)
        self.records = MovementRecords(Statements(self.clock), self.upload)

    def read_clock(self) -> datetime:
        return self.clock.now()

    def write(self, movements: list[Movement]) -> None:
        self.records.take(movements)

    def upload(self, drafts: list[Draft], done: Callable[[Verdict], None]) -> None:
        """Have the hub take records in at once."""
        first = len(self.told)
        openings = [Opening(seq, bytes(16), it.subject) for seq, it in enumerate(drafts, first) if it.subject]
        commitment = {it.seq: it.commitment for it in openings}
        leaves = [
            place(it.statement, log="pi-1", epoch=1, seq=seq, boot="b", subject=commitment.get(seq, ""))
            for seq, it in enumerate(drafts, first)
        ]
        self.told += leaves
        times = [int(datetime.fromisoformat(it.at).timestamp()) for it in leaves]
        note_movements(self.hub, "pi-1", leaves, openings, times=times)
        done(Committed([it.seq for it in leaves]))

    @step(who=PEOPLE, zone=tuple(ZONES), way=tuple(Way), seconds=(0, 1, 50))
    def passes(self, who: str, zone: str, way: Way, seconds: int) -> None:
        self.now += seconds
        self.book.passed(Place("door", zone, AROUND[zone], way, frozenset({who})), of=None)

    @step(who=(*PEOPLE, ALL), zone=(*ZONES, ALL))
    def an_admin_resets(self, who: str, zone: str) -> None:
        self.asked_at += 1
        self.book.carry_out(who, zone, self.asked_at)

    @step(zone=tuple(ZONES), ago=(0, 1, 51))
    def the_clock_resets(self, zone: str, ago: int) -> None:
        self.book.forget("schedule", zone=zone, before=int(self.now) - ago)

    @step()
    def burns(self) -> None:
        self.book.forget("fire")

    @step(when=lambda self: not self.was_set_back)
    def clock_is_set_back(self) -> None:
        self.now -= 3600
        self.start_clock()

    @law
    def the_hub_counts_whom_the_controller_counts(self) -> None:
        inside = [stay.zone for stay in stays(self.hub)]

        assert {zone: inside.count(zone) for zone in ZONES} == {zone: self.book.count(zone) for zone in ZONES}

    @law
    def the_hub_explains_by_what_the_controller_decides(self) -> None:
        for who in () if self.was_set_back else PEOPLE:
            for zone in (ZONES["floor"], ZONES["shed"]):
                assert inside_by(self.hub, zone, who, by={"pi-1"}) == self.by_the_door(who, zone)

    def by_the_door(self, who: str, zone: Zone) -> Inside | None:
        request = AccessRequest("door", (b"card",), datetime.fromtimestamp(self.now, UTC))
        return self.book.inside(builders.facts(zone=zone, holder=Holder(who)), request)


@SO_MANY
def test_the_hub_knows_who_is_inside_as_the_controller_does_in_any_order(number: int, chance: Random) -> None:
    holds_in_any_order(HubAndController, number=number, chance=chance, most_steps=12)
