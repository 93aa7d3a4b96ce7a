"""What the strikes' pins are put to when this process is gone: a file for the program that systemd then runs.

A line ``PIN LEVEL`` for each strike (``systemd/on_process_loss.c`` reads it). It stands before the pins are taken and
goes when they were left in good order, so that where it stands nobody has left them.
"""

from pathlib import Path

from hardware.board import BoardUnavailableError
from hardware.pins import Layout


def write_rest(path: Path, layout: Layout) -> None:
    """Say what each strike's pin is put to. Raises BoardUnavailableError."""
    lines = [f"{strike.pin} {int(strike.level(strike.on_process_loss))}\n" for strike in layout.strikes]
    aside = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text("".join(lines))
        aside.replace(path)
    except OSError as error:
        raise BoardUnavailableError(f"cannot write {path}: {error}: see that runtime_dir can be written") from error


def remove_rest(path: Path) -> None:
    """Say that the pins were left in good order."""
    path.unlink(missing_ok=True)
