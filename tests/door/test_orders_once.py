"""An order is carried out once, also over a restart: whoever hands it on again is told what became of it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from doorctl.audit.leaf import Draft
from doorctl.audit.state import MOST_ORDERS, OrderAnswered, read_memory
from doorctl.audit.writer import Committed, Verdict
from doorctl.wire.bell import CarriedOut
from doorctl.wire.orders import DenyHolder, OpenNow
from tests.audit.logs import a_log
from tests.door.hand_driven import RELEASED
from tests.door.ordered import ID, Ordered, lock_down


def test_an_order_that_comes_twice_is_carried_out_once_and_its_answer_told_again(ordered: Ordered) -> None:
    ordered.take()
    ordered.take()
    ordered.door.commit_all()
    ordered.take()
    ordered.door.commit_all()

    assert ordered.door.moves == [RELEASED]
    assert ordered.told == [CarriedOut(ID, "done", "", 0)] * 2


def test_only_so_many_answers_are_kept(ordered: Ordered) -> None:
    for number in range(MOST_ORDERS + 1):
        ordered.take(OpenNow("back"), id_=f"{number:032x}")
        ordered.door.commit()
    ordered.take(OpenNow("back"), id_=f"{0:032x}")

    assert len(ordered.door.waiting) == 1


def test_no_number_of_denials_lets_an_order_to_open_be_forgotten(ordered: Ordered) -> None:
    ordered.take()
    ordered.door.commit_all()
    for number in range(1, MOST_ORDERS + 2):
        ordered.take(DenyHolder(f"h{number}", 99), id_=f"{number:032x}")
        ordered.door.commit_all()
    ordered.take()
    ordered.door.commit_all()

    assert ordered.door.moves == [RELEASED]


def test_two_denials_with_one_id_are_two_and_one_that_comes_twice_is_one(ordered: Ordered) -> None:
    for holder in ("ada", "alan", "ada"):
        ordered.take(DenyHolder(holder, 9))
        ordered.door.commit_all()

    assert [it.detail.split()[0] for it in ordered.door.statements] == ["deny-holder"] * 2
    assert ordered.told == [CarriedOut(ID, "done", "", record) for record in (0, 1, 0)]


def test_the_log_remembers_orders_to_open_and_no_denials(ordered: Ordered) -> None:
    ordered.take()
    ordered.take(DenyHolder("ada", 9), id_="1" * 32)

    assert [waiting.draft.remembered for waiting in ordered.door.waiting] == [(OrderAnswered(ID, "done"),), ()]


class OnDisk:
    """A log on disk that commits whatever the door hands to it, at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = a_log(path)

    def restarted(self) -> Ordered:
        """Begin again with what the log remembers."""
        self.log.close()
        self.log = a_log(self.path)
        ordered = Ordered(memory=read_memory(self.path))
        ordered.door.submit_to(self.submit)
        return ordered

    def submit(self, drafts: list[Draft], done: Callable[[Verdict], None]) -> None:
        done(Committed(self.log.append(drafts)))


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[OnDisk]:
    on_disk = OnDisk(tmp_path / "audit.db")
    with closing(on_disk.log):
        yield on_disk
    on_disk.log.close()


def test_an_order_that_is_replayed_after_a_restart_opens_nothing_and_is_told_again(on_disk: OnDisk) -> None:
    first = on_disk.restarted()
    first.take()
    second = on_disk.restarted()
    second.take()

    assert (first.door.moves, second.door.moves) == ([RELEASED], [])
    assert second.told == first.told
    assert read_memory(on_disk.path).orders[ID][0] == OrderAnswered(ID, "done")


def test_an_order_that_was_refused_after_its_record_is_told_as_refused_after_a_restart(on_disk: OnDisk) -> None:
    first = on_disk.restarted()

    def locked_down_before(drafts: list[Draft], done: Callable[[Verdict], None]) -> None:
        lock_down(first)
        on_disk.submit(drafts, done)

    first.door.submit_to(locked_down_before)
    first.take()
    second = on_disk.restarted()
    second.take()

    assert first.outcomes() == [("refused", "lockdown")]
    assert second.told == first.told
