"""``doorctl zone rule``: what a zone asks for beyond a grant."""

from collections.abc import Mapping
from typing import Annotated

import typer

from doorctl.cli.desk import Desk, hub_command
from doorctl.cli.times import NOTHING, a_span
from doorctl.core.classes import NOT_CLONABLE
from doorctl.errors import Refused
from doorctl.processes import DONE, REFUSED
from doorctl.site.bars import ALL, reader_classes_in, words_in
from doorctl.site.times import AGES, GRACES, seconds_in, written_span
from doorctl.wire.classes import ZoneClassesSet
from doorctl.wire.results import Cell
from doorctl.wire.rights import ZoneRuleSet

ZoneArgument = Annotated[str, typer.Argument(metavar="ZONE", help="the zone, such as server-room")]
ApprovalsOption = Annotated[
    int | None, typer.Option(min=1, max=2, help="how many admins a grant takes", show_default=False)
]
StrictOption = Annotated[
    bool | None, typer.Option("--strict/--no-strict", help="opens only by a roster, too", show_default=False)
]
MaxAgeOption = Annotated[
    str | None,
    typer.Option(
        metavar="SPAN",
        help="how old the policy may be at its doors: 15m, 24h, at most 365d, or none for no limit",
        callback=a_span(AGES),
    ),
]
BreakGlassOption = Annotated[
    str | None,
    typer.Option(metavar="GROUP", help="two of its members open together when the policy is too old; or none"),
]
MechanicalKeyOption = Annotated[
    bool | None,
    typer.Option(
        "--mechanical-key/--no-mechanical-key", help="somebody has a key when it denies", show_default=False
    ),
]
GraceOption = Annotated[
    str | None,
    typer.Option(
        metavar="SPAN",
        help="how long a clock that nothing confirms counts after a boot, at most 1d; none: as usual",
        callback=a_span(GRACES),
    ),
]

_DEFAULTS: dict[str, Cell] = {"approvals": 1, "strict": 0, "mechanical_key": 0}
_YES_NO = {True: "yes", False: "no"}
_SHOWN = ("approvals", "strict", "max_age_seconds", "break_glass", "mechanical_key", "grace_after_boot_seconds")


def register(app: typer.Typer) -> None:
    """Put the command into the family ``zone``."""
    hub_command(
        app,
        "rule",
        "doorctl zone rule server-room",
        "doorctl zone rule server-room --strict --approvals 2 --max-age 15m --break-glass guards",
        "doorctl zone rule floor-3 --max-age none",
    )(rule)


async def rule(
    desk: Desk,
    zone: ZoneArgument,
    *,
    approvals: ApprovalsOption = None,
    strict: StrictOption = None,
    max_age: MaxAgeOption = None,
    break_glass: BreakGlassOption = None,
    mechanical_key: MechanicalKeyOption = None,
    grace_after_boot: GraceOption = None,
    clonable_cards: Annotated[
        bool, typer.Option("--clonable-cards", help="with --strict: go on to take cards that can be copied")
    ] = False,
) -> int:
    """Show what a zone asks for beyond a grant, or change what is given of it (officers); the rest stays.

    A zone that becomes strict takes no cards any more of which copies can be had (`doorctl zone classes`).
    """
    present = await _present(desk, zone)
    if all(each is None for each in (approvals, strict, max_age, break_glass, mechanical_key, grace_after_boot)):
        desk.output.table([{"zone": zone, **_shown(present, as_json=desk.output.as_json)}], empty="")
        return DONE
    group = _or_present(break_glass, present["break_glass"])
    wanted = ZoneRuleSet(
        zone,
        approvals=int(present["approvals"] or 1) if approvals is None else approvals,
        strict=bool(present["strict"]) if strict is None else strict,
        max_age_seconds=_span(max_age, present["max_age_seconds"]),
        break_glass=None if group is None else str(group),
        mechanical_key=bool(present["mechanical_key"]) if mechanical_key is None else mechanical_key,
        grace_after_boot_seconds=_span(grace_after_boot, present["grace_after_boot_seconds"]),
    )
    if wanted.strict and not present["strict"] and not clonable_cards:
        code = await _bar_clonable(desk, present, zone)
        if code == REFUSED:
            return code
    return await desk.change(wanted, zone=zone)


async def _bar_clonable(desk: Desk, present: Mapping[str, Cell], zone: str) -> int:
    """Let a zone take no cards that can be copied, before it becomes strict; of others it takes those that it did."""
    readers, cards = (words_in(_text(present.get(name))) for name in ("reader_classes", "card_classes"))
    taken = NOT_CLONABLE.intersection(cards or NOT_CLONABLE) or NOT_CLONABLE
    wanted = ZoneClassesSet(
        zone, reader_classes=reader_classes_in(",".join(readers) or ALL), card_classes=tuple(sorted(taken))
    )
    return await desk.change(wanted, zone=zone)


async def zone_row(desk: Desk, zone: str) -> dict[str, Cell]:
    """Return the line of a zone in the list of zones. Raises Refused ``unknown-zone``."""
    row = {each["zone"]: each for each in await desk.rows("zones")}.get(zone)
    if row is None:
        raise Refused("unknown-zone", "there is no such zone: `doorctl list zones` shows them")
    return row


async def _present(desk: Desk, zone: str) -> Mapping[str, Cell]:
    row = await zone_row(desk, zone)
    return row | {name: value for name, value in _DEFAULTS.items() if row[name] is None}


def _shown(present: Mapping[str, Cell], *, as_json: bool) -> Mapping[str, object]:
    if as_json:
        return {name: present[name] for name in _SHOWN}
    return {
        "approvals": present["approvals"],
        "strict": _YES_NO[bool(present["strict"])],
        "max_age": _written(present["max_age_seconds"]),
        "break_glass": present["break_glass"],
        "mechanical_key": _YES_NO[bool(present["mechanical_key"])],
        "grace_after_boot": _written(present["grace_after_boot_seconds"]),
    }


def _text(cell: Cell) -> str | None:
    return None if cell is None else str(cell)


def _written(seconds: Cell) -> str | None:
    return None if seconds is None else written_span(int(seconds))


def _or_present(given: str | None, present: Cell) -> Cell:
    return present if given is None else None if given == NOTHING else given


def _span(given: str | None, present: Cell) -> int | None:
    found = _or_present(given, present)
    return seconds_in(found) if isinstance(found, str) else found
