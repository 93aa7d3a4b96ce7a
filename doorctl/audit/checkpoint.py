"""Signed checkpoints: size and root of a log at one commit (C2SP tlog-checkpoint)."""

import base64
import binascii
from dataclasses import dataclass

from doorctl.errors import Refused
from doorctl.wire.notes import Signer, Verifier, open_note, sign_text, text_of
from doorctl.wire.topics import HUB_NAME

HUB_LOG = HUB_NAME
"""How the log of the hub's own is called; no controller may have the name."""
_MOST_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: its origin, how many leaves it has, and their root."""

    origin: str
    size: int
    root: bytes


def origin_of(site: str, log: str, epoch: int) -> str:
    """Name one epoch of one log, as the first line of its checkpoints."""
    return f"doorctl/{site}/{log}/{epoch}"


def told_epoch(note: bytes, *, site: str, log: str) -> int:
    """Return which epoch of this log a checkpoint says that it is of, unchecked. Raises Refused ``wrong-log``."""
    origin = text_of(note).decode().partition("\n")[0]
    digits = origin.rpartition("/")[2][:_MOST_DIGITS]
    if not (digits.isascii() and digits.isdigit()) or origin != origin_of(site, log, int(digits)):
        raise Refused("wrong-log", "the checkpoint is of another log")
    return int(digits)


def checkpoint_text(checkpoint: Checkpoint) -> bytes:
    """Write what is signed: three lines."""
    root = base64.b64encode(checkpoint.root).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n".encode()


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """Write and sign a checkpoint."""
    return sign_text(checkpoint_text(checkpoint), signer)


def open_checkpoint(note: bytes, verifier: Verifier, *, origin: str) -> Checkpoint:
    """Check a checkpoint of this log by this key, in its one spelling: verifiers know no other.

    Raises Refused, also ``wrong-log`` and ``malformed``.
    """
    return read_checkpoint(open_note(note, [verifier]).text, origin=origin)


def read_checkpoint(text: bytes, *, origin: str) -> Checkpoint:
    """Read a checkpoint of this log without a look at who signed it. Raises Refused as ``open_checkpoint`` does."""
    lines = text.decode().split("\n")
    if lines[0] != origin:
        raise Refused("wrong-log", "the checkpoint is of another log")
    try:
        size, root = int(lines[1]), base64.b64decode(lines[2], validate=True)
    except (IndexError, ValueError, binascii.Error) as error:
        raise Refused("malformed", "not a checkpoint") from error
    checkpoint = Checkpoint(origin, size, root)
    if size < 0 or len(root) != 32 or checkpoint_text(checkpoint) != text:
        raise Refused("malformed", "not a checkpoint")
    return checkpoint
