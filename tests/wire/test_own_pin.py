"""An own PIN as it travels: read as it was written, and nothing else."""

import pytest

from doorctl.wire.own_pin import OwnPin, read_own_pin

SECRET = b"s" * 32
PIN = OwnPin("ada-0", 2, 6, b"k" * 32)


def test_it_is_read_as_it_was_written() -> None:
    assert read_own_pin(PIN.text(SECRET)) == (PIN, PIN.proof(SECRET))
    assert PIN.text(SECRET).startswith(f"holder:ada-0:own-pin:2:6:{'6b' * 32}:")


def test_another_pin_person_length_or_code_has_another_proof() -> None:
    others = (
        OwnPin("ada-1", 2, 6, b"k" * 32),
        OwnPin("ada-0", 1, 6, b"k" * 32),
        OwnPin("ada-0", 2, 5, b"k" * 32),
        OwnPin("ada-0", 2, 6, b"l" * 32),
    )
    proofs = {PIN.proof(SECRET), PIN.proof(b"t" * 32), *(each.proof(SECRET) for each in others)}

    assert len(proofs) == 6


@pytest.mark.parametrize(
    "text",
    [
        "",
        "holder:ada-0",
        PIN.text(SECRET) + "0",
        PIN.text(SECRET) + "\n",
        PIN.text(SECRET).upper(),
        PIN.text(SECRET).replace(":2:", ":0:"),
        PIN.text(SECRET).replace(":6:", ":9:"),
        PIN.text(SECRET).replace("holder", "credential"),
    ],
)
def test_what_is_spelt_otherwise_is_none(text: str) -> None:
    assert read_own_pin(text) is None
