"""Serial lines and pins: each finding where its trouble is, and none on a controller that is in order."""

import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.machine.board_pins import NEW_LIBRARY, OLD_LIBRARY, look_at_board
from doorctl.machine.boot_config import boot_config_of
from doorctl.machine.computer import Computer
from doorctl.machine.serial_lines import look_at_lines
from doorctl.machine.troubles import Finding, Trouble
from hardware.boot import boot_lines, family_of, with_lines
from hardware.pins import ActiveLevel, Layout, Lock, Strike, StrikeState
from tests.machine.a_computer import CONFIG, a_computer, a_layout, troubles, write

CONFIG_TXT, CMDLINE = "/boot/firmware/config.txt", "/boot/firmware/cmdline.txt"


@pytest.fixture
def computer(tmp_path: Path) -> Iterator[Computer]:
    """Give a Raspberry Pi 4 with a line at /dev/ttyAMA0, which is a pseudo-terminal here."""
    computer = a_computer(tmp_path)
    host, line = pty.openpty()
    Path(os.ttyname(line)).chmod(0o666)
    computer.at("/dev/ttyAMA0").symlink_to(os.ttyname(line))
    yield computer
    os.close(host)
    os.close(line)


def of_lines(computer: Computer, port: str = "/dev/ttyAMA0") -> list[Finding]:
    return list(look_at_lines(computer, [("lobby", Path(port))], boot_config_of(computer)))


def of_board(computer: Computer, layout: Layout | None = None, *libraries: str) -> list[Trouble]:
    installed = frozenset(libraries or (OLD_LIBRARY,))
    return troubles(look_at_board(computer, layout or a_layout(), boot_config_of(computer), installed))


def test_a_line_in_order_has_no_finding(computer: Computer) -> None:
    assert of_lines(computer) == []


@pytest.mark.parametrize("port", ["/dev/ttyUSB9", "/dev/gpiochip0"])
def test_a_line_that_is_not_there_is_found_and_a_file_is_no_line(port: str, computer: Computer) -> None:
    assert troubles(of_lines(computer, port)) == [Trouble.SERIAL_MISSING]


@pytest.mark.parametrize(("mode", "found"), [(0o600, True), (0o660, False), (0o620, True)])
def test_a_line_that_the_doors_groups_may_not_use_is_found(mode: int, *, found: bool, computer: Computer) -> None:
    line = computer.at("/dev/ttyAMA0").resolve()
    line.chmod(mode)
    ours = Computer(computer.root, computer.now, frozenset({line.stat().st_gid}))

    assert troubles(of_lines(ours)) == [Trouble.SERIAL_RIGHTS] * found


def test_a_line_of_another_group_is_found(computer: Computer) -> None:
    computer.at("/dev/ttyAMA0").resolve().chmod(0o660)
    nobody = Computer(computer.root, computer.now, frozenset())

    assert troubles(of_lines(nobody)) == [Trouble.SERIAL_RIGHTS]


@pytest.mark.parametrize("told", ["console=ttyAMA0,115200 root=1", "root=1 console=serial0,115200 console=tty1"])
@pytest.mark.parametrize("file", [CMDLINE, "/proc/cmdline"])
def test_a_console_on_the_line_is_found_by_any_name(told: str, file: str, computer: Computer) -> None:
    computer.at("/dev/serial0").symlink_to("ttyAMA0")
    write(computer, file, told)

    assert troubles(of_lines(computer)) == [Trouble.SERIAL_CONSOLE]


def test_a_console_on_another_line_is_none_of_ours(computer: Computer) -> None:
    write(computer, CMDLINE, "console=ttyS1,115200 console=tty1")

    assert of_lines(computer) == []


def test_a_login_prompt_on_the_line_is_found_and_one_beside_it_is_not(computer: Computer) -> None:
    for name in ("ttyS1", "ttyAMA0"):
        write(computer, f"/etc/systemd/system/getty.target.wants/serial-getty@{name}.service", "")

    found = of_lines(computer)

    assert [(each.trouble, "ttyAMA0" in each.what) for each in found] == [(Trouble.SERIAL_LOGIN, True)]


def test_a_uart_that_is_bluetooths_is_found(computer: Computer) -> None:
    write(computer, CONFIG_TXT, "enable_uart=1\n")

    assert troubles(of_lines(computer)) == [Trouble.SERIAL_BLUETOOTH]


def test_a_board_in_order_has_no_finding(computer: Computer) -> None:
    assert of_board(computer) == []


def test_a_computer_that_is_no_pi_is_found(computer: Computer) -> None:
    write(computer, "/proc/device-tree/model", "")

    assert of_board(computer) == [Trouble.BOARD_MISSING]


