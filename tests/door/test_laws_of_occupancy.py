"""Laws of who is inside, in any order of events, failed commits and restarts, against a count of its own."""

import sqlite3
from collections import Counter
from datetime import timedelta
from random import Random

from doorctl.audit.leaf import Draft
from doorctl.audit.occupancy import OCCUPANCY_TABLES, Entered, Forgotten, Left, kept_in
from doorctl.audit.schema import OCCUPANCY_SQL
from doorctl.audit.state import remember
from doorctl.audit.writer import Committed
from doorctl.core.areas import Occupancy
from doorctl.core.machines.door_events import FireEnded, FireStarted
from doorctl.core.model import Zone
from tests.core.any_order import EITHER, begin, holds_in_any_order, law, step
from tests.core.law_cases import SO_MANY
from tests.door.counted import CountedDoors

AROUND = {"campus": (), "building": ("campus",), "floor": ("building", "campus"), "yard": ("campus",)}
WITHIN = {zone: {inner for inner, outer in AROUND.items() if zone in outer} for zone in AROUND}
PEOPLE = ("ada", "grace", "alan")
DOORS = tuple(sorted(AROUND))
MOST = {"floor": 2, "building": 2}
ZONES = {
    zone: Zone(
        zone, occupancy=Occupancy(around=around, limits=tuple((z, MOST[z]) for z in (zone, *around) if z in MOST))
    )
    for zone, around in AROUND.items()
}


class KeptDoors(CountedDoors):
    """Doors whose log remembers what is committed, as audit.db does."""

    disk: sqlite3.Connection
    told: list[Draft]

    def _committed(self, drafts: list[Draft]) -> Committed:
        verdict = super()._committed(drafts)
        for number, draft in zip(verdict.numbers, drafts, strict=True):
            for what in draft.remembered:
                if isinstance(what, (Entered, Left, Forgotten)):
                    remember(self.disk, what, record=number)
            self.told.append(draft)
        return verdict


class AnyBuilding:
    """People come and go by any door, the disk fails, fires burn, the process is killed."""

    doors: KeptDoors

    @begin(has_contact=EITHER)
    def build(self, has_contact: bool) -> None:
        self.has_contact = has_contact
        self.disk = sqlite3.connect(":memory:", isolation_level=None)
        self.disk.executescript(OCCUPANCY_SQL)
        self.told: list[Draft] = []
        self.asked_at = 0
        self.start(behind_seconds=0)

    def start(self, *, behind_seconds: int) -> None:
        """Start the process anew: it knows what is on disk; its clock may be behind."""
        rows = {table: self.disk.execute(f"SELECT * FROM {table}").fetchall() for table in OCCUPANCY_TABLES}
        doors = KeptDoors(ZONES, {zone: zone for zone in ZONES}, kept=kept_in(rows), has_contact=self.has_contact)
        doors.disk, doors.told = self.disk, self.told
        if hasattr(self, "doors"):
            doors.wall = self.doors.wall - timedelta(seconds=behind_seconds)
        doors.keeps_waiting = True
        self.doors = doors
        self.expected = {zone: set(people) for zone, people in self.on_disk().items()}

    def on_disk(self) -> dict[str, set[str]]:
        rows = self.disk.execute("SELECT holder, zone FROM state_occupancy WHERE zone <> ''").fetchall()
        return {zone: {holder for holder, each in rows if each == zone} for zone in ZONES}

    def settle(self) -> None:
        """Commit everything, what was to be written again included."""
        self.doors.commit()
        self.doors.records.try_again()
        self.doors.commit()

    @step(who=PEOPLE, door=DOORS, out=EITHER, opens=EITHER, fails=EITHER)
    def passes(self, who: str, door: str, out: bool, opens: bool, fails: bool) -> None:
        """Somebody asks, is let through or not, and passes or not; the record of that may fail at first."""
        before, inside = len(self.doors.moves), {zone: self.doors.book.count(zone) for zone in MOST}
        self.doors.swipe(who, door, out=out)
        self.doors.commit()
        released = len(self.doors.moves) > before
        if opens:
            self.doors.open(door)
        if fails:
            self.doors.fail()
        self.settle()
        self.doors.pass_time(20)
        self.settle()
        if released and (opens or not self.has_contact):
            self.note(who, door, out=out)
        assert out or all(self.doors.book.count(zone) <= max(MOST[zone], inside[zone]) for zone in MOST)

    def note(self, who: str, zone: str, *, out: bool) -> None:
        for each in {zone, *WITHIN[zone]} if out else ():
            self.expected[each].discard(who)
        for each in AROUND[zone] if out else (zone, *AROUND[zone]):
            self.expected[each].add(who)

    @step()
    def burns(self) -> None:
        for door in ZONES:
            self.doors.tell(door, FireStarted(self.doors.now))
            self.doors.tell(door, FireEnded(self.doors.now))
        self.settle()
        self.doors.pass_time(20)
        self.expected = {zone: set() for zone in ZONES}

    @step(who=PEOPLE)
    def is_reset(self, who: str) -> None:
        self.doors.pass_time(1)
        self.asked_at += 1
        self.doors.book.carry_out(who, "*", self.asked_at)
        self.settle()
        for people in self.expected.values():
            people.discard(who)

    @step(zone=DOORS)
    def zone_is_reset(self, zone: str) -> None:
        self.doors.pass_time(1)
        self.doors.book.forget("schedule", zone=zone)
        self.settle()
        for each in {zone, *WITHIN[zone]}:
            self.expected[each].clear()

    @step(who=PEOPLE, door=DOORS, behind_seconds=(0, 0, 3600))
    def is_killed(self, who: str, door: str, behind_seconds: int) -> None:
        """Somebody has just passed when the power goes: what was not on disk never was."""
        self.doors.swipe(who, door)
        self.doors.commit()
        self.doors.open(door)
        self.start(behind_seconds=behind_seconds)

    @law
    def who_is_inside_is_who_entered_and_has_not_left(self) -> None:
        if not hasattr(self, "doors") or self.doors.waiting:
            return
        assert self.on_disk() == self.expected
        assert {zone: self.doors.book.count(zone) for zone in ZONES} == {z: len(p) for z, p in self.expected.items()}

    @law
    def the_count_is_entries_minus_exits_since_the_last_reset(self) -> None:
        if not hasattr(self, "doors") or self.doors.waiting:
            return
        counted: Counter[tuple[str, str]] = Counter()
        for draft in self.told:
            for what in draft.remembered:
                count(counted, what, draft.statement.detail)
        assert {
            zone: {who for (who, at), n in counted.items() if at == zone and n} for zone in ZONES
        } == self.expected
        assert set(counted.values()) <= {0, 1}


def count(counted: Counter[tuple[str, str]], what: object, detail: str) -> None:
    """Count an entry that is none again, and an exit of somebody who was inside; a reset begins anew."""
    match what:
        case Entered(holder, zone):
            counted[holder, zone] += "again" not in detail
        case Left(holder, zone):
            counted[holder, zone] -= "was not inside" not in detail
        case Forgotten(holder, zones):
            for who, zone in list(counted):
                if holder in {who, "*"} and (zone in zones or "*" in zones):
                    counted[who, zone] = 0


@SO_MANY
def test_who_is_inside_is_who_entered_and_has_not_left_in_any_order(number: int, chance: Random) -> None:
    holds_in_any_order(AnyBuilding, number=number, chance=chance, most_steps=20)
