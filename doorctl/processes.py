"""The four processes by name: each starts from a small table, without typer, rich or the commands.

A door has 40 MB to live in.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from doorctl.errors import ConfigError, DoorctlError, KeyFileError, Unreachable, WrongUse

DONE, REFUSED, WRONG_USE, NOT_REACHABLE = 0, 1, 2, 3
"""The exit codes of every command."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process of doorctl: the module that runs it, and what it does."""

    module: str
    does: str
    example: str
    has_lab: bool = False


PROCESSES = {
    "door": Process(
        "doorctl.door.process",
        "Run the doors of a controller: readers, decisions, records, strikes. (Admins: doorctl door add --help)",
        "doorctl door --config controller.toml",
        has_lab=True,
    ),
    "keeper": Process(
        "doorctl.keeper.process",
        "Run a controller's keeper: it verifies what the hub signed and applies it.",
        "doorctl keeper --config controller.toml",
    ),
    "link": Process(
        "doorctl.link.process",
        "Run a controller's link: it carries signed notes between keeper and broker.",
        "doorctl link --config controller.toml",
    ),
    "hub": Process(
        "doorctl.hub.process",
        "Run the site's hub: the one writer of the policy and collector of the records.",
        "doorctl hub --config hub.toml",
    ),
}


def is_process(given: Sequence[str]) -> bool:
    """Tell ``doorctl door --config FILE``, the process, from ``doorctl door add``, an admin's command."""
    return bool(given) and given[0] in PROCESSES and (len(given) == 1 or given[1].startswith("-"))


def run_process(name: str, arguments: Sequence[str]) -> int:
    """Run one of the four processes until it ends; return its exit code. What it writes is for its user alone."""
    process = PROCESSES[name]
    options = vars(parser_of(name).parse_args(arguments))
    os.umask(0o077)
    try:
        module = importlib.import_module(process.module)
        return int(module.run(options.pop("config"), **options))
    except DoorctlError as error:
        sys.stderr.write(f"doorctl {name}: {error}\n")
        return exit_code_of(error)


def parser_of(name: str) -> argparse.ArgumentParser:
    """Make the parser of a process's arguments."""
    process = PROCESSES[name]
    parser = argparse.ArgumentParser(
        prog=f"doorctl {name}", description=process.does, epilog=f"Example: {process.example}"
    )
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the configuration file (TOML)")
    if process.has_lab:
        parser.add_argument("--lab", action="store_true", help="allow simulated readers on a real board")
    return parser


def exit_code_of(error: DoorctlError) -> int:
    """Tell by which exit code an error ends a command."""
    if isinstance(error, Unreachable):
        return NOT_REACHABLE
    return WRONG_USE if isinstance(error, ConfigError | KeyFileError | WrongUse) else REFUSED
