"""An elevator over all processes: from the admin's grants to the relays of three floors, with the hub away, too."""

import json
from collections.abc import Iterator

import pytest

from doorctl.core.model import ZoneKind
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.wire.commands import DoorSet, GrantAdd, ZoneSet
from doorctl.wire.rights import Lockdown
from tests.system.site import ADA, CARD, STRANGER, RunningSite

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
CABIN = "lift"
FLOORS = ("lift-1", "lift-2", "lift-3")
BEFORE = "# A door. Pins are BCM numbers"
READER = '[[line.reader]]\nname = "lift-in"\nnumber = 2\nformats = ["H10301"]\n\n'
ELEVATOR = """
[[elevator]]
id = "lift"
readers = ["lift-in"]
lock = "fail-secure"
on_process_loss = "secured"
enable_seconds = 600.0
late_seconds = 10.0
""" + "".join(
    f"""
[[elevator.floor]]
door = "lift-{number}"
label = "{number}"
relay = {{ pin = {pin}, active = "high" }}
button = {{ pin = {pin + 1}, active = "high" }}
"""
    for number, pin in ((1, 7), (2, 9), (3, 11))
)


@pytest.fixture
def site() -> Iterator[RunningSite]:
    """A running site with an elevator; Ada may go to the first floor and the second."""
    with RunningSite() as site:
        site.set_up()
        config = site.controller_config
        before, mark, doors = config.read_text().partition(BEFORE)
        config.write_text(before + READER + mark + doors + ELEVATOR)
        site.run_everything()
        newest = None
        for floor in FLOORS:
            site.change(ZoneSet(f"zone-{floor}", ZoneKind.FLOOR))
            site.change(DoorSet(floor, f"zone-{floor}"))
        for floor in FLOORS[:2]:
            newest = site.change(GrantAdd(f"to-{floor}", f"zone-{floor}", holder=ADA)).revision
        site.wait_until_applied(newest)
        yield site


def wait_until_enabled(site: RunningSite, *floors: str) -> None:
    """Wait until these floors are enabled, and no other."""
    site.until(lambda: tuple(filter(site.is_released, FLOORS)) == floors, what=f"enabled: {floors}")


def test_a_card_goes_where_the_hub_says_and_not_where_it_no_longer_does(site: RunningSite) -> None:
    decision = site.decide(CARD, door=CABIN)
    wait_until_enabled(site, "lift-1", "lift-2")
    who = [site.admin("who", floor, "--json", may_end_with=(0, 1)) for floor in FLOORS]
    assert ["ada" in each for each in who] == [True, True, False]
    assert (decision.outcome, decision.detail) == (Outcome.GRANTED, "floors=1,2")

    site.wait_until_applied(site.change(Lockdown("zone-lift-1")).revision)
    wait_until_enabled(site, "lift-2")
    site.admin("open", "lift-3")
    wait_until_enabled(site, "lift-2", "lift-3")
    site.admin("suspend", "ada")
    wait_until_enabled(site, "lift-3")

    site.decide(STRANGER, door=CABIN)
    site.wait_until_synchronous()
    assert len(site.admin("card", "last-unknown", CABIN, "--json").splitlines()) == 1
    why = json.loads(site.admin("why", "ada", "lift-1", "--json", may_end_with=(1,)))
    assert {each["reason"] for each in why["reasons"]} == {Reason.LOCKDOWN, Reason.HOLDER_SUSPENDED}


def test_with_the_hub_away_a_choice_of_a_floor_ends_the_others_and_is_recorded_there_later(site: RunningSite) -> None:
    site.stop("hub")
    decision = site.decide(CARD, door=CABIN)
    wait_until_enabled(site, "lift-1", "lift-2")
    site.board.drive("lift-2.button", active=True)
    wait_until_enabled(site, "lift-2")
    site.until(
        lambda: any(record.kind is RecordKind.FLOOR_CHOSEN for record in site.log.records()), what="the record of it"
    )
    site.start("hub")

    site.wait_until_synchronous()
    lines = [
        json.loads(line) for line in site.admin("audit", "export", "--format", "jsonl", "--out", "-").splitlines()
    ]
    (chosen,) = [line for line in lines if line.get("kind") == RecordKind.FLOOR_CHOSEN]
    assert (chosen["door"], chosen["zone"], chosen["of"]) == ("lift-2", "zone-lift-2", decision.seq)
