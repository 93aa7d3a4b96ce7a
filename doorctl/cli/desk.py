"""The frame of every admin's command: its options, its conversation with the hub, and how a change is shown.

A command is an async function whose first argument is the ``Desk``; it returns its exit code. ``hub_question``
adds ``--config``, ``--json`` and ``--timeout``; ``hub_command``, for changes, ``--wait`` and ``--no-wait``, too.
Options that several commands share are the fields of a dataclass, which the function takes as one argument.
"""

import asyncio
import inspect
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import typer
from msgspec.structs import replace

from doorctl.cli.account import CONFIG_VARIABLE, USUAL_CONFIG, load_account
from doorctl.cli.hub_client import ANSWER_SECONDS, HubClient
from doorctl.cli.option_groups import argument_of, fields_of, filled, take_signature, typed_for
from doorctl.cli.output import Output, say_error, waiting
from doorctl.cli.reminder import has_role_host_alone, reminders_due
from doorctl.cli.steps import Steps
from doorctl.errors import Refused
from doorctl.wire.commands import Private, Verb
from doorctl.wire.questions import Approvals, DigestOf, ListRows, Lookup, RosterOf, SitePage
from doorctl.wire.report_words import ReviewsOf, ReviewsPage
from doorctl.wire.results import Cell, Digest, Found, PackedPage, Page, RosterFound, WaitingCommands
from firmware_bridge.card_text import canonical_card

AdminConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help=f"admin.toml (else ${CONFIG_VARIABLE}, else {USUAL_CONFIG})",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="write JSON, one object per line")]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", min=0.1, max=600, help="how long to wait for the hub")
]
WaitOption = Annotated[
    float,
    typer.Option(
        "--wait", metavar="SECONDS", min=0, max=3600, help="how long to wait until it is in force everywhere"
    ),
]
NoWaitOption = Annotated[bool, typer.Option("--no-wait", help="end as soon as the hub has accepted it")]
FromOption = Annotated[
    str | None,
    typer.Option("--from", metavar="T", help="ISO date or time, local at the site; a bare date is its midnight"),
]
UntilOption = Annotated[
    str | None,
    typer.Option("--until", metavar="T", help="the first moment that no longer counts; written like --from"),
]
CardArgument = Annotated[
    str, typer.Argument(metavar="CARD", help="the card, such as H10301:123:4567 or uid:04A2B3C4")
]

WAIT_SECONDS = 10.0

_NOBODY = Refused("unknown-holder", "no person has this handle; `doorctl list people` shows who there is")

P = ParamSpec("P")
Paged = TypeVar("Paged", Page, PackedPage, WaitingCommands, Digest, RosterFound, ReviewsPage)
"""A result that says in ``after`` what asks for the next one, None when it is the last."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an admin's command asks the hub and shows what came of it."""

    hub: HubClient
    output: Output
    timezone: ZoneInfo
    wait_seconds: float = WAIT_SECONDS

    async def holder(self, handle: str) -> str:
        """Return the holder behind a person's handle. Raises Refused ``unknown-holder``."""
        found = await self.find(handle)
        if found.holder is None:
            raise _NOBODY
        return found.holder

    async def find(self, name: str) -> Found:
        """Return the person or the group of this name. Raises Refused."""
        return await self.hub.ask(Lookup(), Found, private(handle=name))

    async def standing(self, handle: str) -> Found:
        """Return the person of this handle with status and validity. Raises Refused ``unknown-holder``."""
        found = await self.hub.ask(Lookup(standing=True), Found, private(handle=handle))
        if found.holder is None:
            raise _NOBODY
        return found

    async def rows(self, what: str, *, ending: int | None = None) -> list[dict[str, Cell]]:
        """Return a whole list, or of it what ends within so many seconds. Raises Refused."""
        return [row async for page in self.pages(ListRows(what, ending=ending), Page) for row in page.rows]

    async def pages(
        self, question: ListRows | SitePage | Approvals | DigestOf | RosterOf | ReviewsOf, result_type: type[Paged]
    ) -> AsyncIterator[Paged]:
        """Ask for one page after the other, until the last. Raises Refused."""
        after: str | int | None = question.after
        while after is not None:
            page = await self.hub.ask(replace(question, after=after), result_type)
            yield page
            after = page.after

    async def change(self, do: Verb, personal: Private | None = None, *, limits: str = "", **facts: object) -> int:
        """Ask for a change, show each step of it and the ``limits`` it was given, and return the exit code."""
        steps = Steps(self.output, self.timezone, limits, facts)
        with waiting("waiting for the hub and the controllers"):
            final = await self.hub.change(
                do, personal, wait=self.wait_seconds, on_accepted=steps.accepted, on_progress=steps.progress
            )
        return steps.ended(final)


