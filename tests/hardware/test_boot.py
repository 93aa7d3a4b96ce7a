"""What a Raspberry Pi's firmware is told: the level of each strike, and the header's serial line for a reader."""

import pytest

from hardware.board import BoardUnavailableError
from hardware.boot import (
    BEGIN,
    END,
    PLAIN,
    WITH_BLUETOOTH,
    WITH_RP1,
    Family,
    boot_lines,
    conflicts,
    family_of,
    header_line,
    with_lines,
    without_console,
)
from hardware.pins import ActiveLevel, Lock, StrikeState
from tests.hardware.layouts import a_layout, a_strike, an_indicator

CONFIG = "# For more options see the documentation.\ndtparam=audio=on\n\n[pi4]\narm_boost=1\n"
BLOCK = f"{BEGIN}\n[all]\ngpio=17=op,dl\n{END}\n"
CMDLINE = "console=serial0,115200 console=tty1 root=PARTUUID=1234-02 rootfstype=ext4 rootwait\n"
HIGH, LOW = ActiveLevel.HIGH, ActiveLevel.LOW
SAFE, SECURE = Lock.FAIL_SAFE, Lock.FAIL_SECURE
SECURED, RELEASED = StrikeState.SECURED, StrikeState.RELEASED


@pytest.mark.parametrize(
    ("active", "lock", "left", "line"),
    [
        (HIGH, SECURE, SECURED, "gpio=17=op,dl"),
        (LOW, SECURE, SECURED, "gpio=17=op,dh"),
        (HIGH, SAFE, SECURED, "gpio=17=op,dh"),
        (LOW, SAFE, SECURED, "gpio=17=op,dl"),
        (HIGH, SAFE, RELEASED, "gpio=17=op,dl"),
        (LOW, SAFE, RELEASED, "gpio=17=op,dh"),
        (HIGH, SECURE, RELEASED, "gpio=17=op,dh"),
    ],
)
def test_a_strike_is_from_the_firmware_on_where_it_is_left_without_doorctl(
    active: ActiveLevel, lock: Lock, left: StrikeState, line: str
) -> None:
    strike = a_strike(active_level=active, lock=lock, on_process_loss=left)

    assert boot_lines(a_layout(strike), PLAIN, None) == [line]


def test_every_strike_has_its_line_and_nothing_else_has() -> None:
    layout = a_layout(a_strike("back", pin=27, active_level=LOW), a_strike("front"), an_indicator())

    assert boot_lines(layout, PLAIN, None) == ["gpio=17=op,dl", "gpio=27=op,dh"]


@pytest.mark.parametrize(
    ("family", "port", "lines"),
    [
        (PLAIN, "/dev/ttyAMA0", ["enable_uart=1"]),
        (WITH_BLUETOOTH, "/dev/ttyAMA0", ["enable_uart=1", "dtoverlay=disable-bt"]),
        (WITH_BLUETOOTH, "/dev/serial0", ["enable_uart=1", "dtoverlay=disable-bt"]),
        (WITH_BLUETOOTH, "/dev/ttyS0", ["enable_uart=1"]),
        (WITH_RP1, "/dev/ttyAMA0", ["dtparam=uart0=on"]),
    ],
)
def test_the_headers_serial_line_is_set_up_as_the_board_asks_for_it(
    family: Family, port: str, lines: list[str]
) -> None:
    assert header_line(["/dev/doorctl/usb-1", port], family) == port
    assert boot_lines(a_layout(a_strike()), family, port) == ["gpio=17=op,dl", *lines]


