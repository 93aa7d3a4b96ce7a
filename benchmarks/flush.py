"""How long a flush takes: as long as the disk likes, or pinned to a time by a preloaded library."""

import subprocess
from pathlib import Path


def pinned_flush(milliseconds: float, folder: Path) -> dict[str, str]:
    """Compile the library into this folder; return the environment that pins every flush of a process."""
    return {"LD_PRELOAD": str(compiled("pinned_flush", folder)), "DOORCTL_FLUSH_MS": str(milliseconds)}


def compiled(name: str, folder: Path) -> Path:
    """Compile a C source that lies here into a library that LD_PRELOAD takes, once for each folder."""
    source, library = Path(__file__).with_name(f"{name}.c"), folder / f"{name}.so"
    if not library.exists():
        subprocess.run(["gcc", "-O2", "-Wall", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library
