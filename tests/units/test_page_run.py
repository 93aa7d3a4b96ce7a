"""Who does what docs/operations.md says, word for word, has a site that works, on a machine with nothing on it."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.units.machine import ROOT, Inside, a_bare_machine
from tests.units.site import let_ada_in, start_site, swipe, swipes_that_opened

pytestmark = [pytest.mark.units, pytest.mark.timeout(1800)]

PAGE = (ROOT / "docs/operations.md").read_text()
_BLOCK = re.compile(r"^```\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
_PACKAGE = re.compile(r"\./doorctl_\S+\.deb")
SUDO = """#!/bin/sh
[ "$1" = -u ] || exec "$@"
user=$2
shift 2
exec runuser -u "$user" -- "$@"
"""


def blocks(section: str) -> list[str]:
    """Return what a section has the reader type."""
    return _BLOCK.findall(PAGE.partition(f"\n{section}\n")[2].partition("\n#")[0])


@pytest.fixture(scope="module")
def machine(now: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    folder = tmp_path_factory.mktemp("page")
    with a_bare_machine(folder) as machine:
        shutil.copy(now, folder / "root/srv")
        sudo = folder / "root/usr/local/bin/sudo"
        sudo.write_text(SUDO)
        sudo.chmod(0o755)
        machine.run("sh", "-c", "echo 127.0.0.1 localhost broker.example >> /etc/hosts")
        yield machine


def typed(machine: Inside, block: str, *, at: str = "/srv") -> str:
    """Type a block; each line has to do what it says."""
    return machine.run("sh", "-ec", f"export PATH=/usr/local/bin:$PATH; cd {at}; {block}")


def test_a_site_is_installed_from_the_page_alone(now: Path, machine: Inside) -> None:
    install, _back = blocks("## Installing")
    init, controller, trust, hub, start = blocks("### A site")
    write_list, at_mosquitto, *_ = blocks("## The broker")

    typed(machine, _PACKAGE.sub(f"-y ./{now.name}", install))
    typed(machine, init.replace("doorctl init", "doorctl init --no-passphrase"))
    code = typed(machine, controller, at="/srv/hq").split()[-1]
    typed(machine, trust.replace("CODE", code))
    machine.run("install", "-o", "doorctl-link", "/srv/controller-1.crt", "/var/lib/doorctl-link/tls.crt")
    typed(machine, write_list)
    typed(machine, at_mosquitto)
    typed(machine, hub, at="/srv/hq")
    told = typed(machine, start)

    assert "Nothing was changed: --yes does it." in told
    start_site(machine)
    let_ada_in(machine)
    swipe(machine)
    machine.wait_for(lambda: swipes_that_opened(machine) == 1, what="the swipe")
    assert machine.show("doorctl-door", "UnitFileState") == "enabled"
