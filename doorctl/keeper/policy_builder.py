"""A thread that makes a new policy of chunks, so that deltas, orders and acknowledgements go on meanwhile."""

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

from doorctl.database import UNREADABLE
from doorctl.errors import Refused
from doorctl.journal import Level, say
from doorctl.keeper.new_policy import NewPolicy, open_or_begin
from doorctl.keeper.policy_files import throw_away
from doorctl.wire.messages import Offer

STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a new policy has come.

    ``next_chunk`` is None until the file is open. ``path`` is the finished file; ``failure`` says why there is none,
    and will be none: nothing is left of it then.
    """

    offer: Offer
    next_chunk: int | None = None
    path: Path | None = None
    failure: str = ""


class PolicyBuilder:
    """Makes one policy; chunks are put in their order, from ``progress.next_chunk`` on."""

    def __init__(self, folder: Path, offer: Offer, *, site: str) -> None:
        """Go on with what was begun for this offer, or begin anew."""
        self.progress = Progress(offer)
        self._folder = folder
        self._site = site
        self._chunks: SimpleQueue[tuple[int, bytes] | None] = SimpleQueue()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="policy-builder", daemon=True)
        self._thread.start()

    def put(self, number: int, data: bytes) -> None:
        """Have a chunk written; never waits."""
        self._chunks.put((number, data))

    def stop(self) -> None:
        """End the thread; what is written stays, to be gone on with."""
        self._stopping.set()
        self._chunks.put(None)
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        try:
            with closing(
                open_or_begin(self._folder, self.progress.offer, site=self._site, pause=self._pause)
            ) as policy:
                is_finished = self._write(policy)
        except (*UNREADABLE, OSError, Refused) as error:
            if not self._stopping.is_set():
                self._fail(error)
        else:
            self.progress = replace(self.progress, path=policy.path if is_finished else None)

    def _write(self, policy: NewPolicy) -> bool:
        offer = policy.offer
        self.progress = Progress(offer, policy.next_chunk)
        while policy.next_chunk < offer.chunks:
            chunk = self._chunks.get()
            if chunk is None:
                return False
            policy.add(*chunk)
            self.progress = Progress(offer, policy.next_chunk)
        policy.finish(site=self._site)
        return True

    def _fail(self, error: BaseException) -> None:
        say("new_policy_failed", Level.ALARM, snapshot=self.progress.offer.snapshot, why=error)
        try:
            throw_away(self._folder)
        except OSError as left:
            say("new_policy_not_removed", Level.WARNING, why=left)
        self.progress = replace(self.progress, failure=str(error) or type(error).__name__)

    def _pause(self, seconds: float) -> bool:
        return not self._stopping.wait(seconds)
