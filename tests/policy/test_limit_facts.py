"""What a policy knows of the limits of cards, and that what it cannot read lets nobody in for ever."""

from contextlib import closing
from pathlib import Path

import pytest

from doorctl.core.decision import decide
from doorctl.core.model import CardLimits
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest
from doorctl.database import open_reader
from doorctl.errors import PolicyUnavailable
from doorctl.policy.apply import position_of, recomputed_digest
from doorctl.policy.needs import needs_of, zones_of
from doorctl.policy.rows import CredentialLimitsRow, CredentialRow, ErasureRow, Row
from doorctl.wire.messages import Put
from tests.policy.policies import (
    ADA,
    ADAS_GRANT,
    BUILDING,
    KEY,
    OTHER_KEY,
    change_policy,
    edit,
    facts_of,
    write_policy,
)
from tests.policy.test_facts import NOON

LIMITS = CredentialLimitsRow(KEY, "ada", "l1", since=7, uses=5, first_use_seconds=3600)
BY_ADA, BY_OTHER = (AccessRequest("front", (key,), NOON) for key in (KEY, OTHER_KEY))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Ada has two cards, one of them with limits."""
    rows: tuple[Row, ...] = (*BUILDING, *ADA, CredentialRow(OTHER_KEY, "ada"), ADAS_GRANT, LIMITS)
    write_policy(tmp_path / "policy.db", rows)
    return tmp_path / "policy.db"


def test_a_card_is_read_with_its_limits_and_another_without(path: Path) -> None:
    limits = [facts_of(path, request).limits for request in (BY_ADA, BY_OTHER)]

    assert limits == [CardLimits("l1", uses=5, first_use_seconds=3600), None]


def test_a_policy_of_before_there_were_limits_has_none(path: Path) -> None:
    edit(path, "DROP TABLE credential_limits")

    assert facts_of(path, BY_ADA).limits is None


@pytest.mark.parametrize("damaged", ["uses = NULL, first_use_seconds = NULL", "uses = -1"])
def test_limits_that_are_damaged_open_nothing(path: Path, damaged: str) -> None:
    edit(path, f"UPDATE credential_limits SET {damaged}")

    try:
        reason = decide(BY_ADA, facts_of(path, BY_ADA)).reason
    except PolicyUnavailable:
        reason = Reason.NO_POLICY

    assert reason in {Reason.NO_POLICY, Reason.USES_SPENT}


def test_limits_go_with_an_erased_person(path: Path) -> None:
    change_policy(path, [ErasureRow("ada")])

    with closing(open_reader(path)) as connection:
        assert connection.execute("SELECT count(*) FROM credential_limits").fetchone() == (0,)
        assert position_of(connection).digest == recomputed_digest(connection)


def test_a_doorctl_that_does_not_know_limits_denies_everywhere_lest_it_let_in_without() -> None:
    assert (needs_of([Put(LIMITS)]), zones_of([Put(LIMITS)])) == (5, ("*",))
