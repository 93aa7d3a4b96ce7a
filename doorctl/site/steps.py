"""The steps of a plan: commands with their personal parts, packed for the way to the hub.

Packed steps are JSON, compressed as one stream and cut into parts that each fit beside a command.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from doorctl.errors import Refused
from doorctl.wire.commands import Verb
from doorctl.wire.messages import decode_strictly
from doorctl.wire.privacy import RetentionRemove, RetentionSet

CREDENTIAL = "credential:"
"""How a card is named by its credential key, where its number is not known."""
PART_BYTES = 48 * 1024
MAX_STEPS_BYTES = 32 * 1024 * 1024
MAX_STEPS = 100_000
"""While a hub carries out a plan it does nothing else: some 10 s for so many steps."""
Rule = RetentionSet | RetentionRemove
RULE_WORDS = frozenset({str(each.__struct_config__.tag) for each in (RetentionSet, RetentionRemove)})


class Step(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """One command of a plan: the verb, and what is personal in it."""

    verb: Verb
    handle: str = ""
    name: str = ""
    card: str = ""


_steps = msgspec.json.Decoder(tuple[Step, ...])


def parted(steps: Sequence[Step]) -> tuple[tuple[Step, ...], tuple[Rule, ...]]:
    """Part what the hub carries out as a whole from rules of retention, which are signed commands of their own."""
    rules = tuple(step.verb for step in steps if isinstance(step.verb, Rule))
    return tuple(step for step in steps if not isinstance(step.verb, Rule)), rules


def packed(steps: Sequence[Step]) -> tuple[bytes, ...]:
    """Pack steps into parts, in their order."""
    data = zlib.compress(msgspec.json.encode(steps), 6)
    return tuple(_cut(data))


def unpacked(parts: Iterable[bytes]) -> tuple[Step, ...]:
    """Unpack the parts of a plan. Raises Refused ``bad-plan`` or ``malformed``."""
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(b"".join(parts), MAX_STEPS_BYTES)
    except zlib.error as error:
        raise Refused("bad-plan", "its parts are not what was packed") from error
    if not stream.eof or stream.unused_data:
        raise Refused("bad-plan", "its parts are not a whole plan, or too large a one")
    steps = decode_strictly(_steps, data)
    if len(steps) > MAX_STEPS:
        raise Refused("bad-plan", f"it has {len(steps)} steps; a plan has at most {MAX_STEPS}: part the file")
    return steps


def _cut(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), PART_BYTES):
        yield data[start : start + PART_BYTES]
