"""Erasing a person by the command, by a real hub over a real broker; no controller has joined."""

from zoneinfo import ZoneInfo

import pytest

from doorctl.cli.people.person_erase import told
from doorctl.wire.privacy import CopyLeft, ErasureFound, ErasureThere
from tests.cli.sites import ASite
from tests.hub.builders import NOON_SECONDS

FOUND = ErasureFound(
    "h1",
    NOON_SECONDS,
    42,
    swept_at=None,
    controllers=(
        ErasureThere("pi-1", NOON_SECONDS + 60, NOON_SECONDS + 90),
        ErasureThere("pi-2", None, NOON_SECONDS - 86_400),
        ErasureThere("pi-3", None, None),
    ),
    backups=(CopyLeft(NOON_SECONDS - 3600, "backup 1f3a without keys"),),
    exports=(CopyLeft(NOON_SECONDS - 7200, "export 77 by grace, csv with names"),),
)


@pytest.fixture
def ada(site: ASite) -> str:
    """Somebody with a card; returns the opaque id."""
    added = site.change("person", "add", "ada", "--name", "Ada", "--no-wait")
    site.change("card", "add", "ada", "H10301:1:2", "--no-wait")
    return str(added["holder"])


def test_what_is_not_reached_is_told_with_dates() -> None:
    assert list(told(FOUND, ZoneInfo("UTC"))) == [
        "h1: erased 2027-01-15 12:00:00+00:00, by revision 42",
        "the hub's files: not clean yet",
        "pi-1: erased since 2027-01-15 12:01:00+00:00",
        "pi-2: NOT CONFIRMED yet, last heard 2027-01-14 12:00:00+00:00",
        "pi-3: NOT CONFIRMED yet, never heard",
        "backup of before, until it is removed: 2027-01-15 11:00:00+00:00, backup 1f3a without keys",
        "file of before, handed out: 2027-01-15 10:00:00+00:00, export 77 by grace, csv with names",
        "only the id stays: in changes and commands of before, in visits of whom they bring or invite,",
        "  in controllers' notes, and in this erasure's records; a visitor's badge stays, as nobody's",
    ]


def test_an_erasure_is_one_command(site: ASite, ada: str) -> None:
    found = site.ask("person", "erase", "ada", "--yes", "--no-wait")[-1]

    assert found["holder"] == ada
    assert site.admin("person", "edit", "ada", "--name", "Ada").exit_code == 1


def test_its_status_is_told_by_the_id_alone(site: ASite, ada: str) -> None:
    site.change("person", "remove", "ada", "--no-wait")
    site.ask("person", "erase", ada, "--yes", "--no-wait")

    status = site.admin("person", "erase", ada, "--status")

    assert status.exit_code == 0
    assert status.stdout.startswith(f"{ada}: erased 20")


def test_who_does_not_agree_erases_nobody(site: ASite, ada: str) -> None:
    refused = site.admin("person", "erase", "ada")
    there = [row["holder"] for row in site.ask("list", "people")]
    site.ask("person", "erase", "ada", "--yes", "--no-wait")

    assert refused.exit_code == 1
    assert ada in there