@pytest.mark.parametrize(
    ("model", "libraries", "fits"),
    [
        ("Raspberry Pi 4 Model B", (OLD_LIBRARY,), True),
        ("Raspberry Pi 4 Model B", (NEW_LIBRARY,), True),
        ("Raspberry Pi 4 Model B", (OLD_LIBRARY, NEW_LIBRARY), False),
        ("Raspberry Pi 5 Model B", (NEW_LIBRARY,), True),
        ("Raspberry Pi 5 Model B", (OLD_LIBRARY,), False),
        ("Raspberry Pi 5 Model B", ("neither",), False),
    ],
)
def test_the_wrong_library_for_a_model_is_found(
    model: str, libraries: tuple[str, ...], *, fits: bool, computer: Computer
) -> None:
    write(computer, "/proc/device-tree/model", model)
    installed = [name for name in libraries if name != "neither"]
    found = look_at_board(computer, a_layout(), boot_config_of(computer), frozenset(installed))

    assert troubles(found) == [Trouble.BOARD_LIBRARY] * (not fits)


def test_pins_that_the_door_may_not_use_are_found(computer: Computer) -> None:
    computer.at("/dev/gpiochip0").chmod(0o600)

    assert of_board(computer) == [Trouble.BOARD_RIGHTS]


def test_a_board_without_a_device_is_found(computer: Computer) -> None:
    computer.at("/dev/gpiochip0").unlink()

    assert of_board(computer) == [Trouble.BOARD_RIGHTS]


@pytest.mark.parametrize(
    ("line", "pin", "claimed"),
    [
        ("dtparam=i2c_arm=on", 3, True),
        ("dtparam=i2c_arm=off", 3, False),
        ("dtparam=i2c_arm=on,spi=on", 10, True),
        ("dtparam=spi=on", 8, True),
        ("dtparam=i2s=on", 18, True),
        ("dtoverlay=w1-gpio", 4, True),
        ("dtoverlay=w1-gpio,gpiopin=22", 22, True),
        ("dtoverlay=w1-gpio,gpiopin=22", 4, False),
        ("dtoverlay=uart3", 5, True),
        ("dtoverlay=spi1-1cs", 19, True),
        ("dtoverlay=hifiberry-dac", 21, True),
        ("#dtparam=spi=on", 8, False),
        ("[none]\ndtparam=spi=on", 8, False),
        ("[pi3]\ndtparam=spi=on", 8, False),
        ("[pi4]\ndtparam=spi=on", 8, True),
        ("dtparam=audio=on", 18, False),
    ],
)
def test_a_pin_that_the_kernel_takes_is_found(line: str, pin: int, *, claimed: bool, computer: Computer) -> None:
    write(computer, CONFIG_TXT, f"{CONFIG}gpio={pin}=op,dl\n{line}\n")

    assert of_board(computer, a_layout(pin)) == [Trouble.PIN_CLAIMED] * claimed


@pytest.mark.parametrize("pin", [14, 15])
def test_a_pin_of_the_uart_is_found(pin: int, computer: Computer) -> None:
    write(computer, CONFIG_TXT, f"{CONFIG}gpio={pin}=op,dl\n")

    assert of_board(computer, a_layout(pin)) == [Trouble.PIN_CLAIMED]


def test_a_pin_that_an_old_board_lacks_is_found(computer: Computer) -> None:
    write(computer, CONFIG_TXT, "gpio=5=op,dl\ngpio=17=op,dl")
    write(computer, "/proc/device-tree/model", "Raspberry Pi Model B Rev 2")

    assert of_board(computer, a_layout(5)) == [Trouble.PIN_NOT_ON_BOARD]
    assert of_board(computer, a_layout(17)) == []


@pytest.mark.parametrize(
    ("line", "lock", "found"),
    [
        ("gpio=17=op,dl", Lock.FAIL_SECURE, []),
        ("gpio=4-17=op,pn,dl", Lock.FAIL_SECURE, []),
        ("gpio=17=op,dh", Lock.FAIL_SECURE, [Trouble.BOOT_RELEASES]),
        ("gpio=17=ip,pd", Lock.FAIL_SECURE, [Trouble.BOOT_LEVEL]),
        ("gpio=18=op,dl", Lock.FAIL_SECURE, [Trouble.BOOT_LEVEL]),
        ("gpio=17=op,dh", Lock.FAIL_SAFE, []),
        ("gpio=17=op,dl", Lock.FAIL_SAFE, []),
        ("", Lock.FAIL_SAFE, [Trouble.BOOT_LEVEL]),
    ],
)
def test_what_the_firmware_does_with_a_strike_is_looked_at(
    line: str, lock: Lock, found: list[Trouble], computer: Computer
) -> None:
    write(computer, CONFIG_TXT, line)

    assert of_board(computer, a_layout(lock=lock)) == found


def test_a_strike_that_rests_released_may_be_released_by_the_firmware(computer: Computer) -> None:
    strike = Strike("front", 17, ActiveLevel.HIGH, Lock.FAIL_SECURE, StrikeState.RELEASED)
    write(computer, CONFIG_TXT, "gpio=17=op,dh")

    assert of_board(computer, Layout((strike,))) == []


def test_the_firmwares_lines_of_an_install_leave_nothing_to_say(computer: Computer) -> None:
    layout = a_layout()
    family = family_of(computer.model)
    lines = boot_lines(layout, family, "/dev/ttyAMA0")
    write(computer, CONFIG_TXT, with_lines("# mine\n", lines))

    assert of_board(computer, layout) == []
    assert of_lines(computer) == []
