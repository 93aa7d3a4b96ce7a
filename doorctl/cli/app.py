"""All commands of ``doorctl``, put together; what goes wrong becomes a sentence and an exit code here."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Annotated

import typer
from typer.core import TyperGroup

from doorctl.cli import (
    act,
    admin,
    alert,
    approvals,
    audit,
    backup,
    calendar,
    card,
    certificate,
    controller,
    digest,
    grant,
    group,
    person,
    person_erase,
    person_export,
    person_pin,
    place,
    plan,
    question,
    report,
    retention,
    review,
    roster,
    setup,
    simulate,
    status,
    trust,
    who,
)
from doorctl.cli.broker import broker_config
from doorctl.cli.check import check
from doorctl.cli.demo import demo
from doorctl.cli.desk import example
from doorctl.cli.output import say_error, to_json
from doorctl.cli.restore import restore
from doorctl.cli.trace import trace
from doorctl.errors import DoorctlError, Refused, WrongUse
from doorctl.processes import NOT_REACHABLE, PROCESSES, WRONG_USE, exit_code_of, run_process


class TellingGroup(TyperGroup):
    """Ends a command that failed with one sentence on standard error and the exit code for it."""

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
    if _process != place.doors.info.name:
        _register_process(_process)
setup.register(app)
for _family in (
    trust.app,
    controller.app,
    certificate.app,
    admin.app,
    person.app,
    card.app,
    place.zones,
    place.doors,
    calendar.schedules,
    calendar.holidays,
    group.app,
    roster.app,
    retention.app,
):
    app.add_typer(_family)
person_erase.register(person.app)
person_export.register(person.app)
person_pin.register(person.app)
grant.register(app)
act.register(app)
plan.register(app)
approvals.register(app)
digest.register(app)
question.register(app)
who.register(app)
status.register(app)
app.add_typer(audit.app)
app.add_typer(report.app)
app.add_typer(review.app)
app.add_typer(alert.app)
app.add_typer(backup.app)
app.command("restore", epilog=example("doorctl restore hq-20261122T024500Z-1f3a22c0*.age --identity K --to hub"))(
    restore
)
app.add_typer(simulate.app)
app.command("check", epilog=example("doorctl check --config controller.toml"))(check)
app.command("broker-config", epilog=example("doorctl broker-config --config hub.toml --out broker --ca ca"))(
    broker_config
)
app.command("trace", epilog=example("doorctl trace --config hub.toml --seconds 60"))(trace)
app.command("demo", epilog=example("doorctl demo --stay"))(demo)
