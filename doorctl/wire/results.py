"""What the hub finds for an admin who asked: one struct per query, sealed beside the response.

Results hold names and handles, so they never stand in a signed text.
"""

import msgspec

from doorctl.core.model import Status
from doorctl.core.modes import Mode
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.rules.door_mode import USUAL
from doorctl.core.rules.threat import LOWEST_CLEARANCE, LOWEST_THREAT
from doorctl.policy.rows import Row, ScheduleRow
from doorctl.wire.link_state import LinkWord
from doorctl.wire.loop_state import LoopState
from doorctl.wire.roster import LineState
from doorctl.wire.verdict import Verdict

Cell = str | int | None


class Found(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who is meant by a handle: a holder, a group, or one of each; the holder's standing if it was asked for."""

    holder: str | None = None
    name: str = ""
    group: str | None = None
    status: Status | None = None
    valid_from: int | None = None
    valid_until: int | None = None
    clearance: int = LOWEST_CLEARANCE


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of a list, each by column; ``after`` asks for the next page, None when this is the last."""

    what: str
    rows: tuple[dict[str, Cell], ...]
    after: str | None = None


class PackedPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of a list as one compressed JSON list of lists, and the position of the policy that they belong to.

    ``ring`` tells with how many card keys its credential keys are made.
    """

    epoch: int
    revision: int
    chain: str
    columns: tuple[str, ...]
    rows: bytes
    after: str | None = None
    ring: int = 1


class HeldCard(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Whose a card is, by its ``place`` among those that were asked for; the handle is gone where nobody has it."""

    place: int
    status: Status
    holder: str
    handle: str | None = None


class CardKeyList(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The credential keys of cards, in the order in which they were asked for; or, instead, those that are held."""

    keys: tuple[bytes, ...] = ()
    held: tuple[HeldCard, ...] = ()


class ReasonTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reason with what it means, what would have to ``change``, and which ``roles`` may change it by a command.

    ``ends_at`` is when it ends by itself, None when it does not or not within a year.
    """

    reason: Reason
    meaning: str
    change: str = ""
    roles: tuple[str, ...] = ()
    ends_at: int | None = None


class OtherTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of one of the others who ask just before, and what they may hear."""

    holder: str
    handle: str | None
    outcome: Outcome
    told: str


class WhyResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a door would decide by this revision, and every reason; ``told`` is what the holder may hear.

    ``reason`` and ``reasons`` leave out what only others than the asking clerk can change. ``comes_in_at`` is when no
    rule denies any more, if all that is wrong ends by itself. For a person, this is the best of so many ``cards``.
    ``threat`` is the level at which it is decided; the door's ``mode`` is so by a word that tells why. ``others`` are
    those who have asked just before.
    """

    door: str
    zone: str | None
    at: int
    epoch: int
    revision: int
    outcome: Outcome
    reason: Reason | None
    told: str
    reasons: tuple[ReasonTold, ...]
    grant: str | None
    grants: tuple[dict[str, Cell], ...]
    holder: str | None = None
    handle: str | None = None
    name: str | None = None
    comes_in_at: int | None = None
    cards: int | None = None
    threat: int = LOWEST_THREAT
    mode: Mode = Mode.CARD
    mode_by: str = USUAL
    others: tuple[OtherTold, ...] = ()


class LogAlarm(msgspec.Struct, frozen=True):
    """A controller's log that is not what it was, or has a gap: from which record on, and both roots in hex."""

    at: int
    word: str
    controller: str
    log_epoch: int
    record: int
    held_root: str
    told_root: str


class InputTrouble(msgspec.Struct, frozen=True):
    """An input of a controller that is in trouble, at a door or at none: what of it, in which, since when."""

    door: str
    what: str
    trouble: str
    at: int


class ControllerStatus(msgspec.Struct, frozen=True):
    """How a controller is: what it acknowledged and when the hub last verified something new from it.

    ``revision`` is committed; by ``in_force`` its door process answers, None while there is none. ``is_current``:
    its doors have answered by the newest revision. ``fresh_seconds`` is the age of its policy as it said last, and
    the time since; None when it was not confirmed since its start. ``not_strict`` are its doors into strict zones
    whose own configuration does not say so. ``link`` and ``certificate_expires`` are what the controller's link says
    of itself; nobody signed that. ``hub_forked``: it knows another history of the hub's own log. ``is_cut_off``: no
    change reaches it before its doorctl is upgraded. ``input_troubles`` are those of its inputs, by its records.
    ``loop`` is how late its door's loop was within the minute that it told of last; None where it told of none.
    """

    controller: str
    link: LinkWord
    revision: int | None
    is_current: bool
    heard_at: int | None
    log_epoch: int | None
    log_size: int
    last_record_at: int | None
    in_force: int | None = None
    digest_agrees: bool | None = None
    fresh_seconds: int | None = None
    clock: str = ""
    level: int = 1
    withheld: int = 0
    is_forked: bool = False
    hub_forked: bool = False
    trust_version: int = 0
    doors: tuple[str, ...] = ()
    not_strict: tuple[str, ...] = ()
    is_cut_off: bool = False
    certificate_expires: int | None = None
    input_troubles: tuple[InputTrouble, ...] = ()
    loop: LoopState | None = None


class SiteStatus(msgspec.Struct, frozen=True):
    """How the site is: the newest revision, every controller, and what the hub refused since it started.

    ``lost_up_to`` is the revision up to which a restored hub fetches its changes back, ``reductions_kept`` how many
    commands wait for that, ``nameless`` how many people came back without their names. The hub lacks trust version
    ``newer_trust``, and ``card_keys_lacking`` of the card keys that the policy uses.
    Who is named in ``unproven`` says that there are changes that the hub lacks. ``lockdowns`` are zones, `*` for all;
    ``late_with_leavers`` are controllers that were there and have not confirmed in time to deny somebody.
    ``held_open`` tells until when doors were ordered to stay open.
    ``claimed_twice`` holds the doors that several controllers say they serve, and who does. ``is_disk_short``: the
    hub's disk is nearly full, so records and additions are refused. ``log_alarms`` are those of the last month, the
    newest first. ``open_alerts`` is how many alerts nobody has acknowledged. ``takes_clonable`` are strict zones that
    take cards of which copies can be had.
    """

    site: str
    epoch: int
    revision: int
    chain: str
    digest: str
    at: int
    trust_version: int
    controllers: tuple[ControllerStatus, ...]
    refusals: dict[str, int]
    trust_expires: int | None = None
    lost_up_to: int | None = None
    is_forked: bool = False
    reductions_kept: int = 0
    nameless: int = 0
    card_keys_lacking: int = 0
    newer_trust: int | None = None
    unproven: tuple[str, ...] = ()
    lockdowns: tuple[str, ...] = ()
    late_with_leavers: tuple[str, ...] = ()
    held_open: dict[str, int] = {}
    claimed_twice: dict[str, list[str]] = {}
    is_disk_short: bool = False
    log_alarms: tuple[LogAlarm, ...] = ()
    open_alerts: int = 0
    threat: int = LOWEST_THREAT
    takes_clonable: tuple[str, ...] = ()


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


class FirstOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first of some words, and how many there are."""

    first: tuple[str, ...]
    count: int


class WaitingCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A command that waits for a second admin, and in which zones it counts; ``about`` holds ids.

    ``note`` is the command as it was signed, ``present`` are the rows that it would change, as they stand, and the
    schedules by which a zone would ask for something. It lets in the handles ``members`` of its group, on its
    ``schedule``, for which the dates ``holidays`` to come count as such. An approval names all of this by the SHA-256
    in ``grounds``.
    """

    request: str
    admin: str
    verb: str
    about: str
    handle: str | None
    zones: tuple[str, ...]
    asked_at: int
    expires: int
    note: str
    present: tuple[Row, ...] = ()
    schedule: ScheduleRow | None = None
    members: FirstOf | None = None
    holidays: FirstOf | None = None
    grounds: str = ""


class WaitingCommands(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of what waits for a second admin, the oldest first; ``after`` asks for the next one."""

    requests: tuple[WaitingCommand, ...]
    after: int | None = None


class GivenCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A command that somebody gave, and what became of it; ``about`` holds ids."""

    at: int
    admin: str
    command: str
    verb: str
    about: str
    verdict: Verdict
    reason: str
    revision: int | None


class DayCount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many commands an admin gave on a day, and how many of them were refused."""

    day: str
    commands: int
    refused: int


class Digest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The commands of a day; ``before`` counts one's own of the month up to it, ``after`` asks for the next page."""

    day: str
    commands: tuple[GivenCommand, ...]
    before: tuple[DayCount, ...]
    after: int | None = None


class RosterLineFound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of a roster, with the person's handle: ``kept``, ``new`` by the rules as they stand, or ``gone``."""

    state: LineState
    holder: str
    handle: str | None
    card: str
    schedule: str | None
    until: int | None


class RosterFound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of the roster in force and of the one that the rules would make; ``version`` 0 is none in force.

    ``ring`` is that of the new one, ``signatures`` how many officers it takes; ``after`` asks for the next page.
    ``schedules``, on the first page, are those that lines by the rules name, as they stand.
    Who asked for the signed note gets it in ``note``, and no lines.
    """

    zone: str
    version: int
    ring: int
    signatures: int
    revision: int
    lines: tuple[RosterLineFound, ...]
    after: int | None = None
    note: str = ""
    schedules: tuple[ScheduleRow, ...] = ()
