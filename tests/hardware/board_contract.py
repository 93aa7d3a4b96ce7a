"""What every board must do: one test class, run on each driver through a rig that holds its wires."""

from abc import ABC, abstractmethod
from typing import Protocol

import pytest

from hardware.board import Board, BoardError, BoardNotOpenError, UnknownNameError
from hardware.pins import ActiveLevel, Layout, Lock, Pull, Strike, StrikeState
from tests.hardware.layouts import a_layout, a_strike, an_indicator, an_input

SECURED, RELEASED = StrikeState.SECURED, StrikeState.RELEASED
FRONT, SERVER_ROOM, GREEN, CONTACT, BUTTON = 17, 18, 22, 27, 23

STRIKES = [
    pytest.param(
        a_strike(pin=FRONT, lock=lock, active_level=active_level, on_process_loss=on_process_loss),
        id=f"{lock} active {active_level} {on_process_loss} on process loss",
    )
    for lock in Lock
    for active_level in ActiveLevel
    for on_process_loss in StrikeState
]


class Rig(Protocol):
    """The wires around one driver."""

    def make(self, layout: Layout) -> Board:
        """Make the board, not yet open."""

    def driven(self, pin: int) -> list[int | None]:
        """Give each level that the pin was driven to since it became an output; None: it was let go."""

    def feed(self, pin: int, level: int) -> None:
        """Put an input's wire to a level."""


