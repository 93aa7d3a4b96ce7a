"""An own PIN on its way from a reader to the hub: as text in the opening of its record, which travels sealed.

``holder:<id>:own-pin:<keys of the ring>:<digits>:<keyed hash>:<proof>``. The proof is made with the keyed hash of the
whole code, which no controller can know: who has none of the code sets no PIN.
"""

import hmac
import re
from dataclasses import dataclass

VERB = "own-pin"
"""What the hub's own log calls what became of one."""
_TEXT = re.compile(r"holder:([a-z0-9-]{1,32}):own-pin:([1-9][0-9]?):([4-8]):([0-9a-f]{64}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class OwnPin:
    """Whose PIN it is to be, with how many keys of the ring it is made, how long it is, and its keyed hash."""

    holder: str
    ring_keys: int
    digits: int
    key: bytes

    def proof(self, secret: bytes) -> bytes:
        """Prove that whoever knew the code has set this very PIN; ``secret`` is the keyed hash of the code."""
        return hmac.digest(secret, f"own-pin:{self._said}".encode(), "sha256")

    def text(self, secret: bytes) -> str:
        """Write it with its proof."""
        return f"{self._said}:{self.proof(secret).hex()}"

    @property
    def _said(self) -> str:
        return f"holder:{self.holder}:own-pin:{self.ring_keys}:{self.digits}:{self.key.hex()}"


def read_own_pin(text: str) -> tuple[OwnPin, bytes] | None:
    """Read one with its proof; None for what is none."""
    found = _TEXT.fullmatch(text)
    if found is None:
        return None
    holder, ring_keys, digits, key, proof = found.groups()
    return OwnPin(holder, int(ring_keys), int(digits), bytes.fromhex(key)), bytes.fromhex(proof)
