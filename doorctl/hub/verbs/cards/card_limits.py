"""The command that limits a card beyond its dates."""

from doorctl.hub.verbs.asked import Asked, Intent
from doorctl.hub.verbs.cards.cards import the_credential
from doorctl.hub.verbs.cards.given_limits import limits_by
from doorctl.policy.apply import rows_where
from doorctl.policy.rows import CredentialLimitsRow
from doorctl.wire.commands import CardLimit
from doorctl.wire.messages import Drop, Put


def card_limit(do: CardLimit, asked: Asked) -> Intent:
    """Say anew how often a card lets in and for how long from its first use on; uses are counted from now on."""
    card = the_credential(asked)
    wanted = limits_by(do, card.key, card.holder, asked)
    if wanted is not None:
        return Intent((Put(wanted),), f"the card counts {_written(wanted)}, from now on")
    before = rows_where(asked.connection, CredentialLimitsRow, key=card.key)
    text = "the card has no such limits any more" if before else "the card has no such limits"
    return Intent(tuple(map(Drop, before)), text)


def _written(row: CredentialLimitsRow) -> str:
    uses = None if row.uses is None else f"for {row.uses} use(s)"
    first = None if row.first_use_seconds is None else f"for {row.first_use_seconds} s from its first use on"
    return " and ".join(filter(None, (uses, first)))