class BoardContract(ABC):
    """The rules of `hardware/board.py`; a driver's tests derive from this and give the rig."""

    @pytest.fixture
    @abstractmethod
    def rig(self) -> Rig:
        """Give the wires around a fresh driver."""

    @pytest.mark.parametrize("strike", STRIKES)
    def test_the_first_level_that_a_strike_ever_drives_secures_it(self, rig: Rig, strike: Strike) -> None:
        opened(rig, a_layout(strike))

        assert rig.driven(FRONT) == [strike.level(SECURED)]

    @pytest.mark.parametrize("strike", STRIKES)
    def test_a_strike_is_released_and_secured_when_told(self, rig: Rig, strike: Strike) -> None:
        board = opened(rig, a_layout(strike))

        board.drive("front", RELEASED)
        released = rig.driven(FRONT)[-1]
        board.drive("front", SECURED)

        assert (released, rig.driven(FRONT)[-1]) == (strike.level(RELEASED), strike.level(SECURED))

    @pytest.mark.parametrize("before", StrikeState)
    @pytest.mark.parametrize("strike", STRIKES)
    def test_closing_leaves_a_strike_driven_at_its_process_loss_state(
        self, rig: Rig, strike: Strike, before: StrikeState
    ) -> None:
        board = opened(rig, a_layout(strike))
        board.drive("front", before)
        levels_until_then = len(rig.driven(FRONT))

        board.close()

        left = strike.level(strike.on_process_loss)
        assert rig.driven(FRONT)[-1] == left
        assert set(rig.driven(FRONT)[levels_until_then:]) <= {left}

    def test_driving_one_strike_leaves_the_other_alone(self, rig: Rig) -> None:
        board = opened(rig, a_layout(a_strike("front", pin=FRONT), a_strike("server-room", pin=SERVER_ROOM)))

        board.drive("server-room", RELEASED)

        assert (rig.driven(FRONT), rig.driven(SERVER_ROOM)) == ([0], [0, 1])

    @pytest.mark.parametrize(("active_level", "off", "on"), [(ActiveLevel.HIGH, 0, 1), (ActiveLevel.LOW, 1, 0)])
    def test_an_indicator_starts_off_shows_and_is_off_after_closing(
        self, rig: Rig, active_level: ActiveLevel, off: int, on: int
    ) -> None:
        board = opened(rig, a_layout(an_indicator("green", pin=GREEN, active_level=active_level)))

        board.show("green", on=True)
        board.close()

        assert rig.driven(GREEN) == [off, on, off]

    @pytest.mark.parametrize(("active_level", "active"), [(ActiveLevel.HIGH, 1), (ActiveLevel.LOW, 0)])
    def test_an_input_is_active_at_its_active_level(self, rig: Rig, active_level: ActiveLevel, active: int) -> None:
        board = opened(rig, a_layout(an_input("contact", pin=CONTACT, active_level=active_level)))

        samples = []
        for level in (active, 1 - active, active):
            rig.feed(CONTACT, level)
            samples.append(board.sample())

        assert samples == [{"contact": True}, {"contact": False}, {"contact": True}]

    def test_a_sample_reads_every_input_by_its_name(self, rig: Rig) -> None:
        button = an_input("button", pin=BUTTON, active_level=ActiveLevel.HIGH, pull=Pull.DOWN)
        board = opened(rig, a_layout(an_input("contact", pin=CONTACT), button))

        rig.feed(CONTACT, 1)
        rig.feed(BUTTON, 1)

        assert board.sample() == {"contact": False, "button": True}

    def test_a_sample_that_was_taken_does_not_change_afterwards(self, rig: Rig) -> None:
        board = opened(rig, a_layout(an_input("contact", pin=CONTACT)))
        rig.feed(CONTACT, 1)

        sample = board.sample()
        rig.feed(CONTACT, 0)

        assert sample == {"contact": False}

    def test_an_unknown_name_is_refused_and_moves_nothing(self, rig: Rig) -> None:
        board = opened(rig, a_layout(a_strike("front", pin=FRONT), an_indicator("green", pin=GREEN)))

        with pytest.raises(UnknownNameError, match=r"no strike is called 'back'; the layout has: front"):
            board.drive("back", RELEASED)
        with pytest.raises(UnknownNameError, match=r"no indicator is called 'front'; the layout has: green"):
            board.show("front", on=True)

        assert (rig.driven(FRONT), rig.driven(GREEN)) == ([0], [0])

    def test_a_board_that_is_not_open_is_refused_and_moves_nothing(self, rig: Rig) -> None:
        board = rig.make(a_layout(a_strike("front", pin=FRONT), an_indicator("green", pin=GREEN)))

        assert_refuses_as_not_open(board)

        assert (rig.driven(FRONT), rig.driven(GREEN)) == ([], [])

    def test_a_closed_board_is_refused_and_a_second_close_does_nothing(self, rig: Rig) -> None:
        board = opened(rig, a_layout(a_strike("front", pin=FRONT), an_indicator("green", pin=GREEN)))
        board.close()
        driven = rig.driven(FRONT)

        board.close()

        assert_refuses_as_not_open(board)
        assert rig.driven(FRONT) == driven

    def test_closing_a_board_that_was_never_open_does_nothing(self, rig: Rig) -> None:
        board = rig.make(a_layout(a_strike("front", pin=FRONT)))

        board.close()

        assert rig.driven(FRONT) == []

    def test_opening_an_open_board_is_refused_and_leaves_a_released_strike_alone(self, rig: Rig) -> None:
        board = opened(rig, a_layout(a_strike("front", pin=FRONT)))
        board.drive("front", RELEASED)

        with pytest.raises(BoardError, match="already open"):
            board.open()

        assert rig.driven(FRONT) == [0, 1]

    def test_a_board_opened_again_starts_secured(self, rig: Rig) -> None:
        board = opened(rig, a_layout(a_strike("front", pin=FRONT, on_process_loss=RELEASED)))
        board.close()

        board.open()

        assert rig.driven(FRONT)[-2:] == [1, 0]

    def test_serving_returns_at_once_when_nobody_waits(self, rig: Rig) -> None:
        board = opened(rig, a_layout())

        board.serve()

        assert len(board.filenos()) == len(set(board.filenos()))


def opened(rig: Rig, layout: Layout) -> Board:
    """Make a board and open it."""
    board = rig.make(layout)
    board.open()
    return board


def assert_refuses_as_not_open(board: Board) -> None:
    """Check that a board which is not open refuses everything."""
    with pytest.raises(BoardNotOpenError, match="not open"):
        board.drive("front", RELEASED)
    with pytest.raises(BoardNotOpenError, match="not open"):
        board.show("green", on=True)
    with pytest.raises(BoardNotOpenError, match="not open"):
        board.sample()
    with pytest.raises(BoardNotOpenError, match="not open"):
        board.serve()
    assert board.filenos() == ()
