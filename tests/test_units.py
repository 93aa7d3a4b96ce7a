"""The units for systemd: what they run and when, what they grant and what they bound."""

import re
from pathlib import Path

import pytest

from doorctl.audit.writer import STOP_SECONDS
from doorctl.machine.computer import GROUPS, USER
from tests.test_docs_commands import what_is_wrong_with

UNITS = Path(__file__).resolve().parent.parent / "systemd"
_DAILY = re.compile(r"\*-\*-\* \d\d:\d\d:\d\d")
_DOORCTL = "/opt/doorctl/bin/doorctl "
OF_A_CONTROLLER = ("door", "keeper", "link")


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


def test_all_that_the_target_starts_ends_with_it_and_starts_at_power_on() -> None:
    target = (UNITS / "doorctl.target").read_text()
    (wanted,) = re.findall(r"^Wants=(.*)$", target, flags=re.MULTILINE)

    assert wanted.split() == [f"doorctl-{name}.service" for name in OF_A_CONTROLLER]
    assert {setting(name, "PartOf") for name in OF_A_CONTROLLER} == {"doorctl.target"}
    assert {setting(name, "WantedBy") for name in OF_A_CONTROLLER} == {"doorctl.target"}
    assert "WantedBy=multi-user.target\n" in target
    assert setting("hub", "WantedBy") == "multi-user.target"


def test_the_door_has_the_groups_of_its_devices_which_are_made_and_which_the_check_counts_with() -> None:
    made = re.findall(r"^g (\S+) ", (UNITS / "doorctl.sysusers.conf").read_text(), flags=re.MULTILINE)

    assert tuple(setting("door", "SupplementaryGroups").split()) == GROUPS
    assert set(GROUPS) <= set(made)
    assert setting("door", "User") == USER


def test_the_link_reaches_the_keepers_socket_by_the_keepers_group() -> None:
    assert setting("link", "SupplementaryGroups") == setting("keeper", "User") != setting("link", "User")


@pytest.mark.parametrize("unit", ["door", "keeper", "verify", "hub", "backup", "anchor"])
def test_who_keeps_files_may_write_to_the_folder_of_its_user_which_is_closed_to_others(unit: str) -> None:
    assert setting(unit, "StateDirectory") == setting(unit, "User")
    assert setting(unit, "StateDirectoryMode") == "0700"


@pytest.mark.parametrize("unit", ["door", "keeper"])
def test_the_end_of_one_takes_no_socket_of_the_other_away(unit: str) -> None:
    assert setting(unit, "RuntimeDirectory") == "doorctl"
    assert setting(unit, "RuntimeDirectoryPreserve") == "yes"


def test_the_library_of_the_pins_has_a_place_to_write_to() -> None:
    assert setting("door", "Environment") == f"LG_WD=/run/{setting('door', 'RuntimeDirectory')}"


@pytest.mark.parametrize("unit", ["link", "hub", "anchor"])
def test_who_calls_out_starts_once_there_is_a_network(unit: str) -> None:
    assert setting(unit, "Wants") == setting(unit, "After") == "network-online.target"


@pytest.mark.parametrize("unit", [*OF_A_CONTROLLER, "hub"])
def test_a_start_has_the_time_that_a_slow_card_takes_and_is_tried_again_after_a_second(unit: str) -> None:
    assert setting(unit, "TimeoutStartSec") == "5min"
    assert setting(unit, "RestartSec") == "1"
