"""What ``doorctl demo --building`` tells: the rules of a building, each at a door, with its reason in the log."""

import json
import time
from pathlib import Path

from doorctl.core.reasons import Reason
from doorctl.demo.building import Building
from doorctl.demo.chapters.areas import AREAS, DAILY_RESET
from doorctl.demo.chapters.at_reader import AT_A_READER
from doorctl.demo.chapters.cards import CARDS
from doorctl.demo.chapters.doors import AT_DOORS, ELEVATOR
from doorctl.demo.chapters.emergency import EMERGENCY
from doorctl.demo.chapters.inside import INSIDE
from doorctl.demo.chapters.limits import FIRST_USE, LIMITS
from doorctl.demo.chapters.modes import MODES
from doorctl.demo.chapters.parts import told
from doorctl.demo.chapters.pins import SECOND_FACTOR, TOGETHER
from doorctl.demo.chapters.site import DOORS, FLOORS, OFFICE, SITE_FILE, VAULT
from doorctl.demo.chapters.strict import STRICT, STRICT_STILL
from doorctl.demo.chapters.threat import THREAT
from doorctl.demo.chapters.visitors import VISITORS
from doorctl.demo.chapters.wires import WIRES
from doorctl.demo.steps import Seen, Step, export, start_everything
from doorctl.demo.witness import NotSeen

_AT_HUB = ("hub", "broker")


def _describe_the_building(building: Building) -> Seen:
    """Plan the site file and carry the plan out; then there is nothing left to do."""
    began = time.monotonic()
    site, plan = building.folder / "site.yaml", building.folder / "plan.json"
    site.write_text(SITE_FILE)
    building.admin("plan", str(site), "--out", str(plan))
    building.admin("apply", str(plan), "--wait", str(building.patience))
    left = _planned(building, site)
    if left["steps"]:
        raise NotSeen(f"there is still something to do: {left}")
    return Seen(
        f"{len(DOORS)} zones, {len(DOORS) + len(FLOORS)} doors, three people",
        time.monotonic() - began,
        "doorctl plan",
    )


def _planned(building: Building, site: Path) -> dict[str, object]:
    planned: dict[str, object] = json.loads(building.admin("plan", str(site), "--json"))
    return planned


_ANSWERS = (
    Step("Who could open the vault?", _AT_HUB, told("who", VAULT, says="together")),
    Step(
        "Why does Alan's card not open the office?",
        _AT_HUB,
        told("why", "alan", OFFICE, exit_code=1, says=Reason.HOLDER_EXPIRED),
    ),
    Step("The export shows every swipe in order", _AT_HUB, export),
)

RULES_STORY = (
    Step("A site is made, a controller joins, everything starts", ("broker",), start_everything),
    Step("A file describes the building, and is carried out as planned", _AT_HUB, _describe_the_building),
    *SECOND_FACTOR,
    *TOGETHER,
    *AT_DOORS,
    *ELEVATOR,
    *STRICT,
    *AREAS,
    *WIRES,
    *CARDS,
    *STRICT_STILL,
    *LIMITS,
    *VISITORS,
    *INSIDE,
    *AT_A_READER,
    *THREAT,
    *MODES,
    *FIRST_USE,
    *DAILY_RESET,
    *EMERGENCY,
    *_ANSWERS,
)
