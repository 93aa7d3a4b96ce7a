"""The writer's thread: one commit for all that waits, verdicts in order, nothing lost at the end."""

import os
import select
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Semaphore

import pytest

from doorctl.audit.leaf import Draft
from doorctl.audit.log import GROUP_RECORDS, AuditLog
from doorctl.audit.writer import AuditWriter, Committed, Failed, Verdict
from doorctl.errors import AuditUnavailable
from tests.audit.logs import a_draft, a_log, stored

WAIT_SECONDS = 60.0


class SlowLog:
    """A log that commits when it is allowed to, and notes the size of each group."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.size = 0
        self.retired: list[datetime] = []
        self.busy = Event()
        self.allowed = Semaphore(0)
        self.is_closed = False
        self.broken: Exception | None = None

    def append(self, drafts: Sequence[Draft]) -> list[int]:
        self.busy.set()
        assert self.allowed.acquire(timeout=WAIT_SECONDS)
        self.groups.append(len(drafts))
        if self.broken is not None:
            raise self.broken
        self.size += len(drafts)
        return list(range(self.size - len(drafts), self.size))

    def checkpoint_pages(self, *, hurried: bool = False) -> None:
        """Has no pages."""

    def retire(self, at: datetime) -> None:
        self.retired.append(at)

    def close(self) -> None:
        self.is_closed = True


class Desk:
    """Submits records to a writer and collects the verdicts in the order in which they come."""

    def __init__(self, log: AuditLog | SlowLog) -> None:
        self.verdicts: list[tuple[str, Verdict]] = []
        self.writer = AuditWriter(log)
        self.writer.start()

    def submit(self, name: str, records: int = 1) -> None:
        self.writer.submit([a_draft(name)] * records, self.collect(name))

    def wait_for(self, number: int) -> None:
        """Deliver verdicts until so many have come."""
        while len(self.verdicts) < number:
            assert select.select([self.writer.fileno()], [], [], WAIT_SECONDS)[0], "no verdict came"
            self.writer.deliver()

    def collect(self, name: str) -> Callable[[Verdict], None]:
        return lambda verdict: self.verdicts.append((name, verdict))


def wait_until(happens: Callable[[], bool]) -> None:
    """Wait for something in the writer's thread."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not happens() and time.monotonic() < deadline:
        time.sleep(0.001)


@pytest.fixture
def slow() -> SlowLog:
    return SlowLog()


@pytest.fixture
def desk(slow: SlowLog) -> Iterator[Desk]:
    desk = Desk(slow)
    yield desk
    for _ in range(100):
        slow.allowed.release()
    desk.writer.stop()


def test_what_waits_during_a_commit_goes_into_the_next_one(desk: Desk, slow: SlowLog) -> None:
    desk.submit("first")
    assert slow.busy.wait(WAIT_SECONDS)
    for turn in range(20):
        desk.submit(f"waiting {turn}")
    slow.allowed.release(2)
    desk.wait_for(21)

    assert slow.groups == [1, 20]


def test_a_group_is_bounded(desk: Desk, slow: SlowLog) -> None:
    desk.submit("first")
    assert slow.busy.wait(WAIT_SECONDS)
    for _ in range(GROUP_RECORDS + 6):
        desk.submit("waiting")
    slow.allowed.release(3)
    desk.wait_for(GROUP_RECORDS + 7)

    assert slow.groups == [1, GROUP_RECORDS, 6]


def test_verdicts_come_in_the_order_of_the_records_with_their_numbers(desk: Desk, slow: SlowLog) -> None:
    slow.allowed.release(10)
    for name, records in (("one", 1), ("two", 2), ("three", 3)):
        desk.submit(name, records)
    desk.wait_for(3)

    assert desk.verdicts == [("one", Committed([0])), ("two", Committed([1, 2])), ("three", Committed([3, 4, 5]))]


def test_no_verdict_comes_before_the_commit_has_returned(desk: Desk, slow: SlowLog) -> None:
    desk.submit("one")
    assert slow.busy.wait(WAIT_SECONDS)
    desk.writer.deliver()

    assert desk.verdicts == []


def test_a_failed_commit_fails_all_of_its_group_and_the_next_one_works(desk: Desk, slow: SlowLog) -> None:
    slow.broken = AuditUnavailable("no space")
    desk.submit("one")
    slow.allowed.release()
    desk.wait_for(1)
    slow.broken = None
    desk.submit("two")
    slow.allowed.release()
    desk.wait_for(2)

    assert desk.verdicts == [("one", Failed("no space")), ("two", Committed([0]))]


