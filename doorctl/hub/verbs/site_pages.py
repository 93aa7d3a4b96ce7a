"""Questions by which a whole site is read and compared: large pages of lists, and the credential keys of cards."""

import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import replace

import msgspec

from doorctl.errors import Refused
from doorctl.hub.card_ring import keys_in_use
from doorctl.hub.verbs.asked import Asked
from doorctl.hub.verbs.cards.cards import key_of
from doorctl.hub.verbs.lists import LISTS, key_after
from doorctl.hub.verbs.people.people import called
from doorctl.policy.apply import position_of, rows_where
from doorctl.policy.rows import CredentialRow
from doorctl.wire.questions import MAX_PAGE_ROWS, CredentialKeys, SitePage
from doorctl.wire.results import CardKeyList, HeldCard, PackedPage

FIRST_ROWS = 4000
MAX_PACKED_BYTES = 46 * 1024
"""A result is base64 in JSON, sealed, and base64 again: it stays below the largest payload."""


def site_page(do: SitePage, asked: Asked) -> PackedPage:
    """Return as many rows of a list as fit, compressed, and the position that they belong to."""
    wanted = LISTS.get(do.what)
    if wanted is None:
        raise Refused("unknown-list", f"there are lists of {', '.join(LISTS)}")
    cursor = asked.connection.execute(replace(wanted, most=FIRST_ROWS).statement, key_after(wanted, do.after))
    columns = tuple(column[0] for column in cursor.description)
    rows = cursor.fetchall()
    taken, packed = _as_many_as_fit(rows[:FIRST_ROWS])
    position = position_of(asked.connection)
    last = "/".join(str(value) for value in rows[taken - 1][: len(wanted.key)]) if taken < len(rows) else None
    return PackedPage(
        position.epoch,
        position.revision,
        position.chain.hex(),
        columns=columns,
        rows=packed,
        after=last,
        ring=keys_in_use(asked.connection),
    )


def _as_many_as_fit(rows: list[tuple[object, ...]]) -> tuple[int, bytes]:
    """Pack rows; of too many, take the share that will fit, and look again."""
    taken = len(rows)
    while True:
        packed = zlib.compress(msgspec.json.encode(rows[:taken]), 1)
        if len(packed) <= MAX_PACKED_BYTES or taken <= 1:
            return taken, packed
        taken = max(1, min(taken - 1, int(taken * 0.95 * MAX_PACKED_BYTES / len(packed))))


def credential_keys(do: CredentialKeys, asked: Asked) -> CardKeyList:
    """Return the credential keys of the cards in the private part, in their order; or which are held, and whose."""
    cards = asked.private.cards if asked.private else ()
    keys = tuple(key_of(card, asked) for card in cards)
    if not do.holders:
        return CardKeyList(keys)
    if len(keys) > MAX_PAGE_ROWS:
        raise Refused("too-many-cards", f"whose cards are can be asked of {MAX_PAGE_ROWS} at once")
    return CardKeyList(held=tuple(_held(asked.connection, keys)))


def _held(connection: sqlite3.Connection, keys: tuple[bytes, ...]) -> Iterator[HeldCard]:
    for place, key in enumerate(keys):
        for row in rows_where(connection, CredentialRow, key=key):
            handle, _ = called(connection, row.holder)
            yield HeldCard(place, row.status, row.holder, handle)
