"""A new machine in the place of a controller: the same doors open by it, and the old machine's keys count no more."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.places import StateFile
from doorctl.wire.commands import GroupAdd
from tests.system.databases import reading
from tests.system.site import CARD, RunningSite, a_running_site

CONTROLLER = "controller-1"
ON_A_CONTROLLER = ("door", "readers", "link", "keeper")
REFUSALS = 8
_RECORDS = "SELECT log_epoch, leaf FROM records WHERE controller <> 'hub' ORDER BY log_epoch, seq"


@pytest.fixture
def site() -> Iterator[RunningSite]:
    """A site whose hub has every record of its only controller, which runs."""
    with a_running_site() as site:
        site.wait_until_synchronous()
        yield site


def replaced(site: RunningSite) -> Path:
    """Join a new machine, with the controller's configuration alone, in the old one's place; return its folder."""
    machine = site.site / "new-machine"
    (machine / "run").mkdir(parents=True)
    config = Path(shutil.copy(site.controller_config, machine))
    code = site.doorctl("join", "--config", str(config)).strip()
    trusts = [f"--trust={site.site / place / StateFile.TRUST}" for place in ("hub/state", "admin")]
    site.doorctl("controller", "replace", CONTROLLER, code, "--root", str(site.site / "root-1"), *trusts)
    del site.account  # the admin reads the new trust, too
    site.until(lambda: "event=trust_loaded version=3" in site.said("hub"), what="the hub to know the new machine")
    return machine


def swap(site: RunningSite, machine: Path) -> None:
    """Take the old machine from its doors, and have the new one there."""
    for name in ON_A_CONTROLLER:
        site.stop(name)
    site.controller.rename(site.site / "old-machine")
    machine.rename(site.controller)
    for name in reversed(ON_A_CONTROLLER):
        site.start(name)


def test_a_new_machine_opens_the_same_door_once_policy_and_card_keys_have_come(site: RunningSite) -> None:
    machine = replaced(site)
    of_the_old = site.held_records()

    swap(site, machine)
    site.wait_until_ready()
    site.wait_until_it_opens()

    site.assert_opens()
    assert site.change(GroupAdd("by-the-new-machine")).verdict == "done"
    assert site.position(site.policy_db) == site.position(site.site_db)
    site.until(lambda: logs_at_the_hub(site) == [of_the_old, site.records()], what="both logs at the hub")


def test_the_hub_takes_nothing_from_a_replaced_machine_and_gives_it_no_card_keys(site: RunningSite) -> None:
    replaced(site)
    known, held = site.status().controllers[0], site.held_size()
    card_keys = site.controller / "state" / StateFile.CARD_KEYS
    card_keys.unlink()

    site.restart("keeper")  # it asks for card keys
    site.accept(GroupAdd("acknowledged-by-the-old"))
    site.decide(CARD)  # a record for the hub

    site.until(lambda: site.status().refusals.get("unknown-signer", 0) >= REFUSALS, what="the refusals")
    told = site.status().controllers[0]
    assert (told.revision, told.heard_at, told.log_size) == (known.revision, known.heard_at, known.log_size)
    assert not told.is_current
    assert site.held_size() == held < site.log_size()
    assert not card_keys.exists()


def logs_at_the_hub(site: RunningSite) -> list[list[bytes]]:
    """Return the records of each of the controller's logs as the hub holds them, in the order in which they began."""
    logs: dict[int, list[bytes]] = {}
    with reading(site.site_db) as hub:
        for log_epoch, leaf in hub.execute(_RECORDS):
            logs.setdefault(log_epoch, []).append(leaf)
    return list(logs.values())
