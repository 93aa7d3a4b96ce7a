"""The end of trust is told in steps, each once."""

from datetime import UTC, datetime, timedelta

import pytest

from doorctl.trust.expiry_watch import ExpiryWatch
from tests.trust.builders import some_trust

NOON = datetime(2027, 1, 15, 12, tzinfo=UTC)


def test_each_step_towards_the_end_of_trust_is_told_once(capfd: pytest.CaptureFixture[str]) -> None:
    trust, watch = some_trust(expires=int(NOON.timestamp())), ExpiryWatch()

    for days in (61, 60, 59, 30, 7, 6, 0, -1):
        watch.look(trust, NOON - timedelta(days=days))

    lines = capfd.readouterr().err.splitlines()
    assert [line.partition("expire")[0] for line in lines] == ["<4>event=trust_"] * 4
    assert "trust expired on 2027-01-15" in lines[-1]


def test_nothing_is_told_of_trust_that_has_time_or_is_not_there(capfd: pytest.CaptureFixture[str]) -> None:
    watch = ExpiryWatch()

    watch.look(None, NOON)
    watch.look(some_trust(), NOON)

    assert capfd.readouterr().err == ""
