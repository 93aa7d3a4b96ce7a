"""What one revision knows about several requests: the same as of each by itself, read in one transaction."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from doorctl.core.model import ZoneKind
from doorctl.core.request import NO_POLICY, AccessRequest
from doorctl.database import open_reader
from doorctl.policy.facts import FactsReader
from doorctl.policy.reader import PolicyReader
from doorctl.policy.rows import DoorRow, ZoneRow
from tests.policy.policies import ADA, ADAS_GRANT, BUILDING, KEY, write_policy

NOON = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)
REQUESTS = [AccessRequest(door, (KEY,), NOON) for door in ("front", "vault", "nowhere")]


def test_of_several_doors_the_same_is_known_as_of_each_and_read_in_one_transaction(tmp_path: Path) -> None:
    write_policy(
        tmp_path / "policy.db",
        [*BUILDING, ZoneRow(id="vault", kind=ZoneKind.SERVER_ROOM), DoorRow(id="vault", zone="vault")],
    )
    with closing(open_reader(tmp_path / "policy.db")) as connection:
        reader = FactsReader(connection)
        one_by_one = [reader.facts(request)[0] for request in REQUESTS]
        said: list[str] = []
        connection.set_trace_callback(said.append)
        together, position = reader.facts_together(REQUESTS)

    assert list(together) == one_by_one
    assert [each.door.zone if each.door else "" for each in together] == ["floor-3", "vault", ""]
    assert position.revision == 1
    assert [statement for statement in said if statement in ("BEGIN", "ROLLBACK")] == ["BEGIN", "ROLLBACK"]


def test_a_policy_that_is_not_there_knows_nothing_of_any_of_them(tmp_path: Path) -> None:
    reader = PolicyReader(tmp_path / "policy.db")

    assert reader.facts_together(REQUESTS) == ((NO_POLICY,) * 3, None)


def test_what_a_card_may_at_one_door_is_not_said_of_another(tmp_path: Path) -> None:
    rows = [
        *BUILDING,
        *ADA,
        ADAS_GRANT,
        ZoneRow(id="vault", kind=ZoneKind.SERVER_ROOM),
        DoorRow(id="vault", zone="vault"),
    ]
    write_policy(tmp_path / "one.db", rows)
    (tmp_path / "policy.db").symlink_to("one.db")
    reader = PolicyReader(tmp_path / "policy.db")
    together, _ = reader.facts_together(REQUESTS)
    reader.close()

    assert [[grant.id for grant in each.grants] for each in together] == [[ADAS_GRANT.id], [], []]
