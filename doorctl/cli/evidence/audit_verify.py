"""``doorctl audit verify``: judge an exported proof by a public key; neither a configuration nor a hub is asked."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from doorctl.audit import verify_doorlog
from doorctl.cli.desk import JsonOption, example
from doorctl.cli.evidence.audit_live import verify_where_it_lies
from doorctl.cli.option_groups import spelled_out
from doorctl.cli.output import Output, counting
from doorctl.errors import WrongUse
from doorctl.processes import DONE, REFUSED


def register(app: typer.Typer) -> None:
    """Add the command to its family."""
    app.command(
        "verify",
        epilog=example(
            "doorctl audit verify october.doorlog --key root.pub",
            "doorctl audit verify october.doorlog --key 9gl3BHcEnJOFKW... --since-export september.doorlog",
            "doorctl audit verify october.doorlog --key root.pub --anchor heads.txt",
            "doorctl audit verify --live --config /etc/doorctl/controller.toml",
        ),
    )(spelled_out(verify))


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a file is judged by."""

    key: Annotated[
        list[str] | None,
        typer.Option("--key", metavar="KEY", help="the site's public root key, or a file that holds it"),
    ] = None
    since_export: Annotated[
        Path | None,
        typer.Option("--since-export", metavar="OLD", help="an older export that this one must go on from"),
    ] = None
    anchor: Annotated[
        Path | None,
        typer.Option("--anchor", metavar="HEADS", help="what `audit anchor` wrote outside, all of it"),
    ] = None
    max_age: Annotated[str, typer.Option("--max-age", metavar="AGE", help="how old the file may be")] = "7d"
    at: Annotated[str | None, typer.Option("--at", metavar="DATE", help="judge as of this time instead of now")] = (
        None
    )
    least_trust: Annotated[
        int, typer.Option("--least-trust", metavar="N", help="the version of trust that you know of")
    ] = 0
    fast: Annotated[bool, typer.Option("--fast", help="only that the file is what the hub signed")] = False


def verify(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="the .doorlog")] = None,
    *,
    terms: Terms,
    live: Annotated[
        bool, typer.Option("--live", help="on a controller: its own log, beside the running door")
    ] = False,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="with --live: controller.toml")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Prove that an exported entry log is whole, by the public root key alone; exit code 0 whole, 1 not whole.

    Says what is proven and what is not, and names the first bad record. It asks nobody. The same verdict comes from
    verify_doorlog.py, which lies in every .doorlog and needs no doorctl: for whoever trusts neither. KEY is 43
    characters, as `root_keys` in every configuration file; give each key of the root, for any of them signs trust,
    and after the root was replaced one of those before it, too.

    With --live it reads the controller's log where it lies, and compares it with its checkpoint, its anchor and what
    the hub has cosigned; it needs no FILE and no --key.
    """
    output = Output(as_json)
    if live:
        if file is not None or terms.key:
            raise WrongUse("--live takes no FILE and no --key: it checks the log of this controller")
        raise typer.Exit(verify_where_it_lies(config, output))
    if file is None or not terms.key:
        raise WrongUse("give FILE and --key, or --live on a controller")
    found = _judge(file, terms.key, terms)
    output.result(verify_doorlog.as_object(found), verify_doorlog.in_words(found, str(file)).rstrip("\n"))
    raise typer.Exit(DONE if found.whole else REFUSED)


def _judge(file: Path, key: list[str], terms: Terms) -> verify_doorlog.Verdict:
    """Judge a file. Raises WrongUse."""
    try:
        keys, when = verify_doorlog.read_keys(key), verify_doorlog.read_date(terms.at)
        age = verify_doorlog.read_age(terms.max_age)
        with counting("records") as add:
            return verify_doorlog.verify(
                file,
                keys,
                at=when,
                max_age=age,
                since=terms.since_export,
                anchor=terms.anchor,
                least_trust=terms.least_trust,
                fast=terms.fast,
                tell=add,
            )
    except verify_doorlog.WrongUse as error:
        raise WrongUse(str(error)) from error
