"""A door in this process: its policy and what it remembers are real, and the disk needs no time to flush.

It is made anew for each decision, and remembers what a door remembers at noon: who is inside, how often cards were
used, which wrong PINs were entered. An order denies somebody else, and another door is interlocked with it.
"""

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec

from benchmarks.many_credentials import card, holder
from benchmarks.ruled_site import AT, HOUSE, PIN, VAULT, People, RuledSite, rosters
from doorctl.audit.leaf import Draft
from doorctl.audit.occupancy import KeptOccupancy
from doorctl.audit.schema import migrate
from doorctl.audit.state import UsedTimes, WrongPinsKept, remember
from doorctl.audit.writer import Committed, Verdict, nobody_waits
from doorctl.clock import WallClock
from doorctl.core.classes import ReaderClass
from doorctl.core.machines.door_state import Contact, DoorSettings, DoorState
from doorctl.core.request import AccessRequest, Facts
from doorctl.database import open_reader, open_writer, transaction
from doorctl.door.asking.asked import Asked, Presented, WayOut
from doorctl.door.asking.escorts import VisitorBook
from doorctl.door.asking.uses import UseBook
from doorctl.door.asking.wrong_pins import WrongPinBook
from doorctl.door.doorway import Doorway
from doorctl.door.interlock import Interlock, Others
from doorctl.door.orders.deny_list import DenyList
from doorctl.door.policy.standing import Standing
from doorctl.door.presence.occupancy import OccupancyBook
from doorctl.door.statements import Statements
from doorctl.door.surroundings import Surroundings
from doorctl.keys.card_keys import pin_text
from doorctl.policy.building import PolicyPosition
from doorctl.policy.facts import FactsReader
from doorctl.wire.bell import Confirmed
from doorctl.wire.orders import DenyHolder, LockDown
from hardware.pins import StrikeState

NOW = 1000.0
_YESTERDAY = int((AT - timedelta(days=1)).timestamp())
_AN_HOUR_AGO = int((AT - timedelta(hours=1)).timestamp())
_AIRLOCK = "airlock"
_FAR_REVISION = 1_000_000
_IN_THE_HOUSE, _IN_THE_VAULT = 200, 20
_RECORD = "INSERT INTO records (seq, leaf) VALUES (?, ?)"
_encode = msgspec.json.Encoder().encode
_IDLE_COMMITS = 100
"""After so many the door's writer copies pages back while nobody waits, and begins a new write-ahead log."""


@dataclass(frozen=True, slots=True)
class Took:
    """How long it was from a card to its strike, in seconds: on the clock, and of this process."""

    wall: float
    cpu: float


