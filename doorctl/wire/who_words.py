"""The question who could open a door, and what the hub finds: whom it would let in, with what, and until when."""

from typing import Annotated

import msgspec

from doorctl.core.model import Factor
from doorctl.core.modes import Mode
from doorctl.core.reasons import Reason
from doorctl.core.rules.door_mode import USUAL
from doorctl.core.rules.threat import LOWEST_THREAT
from doorctl.policy.rows import Name, ThreatLevel, UnixSeconds
from doorctl.wire.verb import VerbStruct


class Who(VerbStruct, frozen=True, omit_defaults=True, tag="who"):
    """Ask who could open a door at a time: a page of the holders after one, each decided as the door would.

    ``threat`` supposes another threat level than there is.
    """

    door: Name
    at: UnixSeconds | None = None
    after: Annotated[str, msgspec.Meta(max_length=128)] = ""
    threat: ThreatLevel | None = None


class WhoLine(msgspec.Struct, frozen=True):
    """A holder whom a door would let in: with how many cards, by bringing what, by which grants, and until when.

    ``subjects`` are the holder or groups of the ``grants``. ``until`` is when this is no longer sure, None when no
    end is near. ``breaks_glass``: together with another, the holder opens it when the policy is too old; without
    ``brings`` only then. ``leads``: is of the group that one of several who come together must be of. ``visitor``:
    who needs an escort. ``name`` is told to those who may ask for names.
    """

    holder: str
    handle: str | None
    name: str | None
    cards: int
    brings: Factor | None
    grants: tuple[str, ...]
    subjects: tuple[str, ...]
    until: int | None
    breaks_glass: bool
    leads: bool = False
    visitor: bool = False


class WhoPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a door would let in, of so many holders ``looked_at`` out of all ``people``, by this revision.

    ``denied`` counts the others who hold a card, or a PIN that counts alone, by the first reason. ``after`` asks for
    the next page, None when this is the last. The zone lets in only so many ``persons`` together, one of them of the
    ``persons_group`` if there is one; such company is supposed. ``threat`` is the level it is decided at.
    Its ``mode`` is so by a word that tells why.
    """

    door: str
    zone: str
    at: int
    epoch: int
    revision: int
    people: int
    looked_at: int
    lines: tuple[WhoLine, ...]
    denied: dict[Reason, int]
    after: str | None = None
    persons: int = 1
    persons_group: str | None = None
    threat: int = LOWEST_THREAT
    mode: Mode = Mode.CARD
    mode_by: str = USUAL
