"""What the hub answers about all that it holds of one person."""

import msgspec

from doorctl.wire.results import Cell, CopyLeft

Line = dict[str, Cell]


class ActLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an admin did about a person: when, who, which verb, what became of it; ``changed`` is JSON, or empty."""

    position: int
    at: int
    admin: str
    verb: str
    verdict: str
    reason: str
    changed: str


class HeldFound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that is held about a person, or a page of what admins did (``acts``); ``after`` asks for the next one."""

    holder: str
    person: Line = {}
    cards: tuple[Line, ...] = ()
    groups: tuple[Line, ...] = ()
    grants: tuple[Line, ...] = ()
    rosters: tuple[str, ...] = ()
    waiting: tuple[Line, ...] = ()
    exports: tuple[CopyLeft, ...] = ()
    acts: tuple[ActLine, ...] = ()
    after: int | None = None
