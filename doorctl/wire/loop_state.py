"""What a controller tells of its door's loop: how late that was within a minute."""

from typing import Annotated

import msgspec

Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=2**31)]


class LoopState(msgspec.Struct, frozen=True, omit_defaults=True):
    """How late the turns of a door's loop began within a minute, and how long the longest of them took.

    99 of 100 were late by no more than ``p99_ms``. ``is_late``: somebody should look why.
    """

    p99_ms: Milliseconds
    worst_ms: Milliseconds
    turn_ms: Milliseconds
    is_late: bool = False
