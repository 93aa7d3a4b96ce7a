"""Who is inside a site, as the hub tells it all controllers: what has changed, and the whole in answer to a question.

1. A note tells of some people all that is known of where they are, in place of what was told of them before; of whom
   it tells nothing, nothing is known any more.
2. Notes of one ``run`` of the hub are numbered; an empty one is a sign of life. A whole of number n stands for all
   up to the n-th.
3. What they tell lies beside the note, sealed to all controllers; the note names its hash, and so is signed for it.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import ClassVar

import msgspec

from doorctl.errors import Refused
from doorctl.keys.shared_sealing import open_from_all, seal_to_all
from doorctl.wire.messages import Count, Hex32, Message, Nonce, decode_strictly, to_text
from doorctl.wire.notes import Signer, attach_data, sign_text
from doorctl.wire.whereabouts import MOST_WORDS, People, Words

MOST_PART_BYTES = 32 * 1024
"""Of what one note tells, before it is sealed: it goes through the packets to the keeper and to the door."""
MOST_PARTS = 64
_ABOUT = "occupancy"


class OccupancyNote(Message, frozen=True, omit_defaults=True):
    """What of who is inside has changed since the note before, or part of the whole; signed by the hub.

    ``ran_ms`` is how long the hub has run, ``ring`` says by which key of the ring, from 1, it is sealed. A ``nonce``
    is that of the question that asks for the whole, of which this is one part of so many.
    """

    kind: ClassVar[str] = "occupancy"
    run: Nonce
    number: Count
    ran_ms: Count
    ring: Count
    sha256: Hex32
    nonce: Nonce | None = None
    part: Count = 0
    parts: Count = 1


_people = msgspec.json.Decoder(People)
_encode = msgspec.json.Encoder().encode


def parts_of(people: Iterable[tuple[str, Words]]) -> Iterator[tuple[bytes, list[str]]]:
    """Write who is where in parts of bounded size, each with those it tells of; at least one, if about nobody."""
    entries, names, size = list[bytes](), list[str](), 2
    for holder, words in people:
        entry = _encode(holder) + b":" + _encode(words[-MOST_WORDS:])
        if size + len(entry) > MOST_PART_BYTES:
            yield _joined(entries), names
            entries, names, size = [], [], 2
        entries.append(entry)
        names.append(holder)
        size += len(entry) + 1
    yield _joined(entries), names


def sealed_note(note: OccupancyNote, plain: bytes, *, ring_key: bytes, signer: Signer) -> bytes:
    """Sign a note over what it tells, and put that beside it, sealed."""
    sealed = seal_to_all(plain, ring_key=ring_key, about=_ABOUT)
    told = msgspec.structs.replace(note, sha256=hashlib.sha256(sealed).hexdigest())
    return attach_data(sign_text(to_text(told), signer), sealed)


def people_beside(note: OccupancyNote, sealed: bytes, *, ring_key: bytes) -> People:
    """Open what lies beside a note. Raises Refused: ``wrong-sealed``, ``bad-seal`` or ``malformed``."""
    if hashlib.sha256(sealed).hexdigest() != note.sha256:
        raise Refused("wrong-sealed", "the sealed part is not the one that was signed for")
    return decode_strictly(_people, open_from_all(sealed, ring_key=ring_key, about=_ABOUT))


def _joined(entries: Iterable[bytes]) -> bytes:
    return b"{" + b",".join(entries) + b"}"
