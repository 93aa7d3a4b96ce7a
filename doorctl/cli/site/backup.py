"""``doorctl backup``: copies of a hub, encrypted to a key that is kept elsewhere."""

import secrets
import signal
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from doorctl.backup.age import check_recipients, new_identity
from doorctl.backup.contents import HubFiles, hub_files
from doorctl.backup.following import Follower
from doorctl.backup.making import Backup, Orders, make_base
from doorctl.backup.place import name_of, prune, stem_of
from doorctl.cli.desk import JsonOption, example
from doorctl.cli.ending import ended_in_order
from doorctl.cli.option_groups import spelled_out
from doorctl.cli.output import Output, measuring, say_error
from doorctl.config import BackupTable, resolve
from doorctl.errors import DoorctlError, WrongUse
from doorctl.hub.backups.news import BackupMade, tell_of_backup
from doorctl.keys.files import read_private, write_private

app = typer.Typer(
    name="backup",
    invoke_without_command=True,
    rich_markup_mode=None,
    add_completion=False,
)

KEEP = 7
_STOPPING = (signal.SIGTERM, signal.SIGINT)

HubConfigOption = Annotated[Path, typer.Option("--config", metavar="FILE", help="hub.toml")]
IDENTITY_HELP = "the private key's file, as `backup key` or age-keygen wrote it"


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is backed up, how, and where to; of a folder so many series are kept."""

    orders: Orders
    to: Path
    keep: int

    @property
    def hub(self) -> HubFiles:
        return self.orders.hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What is copied, for whom, and where to, as it was typed."""

    config: HubConfigOption = Path("/etc/doorctl/hub.toml")
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE|DIR", help="where to (else `to` in hub.toml's [backup])")
    ] = None
    recipients: Annotated[
        list[str] | None,
        typer.Option(
            "--recipient", metavar="age1…", help="for whose key (else `recipients` in [backup]); repeatable"
        ),
    ] = None
    with_keys: Annotated[bool, typer.Option("--with-keys", help="the hub's keys and card.keys, too")] = False
    identity: Annotated[
        Path | None, typer.Option("--identity", metavar="KEYFILE", help=f"open it again, to be sure: {IDENTITY_HELP}")
    ] = None


@app.callback(
    epilog=example(
        "doorctl backup --to /media/stick",
        "doorctl backup --to /mnt/second --follow --keep 7",
        "doorctl backup --to hq.age --recipient age1… --with-keys",
    )
)
@spelled_out
def backup(
    context: typer.Context,
    *,
    copy: Copy,
    follow: Annotated[bool, typer.Option("--follow", help="go on, with what has changed, until stopped")] = False,
    every: Annotated[float, typer.Option("--every", metavar="SECONDS", min=1, help="how often --follow looks")] = 60,
    keep: Annotated[
        int, typer.Option("--keep", metavar="N", min=1, help="how many whole backups a DIR keeps, with increments")
    ] = KEEP,
    as_json: JsonOption = False,
) -> None:
    """Back a hub up while it runs: its database, hub.toml and trust, encrypted to a public key.

    Run it as the hub's user, on the hub's machine. The copy is checked (the database, and that each log's records
    lead to its root), encrypted, written aside, read again, and only then put in its place; an older FILE is
    replaced, into a DIR each goes under a name of its own. With --follow only what has changed goes there, and
    once a day, or when that has become half as much as the base, a new base.
    """
    if context.invoked_subcommand is not None:
        return
    plan, output = _planned(copy, keep), Output(as_json)
    if follow:
        _follow(plan, every, output)
    else:
        _back_up_once(plan, output)


@app.command("key", epilog=example("doorctl backup key --out backup.key"))
def key(
    *,
    out: Annotated[Path, typer.Option("--out", metavar="KEYFILE", help="where to put the private key; a new file")],
    as_json: JsonOption = False,
) -> None:
    """Make a key for backups; run it on another machine than the hub, and keep the file there.

    It prints the public half, for --recipient or hub.toml. Without the file no backup can ever be opened: keep two
    copies, apart from each other and from the backups.
    """
    text, public = new_identity()
    write_private(out, text.encode())
    Output(as_json).result({"recipient": public, "identity": str(out)}, public)


