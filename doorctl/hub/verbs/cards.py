"""Commands about cards: the card's text becomes a keyed hash here and is never stored."""

import re

from msgspec.structs import replace

from doorctl.errors import Refused
from doorctl.hub.verbs.asked import Asked, Intent, card_of, check_validity, the
from doorctl.policy.apply import rows_where
from doorctl.policy.rows import CredentialRow, HolderRow
from doorctl.wire.commands import CardAdd, CardEdit, CardRemove, CardSet
from doorctl.wire.messages import Drop, Put

_BY_KEY = re.compile(r"credential:([0-9a-f]{64})")
ADD_CARD = 'INSERT INTO cards ("key", format, added_at) VALUES (?, ?, ?)'


def card_add(do: CardAdd, asked: Asked) -> Intent:
    """Give a holder a card."""
    key = _key_of(asked)
    the(asked, HolderRow, do.holder)
    if _credentials(asked, key):
        raise Refused("card-taken", "this card belongs to somebody already: remove it there first")
    check_validity(do.valid_from, do.valid_until, at=asked.at)
    row = CredentialRow(key=key, holder=do.holder, valid_from=do.valid_from, valid_until=do.valid_until)
    return Intent((Put(row),), "card added", own=((ADD_CARD, (key, card_of(asked).partition(":")[0], asked.at)),))


def card_set(do: CardSet, asked: Asked) -> Intent:
    """Suspend a card, report it lost, or make it active again."""
    row = _the_credential(asked)
    if row.status is do.status:
        return Intent((), f"the card is {do.status} already")
    return Intent((Put(replace(row, status=do.status)),), f"the card is {do.status}")


def card_edit(do: CardEdit, asked: Asked) -> Intent:
    """Say anew whether a card counts, from when and until when."""
    row = _the_credential(asked)
    check_validity(do.valid_from, do.valid_until, at=asked.at)
    changed = replace(row, status=do.status, valid_from=do.valid_from, valid_until=do.valid_until)
    return Intent((), "the card is so already") if changed == row else Intent((Put(changed),), "card changed")


def card_remove(_: CardRemove, asked: Asked) -> Intent:
    """Forget a card."""
    return Intent((Drop(_the_credential(asked)),), "card removed")


def _key_of(asked: Asked) -> bytes:
    """Return the credential key of the card; a card whose number nobody here knows is named by its key."""
    card = card_of(asked)
    by_key = _BY_KEY.fullmatch(card)
    return bytes.fromhex(by_key[1]) if by_key else asked.card_keys.credential_key(card)


def _the_credential(asked: Asked) -> CredentialRow:
    credentials = _credentials(asked, _key_of(asked))
    if not credentials:
        raise Refused("unknown-card", "this card belongs to nobody")
    return credentials[0]


def _credentials(asked: Asked, key: bytes) -> list[CredentialRow]:
    return rows_where(asked.connection, CredentialRow, key=key)
