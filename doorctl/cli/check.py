"""``doorctl check``: all mistakes of a configuration file at once, whichever process it is for."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from doorctl.cli.account import timezone_called
from doorctl.cli.desk import JsonOption
from doorctl.cli.output import Output, say_error
from doorctl.config import CONTROLLER_TABLES, AdminConfig, HubConfig, KeeperConfig, LinkConfig, read_config
from doorctl.door.config import layout_of, read_door_config
from doorctl.errors import ConfigError
from doorctl.processes import REFUSED
from hardware.pins import warnings

Warnings = list[str]


def check(
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="hub.toml, controller.toml or admin.toml")],
    lab: Annotated[bool, typer.Option("--lab", help="allow simulated readers on a real board")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check a configuration file and tell every mistake, each with its key.

    The exit code is 0 if there is none, 1 if there are mistakes, 2 if it is no configuration file at all.
    """
    kind = _kind_of(config)
    mistakes, doubts = _look_at(config, kind, lab=lab)
    if as_json:
        Output(as_json).result({"file": str(config), "kind": kind, "mistakes": mistakes, "warnings": doubts}, "")
    for doubt in () if as_json else doubts:
        say_error(f"warning: {doubt}")
    for mistake in () if as_json else mistakes:
        say_error(mistake)
    if mistakes:
        raise typer.Exit(REFUSED)
    if not as_json:
        typer.echo(f"{config} is a good {kind} configuration.")


def _kind_of(path: Path) -> str:
    """Tell by its tables whose file it is. Raises ConfigError."""
    try:
        tables = tomllib.loads(path.read_text())
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    for kind in _CHECKS:
        if kind in tables:
            return kind
    raise ConfigError(f"{path} has none of the tables [hub], [controller] and [admin]: which process is it for?")


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
    timezone_called(read_config(path, HubConfig).hub.timezone)
    return []


def _check_admin(path: Path, _lab: bool) -> Warnings:
    timezone_called(read_config(path, AdminConfig).admin.timezone)
    return []


def _check_door(path: Path, lab: bool) -> Warnings:
    config = read_door_config(path, lab=lab)
    return warnings(layout_of(config.door, config.board.fire)) if config.board.kind != "simulated" else []


def _check_keeper(path: Path, _lab: bool) -> Warnings:
    read_config(path, KeeperConfig, others=CONTROLLER_TABLES)
    return []


def _check_link(path: Path, _lab: bool) -> Warnings:
    read_config(path, LinkConfig, others=CONTROLLER_TABLES)
    return []


_CHECKS: dict[str, tuple[Callable[[Path, bool], Warnings], ...]] = {
    "hub": (_check_hub,),
    "controller": (_check_door, _check_keeper, _check_link),
    "admin": (_check_admin,),
}
