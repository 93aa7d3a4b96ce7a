"""Time stamps by an authority outside (RFC 3161): the one importer of rfc3161_client, which comes with the extra.

The authority gets the SHA-256 of what is stamped and nothing else. Its token says that this existed at its time.
"""

import importlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509

from doorctl.errors import WrongUse
from doorctl.hub.outside import NotSent, WebAddress

QUERY, REPLY = "application/timestamp-query", ".tsr"
_GRANTED = (0, 1)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the authority answered, as it came, and its time."""

    reply: bytes
    at: datetime


def stamp(data: bytes, authority: WebAddress, *, roots: Path | None) -> Stamp:
    """Have data stamped; with ``roots``, a PEM file, the token's signature is checked, too.

    Raises NotSent where it is no stamp of this data, and WrongUse without the extra or where the roots are none.
    """
    library = _library()
    request = library.TimestampRequestBuilder().data(data).build()
    reply = authority.post(request.as_bytes(), QUERY)
    try:
        response = library.decode_timestamp_response(reply)
        told = response.tst_info
        fits = (told.message_imprint.message, told.nonce) == (request.message_imprint.message, request.nonce)
        at: datetime = told.gen_time
    except ValueError as error:
        raise NotSent("the time stamp cannot be read") from error
    if response.status not in _GRANTED or not fits:
        raise NotSent("the time stamp is of something else, or was refused")
    if roots is not None:
        _verify(library, response, data, roots)
    return Stamp(reply, at)


def _verify(library: Any, response: object, data: bytes, roots: Path) -> None:  # noqa: ANN401 - a module
    try:
        certificates = x509.load_pem_x509_certificates(roots.read_bytes())
    except (OSError, ValueError) as error:
        raise WrongUse(f"{roots} holds no certificates: {error}") from error
    builder = library.VerifierBuilder()
    for certificate in certificates:
        builder = builder.add_root_certificate(certificate)
    try:
        builder.build().verify_message(response, data)
    except library.VerificationError as error:
        raise NotSent(f"the time stamp is signed by nobody that {roots.name} knows: {error}") from error


def _library() -> Any:  # noqa: ANN401 - a module
    try:
        return importlib.import_module("rfc3161_client")
    except ImportError as error:
        raise WrongUse("time stamps need the extra: pip install 'doorctl[timestamp]'") from error
