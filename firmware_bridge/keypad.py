"""A keypad's bursts to keys and back: 4 bits of the key, or 8 with the first four inverted."""

from firmware_bridge.reader_events import FaultKind
from firmware_bridge.wiegand import Refused

KEYS = "0123456789*#"
KEY_BITS = (4, 8)
MOST_KEY_BITS = max(KEY_BITS)
"""So short a burst may be a key, or the rest of one: no digest of it is told, or a PIN's would tell its digits."""


def key_of(bits: str) -> str | Refused:
    """Read a burst of 4 or 8 bits; the values 10 and 11 are * and #."""
    value = int(bits[-4:], 2)
    inverted_value = int(bits[:4], 2)
    if len(bits) == 8 and value + inverted_value != 15:
        return Refused(FaultKind.PARITY, "8 bits, the first four are not the last four inverted")
    if value < len(KEYS):
        return KEYS[value]
    if len(bits) == 8 and inverted_value < len(KEYS):
        return Refused(FaultKind.SWAPPED_WIRES, "inverted it is a key: exchange D0 and D1")
    return Refused(FaultKind.PARITY, f"{len(bits)} bits, no key has the value {value}")


def burst_of(key: str) -> str:
    """Return the 4 bits that a keypad sends for a key. Raises ValueError for what is no key."""
    return f"{KEYS.index(key):04b}"
