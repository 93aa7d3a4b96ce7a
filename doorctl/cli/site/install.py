"""``doorctl install``: what a machine is told for its start: levels of strikes, a serial line, units, hangs."""

import difflib
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from doorctl.cli.desk import JsonOption, example
from doorctl.cli.output import Output
from doorctl.cli.site.config_kind import kind_of
from doorctl.door.config.door_config import DoorConfig, layout_of, read_door_config
from doorctl.durable import replace_file, write_new_file
from doorctl.errors import ConfigError, WrongUse
from doorctl.machine.boot_config import FOLDERS
from doorctl.machine.computer import Computer
from doorctl.machine.last_resorts import LAST_RESORTS
from doorctl.machine.units import TIMERS
from doorctl.machine.units import UNITS as OF_A_CONTROLLER
from hardware.board import BoardKind, BoardUnavailableError
from hardware.boot import boot_lines, conflicts, family_of, header_line, with_lines, without_console

UNITS = {
    "controller": (*OF_A_CONTROLLER, *TIMERS),
    "hub": ("doorctl-hub.service", "doorctl-check-hub.timer"),
}
"""What runs for each kind of configuration."""
CONFIGS = "etc/doorctl"
_COPY = ".before-doorctl"


@dataclass(frozen=True, slots=True)
class Edit:
    """A file, and what shall stand in it."""

    path: Path
    now: str
    then: str

    @property
    def lines(self) -> list[str]:
        """Tell what comes and what goes, a line each."""
        whole = difflib.unified_diff(self.now.splitlines(), self.then.splitlines(), n=0, lineterm="")
        return [line for line in list(whole)[2:] if not line.startswith("@@")]


def register(app: typer.Typer) -> None:
    """Put the command among the others."""
    app.command("install", epilog=example("doorctl install --config /etc/doorctl/controller.toml"))(install)


def install(
    *,
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="controller.toml or hub.toml")],
    yes: Annotated[bool, typer.Option("--yes", help="do it; else it only tells what it would do")] = False,
    root: Annotated[Path, typer.Option("--root", metavar="DIR", help="where the system's files are")] = Path("/"),
    as_json: JsonOption = False,
) -> None:
    """Tell what this machine lacks to start doorctl by itself, and with --yes do it.

    A controller's Raspberry Pi gets each strike where on_process_loss says, from the firmware on, and a free serial
    line where a reader is at the header (config.txt and cmdline.txt, a copy of each is kept); it starts anew when its
    kernel panics or hangs; and the units are enabled. Said again, it changes what controller.toml has changed, and
    does what was left when it was cut short. A board that is not known is refused.
    """
    kind = kind_of(config)
    if kind not in UNITS:
        raise WrongUse(f"{config} is an admin's: nothing of an admin runs by itself")
    edits = [edit for edit in _edits(config, kind, root) if edit.now != edit.then]
    units = [unit for unit in UNITS[kind] if not _is_enabled(unit, root)]
    if yes:
        _refuse_another_place(config, kind, root)
        _enable(units, root)  # first: cut short after the files, it would not know any more that a start is due
        _carry_out(edits)
    found = {
        "kind": kind,
        "done": yes,
        "files": {str(edit.path): edit.lines for edit in edits},
        "enabled": units,
        "reboot": bool(edits),
    }
    Output(as_json).result(found, "\n".join(_text(edits, units, kind, done=yes)))


def _edits(config: Path, kind: str, root: Path) -> Iterator[Edit]:
    if kind != "controller":
        return
    door = read_door_config(config, lab=True)
    if door.board.kind is not BoardKind.RASPBERRY_PI:
        return
    computer = Computer(root)
    try:
        family = family_of(computer.model)
    except BoardUnavailableError as error:
        raise WrongUse(str(error)) from error
    port = header_line(_ports(door), family)
    layout = layout_of(door.door, door.board, door.elevator)
    if mistakes := conflicts(layout, port):
        raise ConfigError("\n".join(mistakes))
    boot = _boot_folder(computer)
    now = (boot / "config.txt").read_text()
    yield Edit(boot / "config.txt", now, with_lines(now, boot_lines(layout, family, port)))
    if port is not None and (boot / "cmdline.txt").exists():
        words = (boot / "cmdline.txt").read_text()
        yield Edit(boot / "cmdline.txt", words, without_console(words, family))
    for name, then in LAST_RESORTS.items():
        yield Edit(root / name, (root / name).read_text() if (root / name).exists() else "", then)


def _ports(door: DoorConfig) -> list[str]:
    return [line.port for line in door.line if not line.simulated]


def _boot_folder(computer: Computer) -> Path:
    folders = [computer.at(folder) for folder in FOLDERS]
    for folder in folders:
        if (folder / "config.txt").exists():
            return folder
    raise WrongUse(f"there is no config.txt in {' or '.join(map(str, folders))}: mount it")


def _refuse_another_place(config: Path, kind: str, root: Path) -> None:
    place = root / CONFIGS / f"{kind}.toml"
    if config.resolve() != place.resolve():
        raise WrongUse(f"the units read {place}: put {config} there first, and name that")


def _carry_out(edits: Sequence[Edit]) -> None:
    """Write files. Raises OSError, and WrongUse where they are not for this user to write."""
    for edit in edits:
        try:
            _write(edit)
        except PermissionError as error:
            raise WrongUse(f"{edit.path} is not for this user to write: say it as root (sudo)") from error


def _write(edit: Edit) -> None:
    """Write a file, with what stood in it kept beside. Raises OSError."""
    edit.path.parent.mkdir(parents=True, exist_ok=True)
    if edit.path.exists():
        _keep(edit)
    replace_file(edit.path, edit.then.encode(), mode=0o644)


def _keep(edit: Edit) -> None:
    copies = [edit.path.with_name(f"{edit.path.name}{_COPY}{number}") for number in ("", *map(str, range(2, 1000)))]
    free = next(path for path in copies if not path.exists())
    write_new_file(free, edit.now.encode(), mode=0o644)


def _systemctl(root: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    where = [] if root == Path("/") else [f"--root={root}"]
    return subprocess.run(["systemctl", *where, *words], capture_output=True, text=True, check=False)


def _is_enabled(unit: str, root: Path) -> bool:
    return _systemctl(root, "is-enabled", "--quiet", unit).returncode == 0


def _enable(units: Sequence[str], root: Path) -> None:
    if not units:
        return
    done = _systemctl(root, "enable", "--quiet", *units)
    if done.returncode:
        raise WrongUse(
            f"systemctl enable {' '.join(units)}: {done.stderr.strip()}: nothing else was changed; "
            "install the package, or the units (docs/operations.md), and say it as root"
        )


def _text(edits: Sequence[Edit], units: Sequence[str], kind: str, *, done: bool) -> Iterator[str]:
    if not edits and not units:
        yield "Nothing is left to do."
        return
    for edit in edits:
        yield f"{edit.path}:"
        yield from (f"  {line}" for line in edit.lines)
    if units:
        yield f"enable: {' '.join(units)}"
    start = "doorctl.target" if kind == "controller" else UNITS[kind][0]
    next_step = "sudo reboot" if edits else f"sudo systemctl start {start}"
    yield f"Done. Next: {next_step}" if done else "Nothing was changed: --yes does it."