def _planned(copy: Copy, keep: int) -> _Plan:
    """Put together what is typed and what hub.toml says. Raises ConfigError, KeyFileError and WrongUse."""
    hub = hub_files(copy.config)
    table = hub.config.backup or BackupTable()
    place, named = _place(hub, copy.to, table.to), tuple(copy.recipients or table.recipients)
    check_recipients(named)
    identities = None if copy.identity is None else read_identity(copy.identity)
    return _Plan(Orders(copy.config, named, copy.with_keys, identities), place, keep)


def _place(hub: HubFiles, to: Path | None, configured: str | None) -> Path:
    """Return where backups go; a configured path counts from the folder of hub.toml. Raises WrongUse."""
    if to is None and configured is None:
        raise WrongUse("where to? name --to FILE or DIR, or `to` in hub.toml's [backup]")
    place = to or resolve(hub.path, configured or "")
    if not place.is_dir() and not place.absolute().parent.is_dir():
        raise WrongUse(f"{place.absolute().parent} is not there: is the disk mounted?")
    return place


def read_identity(path: Path) -> str:
    """Read an identity file, which is for its owner alone. Raises KeyFileError."""
    return read_private(path).decode(errors="replace")


def _back_up_once(plan: _Plan, output: Output) -> None:
    at, series = datetime.now(UTC), secrets.token_hex(16)
    is_folder = plan.to.is_dir()
    path = plan.to / name_of(plan.hub.site, series, int(at.timestamp()), 0) if is_folder else plan.to
    with ended_in_order(), measuring("backing up", 2 * plan.hub.database.stat().st_size) as advance:
        made = make_base(plan.orders, path, series=series, at=at, advance=advance)
    _after_base(plan, made, at, output, prunes=is_folder)


def _follow(plan: _Plan, seconds: float, output: Output) -> None:
    if not plan.to.is_dir():
        raise WrongUse(f"--follow needs a folder, and {plan.to} is none: make it first")
    follower = Follower(plan.orders, plan.to)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)  # what is being written is finished
    try:
        _round(follower, plan, output)
        while signal.sigtimedwait(_STOPPING, seconds) is None:
            _round(follower, plan, output)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _round(follower: Follower, plan: _Plan, output: Output) -> None:
    """Back up once; what goes wrong is told, and tried again the next time."""
    at = datetime.now(UTC)
    try:
        with measuring("backing up", 2 * plan.hub.database.stat().st_size) as advance:
            made = follower.follow(at, new_series=secrets.token_hex(16), advance=advance)
        if made is not None and made.manifest.number == 0:
            _after_base(plan, made, at, output, prunes=True)
        elif made is not None:
            _tell(made, output)
    except (DoorctlError, OSError) as error:
        say_error(f"doorctl: {error}; trying again")


def _after_base(plan: _Plan, made: Backup, at: datetime, output: Output, *, prunes: bool) -> None:
    manifest, written = made.manifest, made.written
    news = BackupMade(manifest.series, manifest.made_at, written.size, written.sha256, plan.orders.with_keys)
    tell_of_backup(plan.hub.state_dir, news)
    newest = stem_of(written.path)
    pruned = prune(plan.to, plan.hub.site, keep=plan.keep, newest=newest, at=at) if prunes else []
    _tell(made, output, pruned=len(pruned), is_opened=plan.orders.identities is not None)


def _tell(made: Backup, output: Output, *, pruned: int = 0, is_opened: bool = False) -> None:
    manifest, written = made.manifest, made.written
    found: dict[str, object] = {
        "file": str(written.path),
        "series": manifest.series,
        "number": manifest.number,
        "made_at": datetime.fromtimestamp(manifest.made_at, UTC).isoformat(),
        "size": written.size,
        "sha256": written.sha256,
        "records": made.records,
        "opened": is_opened,
        "pruned": pruned,
    }
    what = "increment" if manifest.number else f"backup, {made.records} records checked"
    output.result(found, f"{written.path}: {what}, {written.size} bytes, sha256 {written.sha256}")
