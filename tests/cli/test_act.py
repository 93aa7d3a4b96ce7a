"""What acts at doors at once, by a real hub over a real broker; no controller has joined."""

import pytest

from tests.cli.sites import ASite

CARD = "H10301:77:7"


@pytest.fixture(scope="module")
def open_floor(site: ASite) -> ASite:
    """Ada's card opens floor-5."""
    site.ask("zone", "add", "floor-5", "--kind", "floor")
    site.ask("door", "add", "floor-5-east", "floor-5")
    site.ask("person", "add", "ada")
    site.ask("card", "add", "ada", CARD)
    site.ask("grant", "ada", "floor-5")
    return site


@pytest.mark.parametrize("scope", ["floor-5", "all"])
def test_a_lockdown_denies_until_it_is_released(open_floor: ASite, scope: str) -> None:
    locked = open_floor.change("lockdown", scope)
    during = open_floor.admin("why", CARD, "floor-5-east")
    open_floor.change("release", scope)
    after = open_floor.admin("why", CARD, "floor-5-east")

    assert locked["zone"] == scope
    assert (during.exit_code, after.exit_code) == (1, 0)
    assert "lockdown" in during.stdout


def test_a_door_that_no_controller_serves_is_not_opened(open_floor: ASite) -> None:
    opened = open_floor.admin("open", "floor-5-east")
    held = open_floor.admin("hold-open", "floor-5-east", "--until", "2027-01-31T18:00")
    ended = open_floor.admin("hold-open", "floor-5-east", "--end")
    neither = open_floor.admin("hold-open", "floor-5-east")

    now = open_floor.admin("hold-open", "floor-5-east", "--for", "2h")
    too_long = open_floor.admin("hold-open", "floor-5-east", "--for", "13h")

    assert (opened.exit_code, held.exit_code, ended.exit_code, neither.exit_code) == (1, 1, 1, 2)
    assert (now.exit_code, too_long.exit_code) == (1, 2)
    assert "door-not-served" in now.stderr
    assert "door-not-served" in opened.stderr
    assert "bad-time" in held.stderr
    assert "door-not-served" in ended.stderr


def test_suspend_is_one_command(open_floor: ASite) -> None:
    open_floor.change("suspend", "ada")
    suspended = open_floor.admin("why", CARD, "floor-5-east")
    open_floor.change("person", "resume", "ada")

    assert "holder_suspended" in suspended.stdout


def test_no_wait_ends_with_accepted(open_floor: ASite) -> None:
    steps = open_floor.ask("group", "add", "visitors", "--no-wait")

    assert [each["verdict"] for each in steps] == ["accepted"]


def test_no_reader_enrols_where_no_controller_serves_the_door_or_for_too_long(open_floor: ASite) -> None:
    unserved = open_floor.admin("card", "enrol", "ada", "--door", "floor-5-east")
    too_long = open_floor.admin("card", "enrol", "ada", "--door", "floor-5-east", "--within", "6m")
    nobodys = open_floor.admin("card", "enrol", "nobody", "--door", "floor-5-east")

    assert (unserved.exit_code, too_long.exit_code, nobodys.exit_code) == (1, 2, 1)
    assert "door-not-served" in unserved.stderr
    assert "unknown-holder" in nobodys.stderr
