"""``doorctl sponsor``: in whose name guests are invited, where to, how many and for how long, and by whose key."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from doorctl.cli.desk import Desk, family, hub_command, hub_question
from doorctl.cli.times import a_span, local_time, unix_seconds, validity
from doorctl.policy.row_lists import names_of
from doorctl.processes import DONE
from doorctl.site.times import STAYS, seconds_in, written_span
from doorctl.wire.results import Cell
from doorctl.wire.visits import DelegateEnd, DelegateSet, HostEnd, HostSet, SponsorRemove, SponsorSet

app = family("sponsor", "Say in whose name guests are invited: where to, how many at once, for how long.")

HandleArgument = Annotated[str, typer.Argument(metavar="HANDLE", help="the person whose guests they are")]
AdminOption = Annotated[str, typer.Option(metavar="NAME", help="the admin whose key it is, as trust calls them")]
ToOption = Annotated[str, typer.Option("--to", metavar="HANDLE", help="who invites in their name")]


@hub_command(app, "set", "doorctl sponsor set ada --zone floor-3 --zone lobby --guests 3 --stay 10h")
async def sponsor_set(
    desk: Desk,
    handle: HandleArgument,
    *,
    zone: Annotated[list[str], typer.Option(metavar="ZONE", help="where to; again for another")],
    guests: Annotated[int, typer.Option(min=1, max=1000, help="how many guests at once")] = 5,
    stay: Annotated[
        str, typer.Option(metavar="SPAN", help="how long each at most", callback=a_span(STAYS, or_none=False))
    ] = "12h",
) -> int:
    """Let guests be invited in a person's name; where they may enter, they may only while this person may."""
    holder = await desk.holder(handle)
    wanted = SponsorSet(holder, tuple(zone), guests, seconds_in(stay))
    return await desk.change(wanted, holder=holder)


@hub_command(app, "remove", "doorctl sponsor remove ada")
async def sponsor_remove(desk: Desk, handle: HandleArgument) -> int:
    """Let nobody be invited in a person's name any more; their guests may enter nothing from now on."""
    holder = await desk.holder(handle)
    return await desk.change(SponsorRemove(holder), holder=holder)


@hub_question(app, "list", "doorctl sponsor list", "doorctl sponsor list --json")
async def sponsor_list(desk: Desk) -> int:
    """List in whose name guests are invited, and how many there are."""
    rows = await desk.rows("sponsors")
    desk.output.table(
        rows if desk.output.as_json else [_told(row) for row in rows], empty="Nobody may have guests invited."
    )
    return DONE


@hub_command(app, "host", "doorctl sponsor host ada --admin ada-key")
async def sponsor_host(desk: Desk, handle: HandleArgument, *, admin: AdminOption) -> int:
    """Say whose key that of an admin with the role host is: by it this person lets their own guests in and out."""
    holder = await desk.holder(handle)
    return await desk.change(HostSet(holder, admin), holder=holder)


@hub_command(app, "host-end", "doorctl sponsor host-end ada --admin ada-key")
async def sponsor_host_end(desk: Desk, handle: HandleArgument, *, admin: AdminOption) -> int:
    """Let a key be this person's no longer: it lets nobody in or out; guests who are there stay."""
    holder = await desk.holder(handle)
    return await desk.change(HostEnd(holder, admin), holder=holder)


@hub_question(app, "hosts", "doorctl sponsor hosts", "doorctl sponsor hosts --json")
async def sponsor_hosts(desk: Desk) -> int:
    """List whose the keys of hosts are."""
    desk.output.table(await desk.rows("hosts"), empty="No key is a host's.")
    return DONE


@hub_command(app, "delegate", "doorctl sponsor delegate ada --to grace --until 2027-01-31")
async def sponsor_delegate(
    desk: Desk,
    handle: HandleArgument,
    *,
    to: ToOption,
    until: Annotated[
        str, typer.Option(metavar="T", help="the first moment that no longer counts; written like --from")
    ],
) -> int:
    """Let another person invite in this one's name for a time, by the key of a host that is theirs."""
    holder, delegate = await desk.holder(handle), await desk.holder(to)
    end = unix_seconds(until, desk.timezone)
    return await desk.change(
        DelegateSet(holder, delegate, end), limits=validity(None, end, desk.timezone), holder=holder
    )


@hub_command(app, "delegate-end", "doorctl sponsor delegate-end ada --to grace")
async def sponsor_delegate_end(desk: Desk, handle: HandleArgument, *, to: ToOption) -> int:
    """Let another person invite in this one's name no longer; guests who are there stay."""
    holder, delegate = await desk.holder(handle), await desk.holder(to)
    return await desk.change(DelegateEnd(holder, delegate), holder=holder)


@hub_question(app, "delegates", "doorctl sponsor delegates", "doorctl sponsor delegates --json")
async def sponsor_delegates(desk: Desk) -> int:
    """List who may invite in whose name, and until when."""
    rows: Sequence[Mapping[str, object]] = await desk.rows("delegates")
    if not desk.output.as_json:
        rows = [{**row, "until": local_time(int(str(row["until"])), desk.timezone)} for row in rows]
    desk.output.table(rows, empty="Nobody invites in another's name.")
    return DONE


def _told(row: Mapping[str, Cell]) -> Mapping[str, object]:
    """Write zones and span as people do."""
    span = written_span(int(row["seconds"] or 0))
    return {**row, "zones": ", ".join(names_of(str(row["zones"]))), "seconds": span}


def register(commands: typer.Typer) -> None:
    """Put the family among the commands."""
    commands.add_typer(app)
