"""Attacks by whoever owns the broker, one by one, where no other test stands for them."""

import base64

import msgspec
import pytest

from doorctl.errors import Refused
from doorctl.wire.commands import PersonAdd
from doorctl.wire.notes import attach, detach, open_note
from tests.hub.builders import ASite, a_private, an_id
from tests.hub.conftest import site
from tests.wire.test_notes import KNOWN, NOTE

__all__ = ["site"]
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def test_no_note_has_a_second_spelling() -> None:
    encoded = NOTE.removesuffix(b"\n")
    last = encoded.rstrip(b"=")[-1:]
    respelled = encoded.rstrip(b"=")[:-1] + _ALPHABET[_ALPHABET.index(last) + 1 :][:1]
    respelled += b"=" * (len(encoded) - len(respelled)) + b"\n"
    of_both = [base64.b64decode(each.rpartition(b" ")[2]) for each in (NOTE, respelled)]

    assert of_both[0] == of_both[1]
    with pytest.raises(Refused, match="not-a-note"):
        open_note(respelled, KNOWN)


def test_another_private_part_than_was_signed_for_is_refused(site: ASite) -> None:
    command_id = an_id()
    payload = site.a_command(PersonAdd("h1"), a_private(handle="ada"), command_id=command_id)
    swapped = site.sealed(msgspec.json.encode(a_private(handle="mallory")), command_id)

    (response,) = site.responses(site.send(attach(detach(payload)[0], swapped)))

    assert response.reason == "wrong-private"
