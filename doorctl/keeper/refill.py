"""Filling a policy from a snapshot: what is collected goes into a new file, which then takes the old one's place.

1. The hub's answers say which snapshot; the caller has checked that it leads us on, and that we know its words.
2. While it is collected and written, the policy that is held goes on as if there was none.
3. What was begun before a restart is named in the next question, so that the hub may offer the same again.
4. What fails leaves nothing behind, and is begun again after a pause that doubles. Until one succeeds, the hub is
   asked for changes instead.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from doorctl.errors import PolicyUnavailable, Refused
from doorctl.journal import Level, say
from doorctl.keeper.collecting import Collecting, Wanted
from doorctl.keeper.policy_builder import PolicyBuilder
from doorctl.keeper.policy_files import in_progress, throw_away
from doorctl.keeper.policy_store import PolicyStore
from doorctl.policy.apply import Position
from doorctl.wire.messages import Chunk, Delta, Offer

FIRST_PAUSE_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 3600.0


class Refill:
    """Collects at most one snapshot at a time; time and chance come in, the writing is a thread of its own."""

    def __init__(self, store: PolicyStore, *, folder: Path, site: str, chance: Callable[[], float]) -> None:
        """Work for this store, in its folder; ``chance`` gives numbers in [0, 1)."""
        self._store = store
        self._folder = folder
        self._site = site
        self._chance = chance
        self._builder: PolicyBuilder | None = None
        self._collecting: Collecting | None = None
        self._pause = FIRST_PAUSE_SECONDS
        self._not_before = 0.0
        self._begun = in_progress(folder)

    @property
    def offer(self) -> Offer | None:
        """The snapshot that is being made into a policy."""
        return None if self._builder is None else self._builder.progress.offer

    @property
    def written(self) -> int | None:
        """How many of its chunks are written, None while nothing is."""
        return None if self._builder is None else self._builder.progress.next_chunk

    @property
    def is_failing(self) -> bool:
        """Whether the last one failed: whoever offers another had better send changes, however many."""
        return self._pause > FIRST_PAUSE_SECONDS

    @property
    def subscription(self) -> str | None:
        """Whose chunks the link is to subscribe to (``Collect``)."""
        return None if self._collecting is None else self._collecting.offer.snapshot

    @property
    def named(self) -> Wanted | None:
        """What a question says that is asked for another reason: only which snapshot we are at."""
        snapshot = self.offer.snapshot if self.offer else self._begun
        return None if snapshot is None else Wanted(snapshot)

    def answered(self, offer: Offer | None, now: float) -> None:
        """The hub has answered, with this offer or none: begin, go on, or change over to another snapshot."""
        if offer is None:
            self._forget_begun()
        elif offer != self.offer and now >= self._not_before:
            self.give_up()
            say("snapshot_begun", snapshot=offer.snapshot, revision=offer.revision, chunks=offer.chunks)
            self._begun = None
            self._builder = PolicyBuilder(self._folder, offer, site=self._site)

    def take_chunk(self, chunk: Chunk, data: bytes, now: float) -> None:
        """Take a chunk that the hub has signed. Raises Refused, as ``Collecting.take`` does."""
        if self._collecting is None or self._builder is None:
            raise Refused("unknown-snapshot", "no snapshot is being collected")
        for number, piece in self._collecting.take(chunk, data, now):
            self._builder.put(number, piece)

    def connected(self, now: float) -> None:
        """A broker is there."""
        if self._collecting is not None:
            self._collecting.connected(now)

    def wanted(self, now: float) -> Wanted | None:
        """Return which chunks are to be asked for now, if it is time to ask for some."""
        return None if self._collecting is None else self._collecting.wanted(now)

    def tick(self, now: float) -> bool:
        """Follow the writing; True when the new policy is ready to take over."""
        if self._builder is None:
            return False
        progress = self._builder.progress
        if progress.failure:
            self._fail(now)
        elif progress.path is not None:
            return True
        elif progress.next_chunk is not None and self._collecting is None:
            self._collecting = Collecting(progress.offer, first=progress.next_chunk, now=now, chance=self._chance)
        elif progress.next_chunk is not None and self._collecting is not None:
            self._collecting.written(progress.next_chunk)
        return False

    def take_over(self, now: float, *, catch_up: Sequence[Delta] = ()) -> bool:
        """Let the new policy take over; False when that failed. Then ``store.forget_old`` once the door has it."""
        assert self._builder is not None
        path = self._builder.progress.path
        assert path is not None
        try:
            position = self._store.take_over(path, now=now, catch_up=catch_up)
        except (PolicyUnavailable, Refused) as error:
            say("new_policy_failed", Level.ALARM, why=error)
            self._fail(now)
            return False
        say("policy_taken_over", epoch=position.epoch, revision=position.revision)
        self._builder = self._collecting = None
        self._pause = FIRST_PAUSE_SECONDS
        return True

    def discard_before(self, position: Position) -> None:
        """Throw away what was begun from a snapshot of before this position, or from one that is not known."""
        offer = self.offer
        if offer is None or (offer.epoch, offer.revision) < (position.epoch, position.revision):
            self.give_up()
            self._forget_begun()

    def give_up(self) -> None:
        """Stop, and leave what was written: it is gone on with if the same is offered again."""
        if self._builder is not None:
            self._begun = self._builder.progress.offer.snapshot
            self._builder.stop()
        self._builder = self._collecting = None

    def close(self) -> None:
        """Stop, in good order."""
        self.give_up()

    def _fail(self, now: float) -> None:
        self._not_before = now + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        self.give_up()
        self._forget_begun()

    def _forget_begun(self) -> None:
        """Throw away what was begun, if nobody is at it."""
        if self._builder is None and self._begun is not None:
            self._begun = None
            try:
                throw_away(self._folder)
            except OSError as error:
                say("new_policy_not_removed", Level.WARNING, why=error)
