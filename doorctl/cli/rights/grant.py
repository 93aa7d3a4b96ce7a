"""``doorctl grant`` and ``doorctl revoke``: who may enter which zone."""

from enum import StrEnum
from typing import Annotated, NamedTuple

import typer

from doorctl.cli.desk import Desk, FromOption, UntilOption, hub_command, new_id
from doorctl.cli.times import optional_seconds, validity
from doorctl.errors import Refused
from doorctl.wire.commands import GrantAdd, Revoke


class SubjectKind(StrEnum):
    """Who a name stands for."""

    PERSON = "person"
    GROUP = "group"


class Subject(NamedTuple):
    """A holder or a group, the other one None."""

    holder: str | None
    group: str | None


SubjectArgument = Annotated[str, typer.Argument(metavar="PERSON|GROUP", help="a person's handle or a group's name")]
ZoneArgument = Annotated[str, typer.Argument(metavar="ZONE", help="the zone, such as floor-3")]
KindOption = Annotated[
    SubjectKind | None, typer.Option("--as", help="whom the name means, where a person and a group share it")
]


def register(app: typer.Typer) -> None:
    """Put both commands into the app."""
    hub_command(
        app,
        "grant",
        "doorctl grant ada floor-3 --until 2027-01-31",
        "doorctl grant staff floor-3 --schedule office-hours",
    )(grant)
    hub_command(app, "revoke", "doorctl revoke ada floor-3")(revoke)


async def grant(
    desk: Desk,
    subject: SubjectArgument,
    zone: ZoneArgument,
    *,
    schedule: Annotated[str | None, typer.Option(metavar="SCHEDULE", help="only while this schedule is open")] = None,
    valid_from: FromOption = None,
    valid_until: UntilOption = None,
    kind: KindOption = None,
) -> int:
    """Let a person or a group into a zone."""
    since, until = optional_seconds(valid_from, desk.timezone), optional_seconds(valid_until, desk.timezone)
    holder, group = await _the_subject(desk, subject, kind)
    id_ = new_id()
    wanted = GrantAdd(id_, zone, holder, group, schedule, valid_from=since, valid_until=until)
    return await desk.change(wanted, limits=validity(since, until, desk.timezone), grant=id_, zone=zone)


async def revoke(desk: Desk, subject: SubjectArgument, zone: ZoneArgument, kind: KindOption = None) -> int:
    """Take away every grant of a person or a group in a zone; a group's grant stays for its members."""
    holder, group = await _the_subject(desk, subject, kind)
    return await desk.change(Revoke(zone, holder, group), zone=zone)


async def _the_subject(desk: Desk, name: str, kind: SubjectKind | None) -> Subject:
    found = await desk.find(name)
    holder = None if kind is SubjectKind.GROUP else found.holder
    group = None if kind is SubjectKind.PERSON else found.group
    if holder and group:
        raise Refused("ambiguous", "a person and a group have this name: say --as person or --as group")
    if not holder and not group:
        raise Refused(f"unknown-{kind or 'subject'}", f"no {kind or 'person or group'} has this name")
    return Subject(holder, group)
