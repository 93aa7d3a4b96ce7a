"""What is recorded of inputs in trouble: a line that flickers fills no log, and the last record is true."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.core.machines.inputs import InputRole, InputState
from doorctl.core.records import RecordKind
from doorctl.door.flood import A_MINUTE, RECORDS_A_MINUTE
from doorctl.door.inputs.input_reports import InputReports
from tests.door.hand_driven import Notebook

DOOR = "floor-3"
CUT, NORMAL, ALARM = InputState.OPEN_LINE, InputState.NORMAL, InputState.ALARM


class Reporting:
    """Reports with a clock in the test's hand."""

    def __init__(self) -> None:
        self.notebook = Notebook()
        self.has_room = True
        self.reports = InputReports(self.notebook, room=lambda: self.has_room)
        self.now = 100.0

    def take(self, *states: InputState, role: InputRole = InputRole.CONTACT, every: float = 2.0) -> None:
        for state in states:
            self.now += every
            self.reports.take(DOOR, role, state, self.now)

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds * 2)):
            self.now += 0.5
            self.reports.tick(self.now)

    @property
    def details(self) -> list[str]:
        return [draft.statement.detail for draft in self.notebook.drafts]

    def count(self, kind: RecordKind) -> int:
        return len([draft for draft in self.notebook.drafts if draft.statement.kind is kind])


@pytest.fixture
def reporting() -> Reporting:
    return Reporting()


def test_every_change_that_has_room_is_recorded(reporting: Reporting) -> None:
    reporting.take(NORMAL, CUT, NORMAL, ALARM, CUT)

    assert reporting.details == ["contact open-line", "contact sound", "contact open-line"]


def test_what_is_said_again_is_recorded_once(reporting: Reporting) -> None:
    reporting.take(CUT, CUT, CUT)

    assert reporting.details == ["contact open-line"]


def test_a_line_that_flickers_is_recorded_seldom_counted_and_true_in_the_end(reporting: Reporting) -> None:
    reporting.take(*[CUT, NORMAL] * 600, CUT, every=0.1)
    reporting.wait(A_MINUTE)

    minutes = 3
    assert reporting.count(RecordKind.INPUT_FAULT) <= minutes * RECORDS_A_MINUTE + 1
    assert reporting.count(RecordKind.FLOOD_SUMMARY) in (1, 2, 3)
    faults = [detail for detail in reporting.details if not detail.startswith("contact=")]
    assert faults[-1] == "contact open-line"


def test_one_input_that_flickers_hides_no_other(reporting: Reporting) -> None:
    reporting.take(*[CUT, NORMAL] * 100, every=0.01)
    reporting.take(ALARM, role=InputRole.TAMPER, every=0.01)

    assert reporting.details[-1] == "tamper opened"


def test_without_room_in_the_log_it_is_recorded_later(reporting: Reporting) -> None:
    reporting.has_room = False
    reporting.take(CUT)
    before = reporting.details
    reporting.has_room = True
    reporting.wait(1.0)

    assert (before, reporting.details) == ([], ["contact open-line"])


def test_what_was_only_counted_is_told_at_the_end(reporting: Reporting) -> None:
    reporting.take(CUT, NORMAL, CUT, NORMAL, every=0.01)
    reporting.reports.close(reporting.now)

    assert reporting.details == ["contact open-line", "contact=2"]


@given(st.lists(st.tuples(st.sampled_from(InputState), st.sampled_from([0.05, 0.7, 5.0]))))
def test_after_a_quiet_time_the_log_tells_what_is(changes: list[tuple[InputState, float]]) -> None:
    reporting = Reporting()
    for state, after in changes:
        reporting.take(state, role=InputRole.MAINS, every=after)
    reporting.wait(2 * A_MINUTE)

    told = [detail for detail in reporting.details if not detail.startswith("mains=")]
    now = changes[-1][0] if changes else NORMAL
    usual: dict[InputState, set[str | None]] = {NORMAL: {"mains back", None}, ALARM: {"mains failed"}}
    ends = usual.get(now, {f"mains {now}"})
    assert (told[-1] if told else None) in ends
