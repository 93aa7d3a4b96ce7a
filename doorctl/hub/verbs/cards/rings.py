"""The command that adds a key to the ring of card keys and wraps every credential key and every PIN with it.

The new keys are written first, then the policy says that they count, and only then the old ones go: a controller that
has but a part of the changes knows every card all the same, and its limits. A PIN says by how many keys it is made.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from doorctl.core.classes import CARD_CLASSES
from doorctl.core.model import Status
from doorctl.errors import Refused
from doorctl.hub.card_ring import keys_in_use
from doorctl.hub.given_commands import last_accepted
from doorctl.hub.history import Operation
from doorctl.hub.verbs.asked import Asked, Intent, Statement
from doorctl.hub.verbs.cards.cards import ADD_CARD
from doorctl.keys.card_keys import wrap
from doorctl.policy.apply import rows_where
from doorctl.policy.rows import CardRingRow, CredentialClassRow, CredentialLimitsRow, CredentialRow, PinRow
from doorctl.wire.messages import Drop, Put
from doorctl.wire.rights import CardKeysRotate

_CREDENTIALS = 'SELECT "key", holder, status, valid_from, valid_until FROM credentials ORDER BY "key"'
_LIMITS = 'SELECT "key", holder, id, since, uses, first_use_seconds FROM credential_limits ORDER BY "key"'
_CLASSES = 'SELECT "key", holder, card_class FROM credential_classes ORDER BY "key"'
_CARDS = 'SELECT "key", format, added_at FROM cards'
_BADGES = 'SELECT "key" FROM badges'
_WRAP_BADGE = 'UPDATE badges SET "key" = ? WHERE "key" = ?'
_DAY_SECONDS = 86_400


def card_keys_rotate(_: CardKeysRotate, asked: Asked) -> Intent:
    """Wrap every credential key; the key that wraps is durable before anything is made with it."""
    _check_pace(asked)
    count = keys_in_use(asked.connection)
    key = asked.ring.next_key(count)
    before = _credentials(asked)
    wrapped = [replace(row, key=wrap(row.key, (key,))) for row in before]
    ring = CardRingRow(id=asked.roll.trust.site, keys=count + 1)
    pins = [_wrapped(pin, key) for pin in rows_where(asked.connection, PinRow, ring_keys=count)]
    limits, classes = _limits(asked), _classes(asked)
    operations: tuple[Operation, ...] = (
        *(Put(replace(row, key=wrap(row.key, (key,)))) for row in limits),
        *map(Put, wrapped),
        *(Put(replace(row, key=wrap(row.key, (key,)))) for row in classes),
        Put(ring),
        *map(Drop, classes),
        *map(Drop, before),
        *map(Put, pins),
        *map(Drop, limits),
    )
    return Intent(operations, f"{len(before)} card(s) now count by {count + 1} keys", own=_cards(asked, key))


def _check_pace(asked: Asked) -> None:
    """Let nobody use the ring up before somebody else can look: ``too-many-rotations``."""
    last = last_accepted(asked.connection, "card-keys-rotate", after=asked.at - _DAY_SECONDS)
    if last is not None:
        hours = (last + _DAY_SECONDS - asked.at + 3599) // 3600
        raise Refused("too-many-rotations", f"the card keys were rotated within the last day: try again in {hours} h")


def _credentials(asked: Asked) -> Sequence[CredentialRow]:
    return [
        CredentialRow(key=key, holder=holder, status=Status(status), valid_from=valid_from, valid_until=valid_until)
        for key, holder, status, valid_from, valid_until in asked.connection.execute(_CREDENTIALS)
    ]


def _limits(asked: Asked) -> Sequence[CredentialLimitsRow]:
    rows = asked.connection.execute(_LIMITS)
    return [CredentialLimitsRow(*row) for row in rows]


def _classes(asked: Asked) -> Sequence[CredentialClassRow]:
    return [
        CredentialClassRow(key=key, holder=holder, card_class=CARD_CLASSES[card_class])
        for key, holder, card_class in asked.connection.execute(_CLASSES)
    ]


def _wrapped(pin: PinRow, key: bytes) -> PinRow:
    hashes = {name: getattr(pin, name) for name in ("key", "duress", "alone", "alone_duress")}
    wrapped = {name: wrap(each, (key,)) for name, each in hashes.items() if each is not None}
    return replace(pin, ring_keys=pin.ring_keys + 1, **wrapped)


def _cards(asked: Asked, key: bytes) -> tuple[Statement, ...]:
    """Follow with the hub's own rows: those of cards go with the old keys, badges stay what they are."""
    cards = asked.connection.execute(_CARDS).fetchall()
    badges = asked.connection.execute(_BADGES).fetchall()
    return (
        *((ADD_CARD, (wrap(old, (key,)), form, added_at)) for old, form, added_at in cards),
        *((_WRAP_BADGE, (wrap(old, (key,)), old)) for (old,) in badges),
    )
