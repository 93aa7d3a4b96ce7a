"""Two admins: a command that waits is agreed to or refused by another admin who may do the same.

What is agreed to is worked out anew: the site may have moved, and both admins must be in good standing now.
"""

from dataclasses import replace

from doorctl.commands import Command
from doorctl.errors import Refused
from doorctl.hub.given_commands import about
from doorctl.hub.roles import check_allowed, word_of
from doorctl.hub.standing import check_standing
from doorctl.hub.verbs.asked import Asked, Plan, PlanOf, Statement
from doorctl.hub.waiting_requests import Request, the_request, waiting_requests
from doorctl.questions import Approvals
from doorctl.results import WaitingCommand, WaitingCommands
from doorctl.rights import Approve, Refuse
from doorctl.trust_note import AdminKeys

_DROP = "DELETE FROM waiting_requests WHERE id = ?"
_TELL = (
    "UPDATE given_commands SET verdict = ?, reason = ?, revision = (SELECT revision FROM position) "
    "WHERE admin = ? AND command = ?"
)


def approve(do: Approve, asked: Asked, plan_of: PlanOf) -> Plan:
    """Carry out what another admin asked for; ``plan_of`` works it out in their name."""
    request, command = _found(asked, do.request)
    requester = _requester(asked, command)
    if asked.admin.id == requester.id or asked.admin.sign == requester.sign:
        raise Refused("own-request", "it takes another admin: you asked for this yourself")
    check_standing(asked.connection, requester.id, command.do, trust=asked.roll.trust, at=asked.at)
    check_allowed(asked.admin, command.do, asked.connection)
    wanted = plan_of(command.do, replace(asked, admin=requester, private=None))
    return replace(
        wanted,
        text=f"approved: {wanted.text}",
        own=(*wanted.own, *_decided(request, "approved")),
        grants=0,
        awaits=frozenset(),
        asked_by=request.note,
    )


def refuse(do: Refuse, asked: Asked) -> Plan:
    """Refuse what another admin asked for, or take back what one asked for oneself."""
    request, command = _found(asked, do.request)
    if asked.admin.id != request.admin:
        check_allowed(asked.admin, command.do, asked.connection)
    return Plan((), "the request is refused", own=_decided(request, "refused", "refused-by-admin"))


def approvals(_: Approvals, asked: Asked) -> WaitingCommands:
    """Tell what waits for a second admin."""
    return WaitingCommands(
        tuple(_told(request, asked) for request in waiting_requests(asked.connection, at=asked.at))
    )


def _found(asked: Asked, id_: str) -> tuple[Request, Command]:
    request = the_request(asked.connection, id_, at=asked.at)
    return request, request.command(asked.roll.trust.site)


def _requester(asked: Asked, command: Command) -> AdminKeys:
    for keys in asked.roll.trust.admins:
        if keys.id == command.admin:
            return keys
    raise Refused("not-allowed", f"trust no longer names {command.admin}, who asked for this: refuse it")


def _decided(request: Request, verdict: str, reason: str = "") -> tuple[Statement, ...]:
    return (_DROP, (request.id,)), (_TELL, (verdict, reason, request.admin, request.id))


def _told(request: Request, asked: Asked) -> WaitingCommand:
    command = request.command(asked.roll.trust.site)
    row = asked.connection.execute(
        "SELECT handle FROM people WHERE holder = ?", (getattr(command.do, "holder", None),)
    ).fetchone()
    return WaitingCommand(
        request=request.id,
        admin=request.admin,
        verb=word_of(command.do),
        about=about(command),
        handle=None if row is None else row[0],
        zones=request.zones,
        asked_at=request.asked_at,
        expires=request.expires,
    )
