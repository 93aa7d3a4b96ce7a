"""``doorctl check``: all mistakes of a configuration file at once, of its machine, and proofs about its broker."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from doorctl.cli.account import timezone_called
from doorctl.cli.desk import JsonOption, example
from doorctl.cli.output import Output, say_error
from doorctl.cli.site.broker_proofs import check_brokers
from doorctl.cli.site.config_kind import kind_of
from doorctl.cli.site.machine_check import for_people, for_programs, look_at_machine, weighs
from doorctl.cli.site.walk_plan import relay_plan_of
from doorctl.cli.site.walk_test import walk
from doorctl.config import (
    CONTROLLER_TABLES,
    AdminConfig,
    HubConfig,
    KeeperConfig,
    LinkConfig,
    LinkTable,
    brokers_of,
    read_config,
)
from doorctl.door.config.door_config import clonable_doubts, layout_of, read_door_config
from doorctl.errors import ConfigError
from doorctl.keys.certificates import expires_at
from doorctl.machine.computer import Computer
from doorctl.machine.troubles import Finding
from doorctl.mqtt.tls import client_context
from doorctl.processes import REFUSED
from doorctl.trust.verify import WARN_DAYS
from hardware.pins import warnings

Warnings = list[str]
RELAY_SECONDS = 60.0
EXPIRY_WARNING = timedelta(days=max(WARN_DAYS))


def check(
    *,
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="hub.toml, controller.toml or admin.toml")],
    lab: Annotated[bool, typer.Option("--lab", help="allow simulated readers on a real board")] = False,
    broker: Annotated[
        bool, typer.Option("--broker", help="hub.toml: prove that its brokers keep others out")
    ] = False,
    parties: Annotated[
        list[Path] | None, typer.Option("--as", metavar="FILE", help="controller.toml or admin.toml to prove it with")
    ] = None,
    relay: Annotated[
        str | None,
        typer.Option("--relay", metavar="DOOR", help="ask a person there what its lock does"),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="with --relay: where the signed report goes")
    ] = None,
    machine: Annotated[
        bool,
        typer.Option("--machine", help="look at this computer, too: lines, pins, clock, disk, power, units, broker"),
    ] = False,
    root: Annotated[
        Path, typer.Option("--root", metavar="DIR", help="with --machine: where /sys, /proc, /boot and /dev are")
    ] = Path("/"),
    as_json: JsonOption = False,
) -> None:
    """Check a configuration file and tell every mistake, each with its key.

    With --machine, tell also what is wrong with this computer before anything is wired to it: run it as root, on the
    controller or the hub's machine. Each finding says why it matters and what to do; warnings alone are no mistake.

    With --relay, on the running controller, ask a person at the door what no software sees: what the lock does
    without power, from power-up on, at rest and released. It is released after Enter alone, by the technician's mode.

    With --broker, send probes through the running brokers and see that nobody is let in without a certificate of
    the site's, and that nobody hears or says what is another's. The exit code is 0 if all is well, 1 if there are
    mistakes or something is open, 2 if it is no configuration file at all, 3 if a broker does not answer.
    """
    if broker:
        check_brokers(config, parties or [], as_json=as_json)
        return
    if relay is not None:
        walk(config, partial(relay_plan_of, wanted=relay), report, seconds=RELAY_SECONDS, output=Output(as_json))
    if parties:
        raise typer.BadParameter("--as goes with --broker")
    kind = kind_of(config)
    mistakes, doubts = _look_at(config, kind, lab=lab)
    findings = _look_at_machine(config, kind, root, lab=lab) if machine else []
    if as_json:
        found: dict[str, object] = {"file": str(config), "kind": kind, "mistakes": mistakes, "warnings": doubts}
        told = {"findings": [for_programs(each) for each in findings or ()]} if machine else {}
        Output(as_json).result(found | told, "")
    else:
        _tell(config, kind, mistakes=mistakes, doubts=doubts, findings=findings, machine=machine)
    if mistakes or any(map(weighs, findings or ())):
        raise typer.Exit(REFUSED)


def _tell(
    path: Path, kind: str, *, mistakes: Warnings, doubts: Warnings, findings: list[Finding] | None, machine: bool
) -> None:
    for doubt in doubts:
        say_error(f"warning: {doubt}")
    for mistake in mistakes:
        say_error(mistake)
    if findings is None:
        say_error("the machine was not looked at: mend the configuration first")
    if not mistakes:
        typer.echo(f"{path} is a good {kind} configuration.")
    for finding in findings or ():
        say_error(for_people(finding))
    if machine and not findings and not mistakes:
        typer.echo("This machine is ready for it.")


def _look_at_machine(path: Path, kind: str, root: Path, *, lab: bool) -> list[Finding] | None:
    """Return what is wrong with the machine, None where the configuration does not say what it needs of it.

    A file for TLS that is not there yet, as before `doorctl join`, is a mistake, and hides nothing of the machine.
    """
    try:
        return look_at_machine(path, kind, Computer(root), lab=lab)
    except ConfigError:
        return None


def _look_at(path: Path, kind: str, *, lab: bool) -> tuple[list[str], Warnings]:
    """Return mistakes and doubts, each once, in the order they were found."""
    mistakes: dict[str, None] = {}
    doubts: Warnings = []
    for read in _CHECKS[kind]:
        try:
            doubts += read(path, lab)
        except ConfigError as error:
            first, *others = str(error).splitlines()
            mistakes |= dict.fromkeys(others or [first])
    return list(mistakes), doubts


def _check_hub(path: Path, _lab: bool) -> Warnings:
    config = read_config(path, HubConfig)
    timezone_called(config.hub.timezone)
    return _look_at_tls(config.mqtt, path)


def _check_admin(path: Path, _lab: bool) -> Warnings:
    config = read_config(path, AdminConfig)
    timezone_called(config.admin.timezone)
    return _look_at_tls(config.mqtt, path)


def _check_door(path: Path, lab: bool) -> Warnings:
    config = read_door_config(path, lab=lab)
    doubts = [*clonable_doubts(config)]
    if config.board.kind == "simulated":
        return doubts
    return [*warnings(layout_of(config.door, config.board, config.elevator)), *doubts]


def _check_keeper(path: Path, _lab: bool) -> Warnings:
    read_config(path, KeeperConfig, others=CONTROLLER_TABLES)
    return []


def _check_link(path: Path, _lab: bool) -> Warnings:
    return _look_at_tls(read_config(path, LinkConfig, others=CONTROLLER_TABLES).link, path)


def _look_at_tls(table: LinkTable, path: Path) -> Warnings:
    """Return what to doubt about the files for TLS. Raises ConfigError."""
    tls = brokers_of(table, path)[0].tls
    if tls is None:
        return []
    client_context(tls)
    if tls.certificate is None:
        return ["no `certificate`: a broker that `doorctl broker-config` has set up lets nobody in without one"]
    expires = expires_at(tls.certificate)
    is_soon = expires - datetime.now(UTC) <= EXPIRY_WARNING
    return [f"the certificate {tls.certificate} ends on {expires.date()}"] if is_soon else []


_CHECKS: dict[str, tuple[Callable[[Path, bool], Warnings], ...]] = {
    "hub": (_check_hub,),
    "controller": (_check_door, _check_keeper, _check_link),
    "admin": (_check_admin,),
}


def register(app: typer.Typer) -> None:
    """Put the command among the others."""
    examples = (
        "doorctl check --config controller.toml",
        "sudo doorctl check --config controller.toml --machine",
        "sudo -u doorctl doorctl check --config controller.toml --relay floor-3 --report /var/lib/doorctl/relay.note",
    )
    app.command("check", epilog=example(*examples))(check)