def test_submitting_never_waits_for_the_disk(desk: Desk) -> None:
    for turn in range(1000):
        desk.submit(str(turn))

    assert desk.verdicts == []


def test_stopping_commits_what_waits_and_closes(slow: SlowLog) -> None:
    desk = Desk(slow)
    for turn in range(5):
        desk.submit(str(turn))
    slow.allowed.release(10)
    desk.writer.stop()

    assert sum(slow.groups) == 5
    assert slow.is_closed


def test_after_the_stop_nobody_acts_on_a_verdict_any_more(slow: SlowLog) -> None:
    desk = Desk(slow)
    desk.submit("granted")
    slow.allowed.release(10)
    desk.writer.stop()

    assert desk.verdicts == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_ended_by_a_bug_is_seen(slow: SlowLog) -> None:
    desk = Desk(slow)
    slow.broken = RuntimeError("a bug")
    slow.allowed.release()
    desk.submit("one")
    desk.writer.stop()

    assert not desk.writer.is_alive


def test_many_submits_become_few_durable_commits(tmp_path: Path) -> None:
    desk = Desk(a_log(tmp_path / "audit.db"))
    for turn in range(200):
        desk.submit(str(turn))
    desk.wait_for(200)
    desk.writer.stop()

    found = stored(tmp_path / "audit.db")
    assert found.details == [str(turn) for turn in range(200)]
    numbers = [verdict.numbers for _, verdict in desk.verdicts if isinstance(verdict, Committed)]
    assert numbers == [[seq] for seq in range(1, 201)]


def test_the_descriptor_belongs_to_the_writer_until_it_stops(slow: SlowLog) -> None:
    desk = Desk(slow)
    descriptor = desk.writer.fileno()
    desk.writer.stop()

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def a_chore(
    done: list[str], name: str, steps: int, *, pause: float = 0.0, slow: SlowLog | None = None
) -> Iterator[float]:
    """Work in so many steps that notes each; with a log, what was committed by then."""
    for step in range(steps):
        done.append(f"{name} {step}" + (f" after {slow.size}" if slow else ""))
        yield pause


def test_a_chore_is_done_step_by_step_and_its_end_is_told(desk: Desk) -> None:
    done: list[str] = []
    desk.writer.do(a_chore(done, "one", 2), desk.collect("one"))
    desk.writer.do(a_chore(done, "two", 1), desk.collect("two"))
    desk.wait_for(2)

    assert done == ["one 0", "one 1", "two 0"]
    assert desk.verdicts == [("one", Committed(())), ("two", Committed(()))]


def test_what_waits_is_committed_before_the_next_step(desk: Desk, slow: SlowLog) -> None:
    done: list[str] = []
    desk.submit("first")
    assert slow.busy.wait(WAIT_SECONDS)
    desk.writer.do(a_chore(done, "chore", 2, slow=slow), desk.collect("chore"))
    for turn in range(3):
        desk.submit(str(turn))
    slow.allowed.release(10)
    desk.wait_for(5)

    assert done == ["chore 0 after 4", "chore 1 after 4"]


def test_a_step_that_may_wait_lets_records_go_first(desk: Desk, slow: SlowLog) -> None:
    done: list[str] = []
    desk.writer.do(a_chore(done, "chore", 2, pause=600.0), desk.collect("chore"))
    wait_until(lambda: bool(done))
    slow.allowed.release(10)
    for turn in range(3):
        desk.submit(str(turn))
    desk.wait_for(3)

    assert done == ["chore 0"]


def failing() -> Iterator[float]:
    yield 0.0
    raise AuditUnavailable("a lock")


def test_a_chore_that_fails_says_so_and_the_next_goes_on(desk: Desk) -> None:
    done: list[str] = []
    desk.writer.do(failing(), desk.collect("one"))
    desk.writer.do(a_chore(done, "two", 1), desk.collect("two"))
    desk.wait_for(2)

    assert desk.verdicts == [("one", Failed("a lock")), ("two", Committed(()))]


def test_a_stop_waits_for_no_chore(slow: SlowLog) -> None:
    desk = Desk(slow)
    desk.writer.do(a_chore([], "chore", 100, pause=600.0), desk.collect("chore"))
    slow.allowed.release(10)
    desk.submit("last")

    assert desk.writer.stop()
    assert sum(slow.groups) == 1


def test_an_idle_log_lets_old_records_go(slow: SlowLog) -> None:
    writer = AuditWriter(slow, idle_seconds=0.01)
    writer.start()
    wait_until(lambda: bool(slow.retired))
    writer.stop()

    assert {at.tzinfo for at in slow.retired} == {UTC}
