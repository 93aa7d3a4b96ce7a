"""``doorctl audit anchor``: the heads of all logs to a place outside, from which nobody here can take them back."""

import hashlib
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from doorctl.backup.contents import HubFiles, hub_files
from doorctl.cli.desk import JsonOption, example
from doorctl.cli.output import Output
from doorctl.database import open_reader
from doorctl.errors import SiteUnavailable, WrongUse
from doorctl.hub.anchors.heads import Sent, heads_of, tell_of_sending, written_heads
from doorctl.hub.anchors.ways import Way, ways_of
from doorctl.hub.log_store import LogId
from doorctl.hub.outside import NotSent
from doorctl.hub.trust_file import TrustFile
from doorctl.keys.identity import decode_public
from doorctl.processes import DONE, NOT_REACHABLE
from doorctl.wire.notes import Signer

_BUSY_MILLISECONDS = 5000


def register(app: typer.Typer) -> None:
    """Put the command into the app."""
    app.command("anchor", epilog=example("doorctl audit anchor", "doorctl audit anchor --config hub/hub.toml"))(
        anchor
    )


def anchor(
    *,
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="hub.toml")] = Path(
        "/etc/doorctl/hub.toml"
    ),
    as_json: JsonOption = False,
) -> None:
    """Send the newest signed head of the hub's log and of every controller's to the places that [anchor] names.

    Run it as the hub's user, on the hub's machine; doorctl-anchor.timer does each day. Whoever holds hub, broker and
    every controller at once can still change no record of before the last head that lies elsewhere. The hub records
    who has taken the heads; a place that takes none for three days is an alarm.
    """
    hub = hub_files(config)
    heads, at = _heads(hub), datetime.now(UTC)
    ways = ways_of(hub.config, hub.path, at=at)
    text = written_heads(heads, _signer(hub), at=int(at.timestamp()))
    failed = {place: why for place, send in ways.items() if (why := _why_not(send, text))}
    sent = Sent(
        int(at.timestamp()),
        hashlib.sha256(text).hexdigest(),
        tuple(place for place in ways if place not in failed),
        failed,
    )
    tell_of_sending(hub.state_dir, sent)
    Output(as_json).result(sent, _told(sent, ways))
    raise typer.Exit(NOT_REACHABLE if failed else DONE)


def _heads(hub: HubFiles) -> list[tuple[LogId, bytes]]:
    try:
        with closing(open_reader(hub.database, busy_milliseconds=_BUSY_MILLISECONDS)) as connection:
            heads = heads_of(connection)
    except sqlite3.Error as error:
        raise SiteUnavailable(f"{hub.database} cannot be read: {error}") from error
    if not heads:
        raise WrongUse(f"{hub.database} has no log yet: start the hub first")
    return heads


def _signer(hub: HubFiles) -> Signer:
    root_keys = [decode_public(key) for key in hub.config.hub.root_keys]
    trust = TrustFile(hub.state_dir, site=hub.site, root_keys=root_keys)
    return trust.identity_of(trust.load().trust.hub).signer


def _why_not(send: Way, text: bytes) -> str:
    try:
        send(text)
    except NotSent as error:
        return str(error)[:200]
    return ""


def _told(sent: Sent, ways: Mapping[str, Way]) -> str:
    failures = [f"not taken by {place}: {why}" for place, why in sent.failed.items()]
    return "\n".join(
        [f"{len(sent.taken)} of {len(ways)} place(s) have taken the heads, sha256 {sent.sha256}", *failures]
    )
