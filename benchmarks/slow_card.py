"""A slow SD card that several processes share: each flush waits its turn, and for all that is not yet written."""

from pathlib import Path

from benchmarks.flush import compiled

BYTES_PER_SECOND = 10_000_000


def slow_card(flush_ms: float, folder: Path, *, card: Path) -> dict[str, str]:
    """Compile the library into this folder; return the environment of a process that has its files on this card."""
    return {
        "LD_PRELOAD": str(compiled("slow_card", folder)),
        "DOORCTL_FLUSH_MS": str(flush_ms),
        "DOORCTL_CARD_BYTES_PER_SECOND": str(BYTES_PER_SECOND),
        "DOORCTL_CARD": str(card),
    }
