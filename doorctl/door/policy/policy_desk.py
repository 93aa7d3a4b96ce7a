"""The thread that reads the policy: the loop asks and is answered, so that a slow disk holds up nobody's way out.

1. It looks 20 times a second for another policy in force, at once when the keeper rings (ADR 6), and once a second
   for other card keys, newer trust and the mark of a fork.
2. It holds the bell: the keeper hears by which policy we answer as soon as we do; orders go on to the loop.
3. Whatever it tells the loop is told in its order: another policy before any answer by it.
"""

import select
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from doorctl.clock import ClockQuality
from doorctl.core.request import AccessRequest, Facts
from doorctl.door.asking.card_keys import CardKeyFile
from doorctl.door.bell_line import BellLine
from doorctl.door.hub_watch import HubNews
from doorctl.door.policy.standing import Standing
from doorctl.door.policy.trust_watch import TrustWatch
from doorctl.mailbox import Mailbox
from doorctl.policy.building import Building, PolicyPosition
from doorctl.policy.reader import PolicyReader
from doorctl.policy.rosters import RosterBook
from doorctl.trust.note import Trust
from doorctl.wire.bell import (
    CarryOut,
    Confirmed,
    Forked,
    FromDoor,
    FromKeeper,
    HubForked,
    HubHolds,
    HubLog,
    HubSigned,
    InForce,
    LinkIs,
    Look,
    NoPolicy,
    SiteOccupancy,
)
from doorctl.wire.roster import RosterVersion

LOOK_SECONDS = 0.05
FILES_SECONDS = 1.0
STOP_SECONDS = 2.0

Answered = Callable[[Facts, PolicyPosition | None], None]
AnsweredTogether = Callable[[Sequence[Facts], PolicyPosition | None], None]


@dataclass(frozen=True, slots=True)
class PolicyNews:
    """Another policy is in force, or none and why."""

    building: Building | None
    why_unavailable: str = ""


class TakesNews(Protocol):
    """Who hears what the desk finds out; in the loop's thread."""

    def policy(self, news: PolicyNews) -> None:
        """Another policy is in force, or none."""

    def trust(self, trust: Trust) -> None:
        """Newer trust names admins and officers."""

    def rosters(self, accepted: Mapping[str, RosterVersion]) -> None:
        """Higher versions of these zones' rosters count from now on."""

    def order(self, order: CarryOut) -> None:
        """The keeper hands an order on."""

    def occupancy(self, told: SiteOccupancy) -> None:
        """The hub tells who is inside the site."""

    def hub(self, news: HubNews) -> None:
        """The keeper tells of the hub, or of the way to it."""


@dataclass(frozen=True, slots=True)
class Files:
    """What the desk reads, and whom it rings; from the desk's start on, only its thread uses them."""

    policy: PolicyReader
    rosters: RosterBook
    trust: TrustWatch
    card_keys: CardKeyFile
    standing: Standing
    bell: BellLine
    doors: tuple[str, ...]
    strict_zones: dict[str, str]


