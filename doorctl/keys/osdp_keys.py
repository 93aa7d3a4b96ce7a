"""The keys of OSDP readers' secure channels: one for each reader, in a file that the door's user alone reads.

``pending`` are keys that a reader is just being given: told to the file before they are told to the reader, so that a
crash between the two locks nobody out. They open no channel before the reader has proved that it has them.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from doorctl.durable import replace_file
from doorctl.errors import KeyFileError
from doorctl.keys.files import read_private

KEY_BYTES = 16
DEFAULT_KEY = bytes(range(0x30, 0x40))
"""SCBK-D of the standard, which everybody knows."""


class OsdpKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the file holds, by the readers' names."""

    readers: dict[str, bytes] = {}
    pending: dict[str, bytes] = {}

    def __post_init__(self) -> None:
        """Refuse what is no key, or everybody's. Raises ValueError."""
        for reader, key in {**self.pending, **self.readers}.items():
            if len(key) != KEY_BYTES or is_weak(key):
                raise ValueError(f"the key of {reader} is not {KEY_BYTES} random bytes")


def is_weak(key: bytes) -> bool:
    """Tell whether a key is the default one, or one byte over and over."""
    return key == DEFAULT_KEY or len(set(key)) == 1


def load_osdp_keys(path: Path) -> Mapping[str, bytes]:
    """Return the key of each reader that is paired; none without the file. Raises KeyFileError."""
    return read_osdp_keys(path).readers


def read_osdp_keys(path: Path) -> OsdpKeys:
    """Return all that the file holds; nothing without it. Raises KeyFileError."""
    try:
        data = read_private(path)
    except KeyFileError:
        if path.exists():
            raise
        return OsdpKeys()
    try:
        return msgspec.json.decode(data, type=OsdpKeys)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise KeyFileError(f"{path} does not hold the keys of OSDP readers: put it back, or pair anew") from error


def write_osdp_keys(path: Path, keys: OsdpKeys) -> None:
    """Put keys in the place of those before. Raises OSError."""
    replace_file(path, msgspec.json.encode(keys), mode=0o600)
