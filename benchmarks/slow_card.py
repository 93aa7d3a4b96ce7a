"""A slow SD card that several processes share: each flush waits its turn, and for all that is not yet written."""

import subprocess
from pathlib import Path

BYTES_PER_SECOND = 10_000_000
_SOURCE = Path(__file__).with_name("slow_card.c")


def slow_card(flush_ms: float, folder: Path, *, card: Path) -> dict[str, str]:
    """Compile the library into this folder; return the environment of a process that has its files on this card."""
    library = folder / "slow_card.so"
    if not library.exists():
        subprocess.run(["gcc", "-O2", "-Wall", "-shared", "-fPIC", "-o", library, _SOURCE, "-ldl"], check=True)
    return {
        "LD_PRELOAD": str(library),
        "DOORCTL_FLUSH_MS": str(flush_ms),
        "DOORCTL_CARD_BYTES_PER_SECOND": str(BYTES_PER_SECOND),
        "DOORCTL_CARD": str(card),
    }
