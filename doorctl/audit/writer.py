"""The thread that commits records: whatever waits goes into one commit, and the loop hears when it is durable.

What else is to be done with the log (chores) is done in short steps between commits, while no record waits.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from queue import Empty, SimpleQueue
from typing import Protocol

from doorctl import journal
from doorctl.audit.leaf import Draft
from doorctl.audit.log import GROUP_RECORDS
from doorctl.errors import AuditUnavailable
from doorctl.mailbox import Mailbox

IDLE_SECONDS = 2.0
STOP_SECONDS = 5.0
_IDLE_COMMITS = 100
_BUSY_COMMITS = 500


@dataclass(frozen=True, slots=True)
class Committed:
    """The records are on disk, under these numbers."""

    numbers: Sequence[int]


@dataclass(frozen=True, slots=True)
class Failed:
    """The records are not on disk, and never will be."""

    why: str


Verdict = Committed | Failed


def nobody_waits(_: Verdict) -> None:
    """Take the verdict on a record that nobody waits for: a failure is an alarm already, and the log will tell."""


@dataclass(frozen=True, slots=True)
class _Job:
    drafts: Sequence[Draft]
    done: Callable[[Verdict], None]


@dataclass(frozen=True, slots=True)
class _Chore:
    steps: Iterator[float]
    done: Callable[[Verdict], None]


class Log(Protocol):
    """What the writer asks of a log; all of it from the writer's thread."""

    def append(self, drafts: Sequence[Draft]) -> list[int]:
        """Write records in one durable commit; return their numbers. Raises AuditUnavailable, nothing written."""

    def checkpoint_pages(self, *, hurried: bool = False) -> None:
        """Copy committed pages into the database file; may take long. ``hurried``: records wait."""

    def retire(self, at: datetime) -> None:
        """Let the oldest records go, if they may by now; a part of them at a time."""

    def close(self) -> None:
        """Let go of the file."""


class AuditWriter:
    """Commits records beside the loop. ``done`` callbacks run in the loop's thread, by ``deliver``."""

    def __init__(
        self,
        log: Log,
        *,
        idle_seconds: float = IDLE_SECONDS,
        overhear: Callable[[Sequence[Draft], Verdict], None] = lambda _drafts, _verdict: None,
    ) -> None:
        """Write to this log, which only this writer's thread touches from now on.

        ``overhear`` is told of each verdict after whoever waited for it, in the loop's thread, too.
        """
        self._overhear = overhear
        self._idle_seconds = idle_seconds
        self._log = log
        self._jobs: SimpleQueue[_Job | _Chore | None] = SimpleQueue()
        self._chores: deque[_Chore] = deque()
        self._next_step = 0.0
        self._submitted = 0
        self._mailbox = Mailbox()
        self._commits = 0
        self._thread = threading.Thread(target=self._run, name="audit-writer", daemon=True)

    def start(self) -> None:
        """Begin to commit."""
        self._thread.start()

    def fileno(self) -> int:
        """Readable when verdicts wait to be delivered."""
        return self._mailbox.fileno()

    @property
    def is_alive(self) -> bool:
        """Whether the thread still commits; a loop without it must end."""
        return self._thread.is_alive()

    @property
    def submitted(self) -> int:
        """How many groups of records were submitted so far."""
        return self._submitted

    def submit(self, drafts: Sequence[Draft], done: Callable[[Verdict], None]) -> None:
        """Have records committed together; never waits."""
        self._submitted += 1
        self._jobs.put(_Job(drafts, done))

    def do(self, steps: Iterator[float], done: Callable[[Verdict], None] = nobody_waits) -> None:
        """Have a chore done between commits; each step yields the seconds until the next. Never waits.

        What it raises as AuditUnavailable ends it and is the verdict; one that the stop cuts off has none.
        """
        self._jobs.put(_Chore(steps, done))

    def deliver(self) -> None:
        """Call back for every verdict that has come in."""
        self._mailbox.deliver()

    def stop(self) -> bool:
        """Commit what waits, close the log and end the thread; False if the disk holds it up for too long.

        Nobody acts on these verdicts any more.
        """
        self._jobs.put(None)
        self._thread.join(STOP_SECONDS)
        if self._thread.is_alive():
            return False
        self._mailbox.close()
        return True

    def _run(self) -> None:
        while (batch := self._next_batch()) is not None:
            if batch:
                self._commit(batch)
        self._log.close()

    def _next_batch(self) -> list[_Job] | None:
        """Return all jobs that wait, up to one group; an empty list after an idle time or a step, None at the end."""
        try:
            job = self._jobs.get(timeout=self._next_step if self._chores else self._idle_seconds)
        except Empty:
            self._use_idle_time()
            return []
        if job is None:
            return None
        if isinstance(job, _Chore):
            self._chores.append(job)
            self._next_step = 0.0
            return []
        return self._with_what_waits(job)

    def _with_what_waits(self, job: _Job) -> list[_Job]:
        batch, records = [job], len(job.drafts)
        while records < GROUP_RECORDS:
            try:
                following = self._jobs.get_nowait()
            except Empty:
                break
            if not isinstance(following, _Job):
                self._jobs.put(following)
                break
            batch.append(following)
            records += len(following.drafts)
        return batch

    def _use_idle_time(self) -> None:
        if self._chores:
            self._step(self._chores[0])
        else:
            self._rest(_IDLE_COMMITS)
            self._log.retire(datetime.now(UTC))

    def _step(self, chore: _Chore) -> None:
        """Take one step of the first chore; hand its verdict over when it was the last."""
        verdict: Verdict = Committed(())
        try:
            pause = next(chore.steps, None)
        except AuditUnavailable as error:
            journal.say("audit_failed", journal.Level.ALARM, why=error)
            pause, verdict = None, Failed(str(error))
        self._next_step = pause or 0.0
        if pause is not None:
            return
        self._chores.popleft()
        self._mailbox.leave(partial(chore.done, verdict))

    def _commit(self, batch: Sequence[_Job]) -> None:
        try:
            numbers = self._log.append([draft for job in batch for draft in job.drafts])
        except AuditUnavailable as error:
            journal.say("audit_failed", journal.Level.ALARM, why=error)
            verdicts: list[Verdict] = [Failed(str(error)) for _ in batch]
        else:
            verdicts = []
            for job in batch:
                verdicts.append(Committed(numbers[: len(job.drafts)]))
                numbers = numbers[len(job.drafts) :]
        each = zip(batch, verdicts, strict=True)
        self._mailbox.leave(*(partial(self._hand_over, job, verdict) for job, verdict in each))
        self._commits += 1
        self._rest(_BUSY_COMMITS)

    def _hand_over(self, job: _Job, verdict: Verdict) -> None:
        job.done(verdict)
        self._overhear(job.drafts, verdict)

    def _rest(self, commits: int) -> None:
        """Copy pages back when enough commits have gathered: it costs several flushes, so not after each."""
        if self._commits >= commits:
            self._log.checkpoint_pages(hurried=not self._jobs.empty())
            self._commits = 0
