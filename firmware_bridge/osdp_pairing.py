"""How a reader of an OSDP line is given a key of its own: in steps, within a window.

* `old-key`: a reader that we have a key of is told the new one by its secure channel.
* `default-key`: the library asks by the new key, then by the default one, and by that tells the reader the new one; a
  reader in its install mode takes it. Whoever listens then learns the key: pair where nobody can.
* `proof`: a panel that enforces the new key, and nothing else, has a secure channel with the reader.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

OLD_KEY_SECONDS = 6.0
"""So long the key that we have is tried: a reader that was reset has it no more."""


class Step(StrEnum):
    """What is being tried."""

    OLD_KEY = "old-key"
    DEFAULT_KEY = "default-key"
    PROOF = "proof"


@dataclass(slots=True)
class Pairing:
    """One reader and the key that it is given; ``old`` is the one that it should have."""

    reader: str
    address: int
    key: bytes = field(repr=False)
    old: bytes | None = field(repr=False)
    until: float
    began: float
    step: Step = field(init=False)
    took_key: bool = False
    """Whether it has acknowledged the key."""
    _is_told: bool = False

    def __post_init__(self) -> None:
        """Begin with the key that we have, if there is one."""
        self.step = Step.DEFAULT_KEY if self.old is None else Step.OLD_KEY

    def keys(self) -> Mapping[str, bytes]:
        """Return the key by which the reader is asked in this step."""
        return {self.reader: self.old if self.step is Step.OLD_KEY and self.old is not None else self.key}

    def must_tell_key(self, *, is_secure: bool) -> bool:
        """Tell, once, that the reader is to be told its new key now."""
        tells = self.step is Step.OLD_KEY and is_secure and not self._is_told
        self._is_told = self._is_told or tells
        return tells

    def goes_on(self, *, is_secure: bool, now: float) -> bool:
        """Go to the next step if this one is done; True if it was."""
        if self.step is Step.OLD_KEY and self.took_key:
            self.step = Step.PROOF
        elif self.step is Step.OLD_KEY and now - self.began >= OLD_KEY_SECONDS and not self._is_told:
            self.step = Step.DEFAULT_KEY
        elif self.step is Step.DEFAULT_KEY and is_secure:
            self.step = Step.PROOF
        else:
            return False
        return True
