"""Encryption to a public key in the age format (age-encryption.org/v1); the only importer of pyrage.

pyrage is an extra of doorctl (``backup``), loaded when a backup is made or opened.
"""

import importlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, BinaryIO

from doorctl.errors import KeyFileError, Refused, WrongUse

Write = Callable[[bytes], object]

_NEXT_KEY = "make a key with `doorctl backup key`"


def new_identity() -> tuple[str, str]:
    """Make a key: the text of its identity file, as age-keygen writes it, and its public half (``age1…``)."""
    identity = _pyrage().x25519.Identity.generate()
    public = str(identity.to_public())
    return f"# public key: {public}\n{identity}\n", public


def check_recipients(recipients: Sequence[str]) -> None:
    """Refuse what is no public key, or none at all. Raises WrongUse."""
    _recipients(recipients)


def encrypt(chunks: Iterable[bytes], write: Write, *, recipients: Sequence[str]) -> None:
    """Encrypt what ``chunks`` yields. Raises WrongUse, and OSError as ``write`` and ``chunks`` do."""
    pyrage = _pyrage()
    to = _recipients(recipients)
    source, sink = _Source(iter(chunks)), _Sink(write)
    try:
        pyrage.encrypt_io(source, sink, to)
    except (pyrage.EncryptError, OSError):  # pyrage tells of an error of ours by its text alone
        raise (sink.error or source.error or OSError("encryption failed")) from None


def decrypt(file: BinaryIO, write: Write, *, identities: str) -> None:
    """Decrypt a file by the text of an identity file.

    Raises KeyFileError where that is none, Refused ``wrong-identity`` and ``damaged-backup``, and what ``write``
    raises. What was written by then is genuine, but not all of it.
    """
    pyrage, sink = _pyrage(), _Sink(write)
    keys = _identities(identities)
    try:
        pyrage.decrypt_io(file, sink, keys)
    except (pyrage.DecryptError, OSError) as error:
        if sink.error is not None:
            raise sink.error from None
        raise _unopened(error) from error


def _unopened(error: Exception) -> Refused:
    if isinstance(error, OSError):
        return Refused("damaged-backup", "a byte is not the one that was written, or its end is cut off")
    if "matching" in str(error):
        return Refused("wrong-identity", "this identity does not open it, or its first lines were changed")
    return Refused("damaged-backup", "its beginning is no age file, or cut short")


class _Source:
    """A file whose bytes come from an iterator."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.error: Exception | None = None
        self._chunks = chunks
        self._rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        try:
            while not self._rest:
                self._rest = memoryview(next(self._chunks))
        except StopIteration:
            return b""
        except Exception as error:
            self.error = error
            raise
        taken, self._rest = self._rest[:size], self._rest[size:]
        return bytes(taken)


class _Sink:
    """A file whose bytes go to a function."""

    def __init__(self, write: Write) -> None:
        self.error: Exception | None = None
        self._write = write

    def write(self, data: bytes) -> int:
        try:
            self._write(data)
        except Exception as error:
            self.error = error
            raise
        return len(data)

    def flush(self) -> None:
        """Stand for what a file has: nothing is held back."""


def _recipients(texts: Sequence[str]) -> list[Any]:
    pyrage = _pyrage()
    if not texts:
        raise WrongUse(
            f"nobody to encrypt to: name --recipient age1…, or `recipients` in hub.toml's [backup]; {_NEXT_KEY}"
        )
    try:
        return [pyrage.x25519.Recipient.from_str(text) for text in texts]
    except pyrage.RecipientError as error:
        raise WrongUse(f"a recipient is not the public half of an age key (age1…); {_NEXT_KEY}") from error


def _identities(text: str) -> list[Any]:
    pyrage = _pyrage()
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    try:
        keys = [pyrage.x25519.Identity.from_str(line) for line in lines]
    except pyrage.IdentityError as error:
        raise KeyFileError(f"the identity file holds something that is no AGE-SECRET-KEY-1…; {_NEXT_KEY}") from error
    if not keys:
        raise KeyFileError(f"the identity file holds no key; {_NEXT_KEY}")
    return keys


def _pyrage() -> Any:  # noqa: ANN401 - a library without types
    try:
        return importlib.import_module("pyrage")
    except ImportError as error:
        raise WrongUse("backups need a library that is not installed: pip install 'doorctl[backup]'") from error
