"""The units under a real systemd: a swipe opens, each has its rights and no more, and what hangs comes back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.units.machine import ADMIN, CONTROLLER, DOORCTL, Inside, a_machine
from tests.units.site import PROCESSES, board, let_ada_in, start_site, swipe, swipes_that_opened

pytestmark = [pytest.mark.units, pytest.mark.timeout(1800)]

MOST_SECONDS_MISSED = 5 + 2
MOST_SECONDS_STARTING = 20
REFUSED = {
    "memory to write and run": {"EPERM", "EACCES"},
    "a namespace": {"EPERM"},
    "a higher priority": {"EPERM"},
    "a file of the system": {"EROFS"},
    "another's files": {"EACCES", "EPERM"},
    "another device": {"EPERM", "ENOENT"},
}
PROBED = """[Service]
ExecStartPost=/opt/doorctl/bin/python3 /srv/probe.py {to}
"""


@pytest.fixture(scope="module")
def machine(now: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    with a_machine(tmp_path_factory.mktemp("machine"), now) as machine:
        for unit, to in {"door": "/run/doorctl/probe.door", "keeper": "/run/doorctl/probe.keeper"}.items():
            folder = f"/run/systemd/system/doorctl-{unit}.service.d"
            machine.run("mkdir", "-p", folder)
            machine.run("sh", "-c", f"printf '%s' '{PROBED.format(to=to)}' > {folder}/probe.conf")
        machine.run("systemctl", "daemon-reload")
        start_site(machine)
        yield machine


def probed(machine: Inside, unit: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(machine.run("cat", f"/run/doorctl/probe.{unit}"))
    return found


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_runs_with_its_rights_alone(name: str, machine: Inside) -> None:
    assert machine.show(f"doorctl-{name}", "SubState") == "running", machine.journal()

    status = machine.run("cat", f"/proc/{machine.show(f'doorctl-{name}', 'MainPID')}/status")
    assert "CapBnd:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status


def test_a_swipe_opens(machine: Inside) -> None:
    let_ada_in(machine)

    swipe(machine)

    machine.wait_for(lambda: swipes_that_opened(machine) == 1, what="the swipe")


@pytest.mark.parametrize("unit", ["door", "keeper"])
@pytest.mark.parametrize("what", REFUSED)
def test_a_unit_cannot_do(what: str, unit: str, machine: Inside) -> None:
    assert probed(machine, unit)[what] in REFUSED[what]


@pytest.mark.parametrize("unit", ["door", "keeper"])
def test_a_unit_without_a_network_has_none(unit: str, machine: Inside) -> None:
    found = probed(machine, unit)

    assert (found["a network socket"], found["a local socket"]) == ("EAFNOSUPPORT", "done")
    assert found["interfaces"] == "lo"


def test_the_door_may_open_a_serial_line_and_the_keeper_has_none(machine: Inside) -> None:
    assert probed(machine, "door")["a serial line"] not in {"EPERM", "ENOENT"}
    assert probed(machine, "keeper")["a serial line"] == "ENOENT"


def test_the_door_is_scheduled_in_real_time(machine: Inside) -> None:
    assert "SCHED_RR\n" in machine.run("chrt", "-p", machine.show("doorctl-door", "MainPID"))


@pytest.mark.parametrize("signal", ["KILL", "STOP"])
def test_a_door_that_is_killed_or_hangs_comes_back_in_time(signal: str, machine: Inside) -> None:
    before = machine.show("doorctl-door", "MainPID")

    machine.run("systemctl", "kill", "--kill-who=main", f"--signal={signal}", "doorctl-door")

    gone = machine.wait_for(lambda: machine.show("doorctl-door", "MainPID") != before, what="the end of the door")
    assert gone < MOST_SECONDS_MISSED + 2
    back = machine.wait_for(lambda: machine.show("doorctl-door", "SubState") == "running", what="the door")
    assert back < MOST_SECONDS_STARTING
    opened = swipes_that_opened(machine)
    swipe(machine)
    machine.wait_for(lambda: swipes_that_opened(machine) > opened, what="a swipe after it")


def running(machine: Inside) -> list[str]:
    return [name for name in PROCESSES if machine.show(f"doorctl-{name}", "ActiveState") != "inactive"]


def strike_lines(machine: Inside) -> list[dict[str, Any]]:
    return [line for line in board(machine) if line.get("strike") == "floor-3"]


def test_root_and_the_doors_user_try_doors_at_the_controller_and_another_user_does_not(machine: Inside) -> None:
    """Root is nobody to a unit with users of its own, unless systemd has mapped it."""
    words = (DOORCTL, "technician")
    at = ("--config", CONTROLLER)
    machine.wait_for(lambda: strike_lines(machine)[-1]["state"] == "secured", what="the end of a swipe before")
    machine.run(*words, "start", "--for", "10m", *at)
    before = swipes_that_opened(machine)

    machine.run("runuser", "-u", "doorctl", "--", *words, "pulse", "floor-3", *at)

    machine.wait_for(lambda: swipes_that_opened(machine) > before, what="the release")
    link = " ".join(("runuser", "-u", "doorctl-link", "--", *words, "end", *at))
    assert "use sudo" in machine.run("sh", "-c", f"{link} 2>&1 || true")
    machine.run(*words, "end", *at)


def test_the_key_of_a_door_may_be_a_credential_that_only_this_machine_reads(machine: Inside) -> None:
    key, sealed, folder = "/var/lib/doorctl/keys/log.pem", "/etc/doorctl/log.pem.cred", "/etc/systemd/system"
    machine.run("systemd-creds", "encrypt", "--name=log.pem", key, sealed)
    machine.run("rm", key)
    drop_in = f"{folder}/doorctl-door.service.d"
    machine.run("mkdir", "-p", drop_in)
    line = f"[Service]\\nLoadCredentialEncrypted=log.pem:{sealed}\\n"
    machine.run("sh", "-c", f"printf '{line}' > {drop_in}/keys.conf")
    machine.run("systemctl", "daemon-reload")

    machine.run("systemctl", "restart", "doorctl-door")

    opened = swipes_that_opened(machine)
    swipe(machine)
    machine.wait_for(lambda: swipes_that_opened(machine) > opened, what="a swipe after it")


def test_a_walk_test_is_signed_by_a_key_that_is_a_credential(machine: Inside) -> None:
    """As docs/commissioning.md says it, without the terminal."""
    sealed, report = "LoadCredentialEncrypted=log.pem:/etc/doorctl/log.pem.cred", "/var/lib/doorctl/walk-test.note"
    walk = f"systemd-run --quiet --pipe --uid=doorctl -p {sealed} {DOORCTL} walk-test floor-3 --report {report}"

    machine.run("sh", "-c", f"yes 'skip nobody is there' | head -n 20 | {walk}")

    assert "skipped" in machine.run(DOORCTL, "walk-test", "--verify", report, "--config", ADMIN)


@pytest.mark.parametrize("unit", ["verify", "check", "check-hub"])
def test_what_a_timer_runs_does_its_work_with_its_rights(unit: str, machine: Inside) -> None:
    machine.run("systemctl", "start", f"doorctl-{unit}")

    assert machine.show(f"doorctl-{unit}", "Result") == "success"


def test_a_backup_is_made_and_the_heads_go_out(machine: Inside) -> None:
    recipient = machine.run(DOORCTL, "backup", "key", "--out", "/srv/backup.key").split()[-1]
    heads, second = "/var/lib/doorctl-hub/heads.txt", "/mnt/second"
    tables = f'[backup]\nto = "{second}"\nrecipients = ["{recipient}"]\n[anchor]\nfile = "{heads}"\n'
    machine.run("install", "-d", "-o", "doorctl-hub", second)
    machine.run("sh", "-c", f"printf '%s' '{tables}' >> /etc/doorctl/hub.toml")

    machine.run("systemctl", "start", "doorctl-anchor", "doorctl-backup")

    assert machine.run("head", "-c", "14", heads) == "doorctl/hq/hub"
    machine.wait_for(lambda: machine.run("find", second, "-name", "*.age"), what="the first backup")
    machine.run("systemctl", "stop", "doorctl-backup")
    assert machine.show("doorctl-backup", "Result") == "success"


def test_all_end_in_good_order(machine: Inside) -> None:
    machine.run("systemctl", "stop", "doorctl.target", "doorctl-hub")
    machine.wait_for(lambda: not running(machine), what="the end of all")

    assert {machine.show(f"doorctl-{name}", "Result") for name in PROCESSES} == {"success"}
