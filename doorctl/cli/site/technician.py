"""``doorctl technician``: on the controller itself, without a network: try doors for a time, each step recorded."""

from pathlib import Path
from typing import Annotated

import typer

from doorctl.cli.desk import JsonOption, example, family
from doorctl.cli.local_door import LocalDoor
from doorctl.cli.output import Output
from doorctl.cli.times import a_span, span_seconds
from doorctl.core.machines.technician import MOST_SECONDS, USUAL_SECONDS
from doorctl.places import CONTROLLER_CONFIG
from doorctl.wire.technician import Heard, Recorded

_ALLOWED = range(1, MOST_SECONDS + 1)

ControllerOption = Annotated[Path, typer.Option("--config", metavar="FILE", help="controller.toml")]
DoorArgument = Annotated[str, typer.Argument(metavar="DOOR", help="the door, as controller.toml has it")]
ForOption = Annotated[
    str,
    typer.Option("--for", metavar="SPAN", callback=a_span(_ALLOWED, or_none=False), help="such as 30m"),
]

app = family("technician", "Try doors at the controller itself, without a network: timed, and recorded.")


@app.command("start", epilog=example("sudo doorctl technician start --for 30m"))
def start(
    *,
    span: ForOption = f"{USUAL_SECONDS // 60}m",
    config: ControllerOption = CONTROLLER_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Begin to try doors; it ends by itself, with `doorctl technician end`, and with the door process.

    For root and the door's own user on this computer. It adds no rights: cards are decided as ever. The hub raises an
    alert as soon as it hears of it.
    """
    with LocalDoor(config) as door:
        begun = door.begin(span_seconds(span, _ALLOWED))
    told = {"verdict": "done", "record": begun.record, "seconds": begun.seconds}
    Output(as_json).result(told, f"Doors can be tried here for {span}: record {begun.record}.")


@app.command("watch", epilog=example("sudo doorctl technician watch"))
def watch(*, config: ControllerOption = CONTROLLER_CONFIG, as_json: JsonOption = False) -> None:
    """Show what readers, inputs, strikes and the log do, until the mode is over.

    Of cards and keys it tells that they were there, and never which.
    """
    output = Output(as_json)
    with LocalDoor(config) as door:
        left = door.watch()
        output.news(f"Watching for {left.seconds:.0f} seconds.")
        for each in door.news(None):
            output.result(each, in_words(each))


@app.command("pulse", epilog=example("sudo doorctl technician pulse floor-3"))
def pulse(door: DoorArgument, *, config: ControllerOption = CONTROLLER_CONFIG, as_json: JsonOption = False) -> None:
    """Release a door for its usual time, by a record of its own; not in a lockdown, nor against an airlock."""
    with LocalDoor(config) as local:
        done = local.pulse(door)
    told = {"verdict": "done", "door": door, "record": done.record}
    Output(as_json).result(told, f"{door} is released: record {done.record}.")


@app.command("end", epilog=example("sudo doorctl technician end"))
def end(*, config: ControllerOption = CONTROLLER_CONFIG, as_json: JsonOption = False) -> None:
    """Try doors no longer."""
    with LocalDoor(config) as door:
        door.end()
    Output(as_json).result({"verdict": "done"}, "Nobody tries doors here any more.")


def in_words(each: Heard | Recorded) -> str:
    """Write one thing that happened as a line for a person."""
    if isinstance(each, Heard):
        return f"{each.what} {each.where}: {each.detail}"
    words = (each.kind, each.door, each.reader, each.outcome, each.reason, each.detail)
    return f"record {each.number}: {' '.join(word for word in words if word)}"
