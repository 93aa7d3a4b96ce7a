"""What the hub finds for an admin who asked: one struct per query, sealed beside the response.

Results hold names and handles, so they never stand in a signed text.
"""

import msgspec

from doorctl.core.reasons import Outcome, Reason

Cell = str | int | None


class Found(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is meant by a handle: a holder, a group, or one of each."""

    holder: str | None = None
    name: str = ""
    group: str | None = None


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of a list, each by column; ``after`` asks for the next page, None when this is the last."""

    what: str
    rows: tuple[dict[str, Cell], ...]
    after: str | None = None


class PackedPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of a list as one compressed JSON list of lists, and the position of the policy that they belong to."""

    epoch: int
    revision: int
    chain: str
    columns: tuple[str, ...]
    rows: bytes
    after: str | None = None


class CardKeyList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The credential keys of cards, in the order in which they were asked for."""

    keys: tuple[bytes, ...]


class ReasonTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reason with what it means."""

    reason: Reason
    meaning: str


class WhyResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a door would decide by this revision, and every reason; ``told`` is what the holder may hear."""

    door: str
    zone: str | None
    at: int
    epoch: int
    revision: int
    outcome: Outcome
    reason: Reason
    told: str
    reasons: tuple[ReasonTold, ...]
    grant: str | None
    grants: tuple[dict[str, Cell], ...]
    holder: str | None = None
    handle: str | None = None
    name: str | None = None


class ControllerStatus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a controller is: what it acknowledged and when the hub last verified something new from it.

    ``link`` is what the controller's link says of itself; nobody signed it.
    """

    controller: str
    link: str
    revision: int | None
    is_current: bool
    heard_at: int | None
    log_epoch: int | None
    log_size: int
    last_record_at: int | None


class SiteStatus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the site is: the newest revision, every controller, and what the hub refused since it started."""

    site: str
    epoch: int
    revision: int
    chain: str
    digest: str
    at: int
    trust_version: int
    controllers: tuple[ControllerStatus, ...]
    refusals: dict[str, int]


class RecordLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One audit record: the exact leaf, and whom it is about as far as its opening is still there."""

    position: int
    controller: str
    log_epoch: int
    seq: int
    leaf: str
    holder: str | None = None
    handle: str | None = None
    name: str | None = None
    credential: str | None = None


class RecordsPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Records in the order of their arrival; ``after`` asks for what follows, now or later."""

    records: tuple[RecordLine, ...]
    after: int
    more: bool
