"""One end of a local socket that speaks JSON, a line each: the simulator's and the simulated board's."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from doorctl.cli.output import to_json
from doorctl.errors import Unreachable

Values = dict[str, object]

_decoder = msgspec.json.Decoder(Values)


class JsonSocket:
    """A connection on which each line is an object."""

    def __init__(self, connection: socket.socket) -> None:
        """Speak over this connection."""
        self._connection = connection
        self._lines = connection.makefile("rb")

    def send(self, values: Mapping[str, object]) -> None:
        """Send one object. Raises OSError."""
        self._connection.sendall(to_json(values).encode() + b"\n")

    def received(self) -> Iterator[Values]:
        """Yield what comes until the other side ends. Raises OSError, TimeoutError among them."""
        for line in self._lines:
            yield _decoder.decode(line)

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self._connection.close()


@contextmanager
def json_socket(path: Path, *, start: str, seconds: float | None) -> Iterator[JsonSocket]:
    """Connect to a local socket; ``start`` is the command that serves it. Raises Unreachable."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(seconds)
    try:
        connection.connect(str(path))
    except OSError as error:
        connection.close()
        raise Unreachable(f"nobody answers at {path} ({error.strerror or error}): start `{start}`") from error
    conversation = JsonSocket(connection)
    try:
        yield conversation
    except (OSError, msgspec.DecodeError) as error:
        raise Unreachable(f"{path} gave no answer ({error}): start `{start}` anew") from error
    finally:
        conversation.close()