class AskedDoor:
    """The door of one policy; ``anew`` before each who comes."""

    def __init__(self, site: RuledSite, policy: Path, door: str) -> None:
        """Open the policy, and a file in which the door remembers."""
        self._site = site
        self._door = door
        self._memory = _opened_memory(policy.with_name(f"{door}-audit.db"))
        self._policy = open_reader(policy)
        self.reader = FactsReader(self._policy, rosters=rosters())
        self._position = self.reader.building().position
        self._clock = WallClock(system=AT.timestamp, counter=lambda: NOW)
        self.standing = Standing(self._clock, counter=lambda: NOW)
        self.standing.confirm(Confirmed(NOW - 1, int(AT.timestamp())))
        self._released: Took | None = None
        self._commits = self._records = 0
        self._forgotten = [WrongPinsKept(_wrong_pins(site, door))]
        self._doorway = self.anew()

    def anew(self) -> Doorway:
        """Make the door as it is when it has been at work for a while, and what is on its disk."""
        self._rest()
        around = Surroundings(
            ask=self._ask,
            position=lambda: self._position,
            submit=self._submit,
            insist=lambda drafts: self._submit(list(drafts), nobody_waits),
            drive=self._drive,
            signal=lambda *_: None,
            statements=Statements(self._clock),
            deny_list=_orders(self._position),
            wrong_pins=WrongPinBook(_wrong_pins(self._site, self._door), at=AT),
            uses=UseBook({holder(it): UsedTimes(holder(it), 1, _YESTERDAY) for it in self._site.people.on_roster}),
            visitors=VisitorBook({(holder(self._site.people.host), "a-guest-before"): _AN_HOUR_AGO}),
            occupancy=OccupancyBook(_inside(), clock=lambda: AT),
            interlock=Interlock({VAULT: Others((_AIRLOCK,))}),
            standing=self.standing.add_to,
            clock=lambda: AT,
            monotonic=lambda: NOW,
        )
        building = self.reader.building()
        around.occupancy.learn(building.zones)
        Doorway(_AIRLOCK, DoorState(contact=Contact.CLOSED), late_seconds=2.0, around=around)
        is_vault = self._door == VAULT
        self._doorway = Doorway(
            self._door,
            DoorState(DoorSettings(), Contact.CLOSED),
            late_seconds=2.0,
            around=around,
            strict_zone=VAULT if is_vault else None,
            way_out=WayOut(frozenset({f"{VAULT}-out"} if is_vault else ()), is_wired=True),
        )
        self._doorway.move_to(building.places()[self._door])
        return self._doorway

    def presented(self, number: int) -> Presented:
        """Make what somebody presents: a card, and where it is asked for their PIN."""
        badge = self._site.keys.credential_keys(card(number))
        pins = self._site.keys.credential_keys(pin_text(PIN, holder=holder(number))) if self._door == VAULT else None
        request = AccessRequest(self._door, badge, AT, pins=pins, reader_class=ReaderClass.WIEGAND)
        return Presented(request, f"{self._door}-in", NOW)

    def let_in(self, number: int) -> Took | None:
        """Present a card; return how long the strike took, None if it did not move."""
        presented = self.presented(number)
        self._released = None
        wall, cpu = time.perf_counter(), time.process_time()
        self._doorway.take(presented)
        took: Took | None = self._released
        return None if took is None else Took(took.wall - wall, took.cpu - cpu)

    def asked(self, number: int) -> Asked:
        """Decide about somebody as the door does, and do nothing."""
        presented = self._doorway.questions.here(self.presented(number))
        facts, position = self.reader.facts(presented.request)
        return self._doorway.questions.weigh(presented, self.standing.add_to(facts), position)

    def statements_for(self, request: AccessRequest) -> int:
        """Count what the policy's file is asked for a decision."""
        statements: list[str] = []
        self._policy.set_trace_callback(statements.append)
        self.reader.facts(request)
        self._policy.set_trace_callback(None)
        return len(statements)

    def remembered(self, table: str, **of: str) -> int:
        """Count the rows of a table of what the door remembers, where these columns have these values."""
        where = " AND ".join(["1 = 1", *(f"{column} = ?" for column in of)])
        (count,) = self._memory.execute(f"SELECT count(*) FROM {table} WHERE {where}", [*of.values()]).fetchone()
        return int(count)

    def close(self) -> None:
        """Let go of the files."""
        self._policy.close()
        self._memory.close()

    def _ask(self, request: AccessRequest, answered: Callable[[Facts, PolicyPosition | None], None]) -> None:
        facts, position = self.reader.facts(request)
        answered(self.standing.add_to(facts), position)

    def _submit(self, drafts: list[Draft], done: Callable[[Verdict], None]) -> None:
        """Write the records, but for their place in a log, and with them what is remembered."""
        self._memory.execute("BEGIN IMMEDIATE")
        for draft in drafts:
            self._records += 1
            self._memory.execute(_RECORD, (self._records, _encode(draft.statement)))
            for each in draft.remembered:
                remember(self._memory, each, record=self._records)
        self._memory.execute("COMMIT")
        self._commits += 1
        done(Committed(range(1, 1 + len(drafts))))
        self._forgotten += [each for it in drafts for each in it.remembered if isinstance(each, WrongPinsKept)]

    def _rest(self) -> None:
        """Remember the wrong PINs again that were forgotten, and copy pages back after enough commits."""
        with transaction(self._memory):
            for forgotten in self._forgotten:
                again = dict.fromkeys(forgotten.levels, (1.0, _AN_HOUR_AGO))
                remember(self._memory, WrongPinsKept(again), record=1)
        self._forgotten.clear()
        if self._commits >= _IDLE_COMMITS:
            self._memory.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            self._commits = 0

    def _drive(self, _: str, state: StrikeState) -> None:
        if state is StrikeState.RELEASED:
            self._released = Took(time.perf_counter(), time.process_time())


def before(people: People, number: int) -> tuple[int, ...]:
    """Name those who come to the vault just before somebody: one to come along, and a host who brings a guest."""
    return (people.guard, people.host) if number in people.guests else (people.guard,)


def _opened_memory(path: Path) -> sqlite3.Connection:
    migrate(path)
    memory = open_writer(path)
    memory.execute("PRAGMA synchronous = OFF")
    return memory


def _orders(position: PolicyPosition) -> DenyList:
    orders = DenyList()
    orders.add(DenyHolder("somebody-else", _FAR_REVISION), position)
    orders.add(LockDown("annex", _FAR_REVISION), position)
    return orders


def _wrong_pins(site: RuledSite, door: str) -> dict[str, tuple[float, int]]:
    cards = (site.keys.credential_key(card(number)).hex() for number in site.people.on_roster)
    whose = (f"reader:{door}-in", *(f"credential:{each}" for each in cards))
    return dict.fromkeys(whose, (1.0, _AN_HOUR_AGO))


def _inside() -> KeptOccupancy:
    house = {(f"inside-{number}", HOUSE): (_AN_HOUR_AGO, 0) for number in range(_IN_THE_HOUSE)}
    vault = {(f"inside-{number}", VAULT): (_AN_HOUR_AGO, 0) for number in range(_IN_THE_VAULT)}
    return KeptOccupancy({**house, **vault})
