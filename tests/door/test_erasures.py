"""Whom a policy erases is erased from the log once, over restarts, and a record says so."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from doorctl.audit.log import AuditLog
from doorctl.audit.state import read_memory
from doorctl.audit.writer import AuditWriter, Verdict
from doorctl.core.records import RecordKind
from doorctl.door.policy.erasures import RETRY_SECONDS, Erasures
from doorctl.policy.rows import ErasureRow
from tests.audit.logs import STATEMENTS, a_draft, a_log, refusing_writes, stored
from tests.door_rig import ADA, FLOOR, DoorRig

WAIT_SECONDS = 60.0


class Desk:
    """Erasures over a log with a record about Ada and one about Grace, and the loop that serves them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 1000.0
        self.log: AuditLog = a_log(path)
        self.writer = AuditWriter(self.log)
        self.writer.start()
        self.erasures = Erasures(
            self.writer,
            self.log,
            statements=STATEMENTS,
            erased=read_memory(path).erased,
            submit=self.writer.submit,
            counter=lambda: self.now,
        )

    def stop(self) -> None:
        if self.writer.is_alive:
            self.writer.stop()

    def write(self) -> None:
        self.writer.submit([a_draft(subject=f"holder:{name}") for name in ("ada", "grace")], lambda _: None)

    def serve_until(self, happens: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not happens():
            assert time.monotonic() < deadline
            self.writer.deliver()
            time.sleep(0.001)

    def serve_all(self) -> None:
        """Deliver every verdict on what was begun until now: a chore behind it has its own last."""
        verdicts: list[Verdict] = []
        self.writer.do(iter(()), verdicts.append)
        self.serve_until(lambda: bool(verdicts))

    def told(self) -> list[str]:
        return [leaf.detail for leaf in stored(self.path).leaves if leaf.kind is RecordKind.ERASURE_DONE]

    def subjects(self) -> list[str]:
        return [opening.subject for opening in stored(self.path).openings]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.db"


@pytest.fixture
def desk(path: Path) -> Iterator[Desk]:
    desk = Desk(path)
    desk.write()
    desk.serve_until(lambda: desk.log.size > 1)
    yield desk
    desk.stop()


def test_who_is_erased_is_gone_from_the_log_before_a_record_says_so(desk: Desk) -> None:
    desk.erasures.take({"ada"})
    desk.serve_until(lambda: bool(desk.told()))

    assert desk.told() == ["holder=ada"]
    assert desk.subjects() == ["holder:grace"]


def test_nobody_is_erased_twice_also_not_after_a_restart(desk: Desk, path: Path) -> None:
    for _ in range(2):
        desk.erasures.take({"ada"})
    desk.serve_until(lambda: bool(desk.told()))
    desk.erasures.take({"ada"})
    desk.stop()
    again = Desk(path)
    again.erasures.take({"ada", "grace"})
    again.serve_until(lambda: len(again.told()) > 1)
    again.stop()

    assert again.told() == ["holder=ada", "holder=grace"]


def test_who_could_not_be_erased_is_not_told_to_be(desk: Desk, path: Path) -> None:
    refuse = "CREATE TRIGGER refuse BEFORE UPDATE ON openings BEGIN SELECT RAISE(ABORT, 'refused'); END"
    with closing(sqlite3.connect(path, isolation_level=None, timeout=WAIT_SECONDS)) as connection:
        connection.execute(refuse)
        desk.erasures.take({"ada"})
        desk.serve_all()
        desk.serve_all()
        told, subjects = desk.told(), desk.subjects()
        connection.execute("DROP TRIGGER refuse")
    desk.now += RETRY_SECONDS
    desk.erasures.try_again()
    desk.serve_until(lambda: bool(desk.told()))

    assert (told, subjects) == ([], ["holder:ada", "holder:grace"])
    assert desk.subjects() == ["holder:grace"]


def test_an_erasure_that_fails_is_tried_again_a_minute_later(
    desk: Desk, path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with refusing_writes(path):
        desk.erasures.take({"ada"})
        desk.serve_all()
    said = capfd.readouterr().err
    desk.now += RETRY_SECONDS - 1
    desk.erasures.try_again()
    desk.writer.deliver()
    before = desk.subjects()
    desk.now += 1
    desk.erasures.try_again()
    desk.serve_until(lambda: bool(desk.told()))

    assert "audit_failed" in said
    assert "holder:ada" in before
    assert desk.subjects() == ["holder:grace"]


def test_a_policy_that_erases_somebody_erases_them_from_the_log_of_a_running_door(tmp_path: Path) -> None:
    rig = DoorRig(tmp_path)
    try:
        rig.write_policy(rig.a_holder("ada", ADA, FLOOR))
        rig.start_online()
        rig.swipe("front", ADA)
        rig.wait_for_decisions(1)
        rig.write_policy([ErasureRow(holder="ada")], name="policy-two.db")
        rig.wait_for(lambda: rig.has_record(RecordKind.ERASURE_DONE), what="the erasure")
        rig.stop()

        assert [file.name for file in rig.state.glob("audit.db*") if b"holder:ada" in file.read_bytes()] == []
    finally:
        rig.close()
