"""Questions about what there is: who has a handle, and pages of people, cards, places and grants."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from doorctl.errors import Refused
from doorctl.hub.card_uses import COUNTED
from doorctl.hub.rights.roles import is_host_alone
from doorctl.hub.two_admins.zone_bars import clearance_of
from doorctl.hub.verbs.asked import Asked, the
from doorctl.hub.verbs.people.hosts import invites_for
from doorctl.hub.verbs.people.people import handle_of, holder_called
from doorctl.hub.verbs.rights.admins import admins
from doorctl.policy.apply import find_row
from doorctl.policy.rows import GroupRow, HolderRow
from doorctl.trust.note import Role
from doorctl.wire.questions import MAX_PAGE_ROWS, ListRows, Lookup
from doorctl.wire.results import Cell, Found, Page
from doorctl.wire.topics import is_name

MAX_RESULT_BYTES = 48 * 1024
"""What one response carries at most: sealed and in base64 it stays below the largest payload."""

_NAME_CARDS = frozenset({Role.ADMIN, Role.CLERK, Role.OFFICER})
"""Who may name a card by its credential key; the others see its beginning."""
_KEY_DIGITS, _SHORT_DIGITS = 64, 8


def lookup(do: Lookup, asked: Asked) -> Found:
    """Tell who is meant by a handle."""
    handle = handle_of(asked)
    holder, name = holder_called(asked, handle) or (None, "")
    if is_host_alone(asked.admin, do, asked.connection):
        return _told_host(holder, name, asked)
    group = handle if is_name(handle) and find_row(asked.connection, GroupRow(id=handle)) else None
    if holder is None and group is None:
        raise Refused(
            "unknown-holder",
            "no person has this handle, and no group this name: `doorctl list people` shows who there is",
        )
    found = Found(holder=holder, name=name, group=group)
    if not do.standing or holder is None:
        return found
    row = the(asked, HolderRow, holder)
    return replace(
        found,
        status=row.status,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        clearance=clearance_of(asked.connection, holder).clearance,
    )


def _told_host(holder: str | None, name: str, asked: Asked) -> Found:
    """Tell a host of nobody but those in whose name they invite, and of others not even whether there are any."""
    if holder not in invites_for(asked):
        raise Refused("unknown-holder", "a host finds nobody but in whose name they invite: this is another's handle")
    return Found(holder=holder, name=name)


@dataclass(frozen=True, slots=True)
class _List:
    """Columns and tables of a list, the key that orders it (never one that is personal), and the column of ends."""

    columns: str
    tables: str
    key: tuple[str, ...] = ("id",)
    key_from: Callable[[str], str | bytes] = str
    most: int = MAX_PAGE_ROWS
    ends: str = ""

    @property
    def statement(self) -> str:
        """Return what selects a page: the rows after a key."""
        return self.selecting("")

    @property
    def statement_of_ending(self) -> str:
        """Return what selects a page of those that end after one time, and not after another."""
        return self.selecting(f"AND {self.ends} > ? AND {self.ends} <= ? ")

    def selecting(self, condition: str) -> str:
        key = ", ".join(self.key)
        marks = ", ".join("?" for _ in self.key)
        return (
            f"SELECT {self.columns} FROM {self.tables} "  # noqa: S608 - our own names
            f"WHERE ({key}) > ({marks}) {condition}ORDER BY {key} LIMIT {self.most + 1}"
        )


def _key_of_credential(text: str) -> bytes:
    """Read a credential key in hex; a short one stands for the last that begins so."""
    return bytes.fromhex(text.ljust(_KEY_DIGITS, "f") if text else "")


_PERSON = "p.handle, p.name"
_TRAINED = "(SELECT group_concat(course || '=' || day, ' ') FROM trainings AS t WHERE t.holder = h.id)"
_ASKED_TRAININGS = (
    "(SELECT group_concat(course || '=' || within_days, ' ') FROM zone_trainings AS t WHERE t.zone = z.id)"
)
_LEAST_DAYS = "(SELECT min(within_days) FROM zone_trainings AS z WHERE z.course = t.course)"
"""For how many days a training counts where it does for the least."""
_GUESTS = "(SELECT count(*) FROM visitors AS v WHERE v.sponsor = s.holder) AS guests"
PIN_OF_H = "(SELECT iif(alone IS NULL, 'with-card', 'alone') FROM pins WHERE holder = h.id)"
"""Whether the holder ``h`` has a PIN, and may enter it without a card."""
_THREATS_OF_Z = """(
SELECT nullif(json_group_array(json_object('threat', t.threat, 'factor', t.factor, 'clearance', t.clearance)), '[]')
FROM (SELECT * FROM zone_threats WHERE zone = z.id ORDER BY threat) AS t)"""
"""What the zone ``z`` asks for at threat levels, as JSON; null where it says nothing of them."""
LISTS = {
    "people": _List(
        "h.id AS holder, p.handle, p.name, h.status, h.valid_from, h.valid_until, "  # noqa: S608 - our own names
        "(SELECT count(*) FROM credentials AS c WHERE c.holder = h.id) AS cards, "
        f"{PIN_OF_H} AS pin, (SELECT clearance FROM clearances WHERE holder = h.id) AS clearance, "
        f"{_TRAINED} AS trained",
        "holders AS h LEFT JOIN people AS p ON p.holder = h.id",
        key=("h.id",),
        ends="h.valid_until",
    ),
    "cards": _List(
        f'lower(hex(c."key")) AS credential, c.holder, {_PERSON}, k.format, c.status, '
        "c.valid_from, c.valid_until, k.added_at, "
        f"l.uses, l.first_use_seconds, iif(l.id IS NULL, NULL, {COUNTED}) AS used, b.card_class",
        'credentials AS c LEFT JOIN cards AS k ON k."key" = c."key" LEFT JOIN people AS p ON p.holder = c.holder '
        'LEFT JOIN credential_limits AS l ON l."key" = c."key" '
        'LEFT JOIN credential_classes AS b ON b."key" = c."key"',
        key=('c."key"',),
        key_from=_key_of_credential,
        ends="c.valid_until",
    ),
    "groups": _List(
        'g.id AS "group", (SELECT count(*) FROM members AS m WHERE m."group" = g.id) AS members',
        "groups AS g",
        key=("g.id",),
    ),
    "members": _List(
        f'm.holder, m."group", {_PERSON}',
        "members AS m LEFT JOIN people AS p ON p.holder = m.holder",
        key=("m.holder", 'm."group"'),
    ),
    "zones": _List(
        "z.id AS zone, z.kind, z.on_audit_failure, z.max_age_seconds, "  # noqa: S608 - our own names
        "r.approvals, r.strict, r.break_glass, r.mechanical_key, r.grace_after_boot_seconds, "
        "f.factor, f.times AS factor_times, f.pin_tries, f.pin_block_seconds, "
        "f.persons, f.persons_seconds, f.persons_group, b.reader_classes, b.card_classes, "
        "o.within, o.passback, o.passback_seconds, o.most, o.least, o.reset_at, "
        "e.alone AS visitors_alone, e.seconds AS escort_seconds, e.most AS escort_most, "
        'e.per_seconds AS escort_per_seconds, e."group" AS escort_group, '
        f"{_THREATS_OF_Z} AS threats, {_ASKED_TRAININGS} AS trainings, "
        "(SELECT 1 FROM lockdowns AS l WHERE l.scope IN (z.id, '*')) AS locked_down",
        "zones AS z LEFT JOIN zone_rules AS r ON r.zone = z.id LEFT JOIN zone_factors AS f ON f.zone = z.id "
        "LEFT JOIN zone_occupancies AS o ON o.zone = z.id LEFT JOIN zone_escorts AS e ON e.zone = z.id "
        "LEFT JOIN zone_classes AS b ON b.zone = z.id",
        key=("z.id",),
    ),
    "doors": _List(
        "d.id AS door, d.zone, m.mode, m.times AS mode_times, m.office_group, "
        "o.mode AS commanded, o.valid_until AS commanded_until",
        "doors AS d LEFT JOIN door_modes AS m ON m.door = d.id LEFT JOIN door_overrides AS o ON o.door = d.id",
        key=("d.id",),
    ),
    "schedules": _List("id AS schedule, windows, holidays", "schedules"),
    "holidays": _List("date", "holidays", key=("date",)),
    "grants": _List(
        f'g.id AS "grant", g.zone, g.holder, {_PERSON}, g."group", g.schedule, g.valid_from, g.valid_until',
        "grants AS g LEFT JOIN people AS p ON p.holder = g.holder",
        key=("g.id",),
        ends="g.valid_until",
    ),
    "trainings": _List(
        f"t.holder, t.course, {_PERSON}, t.day, date(t.day, '+' || {_LEAST_DAYS} || ' days') AS last_day",
        "trainings AS t LEFT JOIN people AS p ON p.holder = t.holder",
        key=("t.holder", "t.course"),
        ends=f"CAST(strftime('%s', t.day, '+' || ({_LEAST_DAYS} + 1) || ' days') AS INTEGER)",
    ),
    "visitors": _List(
        f"v.holder, {_PERSON}, v.escort, e.handle AS escort_handle, v.escort_group, v.sponsor, "
        "s.handle AS sponsor_handle, h.status, h.valid_until, b.due_at",
        "visitors AS v JOIN holders AS h ON h.id = v.holder LEFT JOIN people AS p ON p.holder = v.holder "
        "LEFT JOIN people AS e ON e.holder = v.escort LEFT JOIN people AS s ON s.holder = v.sponsor "
        "LEFT JOIN badges AS b ON b.holder = v.holder",
        key=("v.holder",),
    ),
    "sponsors": _List(
        f"s.holder, {_PERSON}, s.zones, s.many, s.seconds, {_GUESTS}",
        "sponsors AS s LEFT JOIN people AS p ON p.holder = s.holder",
        key=("s.holder",),
    ),
    "hosts": _List(
        f"k.admin, k.holder, {_PERSON}",
        "host_keys AS k LEFT JOIN people AS p ON p.holder = k.holder",
        key=("k.admin",),
    ),
    "delegates": _List(
        f"d.sponsor, d.holder, s.handle AS sponsor_handle, {_PERSON}, d.until",
        "delegates AS d LEFT JOIN people AS p ON p.holder = d.holder LEFT JOIN people AS s ON s.holder = d.sponsor",
        key=("d.sponsor", "d.holder"),
    ),
    "badges": _List(
        f'lower(hex(b."key")) AS credential, b.holder, {_PERSON}, b.host, o.handle AS host_handle, b.since, b.due_at',
        "badges AS b LEFT JOIN people AS p ON p.holder = b.holder LEFT JOIN people AS o ON o.holder = b.host",
        key=('b."key"',),
        key_from=_key_of_credential,
    ),
}

ENDING = tuple(name for name, each in LISTS.items() if each.ends)
"""The lists of what has an end."""


def list_rows(do: ListRows, asked: Asked) -> Page:
    """Return a page of a list; its rows begin with their key."""
    if do.what == "admins" and do.ending is None:
        return Page(do.what, tuple(admins(asked)))
    wanted = LISTS.get(do.what)
    if wanted is None:
        raise Refused("unknown-list", f"there are lists of admins, {', '.join(LISTS)}")
    cursor = asked.connection.execute(*_asked_for(wanted, do, asked.at))
    columns = [column[0] for column in cursor.description]
    rows: list[dict[str, Cell]] = [dict(zip(columns, values, strict=True)) for values in cursor]
    if not _NAME_CARDS & frozenset(asked.admin.roles):
        rows = [_with_short_key(row) for row in rows]
    page = fitting(rows[:MAX_PAGE_ROWS])
    last = "/".join(str(page[-1][column]) for column in columns[: len(wanted.key)]) if page else None
    return Page(do.what, tuple(page), last if len(page) < len(rows) else None)


def _asked_for(wanted: _List, do: ListRows, at: int) -> tuple[str, list[str | bytes | int]]:
    after = key_after(wanted, do.after)
    if do.ending is None:
        return wanted.statement, [*after]
    if not wanted.ends:
        raise Refused("unknown-list", f"what ends is listed of {', '.join(ENDING)}")
    return wanted.statement_of_ending, [*after, at, at + do.ending]


def _with_short_key(row: dict[str, Cell]) -> dict[str, Cell]:
    """Show so much of a credential key that cards can be told apart, and too little to look a number up by it."""
    key = row.get("credential")
    return row if key is None else {**row, "credential": str(key)[:_SHORT_DIGITS]}


T = TypeVar("T")


def fitting(rows: Sequence[T]) -> Sequence[T]:
    """Return as many of the rows as one response can carry, at least one."""
    size = 0
    for count, row in enumerate(rows):
        size += len(msgspec.json.encode(row)) + 1
        if size > MAX_RESULT_BYTES and count:
            return rows[:count]
    return rows


def key_after(wanted: _List, after: str) -> list[str | bytes]:
    """Return the key that the rows of a page come after. Raises Refused ``bad-page``."""
    parts = after.split("/") if after else [""] * len(wanted.key)
    try:
        key = [wanted.key_from(part) for part in parts]
    except ValueError as error:
        raise Refused("bad-page", "ask for the page after the one you have") from error
    if len(key) != len(wanted.key):
        raise Refused("bad-page", "ask for the page after the one you have")
    return key
