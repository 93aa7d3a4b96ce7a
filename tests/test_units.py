"""The units for systemd: what they run and when, what they grant and what they bound."""

import re
from pathlib import Path

import pytest

from doorctl.audit.writer import STOP_SECONDS
from tests.test_docs_commands import what_is_wrong_with

UNITS = Path(__file__).resolve().parent.parent / "systemd"
_DAILY = re.compile(r"\*-\*-\* \d\d:\d\d:\d\d")
_DOORCTL = "/opt/doorctl/bin/doorctl "


def setting(unit: str, name: str, *, of: str = "service") -> str:
    (value,) = re.findall(rf"^{name}=(.*)$", (UNITS / f"doorctl-{unit}.{of}").read_text(), flags=re.MULTILINE)
    return str(value)


@pytest.mark.parametrize(
    ("unit", "does"),
    [
        ("verify", "audit verify --live "),
        ("anchor", "audit anchor "),
        ("check", "check --config /etc/doorctl/controller.toml"),
        ("check-hub", "check --config /etc/doorctl/hub.toml"),
    ],
)
def test_a_timer_runs_its_command_once_a_day_and_makes_up_for_a_day_that_was_off(unit: str, does: str) -> None:
    assert setting(unit, "ExecStart").startswith(_DOORCTL + does)
    assert _DAILY.fullmatch(setting(unit, "OnCalendar", of="timer"))
    assert setting(unit, "Persistent", of="timer") == "yes"
    assert setting(unit, "WantedBy", of="timer") == "timers.target"


@pytest.mark.parametrize("timer", sorted(UNITS.glob("*.timer")), ids=lambda path: path.name)
def test_a_timer_has_its_service(timer: Path) -> None:
    assert "\nUnit=" not in timer.read_text()  # so it starts the service of its own name
    assert timer.with_suffix(".service").is_file()


@pytest.mark.parametrize("service", sorted(UNITS.glob("*.service")), ids=lambda path: path.name)
def test_a_service_runs_a_command_that_is_there_with_its_options(service: Path) -> None:
    command = setting(service.stem.removeprefix("doorctl-"), "ExecStart")

    assert command.startswith(_DOORCTL)
    assert what_is_wrong_with(command.removeprefix(_DOORCTL)) == ""


@pytest.mark.parametrize("unit", ["door", "keeper", "link", "hub"])
def test_a_process_whose_loop_hangs_is_ended_within_two_seconds_and_started_again(unit: str) -> None:
    assert setting(unit, "Type") == "notify"
    assert setting(unit, "WatchdogSec")
    assert setting(unit, "TimeoutAbortSec") == "2"
    assert setting(unit, "Restart") == "always"


def test_a_door_that_hangs_is_missed_within_five_seconds() -> None:
    assert setting("door", "WatchdogSec") == "5"


def test_a_door_has_the_time_to_end_that_it_gives_its_disk() -> None:
    assert int(setting("door", "TimeoutStopSec")) > STOP_SECONDS


@pytest.mark.parametrize(
    "unit", ["door", "keeper", "link", "hub", "verify", "backup", "anchor", "check", "check-hub"]
)
def test_the_users_of_the_units_are_made_and_have_the_folders_that_they_keep(unit: str) -> None:
    user = setting(unit, "User")
    made = re.findall(r"^u (\S+) ", (UNITS / "doorctl.sysusers.conf").read_text(), flags=re.MULTILINE)
    folders = re.findall(r"^d (\S+) (\d+) (\S+) ", (UNITS / "doorctl.tmpfiles.conf").read_text(), flags=re.MULTILINE)

    assert user in made
    assert (f"/var/lib/{user}", "0700", user) in folders


def test_where_memory_runs_short_the_link_is_ended_before_the_door() -> None:
    assert setting("link", "MemoryMax") == "128M"
    assert int(setting("door", "OOMScoreAdjust")) <= -900
