"""The Raspberry Pi's board keeps the contract on a strict stand-in for RPi.GPIO, and names what goes wrong."""

import sys
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from hardware.board import Board, BoardError, BoardUnavailableError
from hardware.pins import ActiveLevel, Layout, Pull, StrikeState
from hardware.raspberry_pi import RaspberryPiBoard
from tests.hardware.board_contract import BoardContract, Rig
from tests.hardware.fake_rpi_gpio import FakeGpio
from tests.hardware.layouts import a_layout, a_strike, an_indicator, an_input


class GpioRig:
    """The wires of the stand-in."""

    def __init__(self, gpio: FakeGpio) -> None:
        self.gpio = gpio

    def make(self, layout: Layout) -> Board:
        return RaspberryPiBoard(layout)

    def driven(self, pin: int) -> list[int | None]:
        return list(self.gpio.pins[pin].driven)

    def feed(self, pin: int, level: int) -> None:
        self.gpio.pins[pin].outside = level


@pytest.fixture(params=[0, 1], ids=["latched low before", "latched high before"])
def gpio(request: pytest.FixtureRequest, mocker: MockerFixture) -> FakeGpio:
    """Stand in for RPi.GPIO, with whatever an earlier process left in the output latches."""
    fake = FakeGpio(latched=request.param)
    mocker.patch.dict(sys.modules, {"RPi.GPIO": fake})
    return fake


class TestRaspberryPiBoardKeepsTheContract(BoardContract):
    """Every rule of a board, on RPi.GPIO."""

    @pytest.fixture
    def rig(self, gpio: FakeGpio) -> Rig:
        return GpioRig(gpio)


def test_strikes_are_taken_before_indicators_and_these_before_inputs(gpio: FakeGpio) -> None:
    board = RaspberryPiBoard(
        a_layout(an_input(pin=27), an_indicator(pin=22), a_strike("a", pin=17), a_strike("b", pin=18))
    )

    board.open()

    assert gpio.order == [("out", 17), ("out", 18), ("out", 22), ("in", 27)]


def test_a_library_that_leaves_a_pin_as_it_was_taken_before_is_told_again(
    gpio: FakeGpio, mocker: MockerFixture
) -> None:
    board = RaspberryPiBoard(a_layout(a_strike(pin=17, on_process_loss=StrikeState.RELEASED)))
    board.open()
    board.close()
    mocker.patch.object(gpio, "setup")

    board.open()

    assert gpio.pins[17].driven == [0, 1, 0]


@pytest.mark.parametrize("pull", Pull)
def test_an_input_gets_its_pull(gpio: FakeGpio, pull: Pull) -> None:
    board = RaspberryPiBoard(a_layout(an_input(pin=27, pull=pull)))

    board.open()

    assert gpio.pins[27].pull == getattr(gpio, f"PUD_{pull.upper()}")


def test_closing_frees_the_inputs_and_lets_go_of_no_output(gpio: FakeGpio) -> None:
    board = RaspberryPiBoard(
        a_layout(a_strike(pin=17, active_level=ActiveLevel.LOW), an_input(pin=27), an_indicator(pin=22))
    )
    board.open()

    board.close()

    directions = {pin: gpio.pins[pin].direction for pin in (17, 22, 27)}
    assert directions == {17: gpio.OUT, 22: gpio.OUT, 27: None}
    assert (gpio.pins[17].driven, gpio.pins[22].driven) == ([1, 1], [0, 0])


def test_a_strike_that_fails_at_closing_keeps_no_other_from_its_level(gpio: FakeGpio, mocker: MockerFixture) -> None:
    board = RaspberryPiBoard(
        a_layout(
            a_strike("broken", pin=17),
            a_strike("sound", pin=18, on_process_loss=StrikeState.RELEASED),
            an_input(pin=27),
        )
    )
    board.open()
    gpio.pins[17].direction = gpio.IN

    with pytest.raises(BoardError, match=r"cannot put 'broken' \(pin 17\) to low"):
        board.close()

    assert gpio.pins[18].driven == [0, 1]
    assert gpio.pins[27].direction is None


def test_inputs_that_cannot_be_freed_are_a_board_error_after_the_strikes_are_left(
    gpio: FakeGpio, mocker: MockerFixture
) -> None:
    board = RaspberryPiBoard(a_layout(a_strike(pin=17, on_process_loss=StrikeState.RELEASED), an_input(pin=27)))
    board.open()
    mocker.patch.object(gpio, "cleanup", side_effect=RuntimeError("gone"))

    with pytest.raises(BoardError, match="cannot free the inputs: gone"):
        board.close()

    assert gpio.pins[17].driven == [0, 1]


def test_a_pin_that_somebody_turned_into_an_input_is_a_board_error(gpio: FakeGpio) -> None:
    board = RaspberryPiBoard(a_layout(a_strike(pin=17)))
    board.open()
    gpio.cleanup([17])

    with pytest.raises(BoardError, match=r"cannot put 'front' \(pin 17\) to high: The GPIO channel has not"):
        board.drive("front", StrikeState.RELEASED)


def test_a_library_without_access_to_the_pins_is_a_board_error_and_the_board_stays_closed(
    gpio: FakeGpio, mocker: MockerFixture
) -> None:
    mocker.patch.object(gpio, "setup", side_effect=RuntimeError("No access to /dev/mem.  Try running as root!"))
    board = RaspberryPiBoard(a_layout())

    with pytest.raises(BoardError, match=r"cannot take the pins: No access.*group gpio"):
        board.open()
    board.close()

    assert gpio.pins[17].driven == []


def test_an_error_class_of_lgpio_is_renamed_too(gpio: FakeGpio, mocker: MockerFixture) -> None:
    lgpio_error = type("error", (Exception,), {})
    board = RaspberryPiBoard(a_layout())
    board.open()
    mocker.patch.object(gpio, "input", side_effect=lgpio_error("GPIO not allocated"))

    with pytest.raises(BoardError, match="cannot read the inputs: GPIO not allocated"):
        board.sample()


def test_a_missing_library_is_named_with_what_to_do(mocker: MockerFixture) -> None:
    mocker.patch.dict(sys.modules, {"RPi.GPIO": None})

    with pytest.raises(BoardUnavailableError, match=r"cannot be imported.*doorctl\[pi5\].*kind 'simulated'"):
        RaspberryPiBoard(a_layout())


def test_a_library_that_refuses_the_computer_is_named_with_what_to_do(
    tmp_path: Path, mocker: MockerFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "RPi"
    package.mkdir()
    (package / "GPIO.py").write_text("raise RuntimeError('This module can only be run on a Raspberry Pi!')")
    mocker.patch.dict(sys.modules)
    sys.modules.pop("RPi", None)
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(BoardUnavailableError, match=r"refuses this computer \(This module can only be run"):
        RaspberryPiBoard(a_layout())


def test_a_raspberry_pi_has_nobody_to_serve(gpio: FakeGpio) -> None:
    board = RaspberryPiBoard(a_layout())
    board.open()

    assert board.filenos() == ()
