"""Commands about cards: the card's text becomes a keyed hash here and is never stored."""

import re

from msgspec.structs import replace

from doorctl.core.classes import CardClass
from doorctl.core.model import Status
from doorctl.errors import Refused
from doorctl.hub.rights.roles import OFFICER
from doorctl.hub.two_admins.zone_bars import zones_let_into_as
from doorctl.hub.verbs.asked import Asked, Intent, Statement, card_of, check_validity, checked_card, the
from doorctl.hub.verbs.cards.given_limits import limits_by
from doorctl.hub.visits_schema import badge_in_place_of
from doorctl.policy.apply import rows_where
from doorctl.policy.rows import CredentialClassRow, CredentialLimitsRow, CredentialRow, HolderRow
from doorctl.wire.classes import CardClassSet
from doorctl.wire.commands import CardAdd, CardEdit, CardRemove, CardReplace, CardSet
from doorctl.wire.messages import Drop, Put

_BY_KEY = re.compile(r"credential:([0-9a-f]{64})")
ADD_CARD = 'INSERT INTO cards ("key", format, added_at) VALUES (?, ?, ?)'


def card_add(do: CardAdd, asked: Asked) -> Intent:
    """Give a holder a card."""
    key = _free_key(asked)
    the(asked, HolderRow, do.holder)
    check_validity(do.valid_from, do.valid_until, at=asked.at)
    row = CredentialRow(key=key, holder=do.holder, valid_from=do.valid_from, valid_until=do.valid_until)
    limits = limits_by(do, key, do.holder, asked)
    operations = (*([] if limits is None else [Put(limits)]), Put(row), *_classed(row, do.card_class, asked))
    return Intent(operations, "card added", own=(_noted(key, asked),))


def card_set(do: CardSet, asked: Asked) -> Intent:
    """Suspend a card, report it lost, or make it active again."""
    row = the_credential(asked)
    if row.status is do.status:
        return Intent((), f"the card is {do.status} already")
    return Intent((Put(replace(row, status=do.status)),), f"the card is {do.status}")


def card_edit(do: CardEdit, asked: Asked) -> Intent:
    """Say anew whether a card counts, from when and until when."""
    row = the_credential(asked)
    check_validity(do.valid_from, do.valid_until, at=asked.at)
    changed = replace(row, status=do.status, valid_from=do.valid_from, valid_until=do.valid_until)
    return Intent((), "the card is so already") if changed == row else Intent((Put(changed),), "card changed")


def card_replace(do: CardReplace, asked: Asked) -> Intent:
    """Give a holder a new card that counts as the lost one did, which stays known as lost.

    In the place of a visitor's badge it is one, and as late when it is not brought back.
    """
    the(asked, HolderRow, do.holder)
    old = _lost_of(do.holder, asked)
    key = _free_key(asked)
    lost, new = replace(old, status=Status.LOST), replace(old, key=key, status=Status.ACTIVE)
    limits = [replace(row, key=key) for row in rows_where(asked.connection, CredentialLimitsRow, key=old.key)]
    card_class = do.card_class or next((row.card_class for row in _classes(old, asked)), CardClass.UNKNOWN)
    cards = tuple(Put(row) for row in (lost, new) if row != old)
    operations = (*map(Put, limits), *cards, *_classed(new, card_class, asked))
    own = (_noted(key, asked), *badge_in_place_of(old.key, new=key))
    return Intent(operations, "card replaced: the old one is lost", own=own)


def card_class_set(do: CardClassSet, asked: Asked) -> Intent:
    """Say of which class a card is; of one that is unknown there is no row."""
    card = the_credential(asked)
    before = _classes(card, asked)
    if do.card_class is next((row.card_class for row in before), CardClass.UNKNOWN):
        return Intent((), f"the card is {do.card_class} already")
    operations: tuple[Put | Drop, ...] = _classed(card, do.card_class, asked) or tuple(map(Drop, before))
    return Intent(operations, f"the card is {do.card_class}")


