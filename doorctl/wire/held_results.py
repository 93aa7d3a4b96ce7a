"""What the hub answers about all that it holds of one person."""

import msgspec

from doorctl.wire.alerts import AlertFound
from doorctl.wire.privacy import CopyLeft
from doorctl.wire.results import Cell

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


class ReviewedLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line about a person in an access review: what was said of it, by whom and when; and of that review."""

    position: int
    review: str
    zone: str
    outcome: str
    said_by: str | None
    said_at: int | None
    started_by: str
    started_at: int
    finished_by: str | None
    finished_at: int | None


class HeldFound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that is held about a person, or a page of ``acts``, ``alerts`` or ``reviews``, or ``lines`` of a part.

    ``after`` asks for the next page, ``after_key`` for that of a part; None when this is the last.
    """

    holder: str
    person: Line = {}
    cards: tuple[Line, ...] = ()
    groups: tuple[Line, ...] = ()
    grants: tuple[Line, ...] = ()
    rosters: tuple[str, ...] = ()
    waiting: tuple[Line, ...] = ()
    exports: tuple[CopyLeft, ...] = ()
    acts: tuple[ActLine, ...] = ()
    alerts: tuple[AlertFound, ...] = ()
    reviews: tuple[ReviewedLine, ...] = ()
    after: int | None = None
    lines: tuple[Line, ...] = ()
    after_key: str | None = None
