"""Records that arrive at a hub that watches, and what it says of them."""

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from doorctl.audit.checkpoint import HUB_LOG
from doorctl.audit.leaf import leaf_bytes, read_leaf, written
from doorctl.core.records import RecordKind
from doorctl.hub.outgoing import Outgoing
from doorctl.wire.alerts import (
    Alert,
    AlertFound,
    AlertsOf,
    AlertsPage,
)
from doorctl.wire.commands import Private
from doorctl.wire.topics import Channel
from tests.hub.builders import NOON, ASite, a_private, later
from tests.hub.logs import ALog, send


def a_log(site: ASite, controller: int = 0, epoch: int = 1) -> ALog:
    return ALog(site.controllers[controller], epoch)


def write(log: ALog, *, at: float | None = None, subject: str = "holder:h1", **more: Any) -> None:  # noqa: ANN401
    """Write a record into a log, a denial if nothing else is said; ``at`` is in seconds after noon."""
    log.write(subject=subject, outcome="denied", kind=more.pop("kind", RecordKind.DECISION))
    seconds = len(log.leaves) - 1 if at is None else at
    told = {"at": written(NOON + timedelta(seconds=seconds)), **more}
    log.leaves[-1] = leaf_bytes(replace(read_leaf(log.leaves[-1]), **told))


def deliver(site: ASite, log: ALog, *, first: int = 0, seconds: float = 10) -> list[Alert]:
    """Let a controller's records arrive, and return the alerts that are published by the next turns."""
    openings = [opening for opening in log.openings if opening.seq >= first]
    assert send(site, log.batch(first, len(log.leaves)), openings, at=later(seconds))
    return turn(site, seconds=seconds)


def turn(site: ASite, *, seconds: float = 10) -> list[Alert]:
    return told(site, site.hub.tick(later(seconds)))


def told(site: ASite, outgoing: list[Outgoing]) -> list[Alert]:
    assert {each.address.channel for each in outgoing if b"doorctl/v1/alert\n" in each.payload} <= {Channel.ALERT}
    return site.messages(outgoing, Alert)


def rules_of(alerts: list[Alert]) -> list[str]:
    return [alert.rule for alert in alerts]


def alerts_in(site: ASite, **question: Any) -> tuple[AlertFound, ...]:  # noqa: ANN401
    return site.ask_for(AlertsOf(**question), AlertsPage).alerts


def recorded(site: ASite, kind: RecordKind) -> list[str]:
    rows = site.rows(f"SELECT leaf FROM records WHERE controller = '{HUB_LOG}' AND kind = '{kind}' ORDER BY seq")
    return [read_leaf(bytes(leaf)).detail for (leaf,) in rows if isinstance(leaf, bytes)]


def five_denials(site: ASite) -> ALog:
    log = a_log(site)
    for _ in range(5):
        write(log, subject="")
    return log


def a_private_note(text: str) -> Private:
    return replace(a_private(), note=text)
