"""What the door records of the hub and of the way to it, and what it tells its log of what the hub holds.

1. Without a word of the hub for 15 minutes a heartbeat says that the process runs, and so on each 15 minutes.
2. ``hub_root`` is recorded at most each 15 minutes, and only when it has changed. Where nothing else was recorded
   since the last one, a day passes: hub and controllers would else record each other's records for ever.
3. It is recorded with the hub's signature, and not at all with one that does not fit: without one it is the word of
   this controller alone, which proves nothing. A keeper of before gives none.
4. What the hub says that it holds goes to the log, which begins a new epoch if that is not there.
5. The link is recorded as it is in the end, under the flood rule; what it was for less than a second is counted.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Protocol

from doorctl.audit.anchor import LogMark
from doorctl.audit.checkpoint import HUB_LOG
from doorctl.audit.hub_word import is_signed
from doorctl.audit.leaf import TreeMark
from doorctl.audit.writer import AuditWriter
from doorctl.clock import boottime
from doorctl.core.records import RecordKind
from doorctl.door.flood import FloodGate
from doorctl.door.recorder import TakesRecords
from doorctl.errors import Refused
from doorctl.tally import Tally
from doorctl.trust.note import Trust
from doorctl.wire.bell import Confirmed, HubForked, HubHolds, HubLog, HubSigned, LinkIs
from doorctl.wire.notes import Verifier

SILENCE_SECONDS = 900.0
ROOT_SECONDS = 900.0
QUIET_ROOT_SECONDS = 86_400.0

HubNews = Trust | Confirmed | HubHolds | HubLog | HubSigned | HubForked | LinkIs


class Log(Protocol):
    """What is asked of the log, in the writer's thread."""

    def hub_holds(self, held: LogMark) -> None:
        """The hub holds so much. Raises AuditUnavailable."""


class HubWatch:
    """Takes what the keeper tells; used from the loop's thread. ``refused`` counts what the hub has not signed."""

    def __init__(
        self,
        recorder: TakesRecords,
        writer: AuditWriter,
        log: Log,
        *,
        room: Callable[[], bool] = lambda: True,
        counter: Callable[[], float] = boottime,
    ) -> None:
        """Record here; ``room`` tells whether the log has any, ``counter`` seconds since the boot with suspend."""
        self._recorder = recorder
        self._writer = writer
        self._log = log
        self._room = room
        self._counter = counter
        self._silent_since = counter()
        self._trust: Trust | None = None
        self.refused = Tally()
        self._root: TreeMark | None = None
        self._recorded: TreeMark | None = None
        self._recorded_at = float("-inf")
        self._submitted = -1
        self._forks: set[str] = set()
        self._is_up: bool | None = None
        self._told_up: bool | None = None
        self._links = FloodGate(counter())

    def take(self, news: HubNews) -> None:
        """Take one packet, or newer trust with the hub's keys."""
        _MEANING[type(news)](self, news)

    def tick(self) -> None:
        """Record what is due; each second is enough."""
        now = self._counter()
        if now - self._silent_since >= SILENCE_SECONDS:
            self._silent_since = now
            if self._room():
                self._recorder.record(RecordKind.HEARTBEAT)
        if self._root is not None and self._root != self._recorded and now >= self._next_root():
            self._record_root(self._root, now)
        self._tell_link(now)
        if text := self._links.summary(now):
            self._recorder.record(RecordKind.FLOOD_SUMMARY, text)

    def _next_root(self) -> float:
        is_quiet = self._writer.submitted == self._submitted
        return self._recorded_at + (QUIET_ROOT_SECONDS if is_quiet else ROOT_SECONDS)

    def _record_root(self, root: TreeMark, now: float) -> None:
        if root.signature and not self._is_the_hubs(root):
            self._root = None
            self.refused.add(Refused("bad-signature", "the hub has not signed it"), source="hub-signed")
            return
        self._recorder.record(RecordKind.HUB_ROOT, tree=root)
        self._recorded, self._recorded_at, self._submitted = root, now, self._writer.submitted

    def _believe(self, trust: Trust) -> None:
        self._trust = trust

    def _confirmed(self, _: Confirmed) -> None:
        self._silent_since = self._counter()

    def _holds(self, held: HubHolds) -> None:
        self._silent_since = self._counter()
        mark = LogMark(held.epoch, held.size, bytes.fromhex(held.root))
        self._writer.do(_once(partial(self._log.hub_holds, mark)))

    def _log_is(self, root: HubLog) -> None:
        self._root = TreeMark(HUB_LOG, root.epoch, root.size, root.root)

    def _log_is_signed(self, root: HubSigned) -> None:
        self._root = TreeMark(HUB_LOG, root.epoch, root.size, root.root, root.signature)

    def _is_the_hubs(self, root: TreeMark) -> bool:
        if self._trust is None:
            return False
        hub = self._trust.hub
        keys = (Verifier(hub.name, key) for key in (hub.sign, *hub.former))
        return is_signed(root, site=self._trust.site, verifiers=keys)

    def _forked(self, forked: HubForked) -> None:
        if forked.text not in self._forks:
            self._forks.add(forked.text)
            self._recorder.record(RecordKind.HUB_FORKED, forked.text)

    def _link(self, link: LinkIs) -> None:
        if link.up == self._is_up:
            return
        if self._is_up != self._told_up:
            self._links.count(_word(self._is_up))
        self._is_up = link.up
        if link.up == self._told_up:
            self._links.count(_word(link.up))
        self._tell_link(self._counter())

    def _tell_link(self, now: float) -> None:
        """Record what the link is, unless the log tells that already, as soon as the flood rule lets it."""
        if self._is_up == self._told_up:
            return
        if not self._room():
            self._links.count(_word(self._is_up))
        elif self._links.admits_now(now):
            self._recorder.record(RecordKind.LINK, _word(self._is_up))
        else:
            return
        self._told_up = self._is_up


_MEANING: Mapping[type[HubNews], Callable[..., None]] = {
    Trust: HubWatch._believe,
    Confirmed: HubWatch._confirmed,
    HubHolds: HubWatch._holds,
    HubLog: HubWatch._log_is,
    HubSigned: HubWatch._log_is_signed,
    HubForked: HubWatch._forked,
    LinkIs: HubWatch._link,
}


def _word(is_up: bool | None) -> str:
    return "up" if is_up else "down"


def _once(call: Callable[[], None]) -> Iterator[float]:
    """Make a chore of one step."""
    call()
    yield from ()
