"""The keeper's end of the socket to the link, which another user runs."""

from pathlib import Path

from doorctl.keeper.peer_socket import Dialect, PeerSocket
from doorctl.tally import Tally
from doorctl.wire.courier import MAX_PACKET_BYTES, FromKeeper, FromLink, LinkDisconnected, decode_from_link, encode

SOCKET_MODE = 0o660


def link_socket(path: Path, *, tally: Tally) -> PeerSocket[FromLink, FromKeeper]:
    """Listen for the link; when it is gone, so is the broker. Raises OSError."""
    dialect: Dialect[FromLink, FromKeeper] = Dialect(
        "link", SOCKET_MODE, MAX_PACKET_BYTES, decode_from_link, encode, LinkDisconnected()
    )
    return PeerSocket(path, dialect, tally=tally)
