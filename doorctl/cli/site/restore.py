"""``doorctl restore``: a hub from its backup, in an empty folder, and what is left to do by hand."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from doorctl.backup.restoring import restore as restore_hub
from doorctl.backup.settling import RestoredHub
from doorctl.cli.desk import JsonOption, example
from doorctl.cli.ending import ended_in_order
from doorctl.cli.output import Output, measuring
from doorctl.cli.site.backup import IDENTITY_HELP, read_identity


def restore(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="a base, and its increments, in any order")],
    *,
    identity: Annotated[Path, typer.Option("--identity", metavar="KEYFILE", help=IDENTITY_HELP)],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="a new folder; nothing is overwritten")],
    as_json: JsonOption = False,
) -> None:
    """Restore a hub from a backup into an empty folder, check it, and say what to do next.

    The hub that starts there knows that it was restored: it begins a new epoch of its own log, and fetches the
    changes back that it has made since the backup (docs/operations.md, "A hub from a backup").
    """
    size = sum(path.stat().st_size for path in files)
    with ended_in_order(), measuring("restoring", size) as advance:
        restored = restore_hub(files, to, identities=read_identity(identity), at=datetime.now(UTC), advance=advance)
    _tell_restored(restored, to, Output(as_json))


def _tell_restored(restored: RestoredHub, to: Path, output: Output) -> None:
    manifest, next_steps = restored.manifest, _next_steps(restored, to)
    made_at = datetime.fromtimestamp(manifest.made_at, UTC).isoformat()
    found = {
        "dir": str(to),
        "site": manifest.site,
        "series": manifest.series,
        "number": manifest.number,
        "made_at": made_at,
        "records": restored.records,
        "missing": list(restored.missing),
        "root_keys": list(restored.hub.config.hub.root_keys),
        "next": next_steps,
    }
    steps = "\n".join(f"{number:>3}. {step}" for number, step in enumerate(next_steps, 1))
    output.result(
        found, f"The hub of {manifest.site} as of {made_at}, {restored.records} records, is in {to}. Next:\n{steps}"
    )


def _next_steps(restored: RestoredHub, to: Path) -> list[str]:
    meant = restored.hub.state_dir
    moves = [] if meant.is_relative_to(to.absolute()) else [f"bring what is in {restored.state_dir} to {meant}"]
    return [
        "make sure that the old hub does not run anywhere: two would sign two histories",
        f"compare root_keys in {restored.hub.path} with those you wrote down: age hides, it does not sign",
        *(f"put {path} in its place: the backup holds no keys" for path in restored.missing),
        *moves,
        f"give the files to the hub's user: chown -R doorctl-hub: {to}",
        f"doorctl hub --config {restored.hub.path}",
        "give every revoke since then that you know of, and look at `doorctl status` until it is no longer behind",
        "look at `doorctl retention show`: its rules are those of the backup, and count from tomorrow's night on",
    ]


def register(app: typer.Typer) -> None:
    """Put the command among the others."""
    app.command("restore", epilog=example("doorctl restore hq-20261122T024500Z-1f3a22c0*.age --identity K --to hub"))(
        restore
    )
