"""Where people are, as hub, keeper and door hand it on: by holder, since when inside which zones, or no longer."""

from typing import Annotated

import msgspec

from doorctl.policy.rows import Name, UnixSeconds

MOST_WORDS = 256
"""About one person."""


class Word(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Since when somebody is inside a zone, or no longer is."""

    zone: Name
    at: UnixSeconds
    inside: bool


Words = Annotated[tuple[Word, ...], msgspec.Meta(max_length=MOST_WORDS)]
People = dict[Name, Words]
