"""``doorctl zone classes`` and ``zone threat``: the readers and cards that a zone takes, and how threat raises it."""

from collections.abc import Callable
from typing import Annotated

import msgspec
import typer

from doorctl.cli.desk import Desk, hub_command
from doorctl.cli.places.zone_rule import ZoneArgument, zone_row
from doorctl.core.classes import CardClass, ReaderClass
from doorctl.core.model import Factor
from doorctl.core.rules.threat import HIGHEST_CLEARANCE, HIGHEST_THREAT, LOWEST_CLEARANCE, LOWEST_THREAT
from doorctl.processes import DONE
from doorctl.site.bars import (
    ALL,
    UNCLONABLE,
    ThreatEntry,
    card_classes_in,
    reader_classes_in,
    steps_in,
    words_in,
)
from doorctl.wire.classes import ZoneClassesSet
from doorctl.wire.threats import ZoneThreatSet


def _a_list(read: Callable[[str], object]) -> Callable[[str | None], str | None]:
    """Make the check of a list of classes."""

    def check(text: str | None) -> str | None:
        try:
            if text is not None:
                read(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        return text

    return check


ReadersOption = Annotated[
    str | None,
    typer.Option(
        "--readers",
        metavar="CLASSES",
        help=f"which readers it takes: {', '.join(ReaderClass)}, with commas between, or {ALL}",
        callback=_a_list(reader_classes_in),
        show_default=False,
    ),
]
CardsOption = Annotated[
    str | None,
    typer.Option(
        "--cards",
        metavar="CLASSES",
        help=f"which cards: {', '.join(CardClass)}, with commas between; {UNCLONABLE}, or {ALL}",
        callback=_a_list(card_classes_in),
        show_default=False,
    ),
]
LevelOption = Annotated[
    int | None,
    typer.Option(
        "--at",
        metavar="LEVEL",
        min=LOWEST_THREAT,
        max=HIGHEST_THREAT,
        help="from which threat level on, 1 to 5",
        show_default=False,
    ),
]
RaisedFactorOption = Annotated[
    Factor | None, typer.Option("--factor", help="what to bring at least", show_default=False)
]
ClearanceOption = Annotated[
    int | None,
    typer.Option(
        min=LOWEST_CLEARANCE,
        max=HIGHEST_CLEARANCE,
        help="how far whoever enters must be cleared at least",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Put the commands into the family ``zone``."""
    hub_command(
        app,
        "classes",
        "doorctl zone classes server-room",
        "doorctl zone classes server-room --cards not-clonable",
        "doorctl zone classes floor-3 --readers wiegand,osdp-sc --cards all",
    )(classes)
    hub_command(
        app,
        "threat",
        "doorctl zone threat floor-3",
        "doorctl zone threat floor-3 --at 3 --factor card-and-pin --clearance 2",
        "doorctl zone threat floor-3 --at 3 --none",
    )(threat)


async def classes(desk: Desk, zone: ZoneArgument, *, readers: ReadersOption = None, cards: CardsOption = None) -> int:
    """Show which classes of readers and cards a zone takes, or change what is given of it (officers)."""
    row = await zone_row(desk, zone)
    present = {name: ",".join(words_in(_text(row.get(name)))) or ALL for name in ("reader_classes", "card_classes")}
    wanted = ZoneClassesSet(
        zone,
        reader_classes=reader_classes_in(readers or present["reader_classes"]),
        card_classes=card_classes_in(cards or present["card_classes"]),
    )
    if readers is None and cards is None:
        shown = msgspec.structs.asdict(wanted) if desk.output.as_json else {"zone": zone, **present}
        desk.output.table([shown], empty="")
        return DONE
    return await desk.change(wanted, zone=zone)


async def threat(
    desk: Desk,
    zone: ZoneArgument,
    *,
    at: LevelOption = None,
    factor: RaisedFactorOption = None,
    clearance: ClearanceOption = None,
    none: Annotated[bool, typer.Option("--none", help="no more than at the level below")] = False,
) -> int:
    """Show what a zone asks for at threat levels, or change what is given of one (officers).

    At a level it asks for what it says of that one and of all below: the strongest factor, the highest clearance.
    What it asks for anyway is never lowered.
    """
    steps = {step.threat: step for step in steps_in(_text((await zone_row(desk, zone)).get("threats")) or "[]")}
    if at is None:
        if none or factor is not None or clearance is not None:
            raise typer.BadParameter("say from which threat level on: --at 3")
        desk.output.table(
            [{"at": step.threat, "factor": step.factor, "clearance": step.clearance} for step in steps.values()],
            empty=f"{zone} asks for the same at every threat level.",
        )
        return DONE
    if none is (factor is not None or clearance is not None):
        raise typer.BadParameter("say --factor, --clearance or both; or --none")
    present = ThreatEntry(at) if none else steps.get(at, ThreatEntry(at))
    wanted = ZoneThreatSet(
        zone,
        at,
        factor=present.factor if factor is None else factor,
        clearance=present.clearance if clearance is None else clearance,
    )
    return await desk.change(wanted, zone=zone)


def _text(cell: object) -> str | None:
    return None if cell is None else str(cell)
