"""An upgrade from the version before and back again, and what removing leaves: the same site all the while."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.before import VERSION, source_before
from tests.units.machine import DOORCTL, Inside, a_machine, our_package
from tests.units.site import PROCESSES, board, let_ada_in, start_site, swipe, swipes_that_opened

pytestmark = [pytest.mark.units, pytest.mark.timeout(1800)]

KEPT = ("/etc/doorctl/controller.toml", "/var/lib/doorctl/keys/log.pem", "/var/lib/doorctl/audit.db")
AS_DOOR = ("runuser", "-u", "doorctl", "--")
CONTROLLER = ("--config", "/etc/doorctl/controller.toml")


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A machine with the version before, and both packages on it."""

    machine: Inside
    before: str
    now: str


@pytest.fixture(scope="module")
def upgraded(now: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    folder = tmp_path_factory.mktemp("upgraded")
    before = our_package(folder, source=source_before(folder), version=VERSION)
    with a_machine(folder, before) as machine:
        for package in (before, now):
            shutil.copy(package, folder / "root/srv")
        start_site(machine)
        let_ada_in(machine)
        yield Upgraded(machine, f"/srv/{before.name}", f"/srv/{now.name}")


def assert_works(machine: Inside) -> None:
    assert {machine.show(f"doorctl-{name}", "SubState") for name in PROCESSES} == {"running"}, machine.journal()
    opens(machine)
    machine.run(*AS_DOOR, DOORCTL, "audit", "verify", "--live", *CONTROLLER)


def opens(machine: Inside) -> None:
    """Swipe until a strike is released once more, which one that is released still is not."""
    before = swipes_that_opened(machine)

    def swipe_and_look() -> bool:
        swipe(machine)
        return swipes_that_opened(machine) > before

    machine.wait_for(swipe_and_look, what="a swipe that opens")


def states(machine: Inside) -> list[str]:
    """Return what the strike of the floor was put to, with what it was found at marked."""
    lines = [line for line in board(machine) if line.get("strike") == "floor-3"]
    return [f"{line['state']} at first" if line.get("initial") else str(line["state"]) for line in lines]


def records(machine: Inside) -> int:
    """Count the controller's records."""
    said = machine.run(*AS_DOOR, DOORCTL, "audit", "verify", "--live", "--json", *CONTROLLER)
    return int(json.loads(said)["size"])


def people(machine: Inside) -> set[str]:
    lines = machine.doorctl("list", "people", "--json").splitlines()
    return {json.loads(line)["handle"] for line in lines}


def put(machine: Inside, package: str) -> None:
    machine.run("dpkg", "--force-unsafe-io", "--install", package)


def test_the_version_before_works(upgraded: Upgraded) -> None:
    assert_works(upgraded.machine)


def test_an_upgrade_leaves_the_strikes_at_rest_and_keeps_what_was_there(upgraded: Upgraded) -> None:
    machine = upgraded.machine
    process, known = machine.show("doorctl-door", "MainPID"), records(machine)
    machine.doorctl("hold-open", "floor-3", "--for", "1h")
    machine.wait_for(lambda: states(machine)[-1] == "released", what="the strike to be held")

    put(machine, upgraded.now)

    assert machine.show("doorctl-door", "MainPID") != process
    *_, left, begun = states(machine)[: states(machine).index("secured at first", 1) + 1]
    assert (left, begun) == ("secured", "secured at first")
    assert_works(machine)
    assert records(machine) > known > 0
    assert people(machine) == {"ada"}
    assert machine.run(DOORCTL, "--version") == machine.run("/usr/bin/doorctl", "--version")


def test_what_was_not_enabled_is_not_by_an_upgrade(upgraded: Upgraded) -> None:
    enabled = upgraded.machine.run("find", "/etc/systemd/system", "-path", "*.wants/doorctl*")

    assert enabled == ""


def test_the_new_version_grants_and_what_it_changed_is_there_after_going_back(upgraded: Upgraded) -> None:
    machine = upgraded.machine
    machine.doorctl("person", "add", "grace", "--name", "Grace")
    known = records(machine)

    put(machine, upgraded.before)

    assert_works(machine)
    assert records(machine) > known
    assert people(machine) == {"ada", "grace"}
    machine.doorctl("person", "add", "edsger", "--name", "Edsger")


def test_once_more_to_the_new_one(upgraded: Upgraded) -> None:
    put(upgraded.machine, upgraded.now)

    assert_works(upgraded.machine)
    assert people(upgraded.machine) == {"ada", "grace", "edsger"}


def test_an_upgrade_that_is_cut_off_leaves_a_site_that_works_and_is_done_by_saying_it_again(
    upgraded: Upgraded,
) -> None:
    machine = upgraded.machine
    unpacking = f"dpkg --force-unsafe-io --install {upgraded.before} >/dev/null 2>&1 & dpkg=$!"
    has_begun = "find /opt/doorctl -name '*.dpkg-new' | grep -q ."
    machine.run("bash", "-c", f"{unpacking}; until {has_begun}; do :; done; kill -KILL $dpkg")
    assert "half-installed" in machine.run("dpkg", "--status", "doorctl")

    machine.run("systemctl", "restart", *(f"doorctl-{name}" for name in PROCESSES))

    assert_works(machine)
    put(machine, upgraded.now)
    assert machine.run("dpkg", "--audit") == ""
    assert_works(machine)


def test_a_process_that_the_new_version_cannot_start_is_told_with_the_way_back(upgraded: Upgraded) -> None:
    machine, config = upgraded.machine, CONTROLLER[1]
    machine.run("sh", "-c", f"cp {config} /srv/ && echo unheard-of = 1 >> {config}")

    told = machine.run("sh", "-c", f"dpkg --force-unsafe-io --install {upgraded.now} 2>&1")

    assert "doorctl-door.service does not come up: journalctl -u doorctl-door.service" in told
    assert "apt install --allow-downgrades ./doorctl_" in told
    machine.run("cp", f"/srv/{Path(config).name}", config)
    put(machine, upgraded.now)
    assert_works(machine)


def test_the_files_are_those_of_the_package(upgraded: Upgraded) -> None:
    assert upgraded.machine.run("dpkg", "--verify", "doorctl") == ""


def test_removing_ends_all_and_keeps_keys_and_logs_also_by_purge(upgraded: Upgraded) -> None:
    machine = upgraded.machine
    machine.run("dpkg", "--remove", "doorctl")
    assert {machine.show(f"doorctl-{name}", "ActiveState") for name in PROCESSES} == {"inactive"}
    assert states(machine)[-1] == "secured"

    told = machine.run("dpkg", "--purge", "doorctl")

    assert "rm -rf /etc/doorctl" in told
    machine.run("ls", *KEPT)
    machine.run("sh", "-c", "! test -e /opt/doorctl")


def test_installed_again_it_goes_on_where_it_was(upgraded: Upgraded) -> None:
    machine = upgraded.machine
    put(machine, upgraded.now)
    assert machine.show("doorctl-door", "ActiveState") == "inactive"

    machine.run("systemctl", "start", "doorctl-hub", "doorctl.target")

    assert_works(machine)
    assert people(machine) == {"ada", "grace", "edsger"}
