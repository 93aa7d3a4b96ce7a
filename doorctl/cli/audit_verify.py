"""``doorctl audit verify``: judge an exported proof by a public key; neither a configuration nor a hub is asked."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from doorctl.audit import verify_doorlog
from doorctl.cli.audit_live import verify_where_it_lies
from doorctl.cli.desk import JsonOption, example
from doorctl.cli.output import Output, counting
from doorctl.errors import WrongUse
from doorctl.processes import DONE, REFUSED


def register(app: typer.Typer) -> None:
    """Add the command to its family."""
    app.command(
        "verify",
        epilog=example(
            "doorctl audit verify october.doorlog --key root.key",
            "doorctl audit verify october.doorlog --key 9gl3BHcEnJOFKW... --since-export september.doorlog",
            "doorctl audit verify october.doorlog --key root.key --anchor heads.txt",
            "doorctl audit verify --live --config /etc/doorctl/controller.toml",
        ),
    )(verify)


def verify(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="the .doorlog")] = None,
    *,
    key: Annotated[
        list[str] | None,
        typer.Option("--key", metavar="KEY", help="the site's public root key, or a file that holds it"),
    ] = None,
    since_export: Annotated[
        Path | None,
        typer.Option("--since-export", metavar="OLD", help="an older export that this one must go on from"),
    ] = None,
    anchor: Annotated[
        Path | None,
        typer.Option("--anchor", metavar="HEADS", help="what `audit anchor` wrote outside, all of it"),
    ] = None,
    max_age: Annotated[str, typer.Option("--max-age", metavar="AGE", help="how old the file may be")] = "7d",
    at: Annotated[
        str | None, typer.Option("--at", metavar="DATE", help="judge as of this time instead of now")
    ] = None,
    least_trust: Annotated[
        int, typer.Option("--least-trust", metavar="N", help="the version of trust that you know of")
    ] = 0,
    fast: Annotated[bool, typer.Option("--fast", help="only that the file is what the hub signed")] = False,
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
    characters, as `root_keys` in every configuration file; give one more after the root was replaced.

    With --live it reads the controller's log where it lies, and compares it with its checkpoint, its anchor and what
    the hub has cosigned; it needs no FILE and no --key.
    """
    if live:
        if file is not None or key:
            raise WrongUse("--live takes no FILE and no --key: it checks the log of this controller")
        raise typer.Exit(verify_where_it_lies(config, Output(as_json)))
    if file is None or not key:
        raise WrongUse("give FILE and --key, or --live on a controller")
    seen = _Seen(since_export, anchor, least_trust)
    raise typer.Exit(_judge(file, key, seen, max_age=max_age, at=at, fast=fast, output=Output(as_json)))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is compared with the file: an older export, heads that were kept outside, and a version of trust."""

    export: Path | None
    anchor: Path | None
    least_trust: int


def _judge(
    file: Path, key: list[str], seen: _Seen, *, max_age: str, at: str | None, fast: bool, output: Output
) -> int:
    """Judge a file, tell the verdict, and return the exit code. Raises WrongUse."""
    try:
        keys, when = verify_doorlog.read_keys(key), verify_doorlog.read_date(at)
        age = verify_doorlog.read_age(max_age)
        with counting("records") as add:
            found = verify_doorlog.verify(
                file,
                keys,
                at=when,
                max_age=age,
                since=seen.export,
                anchor=seen.anchor,
                least_trust=seen.least_trust,
                fast=fast,
                tell=add,
            )
    except verify_doorlog.WrongUse as error:
        raise WrongUse(str(error)) from error
    words = verify_doorlog.in_words(found, str(file)).rstrip("\n")
    output.result(verify_doorlog.as_object(found), words)
    return DONE if found.whole else REFUSED
