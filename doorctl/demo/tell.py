"""Tells the story: runs its steps, prints a line for each, and stops at the first that does not come true."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import typer

from doorctl.demo.building import Building
from doorctl.demo.chapters.site import NEW, OFFICE, wired
from doorctl.demo.rules_story import RULES_STORY
from doorctl.demo.steps import Seen, Step
from doorctl.demo.story import CARD, FLOOR, STORY
from doorctl.errors import DoorctlError
from doorctl.mqtt.local_broker import BrokerKind

PATIENCE_SECONDS = 30.0
_GOOD, _BAD = typer.style("ok  ", fg="green"), typer.style("FAIL", fg="red")

BeforeStep = Callable[[Step, Building], None]


def run_demo(
    *,
    rules: bool = False,
    stay: bool = False,
    as_json: bool = False,
    patience: float = PATIENCE_SECONDS,
    broker_kind: BrokerKind | None = None,
    before_step: BeforeStep = lambda _step, _building: None,
) -> int:
    """Tell the whole story; return 0 if all of it came true, else 1.

    ``rules`` tells the longer one, of the rules of a real building. ``before_step`` may get in the way of a step.
    """
    story, wiring = (RULES_STORY, wired) if rules else (STORY, None)
    with Building(patience=patience, broker_kind=broker_kind, wired=wiring) as building:
        if not as_json:
            typer.echo(f"doorctl demo: everything runs in {building.folder} and ends with the demo.\n")
        came_true = _tell(story, building, as_json=as_json, before_step=before_step)
        if came_true and stay:
            door, card = (OFFICE, NEW) if rules else (FLOOR, CARD)
            _stay(building, door, card)
    return 0 if came_true else 1


def _tell(story: Sequence[Step], building: Building, *, as_json: bool, before_step: BeforeStep) -> bool:
    for number, step in enumerate(story, start=1):
        try:
            before_step(step, building)
            seen = step.do(building)
        except (DoorctlError, OSError, subprocess.SubprocessError) as error:
            _say(number, step, Seen(str(error), 0.0, ""), as_json=as_json, came_true=False)
            return False
        _say(number, step, seen, as_json=as_json, came_true=True)
    if not as_json:
        typer.echo("\nAll of it came true.")
    return True


def _say(number: int, step: Step, seen: Seen, *, as_json: bool, came_true: bool) -> None:
    if as_json:
        said = {"step": number, "tells": step.tells, "ok": came_true, "saw": seen.what}
        typer.echo(json.dumps(said | {"seconds": round(seen.seconds, 4), "source": seen.source}))
    elif came_true:
        typer.echo(
            f"{_GOOD} {number:2}. {step.tells}\n         {seen.what} · {_duration(seen)} · read from {seen.source}"
        )
    else:
        typer.echo(f"{_BAD} {number:2}. {step.tells}\n         {seen.what}")


def _duration(seen: Seen) -> str:
    return f"{seen.seconds * 1000:.1f} ms" if seen.seconds < 1 else f"{seen.seconds:.1f} s"


def _stay(building: Building, door: str, card: str) -> None:
    """Keep everything running until Ctrl-C, and say what to try at this door with this card."""
    doorctl = f"{sys.executable} -m doorctl" if sys.argv[0].endswith("__main__.py") else sys.argv[0]
    config = building.controller_config
    typer.echo(
        f"\nEverything keeps running until Ctrl-C. In another terminal:\n\n"
        f"  export DOORCTL_CONFIG={building.admin_config}\n"
        f"  {doorctl} simulate watch --config {config}\n"
        f"  {doorctl} simulate swipe {door}-in {card} --config {config}\n"
        f"  {doorctl} why {card} {door}\n"
        f"  {doorctl} suspend ada\n"
        f"  {doorctl} audit tail\n"
        f"  {doorctl} status\n"
    )
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        typer.echo("\nEnding everything.")
