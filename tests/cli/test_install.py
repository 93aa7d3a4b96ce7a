"""``doorctl install``: told before it is done, done once, kept beside, and refused where nothing is known."""

import json
import shutil
from pathlib import Path

import pytest

from doorctl.machine.last_resorts import LAST_RESORTS
from hardware.boot import BEGIN
from tests.cli.sites import a_site, run

UNITS = Path(__file__).parents[2] / "systemd"
MODEL = "Raspberry Pi 4 Model B Rev 1.4\0"
CONFIG, CMDLINE = "dtparam=audio=on\n", "console=serial0,115200 console=tty1 rootwait\n"
SIMULATED_BOARD = 'kind = "simulated"\nchanges = "run/board.jsonl"\nsocket = "run/board.sock"'
CONTROLLER = {"doorctl-door", "doorctl-keeper", "doorctl-link"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make the files of a Raspberry Pi 4 on which the package was installed, and a site's controller and hub."""
    root = tmp_path / "root"
    for folder in (
        "boot/firmware",
        "proc/device-tree",
        "etc/doorctl",
        "etc/systemd/system",
        "usr/lib/systemd/system",
    ):
        (root / folder).mkdir(parents=True)
    (root / "boot/firmware/config.txt").write_text(CONFIG)
    (root / "boot/firmware/cmdline.txt").write_text(CMDLINE)
    (root / "proc/device-tree/model").write_text(MODEL)
    for unit in UNITS.glob("doorctl*.*"):
        shutil.copy(unit, root / "usr/lib/systemd/system")
    site = a_site(tmp_path / "hq")
    text = site.controller_toml.read_text()
    assert SIMULATED_BOARD in text
    real = text.replace(SIMULATED_BOARD, 'kind = "raspberry-pi"').replace(
        'port = "run/bridge.tty"\nsimulated = true', 'port = "/dev/ttyAMA0"'
    )
    (root / "etc/doorctl/controller.toml").write_text(real)
    shutil.copy(site.controller_toml.parents[1] / "hub/hub.toml", root / "etc/doorctl/hub.toml")
    return root


def install(root: Path, *words: str, kind: str = "controller") -> tuple[int, str]:
    done = run("install", "--root", str(root), "--config", str(root / f"etc/doorctl/{kind}.toml"), *words)
    return done.exit_code, done.stdout + done.stderr


def boot(root: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (root / "boot/firmware").iterdir()}


def enabled(root: Path) -> set[str]:
    return {path.stem for path in (root / "etc/systemd/system").glob("*.wants/*.service")}


def test_it_tells_what_it_would_do_and_changes_nothing(root: Path) -> None:
    code, said = install(root)

    assert code == 0
    assert "+gpio=17=op,dl\n" in said
    assert "+dtoverlay=disable-bt\n" in said
    assert "-console=serial0,115200 console=tty1 rootwait\n" in said
    assert "Nothing was changed" in said
    assert boot(root) == {"config.txt": CONFIG, "cmdline.txt": CMDLINE}
    assert enabled(root) == set()


def test_with_yes_it_does_it_and_keeps_what_was_there(root: Path) -> None:
    code, said = install(root, "--yes")

    assert (code, "Next: sudo reboot" in said) == (0, True)
    now = boot(root)
    assert now["config.txt"].startswith(f"{CONFIG}\n{BEGIN}\n[all]\ngpio=17=op,dl\n")
    assert now["cmdline.txt"] == "console=tty1 rootwait\n"
    assert (now["config.txt.before-doorctl"], now["cmdline.txt.before-doorctl"]) == (CONFIG, CMDLINE)
    assert enabled(root) == CONTROLLER


def test_said_again_nothing_is_left_to_do(root: Path) -> None:
    install(root, "--yes")
    before = boot(root)

    code, said = install(root, "--yes")

    assert (code, said) == (0, "Nothing is left to do.\n")
    assert boot(root) == before


def test_a_controller_that_hangs_or_panics_starts_anew_from_the_next_start_on(root: Path) -> None:
    code, said = install(root, "--yes", "--json")

    assert (code, json.loads(said)["reboot"]) == (0, True)
    written = {place: (root / place).read_text() for place in LAST_RESORTS}
    assert "\nkernel.panic = 5\nkernel.panic_on_oops = 1\n" in written["etc/sysctl.d/50-doorctl.conf"]
    assert "\n[Manager]\nRuntimeWatchdogSec=10\n" in written["etc/systemd/system.conf.d/50-doorctl.conf"]


@pytest.mark.parametrize("kind", ["hub", "simulated"])
def test_a_machine_without_strikes_is_never_started_anew_by_what_we_install(kind: str, root: Path) -> None:
    if kind == "simulated":
        toml = root / "etc/doorctl/controller.toml"
        toml.write_text(toml.read_text().replace('\nkind = "raspberry-pi"', f"\n{SIMULATED_BOARD}"))

    assert install(root, "--yes", kind="hub" if kind == "hub" else "controller")[0] == 0

    assert [place for place in LAST_RESORTS if (root / place).exists()] == []


def test_what_stood_in_the_place_of_ours_is_kept(root: Path) -> None:
    place = root / "etc/sysctl.d/50-doorctl.conf"
    place.parent.mkdir()
    place.write_text("kernel.panic = 60\n")

    install(root, "--yes")

    assert place.with_name("50-doorctl.conf.before-doorctl").read_text() == "kernel.panic = 60\n"


def test_one_that_was_cut_short_is_done_by_saying_it_again_and_a_start_is_still_due(root: Path) -> None:
    unit = root / "usr/lib/systemd/system/doorctl-check.timer"
    aside = unit.rename(root / "aside")
    code, said = install(root, "--yes")
    assert (code, "install the package" in said) == (2, True)
    assert boot(root) == {"config.txt": CONFIG, "cmdline.txt": CMDLINE}
    aside.rename(unit)

    code, said = install(root, "--yes")

    assert (code, "Next: sudo reboot" in said) == (0, True)
    assert install(root)[1] == "Nothing is left to do.\n"


def test_another_pin_takes_the_place_of_the_one_before_and_each_copy_stays(root: Path) -> None:
    install(root, "--yes")
    toml = root / "etc/doorctl/controller.toml"
    toml.write_text(toml.read_text().replace("strike = { pin = 17,", "strike = { pin = 26,"))

    install(root, "--yes")

    now = boot(root)
    assert "gpio=26=op,dl\n" in now["config.txt"]
    assert "gpio=17" not in now["config.txt"]
    assert now["config.txt.before-doorctl"] == CONFIG
    assert "gpio=17=op,dl\n" in now["config.txt.before-doorctl2"]


def test_a_reader_at_usb_leaves_the_console_and_bluetooth_alone(root: Path) -> None:
    toml = root / "etc/doorctl/controller.toml"
    toml.write_text(toml.read_text().replace("/dev/ttyAMA0", "/dev/doorctl/platform-usb-0:1"))

    install(root, "--yes")

    now = boot(root)
    assert now["cmdline.txt"] == CMDLINE
    assert "gpio=17=op,dl\n" in now["config.txt"]
    assert "disable-bt" not in now["config.txt"]


def test_the_older_place_of_the_firmwares_files_does_too(root: Path) -> None:
    for name in ("config.txt", "cmdline.txt"):
        (root / "boot/firmware" / name).rename(root / "boot" / name)

    install(root, "--yes")

    assert "gpio=17=op,dl\n" in (root / "boot/config.txt").read_text()


@pytest.mark.parametrize("model", ["Raspberry Pi 6 Model B Rev 1.0", "Banana Pi", None])
def test_a_board_that_is_not_known_is_refused_and_left_alone(model: str | None, root: Path) -> None:
    path = root / "proc/device-tree/model"
    path.unlink() if model is None else path.write_text(model)

    code, said = install(root, "--yes")

    assert (code, "set its boot levels as its maker says" in said) == (2, True)
    assert boot(root) == {"config.txt": CONFIG, "cmdline.txt": CMDLINE}
    assert enabled(root) == set()


def test_a_strike_at_the_readers_serial_line_is_refused(root: Path) -> None:
    toml = root / "etc/doorctl/controller.toml"
    toml.write_text(toml.read_text().replace("strike = { pin = 17,", "strike = { pin = 14,"))

    code, said = install(root, "--yes")

    assert (code, "pin 14, which is the serial line /dev/ttyAMA0" in said) == (2, True)
    assert boot(root) == {"config.txt": CONFIG, "cmdline.txt": CMDLINE}


def test_a_simulated_board_has_no_firmware_to_tell(root: Path) -> None:
    toml = root / "etc/doorctl/controller.toml"
    toml.write_text(toml.read_text().replace('\nkind = "raspberry-pi"', f"\n{SIMULATED_BOARD}"))
    (root / "proc/device-tree/model").unlink()

    code, said = install(root, "--yes")

    assert (code, "Next: sudo systemctl start doorctl.target" in said) == (0, True)
    assert boot(root) == {"config.txt": CONFIG, "cmdline.txt": CMDLINE}
    assert enabled(root) == CONTROLLER


def test_on_a_hub_its_units_alone_are_enabled(root: Path) -> None:
    code, said = install(root, "--yes", "--json", kind="hub")

    assert code == 0
    assert json.loads(said) == {
        "kind": "hub",
        "done": True,
        "files": {},
        "enabled": ["doorctl-hub.service", "doorctl-check-hub.timer"],
        "reboot": False,
    }
    assert enabled(root) == {"doorctl-hub"}


def test_a_file_elsewhere_than_where_the_units_read_is_looked_at_and_not_installed(root: Path) -> None:
    elsewhere = shutil.copy(root / "etc/doorctl/controller.toml", root / "controller.toml")
    words = ("install", "--root", str(root), "--config", str(elsewhere))

    assert run(*words).exit_code == 0
    refused = run(*words, "--yes")

    assert (refused.exit_code, "put" in refused.stderr) == (2, True)
    assert boot(root) == {"config.txt": CONFIG, "cmdline.txt": CMDLINE}
