"""``doorctl visitor``: who comes and goes with a badge, and who else is a visitor."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from doorctl.cli.cards.unknown_cards import UnknownOption, given_card
from doorctl.cli.desk import Desk, family, hub_command, hub_question, new_id, private, private_card
from doorctl.cli.output import waiting
from doorctl.cli.times import local_time, unix_seconds, validity
from doorctl.processes import DONE
from doorctl.wire.results import Cell
from doorctl.wire.visits import VisitorEnd, VisitorIn, VisitorOut, VisitorSet

app = family("visitor", "Let visitors in and out, and see who is one and whose badge is overdue.")

_TIMES = frozenset({"valid_until", "since", "due_at"})
HandleArgument = Annotated[str, typer.Argument(metavar="HANDLE", help="one short word for the visitor")]
EscortGroupOption = Annotated[
    str | None, typer.Option("--escort-group", metavar="GROUP", help="whose members may bring them instead")
]
AnyEscortOption = Annotated[
    bool, typer.Option("--any-escort", help="whom `doorctl zone escort` names for each zone brings them")
]


@hub_command(
    app,
    "in",
    'doorctl visitor in grace --name "Grace" --badge H10301:7:70 --host ada --until 2027-01-31T18:00',
    "doorctl visitor in grace --badge H10301:7:70 --host ada --until 2027-01-31T18:00 --zone floor-3 --zone lobby",
)
async def visitor_in(
    desk: Desk,
    handle: HandleArgument,
    *,
    host: Annotated[str, typer.Option(metavar="HANDLE", help="to whom they come, who brings and invites them")],
    until: Annotated[
        str, typer.Option(metavar="T", help="when their time ends, and with it the badge; written like --from")
    ],
    badge: Annotated[str | None, typer.Option(metavar="CARD", help="the badge they get")] = None,
    unknown: UnknownOption = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="the full name; it never leaves the hub")] = "",
    zone: Annotated[
        list[str] | None, typer.Option(metavar="ZONE", help="where the host invites them to; again for another")
    ] = None,
    escort_group: EscortGroupOption = None,
    any_escort: AnyEscortOption = False,
) -> int:
    """Let a visitor in: a new person with a badge of the pool, whom the host brings.

    A badge whose visitor's time is over is taken back by that. Into zones the host invites by `doorctl sponsor set`;
    there the visitor is a guest, who may enter only while the host may.
    """
    card = await given_card(desk, badge, unknown)
    end, holder = unix_seconds(until, desk.timezone), new_id()
    wanted = VisitorIn(
        holder,
        await desk.holder(host),
        end,
        tuple(zone or ()),
        escort_group=escort_group,
        any_escort=any_escort,
    )
    personal = private(handle=handle, name=name, card=card)
    return await desk.change(wanted, personal, limits=validity(None, end, desk.timezone), holder=holder)


@hub_command(app, "out", "doorctl visitor out H10301:7:70", "doorctl visitor out H10301:7:70 --lost")
async def visitor_out(
    desk: Desk,
    badge: Annotated[str, typer.Argument(metavar="BADGE", help="the badge that is brought back")],
    *,
    lost: Annotated[bool, typer.Option("--lost", help="it is not: it leaves the pool, and opens nothing")] = False,
) -> int:
    """Take a badge back: its visitor is removed with all that would let them in."""
    return await desk.change(VisitorOut(lost), private_card(badge))


@hub_question(app, "list", "doorctl visitor list", "doorctl visitor list --overdue --json")
async def visitor_list(
    desk: Desk,
    *,
    overdue: Annotated[bool, typer.Option("--overdue", help="only badges that are not back by their time")] = False,
) -> int:
    """List who is a visitor, who brings them and in whose name they are here; or the badges that are overdue."""
    with waiting("listing visitors"):
        rows = await desk.rows("badges" if overdue else "visitors")
    if overdue:
        rows = _overdue(rows, at=datetime.now(UTC).timestamp())
    desk.output.table(_cells(rows, desk), empty="No badge is overdue." if overdue else "Nobody is a visitor.")
    return DONE


@hub_question(app, "badges", "doorctl visitor badges", "doorctl visitor badges --json")
async def badges(desk: Desk) -> int:
    """List every badge that was ever handed out, who has it and until when."""
    rows = await desk.rows("badges")
    desk.output.table(_cells(rows, desk), empty="No badge was ever handed out.")
    return DONE


@hub_command(app, "set", "doorctl visitor set grace --escort ada", "doorctl visitor set grace --any-escort")
async def visitor_set(
    desk: Desk,
    handle: HandleArgument,
    *,
    escort: Annotated[str | None, typer.Option(metavar="HANDLE", help="who alone may bring them")] = None,
    escort_group: EscortGroupOption = None,
    any_escort: AnyEscortOption = False,
) -> int:
    """Make a person a visitor, or say anew who may bring them; cards, grants and times stay."""
    if [escort is not None, escort_group is not None, any_escort].count(True) != 1:
        raise typer.BadParameter("say who may bring them: --escort, --escort-group or --any-escort")
    holder = await desk.holder(handle)
    by = None if escort is None else await desk.holder(escort)
    return await desk.change(VisitorSet(holder, by, escort_group), holder=holder)


@hub_command(app, "end", "doorctl visitor end grace")
async def visitor_end(desk: Desk, handle: HandleArgument) -> int:
    """Let a person be no visitor any more: they need neither escort nor sponsor from now on."""
    holder = await desk.holder(handle)
    return await desk.change(VisitorEnd(holder), holder=holder)


def _overdue(rows: Sequence[Mapping[str, Cell]], *, at: float) -> list[dict[str, Cell]]:
    """Return the badges that are not back by their time, the longest overdue first."""
    late = [dict(row) for row in rows if isinstance(due := row["due_at"], int) and due <= at]
    return sorted(late, key=lambda row: int(row["due_at"] or 0))


def _cells(rows: Sequence[Mapping[str, Cell]], desk: Desk) -> list[Mapping[str, object]]:
    """Write times by the wall clock for people; programs get Unix seconds."""
    if desk.output.as_json:
        return list(rows)
    return [{column: _cell(column, value, desk) for column, value in row.items()} for row in rows]


def _cell(column: str, value: Cell, desk: Desk) -> object:
    is_time = column in _TIMES and isinstance(value, int)
    return local_time(int(value or 0), desk.timezone) if is_time else value


def register(commands: typer.Typer) -> None:
    """Put the family among the commands."""
    commands.add_typer(app)
