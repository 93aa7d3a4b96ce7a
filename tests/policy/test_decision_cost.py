"""What a decision costs does not grow with the policy: SQLite finds each row by an index, none by trying."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from doorctl.core.request import AccessRequest
from doorctl.database import open_reader
from doorctl.policy.facts import FactsReader
from doorctl.policy.rows import GrantRow, GroupRow, MemberRow, Row
from tests.policy.policies import ADA, BUILDING, KEY, write_policy

REQUEST = AccessRequest("front", (KEY,), datetime(2026, 11, 21, 12, tzinfo=UTC))


def a_zone_for_groups(number: int) -> list[Row]:
    groups = [f"team-{index}" for index in range(number)]
    grants = [GrantRow(id=f"grant-{group}", zone="floor-3", group=group) for group in groups]
    return [*BUILDING, *ADA, *map(GroupRow, groups), *grants, MemberRow(holder="ada", group="team-0")]


def steps_of_a_decision(path: Path) -> int:
    """Count what SQLite's machine does for one decision, once the building is known."""
    with closing(open_reader(path)) as connection:
        reader = FactsReader(connection)
        reader.facts(REQUEST)
        return _counted(connection, reader)


def _counted(connection: sqlite3.Connection, reader: FactsReader) -> int:
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection.set_progress_handler(count, 1)
    facts, _ = reader.facts(REQUEST)
    assert [grant.id for grant in facts.grants] == ["grant-team-0"]
    return steps


def test_a_decision_reads_one_credential_and_nothing_that_is_known(tmp_path: Path) -> None:
    write_policy(tmp_path / "policy.db", a_zone_for_groups(2))
    with closing(open_reader(tmp_path / "policy.db")) as connection:
        reader = FactsReader(connection)
        reader.facts(REQUEST)
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        reader.facts(REQUEST)

    begin, version, credential, end = statements
    assert (begin, version, end) == ("BEGIN", "PRAGMA data_version", "ROLLBACK")
    assert "FROM credentials" in credential


def test_a_decision_costs_the_same_however_many_groups_may_enter(tmp_path: Path) -> None:
    write_policy(tmp_path / "few.db", a_zone_for_groups(2))
    write_policy(tmp_path / "many.db", a_zone_for_groups(200))

    assert steps_of_a_decision(tmp_path / "many.db") == steps_of_a_decision(tmp_path / "few.db")
