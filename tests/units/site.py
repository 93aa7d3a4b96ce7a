"""A site whose hub and controller are one machine, at work: its processes, a card, and what the board did."""

import json
from typing import Any

from tests.units.machine import CONTROLLER, DOORCTL, Inside

CARD = "H10301:123:4567"
PROCESSES = ("door", "keeper", "link", "hub")
BOARD = "/run/doorctl/board.jsonl"


def start_site(machine: Inside) -> None:
    """Start the broker, all processes, and readers that are simulated."""
    machine.run("systemctl", "start", "mosquitto", "doorctl-hub", "doorctl.target")
    machine.run("systemd-run", "--quiet", "--uid=doorctl", DOORCTL, "simulate", "readers", "--config", CONTROLLER)


def let_ada_in(machine: Inside) -> None:
    """Make a zone with a door, and let Ada's card in."""
    for command in (
        ("zone", "add", "floor-3", "--kind", "floor"),
        ("door", "add", "floor-3", "floor-3"),
        ("person", "add", "ada", "--name", "Ada"),
        ("card", "add", "ada", CARD),
        ("grant", "ada", "floor-3"),
    ):
        machine.doorctl(*command)


def swipe(machine: Inside, card: str = CARD) -> None:
    """Have the reader of the floor read a card."""
    reader = ("simulate", "swipe", "floor-3-in", card)
    machine.run("runuser", "-u", "doorctl", "--", DOORCTL, *reader, "--config", CONTROLLER)


def swipes_that_opened(machine: Inside) -> int:
    """Count how often a strike was released."""
    return len([line for line in board(machine) if line.get("state") == "released" and not line.get("initial")])


def board(machine: Inside) -> list[dict[str, Any]]:
    """Return what the board has told, the oldest first."""
    return [json.loads(line) for line in machine.run("cat", BOARD).splitlines()]
