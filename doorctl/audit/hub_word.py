"""The hub's signature under a checkpoint of its own log, as keeper and door pass it on and a record holds it.

It is the second word of the checkpoint's signature line (C2SP signed-note): base64 of the key hash and the signature.
"""

import base64
from collections.abc import Iterable

from doorctl.audit.checkpoint import HUB_LOG, Checkpoint, checkpoint_text, origin_of
from doorctl.audit.leaf import TreeMark
from doorctl.wire.notes import Verifier, signature_line, signatures_of

_HASH_BYTES = 4


def signed_by_one(note: bytes, verifier: Verifier) -> bytes:
    """Return a note that this key has signed with that signature alone. Raises Refused ``not-a-note``."""
    text, signatures = signatures_of(note)
    own = (verifier.name, verifier.key_hash)
    lines = [signature_line(name, key_hash, raw) for name, key_hash, raw in signatures if (name, key_hash) == own]
    return text + b"\n" + lines[0]


def signature_in(note: str) -> str:
    """Return the signature of a note that has one, unchecked."""
    return note.rpartition(" ")[2].removesuffix("\n")


def is_signed(mark: TreeMark, *, site: str, verifiers: Iterable[Verifier]) -> bool:
    """Answer whether one of these keys has signed the checkpoint of the hub's log that a mark speaks of."""
    try:
        raw, root = base64.b64decode(mark.signature, validate=True), bytes.fromhex(mark.root)
    except ValueError:
        return False
    text = checkpoint_text(Checkpoint(origin_of(site, HUB_LOG, mark.epoch), mark.size, root))
    is_strict = base64.b64encode(raw).decode() == mark.signature
    key_hash, signature = raw[:_HASH_BYTES], raw[_HASH_BYTES:]
    return is_strict and any(key.key_hash == key_hash and key.verify(text, signature) for key in verifiers)