Work = Callable[Concatenate[Desk, P], Awaitable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HubOptions:
    """The options that every question to the hub has."""

    config: AdminConfigOption = None
    as_json: JsonOption = False
    timeout: TimeoutOption = ANSWER_SECONDS

    @property
    def wait_seconds(self) -> float:
        """How long a change is waited for."""
        return WAIT_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOptions(HubOptions):
    """The options that every change has."""

    wait: WaitOption = WAIT_SECONDS
    no_wait: NoWaitOption = False

    @property
    def wait_seconds(self) -> float:
        """How long to wait until it is in force everywhere."""
        return 0.0 if self.no_wait else self.wait


def family(name: str, about: str) -> typer.Typer:
    """Make the app of a family of commands."""
    return typer.Typer(name=name, help=about, no_args_is_help=True, rich_markup_mode=None, add_completion=False)


def example(*lines: str) -> str:
    """Write the end of a command's help: what to type, unwrapped."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


def private(
    *,
    handle: str = "",
    name: str = "",
    card: str = "",
    cards: tuple[str, ...] = (),
    pin: str = "",
    duress: str = "",
    note: str = "",
    blob: bytes = b"",
) -> Private:
    """Make the personal or bulky part of a command; its salt keeps its hash from telling anything."""
    return Private(
        secrets.token_hex(16),
        handle=handle,
        name=name,
        card=card,
        cards=cards,
        pin=pin,
        duress=duress,
        note=note,
        blob=blob,
    )


def private_card(text: str) -> Private:
    """Make the personal part that names a card, in the form that readers give it."""
    try:
        return private(card=canonical_card(text))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def is_card(text: str) -> bool:
    """Tell a card from a handle: a colon stands in every card, and in no handle that could be asked about."""
    return ":" in text


def new_id() -> str:
    """Make an opaque id for a holder or a grant."""
    return secrets.token_hex(8)


def hub_command(app: typer.Typer, name: str, *examples: str) -> Callable[[Work[P]], Work[P]]:
    """Register a command that asks the hub for a change; its function's docstring is its help."""
    return _registration(app, name, examples, ChangeOptions)


def hub_question(app: typer.Typer, name: str, *examples: str) -> Callable[[Work[P]], Work[P]]:
    """Register a command that only asks the hub; its function's docstring is its help."""
    return _registration(app, name, examples, HubOptions)


def _registration(
    app: typer.Typer, name: str, examples: Sequence[str], common: type[HubOptions]
) -> Callable[[Work[P]], Work[P]]:
    def register(work: Work[P]) -> Work[P]:
        own = list(inspect.signature(work).parameters.values())[1:]

        def command(**given: object) -> None:
            arguments = {each.name: argument_of(each, given) for each in own}
            raise typer.Exit(asyncio.run(_at_desk(work, filled(common, given), arguments)))

        take_signature(command, [*(typed for each in own for typed in typed_for(each)), *fields_of(common)])
        command.__doc__ = work.__doc__
        app.command(name, epilog=example(*examples))(command)
        return work

    return register


async def _at_desk(work: Callable[..., Awaitable[int]], options: HubOptions, arguments: dict[str, object]) -> int:
    account = load_account(options.config)
    if account.warning:
        say_error(f"warning: {account.warning}")
    async with HubClient(account, answer_seconds=options.timeout) as hub:
        desk = Desk(hub, Output(options.as_json), account.pins.timezone, options.wait_seconds)
        code = await work(desk, **arguments)
        own, folder = has_role_host_alone(account), account.pins.trust.parent
        for line in await reminders_due(hub, folder, account.pins.timezone, of_own_alone=own):
            say_error(line)
        return code