def card_remove(_: CardRemove, asked: Asked) -> Intent:
    """Forget a card, its class and its limits."""
    row = the_credential(asked)
    limits = rows_where(asked.connection, CredentialLimitsRow, key=row.key)
    return Intent((*map(Drop, _classes(row, asked)), Drop(row), *map(Drop, limits)), "card removed")


def key_of(card: str, asked: Asked) -> bytes:
    """Return the credential key of a card; one whose number nobody here knows is named by its key. Raises Refused."""
    by_key = _BY_KEY.fullmatch(checked_card(card))
    return bytes.fromhex(by_key[1]) if by_key else asked.card_keys.credential_key(card)


def _classed(card: CredentialRow, card_class: CardClass, asked: Asked) -> tuple[Put, ...]:
    """Say of which class a card is, if that is known. Raises Refused ``not-allowed``."""
    if OFFICER not in asked.admin.roles and (zones := zones_let_into_as(card_class, card, asked.connection)):
        told = f"{min(zones)} goes by what a card is, and only an officer may say that this one is {card_class} there"
        raise Refused("not-allowed", f"{told}: leave it `--class unknown`")
    if card_class is CardClass.UNKNOWN:
        return ()
    return (Put(CredentialClassRow(key=card.key, holder=card.holder, card_class=card_class)),)


def _classes(card: CredentialRow, asked: Asked) -> list[CredentialClassRow]:
    return rows_where(asked.connection, CredentialClassRow, key=card.key)


def _lost_of(holder: str, asked: Asked) -> CredentialRow:
    """Return the card of a holder that is to be replaced. Raises Refused."""
    old = _named_of(holder, asked) if asked.private and asked.private.cards else _only_of(holder, asked)
    if old.status is Status.SUSPENDED:
        raise Refused("card-suspended", "this card is suspended: `doorctl card lost` it first, if it may be replaced")
    if old.valid_until is not None and old.valid_until <= asked.at:
        raise Refused(
            "bad-time", "the time of the old card is over: `doorctl card add` gives a card and its own time"
        )
    return old


def _named_of(holder: str, asked: Asked) -> CredentialRow:
    cards = asked.private.cards if asked.private else ()
    if len(cards) > 1:
        raise Refused("bad-card", "one card is replaced at a time")
    found = _credentials(asked, key_of(cards[0], asked))
    if not found or found[0].holder != holder:
        raise Refused("unknown-card", "this person has no such card")
    return found[0]


def _only_of(holder: str, asked: Asked) -> CredentialRow:
    """Return the one card of a holder that is not lost; if all are, the one that there is."""
    cards = rows_where(asked.connection, CredentialRow, holder=holder)
    if not cards:
        raise Refused("no-card", "this person has no card: `doorctl card add` gives the first")
    found = [each for each in cards if each.status is not Status.LOST] or cards
    if len(found) > 1:
        raise Refused("several-cards", f"this person has {len(found)} cards: name the one that is lost")
    return found[0]


def _free_key(asked: Asked) -> bytes:
    """Return the credential key of a card that nobody has. Raises Refused ``card-taken``."""
    key = _key_of(asked)
    if _credentials(asked, key):
        raise Refused("card-taken", "this card belongs to somebody already: remove it there first")
    return key


def _noted(key: bytes, asked: Asked) -> Statement:
    return ADD_CARD, (key, card_of(asked).partition(":")[0], asked.at)


def _key_of(asked: Asked) -> bytes:
    return key_of(card_of(asked), asked)


def the_credential(asked: Asked) -> CredentialRow:
    """Return the card that a command names. Raises Refused ``unknown-card``."""
    credentials = _credentials(asked, _key_of(asked))
    if not credentials:
        raise Refused("unknown-card", "this card belongs to nobody")
    return credentials[0]


def _credentials(asked: Asked, key: bytes) -> list[CredentialRow]:
    return rows_where(asked.connection, CredentialRow, key=key)
