"""A door process with visitors: behind an escort, no more than so many, also after a kill; records of sponsors."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.database import open_reader
from doorctl.policy.rows import Row, SponsorRow, VisitorRow, ZoneEscortRow
from tests.door_rig import ADA, FLOOR, SERVER_ROOM, DoorRig

BADGES = {"alan": "H10301:7:70", "joan": "H10301:7:71"}
ROWS: tuple[Row, ...] = (
    SponsorRow("ada", (FLOOR,), many=2, seconds=3600),
    *(VisitorRow(visitor, escort="ada", sponsor="ada") for visitor in BADGES),
    ZoneEscortRow(FLOOR, seconds=300, most=1),
)


class Reception(DoorRig):
    """A door process at which Ada brings one visitor within an hour."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        visitors = (row for visitor, badge in BADGES.items() for row in self.a_holder(visitor, badge, FLOOR))
        self.write_policy([*self.a_holder("ada", ADA, FLOOR, SERVER_ROOM), *visitors, *ROWS])

    def let_in(self, card: str) -> None:
        """Present a card that opens, and wait until the strike rests again."""
        before = self.count(RecordKind.DECISION)
        self.swipe("front", card)
        assert self.wait_for_decisions(before + 1)[-1].reason is Reason.GRANTED
        self.wait_for(lambda: self.strike_states(FLOOR)[-1:] == ["secured"], what="the strike to be secured")

    def denied(self, card: str) -> Reason | None:
        """Present a card until its denial is recorded, as one a second is; return why."""
        before = self.count(RecordKind.DECISION)

        def denial() -> bool:
            self.swipe("front", card)
            return self.count(RecordKind.DECISION) > before

        self.wait_for(denial, what="a denial")
        return self.records(RecordKind.DECISION)[-1].reason

    def subjects(self) -> dict[int, str]:
        """Return whom each record leads to."""
        with closing(open_reader(self.state / "audit.db")) as log:
            return dict(log.execute("SELECT seq, subject FROM openings"))


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Reception]:
    rig = Reception(tmp_path)
    yield rig
    rig.close()


def test_a_visitor_comes_in_behind_an_escort_who_brings_no_other_also_after_a_kill(rig: Reception) -> None:
    rig.start_online()
    before = rig.denied(BADGES["alan"])
    rig.let_in(ADA)
    rig.let_in(BADGES["alan"])
    rig.kill()
    rig.start_online()
    restarted = rig.denied(BADGES["alan"])
    rig.let_in(ADA)
    another = rig.denied(BADGES["joan"])

    assert (before, restarted, another) == (Reason.ESCORT_AWAITED, Reason.ESCORT_AWAITED, Reason.ESCORT_FULL)
    rig.let_in(BADGES["alan"])


def test_the_record_of_a_guest_leads_to_the_escort_s_and_another_to_the_sponsor(rig: Reception) -> None:
    rig.start_online()
    rig.let_in(ADA)
    rig.let_in(BADGES["alan"])

    escort, guest = rig.records(RecordKind.DECISION)
    (sponsor,) = rig.records(RecordKind.SPONSOR)
    subjects = rig.subjects()
    assert (guest.of, sponsor.of, sponsor.seq) == (escort.seq, guest.seq, guest.seq + 1)
    assert (subjects[guest.seq], subjects[sponsor.seq]) == ("holder:alan", "holder:ada")
