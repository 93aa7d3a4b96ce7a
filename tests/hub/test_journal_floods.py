"""What one controller says by the thousand is a few lines of the journal, and hides nothing of the others."""

import pytest

from tests.hub.builders import ASite, an_id


def lines_of(event: str, capfd: pytest.CaptureFixture[str]) -> int:
    return capfd.readouterr().err.count(f"<2>event={event} ")


def test_ever_newer_trust_that_a_controller_speaks_of_is_told_whenever_its_number_has_doubled(
    site_with_two: ASite, capfd: pytest.CaptureFixture[str]
) -> None:
    flooder, other = site_with_two.controllers

    for number in range(1, 9):
        site_with_two.ask_as(flooder, nonce=an_id(), counter=number, trust=100 + number)
    of_flood = lines_of("trust_behind", capfd)
    site_with_two.ask_as(other, nonce=an_id(), counter=1, trust=200)

    assert (of_flood, lines_of("trust_behind", capfd)) == (4, 1)
