"""All commands of ``doorctl``, put together; what goes wrong becomes a sentence and an exit code here."""

import gc
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from doorctl.cli.desk import example
from doorctl.cli.output import say_error, to_json
from doorctl.errors import DoorctlError, Refused, WrongUse
from doorctl.processes import NOT_REACHABLE, PROCESSES, WRONG_USE, exit_code_of, run_process
from doorctl.uncollected import uncollected

HOMES: Mapping[str, str] = {
    **dict.fromkeys(("init", "join"), "site.setup"),
    **dict.fromkeys(("grant", "revoke"), "rights.grant"),
    **dict.fromkeys(("open", "hold-open", "lockdown", "release", "suspend"), "rights.act"),
    **dict.fromkeys(("plan", "apply", "export-site"), "site.plan"),
    **dict.fromkeys(("approvals", "approve", "refuse"), "rights.approvals"),
    "digest": "evidence.digest",
    "list": "site.question",
    "why": "rights.why",
    "who": "rights.who",
    "occupancy": "places.occupancy",
    "status": "site.status",
    "restore": "site.restore",
    "check": "site.check",
    "install": "site.install",
    "technician": "site.technician",
    "walk-test": "site.walk_test",
    "broker-config": "trust.broker",
    "trace": "trial.trace",
    "demo": "trial.demo",
    "trust": "trust.trust",
    "controller": "trust.controller",
    "certificate": "trust.certificate",
    "admin": "trust.admin",
    "person": "people.people",
    "card": "cards.card",
    **dict.fromkeys(("zone", "door"), "places.place"),
    **dict.fromkeys(("schedule", "holiday"), "places.calendar"),
    "group": "people.group",
    "passback": "places.passback",
    "roster": "rights.roster",
    "retention": "evidence.retention",
    "audit": "evidence.audit",
    "report": "evidence.report",
    "review": "evidence.review",
    "alert": "evidence.alert",
    "backup": "site.backup",
    "visitor": "people.visitor",
    "sponsor": "people.sponsor",
    "threat": "places.threat",
    "simulate": "trial.simulate",
    "osdp": "site.osdp",
}
"""In which module of ``doorctl.cli`` a command stands: only that is loaded, half of what all of them take."""


class TellingGroup(TyperGroup):
    """Loads a command when it is asked for, and ends one that failed with a sentence and the exit code for it."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - its type is private to typer
        """Name all commands."""
        return [*super().list_commands(ctx), *HOMES]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - as above
        """Return a command, loaded now."""
        home = HOMES.get(cmd_name)
        return super().get_command(ctx, cmd_name) if home is None else commands_in(home)[cmd_name]

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run the command; with --json the error is an object on standard output, too."""
        as_json = "--json" in (*ctx._protected_args, *ctx.args)
        try:
            return super().invoke(ctx)
        except (DoorctlError, OSError) as error:
            told = _named(error)
            say_error(f"doorctl: {told}")
            if as_json:
                typer.echo(to_json(_told(told)))
            raise typer.Exit(exit_code_of(told)) from error


@cache
def commands_in(home: str) -> Mapping[str, object]:
    """Load a module of commands: a family, ``app``, or what it puts among them by its ``register``.

    To search for cycles among what that leaves would take a fifth of a short command.
    """
    part = typer.Typer(rich_markup_mode=None)
    with uncollected():
        module = import_module(f"doorctl.cli.{home}")
        if hasattr(module, "register"):
            module.register(part)
        else:
            part.add_typer(module.app)
    gc.freeze()
    return typer.main.get_group(part).commands


def _named(error: DoorctlError | OSError) -> DoorctlError:
    """Name the file that cannot be used; an error that is about no file, such as a broken pipe, is raised again."""
    if isinstance(error, DoorctlError):
        return error
    if error.filename is None:
        raise error
    if isinstance(error, FileExistsError):
        return WrongUse(f"{error.filename} is there already, and nothing is overwritten: name another file")
    return WrongUse(f"{error.filename}: {error.strerror}; look at the path, its rights and the disk")


def _told(error: DoorctlError) -> Mapping[str, str]:
    """Write an error as programs read it: ``refused`` with its word, ``unreachable`` or ``wrong-use``."""
    if isinstance(error, Refused):
        return {"verdict": "refused", "reason": error.refusal, "text": error.detail}
    verdict = {NOT_REACHABLE: "unreachable", WRONG_USE: "wrong-use"}.get(exit_code_of(error), "refused")
    return {"verdict": verdict, "reason": verdict, "text": str(error)}


app = typer.Typer(
    cls=TellingGroup,
    help="A door controller for real buildings: who may enter where, and a record of everybody who tried.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"doorctl {version('doorctl')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", help="say which doorctl this is", is_eager=True, callback=_tell_version)
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str]) -> int:
    """Run a command line; return its exit code."""
    try:
        app(list(arguments), prog_name="doorctl")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def _register_process(name: str) -> None:
    """List a process among the commands; ``doorctl.__main__`` runs it before this app is ever loaded."""
    process = PROCESSES[name]

    def run(context: typer.Context) -> None:
        raise typer.Exit(run_process(name, context.args))

    app.command(
        name,
        help=process.does,
        epilog=example(process.example),
        add_help_option=False,
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )(run)


for _process in PROCESSES:
    if _process not in HOMES:
        _register_process(_process)