def test_on_a_pi_5_the_connector_for_debugging_is_not_the_header() -> None:
    assert header_line(["/dev/serial0"], WITH_RP1) is None
    assert without_console(CMDLINE, WITH_RP1) == CMDLINE


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("Raspberry Pi Model B Plus Rev 1.2", PLAIN),
        ("Raspberry Pi 2 Model B Rev 1.1", PLAIN),
        ("Raspberry Pi Zero Rev 1.3", PLAIN),
        ("Raspberry Pi Compute Module 3 Plus Rev 1.0", PLAIN),
        ("Raspberry Pi 3 Model B Plus Rev 1.3", WITH_BLUETOOTH),
        ("Raspberry Pi 4 Model B Rev 1.4", WITH_BLUETOOTH),
        ("Raspberry Pi Zero 2 W Rev 1.0", WITH_BLUETOOTH),
        ("Raspberry Pi 5 Model B Rev 1.0", WITH_RP1),
        ("Raspberry Pi Compute Module 5 Rev 1.0", WITH_RP1),
    ],
)
def test_a_board_is_known_by_its_model(model: str, family: Family) -> None:
    assert family_of(model) == family


@pytest.mark.parametrize("model", ["", "Raspberry Pi 6 Model B Rev 1.0", "Orange Pi 5", "QEMU Virtual Machine"])
def test_a_board_that_is_not_known_is_refused(model: str) -> None:
    with pytest.raises(BoardUnavailableError, match="boot levels"):
        family_of(model)


def test_what_is_wired_to_the_serial_line_in_use_is_named() -> None:
    layout = a_layout(a_strike(pin=14), an_indicator(pin=22))

    assert conflicts(layout, None) == []
    assert conflicts(layout, "/dev/ttyAMA0") == [
        "'front' is at pin 14, which is the serial line /dev/ttyAMA0: give it another pin"
    ]


@pytest.mark.parametrize("config", ["", CONFIG, CONFIG.rstrip("\n")])
def test_lines_come_last_and_hold_for_every_board(config: str) -> None:
    changed = with_lines(config, ["gpio=17=op,dl"])

    assert changed.startswith(config.rstrip("\n"))
    assert changed.endswith(BLOCK)


def test_said_again_it_changes_nothing() -> None:
    once = with_lines(CONFIG, ["gpio=17=op,dl"])

    assert with_lines(once, ["gpio=17=op,dl"]) == once


def test_other_lines_take_the_place_of_those_before() -> None:
    changed = with_lines(with_lines(CONFIG, ["gpio=17=op,dl"]), ["gpio=17=op,dh"])

    assert changed == with_lines(CONFIG, ["gpio=17=op,dh"])


def test_without_lines_nothing_of_ours_is_left() -> None:
    assert with_lines(with_lines(CONFIG, ["gpio=17=op,dl"]), []).rstrip() == CONFIG.rstrip()


def test_what_was_added_behind_ours_holds_for_every_board_as_before_and_comes_before_ours() -> None:
    changed = with_lines(with_lines(CONFIG, ["gpio=17=op,dl"]) + "gpio=17=ip\n", ["gpio=17=op,dl"])

    assert changed == f"{CONFIG}[all]\ngpio=17=ip\n\n{BLOCK}"
    assert with_lines(changed, ["gpio=17=op,dl"]) == changed


def test_the_kernel_writes_to_the_readers_line_no_more_and_to_the_screen_as_before() -> None:
    changed = without_console(CMDLINE, WITH_BLUETOOTH)

    assert changed == "console=tty1 root=PARTUUID=1234-02 rootfstype=ext4 rootwait\n"
    assert without_console(changed, WITH_BLUETOOTH) == changed


@pytest.mark.parametrize("console", ["serial0,115200", "ttyAMA0,115200", "ttyS0", "ttyAMA0,115200n8"])
def test_every_name_of_the_line_is_known(console: str) -> None:
    assert without_console(f"console={console} quiet\n", PLAIN) == "quiet\n"


@pytest.mark.parametrize("console", ["ttyUSB0,115200", "tty1", "ttyAMA10,115200"])
def test_a_console_elsewhere_stays(console: str) -> None:
    assert without_console(f"console={console} quiet\n", PLAIN) == f"console={console} quiet\n"
