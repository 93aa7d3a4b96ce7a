"""The technician's mode: begun, ended and each release recorded; over by itself, and with the process.

1. It counts once the record of its beginning is on disk, from then on for as long as was asked.
2. A strike is released once the record of that is on disk, and only if nothing forbids it then.
3. Whoever begins it and watches it on the same connection (a walk test) ends it by being gone, killed among the rest.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from doorctl import journal
from doorctl.audit.leaf import Draft
from doorctl.audit.writer import Committed, Verdict, nobody_waits
from doorctl.core.machines.technician import PulseFacts, TechnicianRefusal, refused_beginning, refused_pulse
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.door.doorway import Doorway
from doorctl.door.statements import Statements
from doorctl.door.technician.live_view import LiveView
from doorctl.door.technician.local_socket import LocalSocket, Peer, users_who_may
from doorctl.wire.technician import Begin, Begun, End, Ended, FromTechnician, Pulse, Pulsed, Refused, Watch, Watching

_BY_TIME, _BY_TECHNICIAN, _BY_LEAVING, _BY_STOP = "time", "technician", "gone", "stop"


class TechnicianDesk:
    """Serves who is at the controller itself; used from the loop's thread alone."""

    def __init__(
        self,
        doorways: Mapping[str, Doorway],
        *,
        path: Path,
        live: LiveView,
        statements: Statements,
        submit: Callable[[list[Draft], Callable[[Verdict], None]], None],
        epoch: Callable[[], int] = lambda: 0,
        monotonic: Callable[[], float] = time.monotonic,
        users: frozenset[int] | None = None,
    ) -> None:
        """Listen at a path for those who may; nothing is tried yet. ``epoch`` tells that of the log."""
        self._epoch = epoch
        self._doorways = doorways
        self._live = live
        self._statements = statements
        self._submit = submit
        self._monotonic = monotonic
        self._until: float | None = None
        self._begun = 0
        self._is_beginning = False
        self._beginner: Peer | None = None
        self._socket = LocalSocket(path, take=self.take, leave=self._leave, users=users or users_who_may())

    def fileno(self) -> int:
        """Readable when ``serve`` has something to do."""
        return self._socket.fileno()

    def serve(self) -> None:
        """Hear who has something to say."""
        self._socket.serve()

    def take(self, peer: Peer, packet: FromTechnician) -> None:
        """Take one request."""
        self.tick()
        match packet:
            case Begin(seconds):
                self._begin(peer, seconds)
            case Pulse(door):
                self._pulse(peer, door)
            case Watch():
                self._watch(peer)
            case End():
                self._end_for(peer)

    def tick(self) -> None:
        """End what is over."""
        if self._until is not None and self._monotonic() >= self._until:
            self._end(_BY_TIME)

    def close(self) -> None:
        """End it with the process."""
        if self._until is not None:
            self._end(_BY_STOP)
        self._socket.close()

    def _leave(self, peer: Peer) -> None:
        if self._until is not None and peer is self._beginner and peer.watches:
            self._end(_BY_LEAVING)

    def _begin(self, peer: Peer, seconds: int) -> None:
        refusal = refused_beginning(seconds, begun=self._until is not None or self._is_beginning)
        if refusal is not None:
            peer.say(Refused(refusal))
            return
        self._is_beginning = True
        draft = self._statements.draft(RecordKind.TECHNICIAN_BEGAN, f"uid={peer.uid} seconds={seconds}")
        self._submit([draft], partial(self._begin_recorded, peer, seconds))

    def _begin_recorded(self, peer: Peer, seconds: int, verdict: Verdict) -> None:
        self._is_beginning = False
        if not isinstance(verdict, Committed):
            peer.say(Refused(TechnicianRefusal.AUDIT_FAILED))
            return
        (self._begun,) = verdict.numbers
        self._beginner, self._until = peer, self._monotonic() + seconds
        self._live.listener = self._socket.tell
        journal.say("technician_began", journal.Level.WARNING, uid=peer.uid, seconds=seconds)
        peer.say(Begun(self._begun, seconds, self._epoch()))

    def _pulse(self, peer: Peer, door: str) -> None:
        asked = self._monotonic()
        if (refusal := self._refusal(door, asked)) is not None:
            peer.say(Refused(refusal))
            return
        draft = self._statements.draft(
            RecordKind.TECHNICIAN_PULSE,
            f"uid={peer.uid}",
            door=door,
            zone=self._doorways[door].zone,
            of=self._begun,
        )
        self._submit([draft], partial(self._pulse_recorded, peer, door, asked))

    def _pulse_recorded(self, peer: Peer, door: str, asked: float, verdict: Verdict) -> None:
        if not isinstance(verdict, Committed):
            peer.say(Refused(TechnicianRefusal.AUDIT_FAILED))
            return
        (number,) = verdict.numbers
        if (refusal := self._refusal(door, asked)) is not None:
            self._say_not_released(door, number, refusal)
            peer.say(Refused(refusal))
            return
        self._doorways[door].open(number, reason=Reason.TECHNICIAN)
        peer.say(Pulsed(number, door))

    def _say_not_released(self, door: str, number: int, refusal: TechnicianRefusal) -> None:
        zone = self._doorways[door].zone
        draft = self._statements.draft(
            RecordKind.NOT_RELEASED, refusal, door=door, zone=zone, reason=Reason.TECHNICIAN, of=number
        )
        self._submit([draft], nobody_waits)

    def _watch(self, peer: Peer) -> None:
        if self._until is None:
            peer.say(Refused(TechnicianRefusal.NOT_BEGUN))
            return
        peer.watches = True
        peer.say(Watching(round(self._until - self._monotonic(), 1)))

    def _end_for(self, peer: Peer) -> None:
        if self._until is None:
            peer.say(Refused(TechnicianRefusal.NOT_BEGUN))
            return
        self._end(_BY_TECHNICIAN)
        if not peer.watches:
            peer.say(Ended(_BY_TECHNICIAN))

    def _end(self, why: str) -> None:
        self._beginner = self._until = None
        self._live.listener = None
        draft = self._statements.draft(RecordKind.TECHNICIAN_ENDED, f"by={why}", of=self._begun)
        self._submit([draft], nobody_waits)
        journal.say("technician_ended", why=why)
        self._socket.tell(Ended(why))

    def _refusal(self, door: str, asked: float) -> TechnicianRefusal | None:
        self.tick()
        doorway = self._doorways.get(door)
        return refused_pulse(
            PulseFacts(
                begun=self._until is not None,
                known=doorway is not None,
                locked_down=doorway is not None and doorway.is_locked_down,
                interlocked=doorway is not None and doorway.is_interlocked,
                waited_seconds=self._monotonic() - asked,
            )
        )
