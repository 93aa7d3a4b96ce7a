"""Commands about PINs: the digits become keyed hashes here and are never stored.

A PIN that counts without a card must be hard to hit: of the codes of its length at least 1,000 for each that counts.
"""

from doorctl.core.machines.pin_entry import is_guessed_first, is_pin
from doorctl.errors import Refused
from doorctl.hub.verbs.asked import Asked, Intent, Statement, the
from doorctl.keys.card_keys import pin_text
from doorctl.policy.apply import rows_where
from doorctl.policy.rows import HolderRow, PinCodeRow, PinRow
from doorctl.wire.commands import PinRemove, PinSet
from doorctl.wire.messages import Drop, Put

CODES_FOR_EACH = 1000
_TAKEN = "SELECT 1 FROM pins WHERE holder <> :holder AND :key IN (alone, alone_duress)"
_ALONE = """
SELECT count(*) + count(alone_duress) FROM pins LEFT JOIN pin_lengths USING (holder)
WHERE alone IS NOT NULL AND holder <> :holder AND coalesce(digits, :digits) = :digits
"""
"""A PIN whose length the hub has lost counts as one of each."""
_LENGTH = "INSERT INTO pin_lengths (holder, digits) VALUES (?, ?) ON CONFLICT DO UPDATE SET digits = excluded.digits"


def pin_set(do: PinSet, asked: Asked) -> Intent:
    """Give a holder a PIN, in the place of the one before."""
    the(asked, HolderRow, do.holder)
    pin, duress = _pins_in(asked)
    if do.alone:
        _check_hard_to_hit(do.holder, pin, 2 if duress else 1, asked)
    row = PinRow(
        holder=do.holder,
        ring_keys=len(asked.card_keys.ring),
        key=_key(asked, pin, do.holder),
        duress=_key(asked, duress, do.holder) if duress else None,
        alone=_key(asked, pin) if do.alone else None,
        alone_duress=_key(asked, duress) if do.alone and duress else None,
    )
    _check_nobody_elses(row, asked)
    own = (remember_length(do.holder, len(pin)),)
    return Intent((Put(row), *_codes_of(do.holder, asked)), _text(row, asked), own=own)


def pin_remove(do: PinRemove, asked: Asked) -> Intent:
    """Take a holder's PIN away."""
    the(asked, HolderRow, do.holder)
    rows = rows_where(asked.connection, PinRow, holder=do.holder)
    codes = _codes_of(do.holder, asked)
    if not rows:
        return Intent(codes, "the code is removed" if codes else "the person has no PIN")
    return Intent((Drop(rows[0]), *codes), "PIN removed")


def remember_length(holder: str, digits: int) -> Statement:
    """Remember how many digits a holder's PIN has."""
    return _LENGTH, (holder, digits)


def _codes_of(holder: str, asked: Asked) -> tuple[Drop, ...]:
    """Take away the code by which the holder could set another PIN."""
    return tuple(map(Drop, rows_where(asked.connection, PinCodeRow, holder=holder)))


def _text(row: PinRow, asked: Asked) -> str:
    """Tell how the PIN counts, and when the one for duress goes with the PIN of before."""
    counts = "PIN set: it counts alone, too" if row.alone else "PIN set: it counts with a card"
    if row.duress:
        return f"{counts}; and one for duress"
    had_duress = any(before.duress for before in rows_where(asked.connection, PinRow, holder=row.holder))
    return f"{counts}; the one for duress is gone" if had_duress else counts


def _pins_in(asked: Asked) -> tuple[str, str]:
    """Return the PIN in the private part, and the one for duress or nothing. Raises Refused."""
    pin, duress = (asked.private.pin, asked.private.duress) if asked.private else ("", "")
    for each in (pin, duress) if duress else (pin,):
        if not is_pin(each):
            raise Refused("bad-pin", "a PIN has 4 to 8 digits")
        if is_guessed_first(each):
            raise Refused("weak-pin", "everybody tries 1234 and 0000 first: choose another PIN")
    if pin == duress or (duress and len(pin) != len(duress)):
        raise Refused("bad-pin", "the PIN for duress must be another of as many digits")
    return pin, duress


def _check_hard_to_hit(holder: str, pin: str, more: int, asked: Asked) -> None:
    (count,) = asked.connection.execute(_ALONE, {"holder": holder, "digits": len(pin)}).fetchone()
    if (count + more) * CODES_FOR_EACH > 10 ** len(pin):
        raise Refused(
            "pin-too-short",
            f"of PINs with {len(pin)} digits that count without a card there are {count} already: take more digits",
        )


def _check_nobody_elses(row: PinRow, asked: Asked) -> None:
    for key in (row.alone, row.alone_duress):
        taken = key and asked.connection.execute(_TAKEN, {"holder": row.holder, "key": key}).fetchone()
        if taken:
            raise Refused("pin-taken", "this PIN cannot be used without a card: choose another")


def _key(asked: Asked, digits: str, holder: str = "") -> bytes:
    return asked.card_keys.credential_key(pin_text(digits, holder=holder))
