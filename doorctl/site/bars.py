"""What bars people from zones, as people write it: classes of readers and cards, what threat levels ask for."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import pairwise

import msgspec

from doorctl.core.classes import NOT_CLONABLE, CardClass, ReaderClass
from doorctl.core.model import Factor
from doorctl.policy.rows import Clearance, ThreatLevel

ALL = "all"
"""What stands for every class."""
UNCLONABLE = "not-clonable"
"""What stands for every class of card of which no copy can be had."""


class ThreatEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, order=True):
    """From a threat level on, a zone asks for at least this factor and this clearance."""

    threat: ThreatLevel
    factor: Factor = Factor.CARD_OR_PIN
    clearance: Clearance = 0


_steps = msgspec.json.Decoder(tuple[ThreatEntry, ...])
_words = msgspec.json.Decoder(tuple[str, ...])


def steps_in(column: str) -> tuple[ThreatEntry, ...]:
    """Read what a zone asks for at threat levels, out of a list of zones. Raises msgspec.DecodeError."""
    return _steps.decode(column)


def words_in(column: str | None) -> tuple[str, ...]:
    """Read classes out of a list of zones; without any there is nothing, and the zone takes all."""
    return () if column is None else _words.decode(column)


def reader_classes_in(text: str) -> tuple[ReaderClass, ...]:
    """Read ``wiegand,osdp-sc``, or ``all``. Raises ValueError."""
    return () if text == ALL else msgspec.convert(_parted(text, ReaderClass), tuple[ReaderClass, ...])


def card_classes_in(text: str) -> tuple[CardClass, ...]:
    """Read ``desfire,seos``, ``not-clonable`` or ``all``. Raises ValueError."""
    if text == UNCLONABLE:
        return tuple(sorted(NOT_CLONABLE))
    return () if text == ALL else msgspec.convert(_parted(text, CardClass), tuple[CardClass, ...])


def checked_steps(steps: Iterable[ThreatEntry]) -> tuple[ThreatEntry, ...]:
    """Return steps in the order of their levels, without those that ask for nothing. Raises ValueError."""
    asking = sorted(steps)
    twice = next((one.threat for one, other in pairwise(asking) if one.threat == other.threat), None)
    if twice is not None:
        raise ValueError(f"threats: threat level {twice} stands here twice")
    return tuple(step for step in asking if step != ThreatEntry(step.threat))


def written_classes(column: str) -> str:
    """Write the classes that a list of zones tells."""
    return ", ".join(words_in(column)) or ALL


def written_steps(column: str) -> str:
    """Write what a list of zones tells of threat levels."""
    return "; ".join(map(written_step, steps_in(column)))


def written_step(step: ThreatEntry) -> str:
    """Write what is asked for from a threat level on."""
    return f"{step.threat}: {step.factor}, clearance {step.clearance}"


def _parted(text: str, choices: type[StrEnum]) -> Sequence[str]:
    words = [word.strip() for word in text.split(",")]
    unknown = [word for word in words if word not in set(choices)]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is none of {_listed(choices)}")
    return words


def _listed(choices: Iterable[str]) -> str:
    return ", ".join(choices)
