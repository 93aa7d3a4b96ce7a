"""What the hub tells of who is inside the site: verified, in order, and handed on to the door; nothing is kept.

1. The door is told a whole that answers a question of ours, and after it the notes of that run of the hub, one by
   one. Whatever was recorded, forged or comes from elsewhere tells it nothing.
2. A note that comes too early waits a little for those before it.
3. The whole is asked for with each new connection of link or door; when a note is missing, or is of another run; when
   nothing has come for a while; and once an hour, for clocks drift.
4. How old a note is, is reckoned from when its run was asked for the whole, by the hub's own count of time: who
   delays notes makes them old.
"""

from dataclasses import dataclass, field

from doorctl.errors import Refused
from doorctl.keeper.card_ring import CardRing
from doorctl.keeper.orders_desk import TellsDoor
from doorctl.wire.bell import SiteOccupancy
from doorctl.wire.site_occupancy import MOST_PARTS, OccupancyNote, people_beside
from doorctl.wire.whereabouts import People

SILENCE_SECONDS = 45.0
WHOLE_SECONDS = 3600.0
FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 600.0
MOST_EARLY = 64
OPEN_QUESTIONS = 4


@dataclass(slots=True)
class _Run:
    """A run of the hub: its newest note that the door was told, and which second of ours its time began."""

    run: str
    number: int
    began_at: float


@dataclass(slots=True)
class _Parts:
    """A whole that is coming: the first note of it that came, and what each of them tells."""

    note: OccupancyNote
    people: dict[int, People] = field(default_factory=dict)

    def take(self, note: OccupancyNote, people: People) -> bool:
        """Take a part; tell whether it was the last. Raises Refused ``malformed``."""
        first = self.note
        if (note.run, note.number, note.parts) != (first.run, first.number, first.parts) or note.part >= note.parts:
            raise Refused("malformed", "not a part of the whole that is coming")
        self.people[note.part] = people
        return len(self.people) == note.parts


class FollowsOccupancy:
    """Follows one run of the hub at a time; time comes in, as seconds of CLOCK_BOOTTIME."""

    def __init__(self, ring: CardRing, door: TellsDoor) -> None:
        """Begin with nothing told."""
        self._ring = ring
        self._door = door
        self._run: _Run | None = None
        self._early: dict[tuple[str, int], tuple[OccupancyNote, People]] = {}
        self._asked: dict[str, float] = {}
        self._coming: dict[str, _Parts] = {}
        self._heard_at = self._whole_at = 0.0
        self._has_door = self._wants_whole = False
        self._ask_at = 0.0
        self._pause = FIRST_PAUSE_SECONDS

    def door_arrived(self, now: float) -> None:
        """Another door process is there, and has been told nothing."""
        self._has_door = True
        self.connected(now)

    def door_left(self) -> None:
        """Nobody is there to be told."""
        self._has_door = self._wants_whole = False

    def connected(self, now: float) -> None:
        """Link or door are new: only another whole counts."""
        self._run = None
        if self._has_door:
            self._want_whole(now)

    def asks(self, nonce: str, now: float) -> bool:
        """Tell whether this question, made now, is to ask for the whole."""
        if self._wants_whole:
            kept = list(self._asked.items())[1 - OPEN_QUESTIONS :]
            self._asked = {**dict(kept), nonce: now}
            self._coming = {each: parts for each, parts in self._coming.items() if each in self._asked}
        return self._wants_whole

    def is_due(self, now: float) -> bool:
        """Tell, once, that it is time for a question of its own."""
        is_quiet, is_old = now - self._heard_at > SILENCE_SECONDS, now - self._whole_at > WHOLE_SECONDS
        if self._has_door and self._run is not None and (is_quiet or is_old):
            self._want_whole(now)
        if not self._wants_whole or now < self._ask_at:
            return False
        self._ask_at = now + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        return True

    def take(self, note: OccupancyNote, sealed: bytes, now: float) -> None:
        """Take a note that the hub has signed, to all or in answer to us, with what lies beside it.

        Raises Refused, also for what was told before.
        """
        if not self._has_door:
            return
        if note.nonce is None:
            self._take_change(note, sealed, now)
        else:
            self._take_part(note, note.nonce, sealed, now)

    def _take_change(self, note: OccupancyNote, sealed: bytes, now: float) -> None:
        run = self._run
        if run is not None and note.run == run.run and note.number <= run.number:
            raise Refused("old-occupancy", "a note that was told before, or one before it")
        if len(self._early) >= MOST_EARLY:
            self._early.clear()
        self._early[note.run, note.number] = note, self._people(note, sealed)
        if run is None:
            return
        self._tell_in_order(run, now)
        if note.run != run.run:
            self._want_whole(now)
            raise Refused("other-run", "not of the run of the hub that is followed")
        if note.number > run.number:
            self._want_whole(now)

    def _take_part(self, note: OccupancyNote, nonce: str, sealed: bytes, now: float) -> None:
        if nonce not in self._asked:
            raise Refused("unknown-nonce", "the whole is an answer to no question that is open")
        if note.parts > MOST_PARTS:
            raise Refused("too-large", f"a whole has at most {MOST_PARTS} parts")
        people = self._people(note, sealed)
        parts = self._coming.setdefault(nonce, _Parts(note))
        if parts.take(note, people):
            self._take_whole(parts, self._asked[nonce], now)

    def _take_whole(self, parts: _Parts, asked_at: float, now: float) -> None:
        note, last = parts.note, parts.note.parts - 1
        for part, people in sorted(parts.people.items()):
            self._door.send(SiteOccupancy(asked_at, people, begins=part == 0, ends=part == last))
        self._run = _Run(note.run, note.number, asked_at - note.ran_ms / 1000)
        self._asked, self._coming, self._wants_whole = {}, {}, False
        self._pause, self._whole_at, self._heard_at = FIRST_PAUSE_SECONDS, now, now
        self._tell_in_order(self._run, now)

    def _tell_in_order(self, run: _Run, now: float) -> None:
        """Tell the door what follows the newest note that it was told, and drop what came before that."""
        while (following := self._early.pop((run.run, run.number + 1), None)) is not None:
            note, people = following
            run.number, self._heard_at = note.number, now
            self._door.send(SiteOccupancy(min(run.began_at + note.ran_ms / 1000, now), people))
        self._early = {key: told for key, told in self._early.items() if key[0] == run.run and key[1] > run.number}

    def _people(self, note: OccupancyNote, sealed: bytes) -> People:
        return people_beside(note, sealed, ring_key=self._ring.key(note.ring))

    def _want_whole(self, now: float) -> None:
        if not self._wants_whole:
            self._wants_whole = True
            self._ask_at = now