class PolicyDesk:
    """Answers questions one at a time; answers and news are made in the loop's thread, by ``deliver``."""

    def __init__(self, files: Files, *, look_seconds: float = LOOK_SECONDS) -> None:
        """Use these files."""
        self._files = files
        self._look_seconds = look_seconds
        self._news: TakesNews | None = None
        self._inbox = Mailbox()
        self._mailbox = Mailbox()
        self._position: PolicyPosition | None = None
        self._told_clock: ClockQuality | None = None
        self._next_look = self._next_files = 0.0
        self._has_looked = self._stopping = False
        self._looked = threading.Event()
        self._thread = threading.Thread(target=self._run, name="policy-desk", daemon=True)

    @property
    def position(self) -> PolicyPosition | None:
        """The position that was in force at the last look."""
        return self._position

    @property
    def is_alive(self) -> bool:
        """Whether the thread still answers; a loop without it must end."""
        return self._thread.is_alive()

    def start(self, news: TakesNews) -> None:
        """Begin to answer, and to tell the news."""
        self._news = news
        self._thread.start()

    def wait_for_first_look(self, seconds: float) -> None:
        """Wait, at the start, for what the policy says; a slow disk holds up no way out for longer than that."""
        self._looked.wait(seconds)

    def with_standing(self, facts: Facts) -> Facts:
        """Say how old the policy is, and how far the clock counts; any thread may ask."""
        return self._files.standing.add_to(facts)

    def fileno(self) -> int:
        """Readable when answers or news wait to be delivered."""
        return self._mailbox.fileno()

    def deliver(self) -> None:
        """Give every answer and all news that have come in."""
        self._mailbox.deliver()

    def ask(self, request: AccessRequest, answered: Answered) -> None:
        """Ask what is known about a request; never waits."""
        self.ask_together((request,), lambda facts, position: answered(facts[0], position))

    def ask_together(self, requests: Sequence[AccessRequest], answered: AnsweredTogether) -> None:
        """Ask what one and the same revision knows about several requests; never waits."""
        self._inbox.leave(partial(self._answer, requests, answered))

    def tell_keeper(self, packet: FromDoor) -> None:
        """Have the keeper told; never waits."""
        self._inbox.leave(partial(self._files.bell.say, packet))

    def stop(self) -> None:
        """End the thread; one that a disk holds up is left behind."""
        self._inbox.leave(self._end)
        self._thread.join(STOP_SECONDS)

    def _end(self) -> None:
        self._stopping = True

    def _run(self) -> None:
        while not self._stopping:
            self._look_around()
            self._wait()
            self._inbox.deliver()
            for packet in self._files.bell.receive():
                if (meaning := _MEANING.get(type(packet))) is not None:
                    meaning(self, packet)
        self._files.policy.close()
        self._files.bell.close()

    def _wait(self) -> None:
        poller = select.poll()
        for descriptor in (self._inbox.fileno(), self._files.bell.fileno()):
            if descriptor is not None:
                poller.register(descriptor, select.POLLIN)
        poller.poll(self._look_seconds * 1000)

    def _answer(self, requests: Sequence[AccessRequest], answered: AnsweredTogether) -> None:
        facts, position = self._files.policy.facts_together(requests)
        self._note_place(position)
        self._mailbox.leave(partial(answered, [self._files.standing.add_to(each) for each in facts], position))

    def _look_around(self) -> None:
        now = time.monotonic()
        if now >= self._next_look:
            self._look_at_policy()
            self._next_look = now + self._look_seconds
            if self._files.card_keys.is_missing:
                self._next_files = now
        if now >= self._next_files:
            self._look_at_files()
            self._next_files = now + FILES_SECONDS
        if self._files.bell.connect(now):
            self._tell_in_force()
            self._files.bell.say_what_waits()

    def _look_at_policy(self) -> None:
        building = self._files.policy.building()
        position = None if building is None else building.position
        if self._has_looked and position == self._position:
            return
        self._has_looked, self._position = True, position
        self._note_place(position)
        self._tell_rosters()
        news = PolicyNews(building, "" if building else self._files.policy.why_unavailable)
        self._mailbox.leave(partial(self._listener.policy, news))
        self._looked.set()
        self._tell_in_force()

    def _note_place(self, position: PolicyPosition | None) -> None:
        if position is not None:
            self._files.standing.reached(position.epoch, position.revision)

    def _look_at_files(self) -> None:
        self._files.standing.look_for_fork_mark()
        self._files.card_keys.refresh()
        if trust := self._files.trust.news():
            self._files.rosters.believe(trust)
            self._mailbox.leave(partial(self._listener.trust, trust))
            self._tell_rosters()
        self._tell_of_clock()

    def _tell_of_clock(self) -> None:
        if self._files.standing.clock is not self._told_clock:
            self._tell_in_force()

    def _tell_rosters(self) -> None:
        if accepted := self._files.rosters.take_news():
            self._mailbox.leave(partial(self._listener.rosters, accepted))

    def _tell_in_force(self) -> None:
        files, position = self._files, self._position
        self._told_clock = files.standing.clock
        if position is None:
            files.bell.say(NoPolicy(files.doors))
        else:
            said = InForce(position.epoch, position.revision, files.doors, self._told_clock, files.strict_zones)
            files.bell.say(said)

    @property
    def _listener(self) -> TakesNews:
        assert self._news is not None
        return self._news

    def _look(self, _: Look) -> None:
        """Look at once, and say by what we answer even if it is what it was: the keeper waits for it."""
        before = self._position
        self._look_at_files()
        self._look_at_policy()
        if self._position == before:
            self._tell_in_force()

    def _confirm(self, confirmed: Confirmed) -> None:
        self._files.standing.confirm(confirmed)
        self._tell_of_clock()
        self._hub(confirmed)

    def _fork(self, _: Forked) -> None:
        self._files.standing.fork()

    def _order(self, order: CarryOut) -> None:
        self._mailbox.leave(partial(self._listener.order, order))

    def _occupancy(self, told: SiteOccupancy) -> None:
        self._mailbox.leave(partial(self._listener.occupancy, told))

    def _hub(self, news: HubNews) -> None:
        self._mailbox.leave(partial(self._listener.hub, news))


_MEANING: Mapping[type[FromKeeper], Callable[..., None]] = {
    Look: PolicyDesk._look,
    Confirmed: PolicyDesk._confirm,
    Forked: PolicyDesk._fork,
    CarryOut: PolicyDesk._order,
    HubHolds: PolicyDesk._hub,
    HubLog: PolicyDesk._hub,
    HubSigned: PolicyDesk._hub,
    HubForked: PolicyDesk._hub,
    LinkIs: PolicyDesk._hub,
    SiteOccupancy: PolicyDesk._occupancy,
}
