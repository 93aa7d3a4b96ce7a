"""The command that gives a holder a code for an own PIN: doors learn the keyed hash of its first digits.

The hub keeps that of the whole, apart from the policy.
"""

from doorctl.core.rules.pin_code import is_code, told_of
from doorctl.errors import Refused
from doorctl.hub.verbs.asked import Asked, Intent, Statement, the
from doorctl.keys.card_keys import code_text
from doorctl.policy.apply import rows_where
from doorctl.policy.rows import HolderRow, PinCodeRow, PinRow
from doorctl.wire.commands import PinCodeSet
from doorctl.wire.messages import Put

LONGEST_SECONDS = 7 * 86_400
_LENGTH = "SELECT digits FROM pin_lengths WHERE holder = ?"
_KEEP = """
INSERT INTO pin_secrets (holder, secret, tries) VALUES (?, ?, 0)
ON CONFLICT DO UPDATE SET secret = excluded.secret, tries = 0
"""


def pin_code_set(do: PinCodeSet, asked: Asked) -> Intent:
    """Give a holder a code, in the place of one before."""
    the(asked, HolderRow, do.holder)
    code = asked.private.pin if asked.private else ""
    if not is_code(code):
        raise Refused("bad-code", "a code for an own PIN has eight digits, of which the last goes with the others")
    if not asked.at < do.valid_until <= asked.at + LONGEST_SECONDS:
        raise Refused("bad-time", f"a code counts until a time to come, within {LONGEST_SECONDS // 86_400} days")
    row = PinCodeRow(
        holder=do.holder,
        ring_keys=len(asked.card_keys.ring),
        key=_key(asked, told_of(code), do.holder),
        valid_until=do.valid_until,
        digits=_digits_of(do.holder, asked),
    )
    kept: Statement = (_KEEP, (do.holder, _key(asked, code, do.holder)))
    return Intent((Put(row),), "code given: whoever enters it with the card sets the PIN", own=(kept,))


def _digits_of(holder: str, asked: Asked) -> int:
    """Tell how long the own PIN must be: as long as the one for duress, if there is one. Raises Refused."""
    held = rows_where(asked.connection, PinRow, holder=holder)
    if held and held[0].alone is not None:
        raise Refused(
            "pin-alone",
            "this person's PIN counts without a card, so it must be nobody else's: give one by `doorctl person pin`",
        )
    if not held or held[0].duress is None:
        return 0
    row = asked.connection.execute(_LENGTH, (holder,)).fetchone()
    return 0 if row is None else int(row[0])


def _key(asked: Asked, digits: str, holder: str) -> bytes:
    return asked.card_keys.credential_key(code_text(digits, holder=holder))
