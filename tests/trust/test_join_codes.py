"""Codes carry the keys of a controller or an admin without a slip."""

import hashlib

import pytest
from msgspec.structs import replace

from doorctl.errors import Refused
from doorctl.keys.identity import encode_public
from doorctl.trust.join_codes import AdminCode, admin_code, join_code, parse_admin_code, parse_join_code
from tests.trust.builders import ADA, PI

GRACE = AdminCode(replace(ADA, id="grace", roles=()), tls=b"t" * 32)


def old_code() -> str:
    body = ":".join(["doorctl-join:v1:pi-4f", *(encode_public(key) for key in (PI.ack, PI.log, PI.box))])
    return f"{body}:{hashlib.sha256(body.encode()).hexdigest()[:8]}"


def test_a_join_code_carries_the_keys() -> None:
    assert parse_join_code(join_code(PI)) == PI
    assert parse_join_code(f"  {join_code(PI)}\n") == PI


def test_a_controller_without_tls_has_a_shorter_code() -> None:
    plain = replace(PI, tls=None)

    assert parse_join_code(join_code(plain)) == plain


def test_a_code_of_the_first_version_is_still_read() -> None:
    assert parse_join_code(old_code()) == replace(PI, tls=None)


@pytest.mark.parametrize("admin", [GRACE, AdminCode(GRACE.keys)], ids=["with TLS", "without"])
def test_an_admins_code_carries_the_keys_and_no_role(admin: AdminCode) -> None:
    assert parse_admin_code(admin_code(admin)) == admin


@pytest.mark.parametrize("position", range(0, len(join_code(PI)), 7))
def test_a_join_code_with_a_wrong_character_is_refused(position: int) -> None:
    code = join_code(PI)
    wrong = "y" if code[position] == "x" else "x"

    with pytest.raises(Refused, match="bad-join-code"):
        parse_join_code(code[:position] + wrong + code[position + 1 :])


@pytest.mark.parametrize(
    "code", ["", ":", "doorctl-join:v1:pi:a", "join me", "doorctl-join:v2:PI:" + "A" * 43, admin_code(GRACE)]
)
def test_what_is_no_join_code_is_refused(code: str) -> None:
    with pytest.raises(Refused, match="bad-join-code"):
        parse_join_code(code)


@pytest.mark.parametrize("code", ["", join_code(PI), old_code(), admin_code(GRACE)[:-1]])
def test_what_is_no_admins_code_is_refused(code: str) -> None:
    with pytest.raises(Refused, match="bad-join-code"):
        parse_admin_code(code)
