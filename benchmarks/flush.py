"""How long a flush takes: as long as the disk likes, or pinned to a time by a preloaded library."""

import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("pinned_flush.c")


def pinned_flush(milliseconds: float, folder: Path) -> dict[str, str]:
    """Compile the library into this folder; return the environment that pins every flush of a process."""
    library = folder / "pinned_flush.so"
    if not library.exists():
        subprocess.run(["gcc", "-O2", "-Wall", "-shared", "-fPIC", "-o", library, _SOURCE], check=True)
    return {"LD_PRELOAD": str(library), "DOORCTL_FLUSH_MS": str(milliseconds)}
