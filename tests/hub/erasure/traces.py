"""Looking for what an erasure must not leave behind, in every file below a folder, however it is written there."""

import base64
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import msgspec

_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table'"


def spellings(secret: bytes) -> set[bytes]:
    """Return how these bytes may stand in a file: as they are, in JSON, and in hexadecimals."""
    shown = base64.b64encode(secret).rstrip(b"=")
    return {
        secret,
        shown,
        base64.urlsafe_b64encode(secret).rstrip(b"="),
        secret.hex().encode(),
        secret.hex().upper().encode(),
    }


def found_in(folder: Path, secrets: Iterable[bytes]) -> list[tuple[str, bytes]]:
    """Return each file with the secret that stands in it."""
    wanted = [(secret, spelled) for secret in secrets for spelled in spellings(secret)]
    files = {path: _held(path) for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()}
    return [(path.name, secret) for path, held in files.items() for secret, spelled in wanted if spelled in held]


def _held(path: Path) -> bytes:
    """Read a file; one that has gone meanwhile holds nothing."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def tables_with(connection: sqlite3.Connection, text: str) -> set[str]:
    """Name the tables of a database that have a text in a row."""
    tables = [name for (name,) in connection.execute(_TABLES)]
    return {table for table in tables if _is_in_rows(connection, table, text.encode())}


def _is_in_rows(connection: sqlite3.Connection, table: str, text: bytes) -> bool:
    rows = connection.execute(f'SELECT * FROM "{table}"')
    return any(text in (value if isinstance(value, bytes) else str(value).encode()) for row in rows for value in row)


def as_text(value: object) -> str:
    """Write a value as the tests' messages do."""
    return msgspec.json.encode(value).decode()
