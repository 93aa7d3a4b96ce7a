"""Forgeries by somebody who knows the forms, heard everything and has every key but the right ones."""

import random
from collections.abc import Callable, Sequence

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorctl.errors import Refused
from doorctl.keys.identity import hub_key_name
from doorctl.policy.apply import chain_after
from doorctl.policy.rows import GroupRow
from doorctl.wire.messages import Change, Delta, Put, to_text
from doorctl.wire.notes import Signer, attach, detach, sign_text, text_of

FORGED_GROUP = "forged"
_KEY = Ed25519PrivateKey.from_private_bytes(b"a key that nobody trusts".ljust(32, b"."))

Forgery = Callable[[bytes, Sequence[bytes], random.Random], bytes]


def flipped(payload: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    """Turn one bit over."""
    place = chance.randrange(len(payload))
    return payload[:place] + bytes([payload[place] ^ (1 << chance.randrange(8))]) + payload[place + 1 :]


def cut(payload: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    """Lose the end."""
    return payload[: chance.randrange(len(payload))]


def counted_up(payload: bytes, _: Sequence[bytes], chance: random.Random) -> bytes:
    """Raise a digit."""
    places = [place for place, byte in enumerate(payload) if byte in b"12345678"]
    if not places:
        return payload
    place = chance.choice(places)
    return payload[:place] + bytes([payload[place] + 1]) + payload[place + 1 :]


def with_another_s_signature(payload: bytes, heard: Sequence[bytes], chance: random.Random) -> bytes:
    """Put the signature of another note below."""
    return payload.rpartition(b"\n\n")[0] + b"\n\n" + chance.choice(heard).rpartition(b"\n\n")[2]


def with_another_s_sealed_part(payload: bytes, heard: Sequence[bytes], chance: random.Random) -> bytes:
    """Put what was sealed for something else beside."""
    return attach(detach(payload)[0], detach(chance.choice(heard))[1])


def by_a_stranger(payload: bytes, heard: Sequence[bytes], chance: random.Random) -> bytes:
    """Change a number and sign that, in the name that signed the original."""
    note, sealed = detach(payload)
    name = note.rpartition("\n— ".encode())[2].partition(b" ")[0].decode()
    return attach(sign_text(counted_up(text_of(note), heard, chance), Signer(name, _KEY)), sealed)


def next_change_by_a_stranger(payload: bytes, heard: Sequence[bytes], _: random.Random) -> bytes:
    """Go on where the newest delta that was heard has ended, in perfect form, in the hub's name."""
    texts = [text_of(each) for each in heard if each.startswith(b"doorctl/v1/delta\n")]
    deltas = [msgspec.json.decode(text.partition(b"\n")[2], type=Delta) for text in texts]
    if not deltas:
        return payload
    newest = max(deltas, key=lambda delta: delta.last)
    change = msgspec.json.encode(Change(newest.last + 1, 0, (Put(GroupRow(FORGED_GROUP)),)))
    chain = chain_after(bytes.fromhex(newest.chain), change).hex()
    forged = Delta(newest.site, newest.epoch, newest.last + 1, newest.last + 1, chain, (msgspec.Raw(change),))
    return sign_text(to_text(forged), Signer(hub_key_name(newest.site), _KEY))


FORGERIES: tuple[Forgery, ...] = (
    flipped,
    cut,
    counted_up,
    with_another_s_signature,
    with_another_s_sealed_part,
    by_a_stranger,
    next_change_by_a_stranger,
)


def forge(payload: bytes, heard: Sequence[bytes], chance: random.Random) -> bytes:
    """Make something nearly right of what was said."""
    try:
        return chance.choice(FORGERIES)(payload, heard, chance)
    except Refused:
        return cut(payload, heard, chance)
