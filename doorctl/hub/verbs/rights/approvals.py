"""Two admins: a command that waits is agreed to or refused by another admin who may do the same.

What is agreed to is worked out anew: the site may have moved, and both admins must be in good standing now. Where it
would count for others, or at other times, than when it was looked at, it is to be looked at again.
"""

from dataclasses import replace

from doorctl.errors import Refused
from doorctl.hub.given_commands import about, was_approved, was_refused
from doorctl.hub.rights.roles import check_allowed, word_of
from doorctl.hub.rights.standing import check_standing
from doorctl.hub.two_admins.grounds import Survey
from doorctl.hub.two_admins.waiting_requests import Request, drop_request, requests_called, waiting_requests
from doorctl.hub.verbs.asked import Asked, Intent, IntentOf
from doorctl.hub.verbs.lists import fitting
from doorctl.hub.verbs.people.people import called
from doorctl.trust.note import AdminKeys
from doorctl.wire.commands import Command
from doorctl.wire.questions import MAX_PAGE_ROWS, Approvals
from doorctl.wire.results import FirstOf, WaitingCommand, WaitingCommands
from doorctl.wire.rights import Approve, Refuse

MOST_NAMED = 100
"""So many of a group's members, or of the holidays, are named."""


def approve(do: Approve, asked: Asked, intent_of: IntentOf) -> Intent:
    """Carry out what another admin asked for; ``intent_of`` works it out in their name."""
    request, command = _found(asked, do)
    requester = _requester(asked, command)
    if asked.admin.id == requester.id or asked.admin.sign == requester.sign:
        raise Refused("own-request", "it takes another admin: you asked for this yourself")
    request.check_signed_by(requester)
    check_standing(asked.connection, requester.id, command.do, trust=asked.roll.trust, at=asked.at)
    check_allowed(asked.admin, command.do, asked.connection)
    if do.grounds != Survey(asked.connection, at=asked.at).grounds_of(command.do).sha256:
        raise Refused("changed-since", "whom or when this lets in has changed since you looked at it: look again")
    wanted = intent_of(command.do, replace(asked, admin=requester, private=None))
    return replace(
        wanted,
        text=f"approved: {wanted.text}",
        own=(*wanted.own, drop_request(request.id), was_approved(request.admin, request.id)),
        grants=0,
        awaits=frozenset(),
        asked_by=request.note,
    )


def refuse(do: Refuse, asked: Asked) -> Intent:
    """Refuse what another admin asked for, or take back what one asked for oneself."""
    request, command = _found(asked, do)
    if asked.admin.id != request.admin:
        check_allowed(asked.admin, command.do, asked.connection)
    own = (drop_request(request.id), was_refused(request.admin, request.id, "refused-by-admin"))
    return Intent((), "the request is refused", own=own)


def approvals(do: Approvals, asked: Asked) -> WaitingCommands:
    """Tell what waits for a second admin, as it was signed."""
    if do.request:
        waiting = requests_called(asked.connection, do.request, at=asked.at)
    else:
        waiting = waiting_requests(asked.connection, at=asked.at)
    survey = Survey(asked.connection, at=asked.at)
    page = fitting([_told(request, survey, asked) for request in waiting[do.after : do.after + MAX_PAGE_ROWS]])
    told = do.after + len(page)
    return WaitingCommands(tuple(page), after=told if told < len(waiting) else None)


def _found(asked: Asked, do: Approve | Refuse) -> tuple[Request, Command]:
    (request,) = requests_called(asked.connection, do.request, at=asked.at)
    if do.sha256 != request.sha256:
        raise Refused("other-request", "what waits under this id is not what you looked at: look at it again")
    return request, request.command(asked.roll.trust.site)


def _requester(asked: Asked, command: Command) -> AdminKeys:
    for keys in asked.roll.trust.admins:
        if keys.id == command.admin:
            return keys
    raise Refused("not-allowed", f"trust no longer names {command.admin}, who asked for this: refuse it")


def _told(request: Request, survey: Survey, asked: Asked) -> WaitingCommand:
    command = request.command(asked.roll.trust.site)
    grounds = survey.grounds_of(command.do)
    handle, _ = called(asked.connection, getattr(command.do, "holder", None))
    return WaitingCommand(
        request=request.id,
        admin=request.admin,
        verb=word_of(command.do),
        about=about(command),
        handle=handle,
        zones=grounds.zones or request.zones,
        asked_at=request.asked_at,
        expires=request.expires,
        note=request.note,
        present=grounds.present,
        schedule=grounds.schedule,
        members=None if grounds.members is None else _named(grounds.members, asked),
        holidays=None if grounds.holidays is None else _first_of(grounds.holidays),
        grounds=grounds.sha256,
    )


def _named(holders: tuple[str, ...], asked: Asked) -> FirstOf:
    """Name members of a group by their handles."""
    handles = (called(asked.connection, holder)[0] or holder for holder in holders[:MOST_NAMED])
    return FirstOf(tuple(handles), len(holders))


def _first_of(dates: tuple[str, ...]) -> FirstOf:
    return FirstOf(dates[:MOST_NAMED], len(dates))
