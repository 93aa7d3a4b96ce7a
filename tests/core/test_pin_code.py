"""Codes for own PINs: what can be one, and what a slip of the finger makes of it."""

import pytest

from doorctl.core.rules.pin_code import CODE_DIGITS, code_of, is_code, told_of


@pytest.mark.parametrize(
    ("digits", "code"), [("7992739", "79927398"), ("0000000", "00000000"), ("1234567", "12345674")]
)
def test_the_last_digit_goes_with_the_others(digits: str, code: str) -> None:
    assert code_of(digits) == code
    assert is_code(code)
    assert told_of(code) == digits[:3]


def test_a_slip_of_the_finger_makes_no_code() -> None:
    code = "79927398"
    slips = {
        code[:place] + digit + code[place + 1 :]
        for place in range(CODE_DIGITS)
        for digit in "0123456789"
        if digit != code[place]
    }

    assert len(slips) == 9 * CODE_DIGITS
    assert [slip for slip in slips if is_code(slip)] == []


@pytest.mark.parametrize("text", ["", "7992739", "799273980", "7992739a", "\u0667992739\u0668"])
def test_what_has_other_digits_or_more_is_none(text: str) -> None:
    assert not is_code(text)
