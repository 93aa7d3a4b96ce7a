"""What zones ask of who is inside, and forgetting it: who says so, what is refused, what waits for a second admin."""

import pytest

from doorctl.core.areas import Passback
from doorctl.core.model import ZoneKind
from doorctl.trust.note import Role
from doorctl.wire.commands import PersonAdd, PersonRemove, Verb, ZoneRemove, ZoneSet
from doorctl.wire.occupancy_words import PassbackReset, ZoneOccupancySet
from doorctl.wire.rights import ZoneRuleSet
from tests.hub.builders import ASite, a_private

FLOOR = "floor-1"
HARD = ZoneOccupancySet("vault", within="floor-1", passback=Passback.HARD, most=8, least=2)


@pytest.fixture
def vault(site: ASite) -> ASite:
    """A site with a building, a floor in it, a vault, and Ada."""
    for zone in ("building", "floor-1", "vault"):
        site.ask(ZoneSet(zone, ZoneKind.FLOOR))
    site.ask(ZoneOccupancySet("floor-1", within="building"))
    site.ask(PersonAdd("h1"), a_private(handle="ada", name="Ada"))
    return site


def occupancies(site: ASite) -> list[tuple[object, ...]]:
    return site.rows("SELECT * FROM zone_occupancies WHERE zone = 'vault'")


def test_what_a_zone_asks_of_who_is_inside_stands_in_the_policy(vault: ASite) -> None:
    assert vault.ask(HARD).verdict == "accepted"
    assert occupancies(vault) == [("vault", "floor-1", "hard", 600, 8, 2, None)]
    assert vault.ask(HARD).verdict == "done"


def test_a_zone_that_asks_nothing_has_no_row(vault: ASite) -> None:
    vault.ask(HARD)

    vault.ask(ZoneOccupancySet("vault"))

    assert occupancies(vault) == []


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        (ZoneOccupancySet("attic"), "unknown-zone"),
        (ZoneOccupancySet("vault", within="attic"), "unknown-zone"),
        (ZoneOccupancySet("vault", within="vault"), "zone-in-itself"),
        (ZoneOccupancySet("building", within="floor-1"), "zone-in-itself"),
        (ZoneOccupancySet("vault", most=1, least=2), "bad-occupancy"),
        (PassbackReset("nobody"), "unknown-holder"),
        (PassbackReset(zone="attic"), "unknown-zone"),
    ],
)
def test_what_cannot_be_is_refused_by_name(vault: ASite, do: Verb, reason: str) -> None:
    assert vault.ask(do).reason == reason


def test_a_ring_of_three_is_refused(vault: ASite) -> None:
    vault.ask(HARD)

    assert vault.ask(ZoneOccupancySet("building", within="vault")).reason == "zone-in-itself"


@pytest.mark.parametrize("zone", ["building", "floor-1"])
def test_neither_a_zone_around_another_goes_nor_one_that_asks(vault: ASite, zone: str) -> None:
    assert vault.ask(ZoneRemove(zone)).reason == "zone-in-use"


def test_only_an_officer_says_what_a_zone_asks(vault: ASite) -> None:
    edith = vault.hire("edith", Role.ADMIN, Role.CLERK, Role.AUDITOR)

    assert vault.ask(HARD, admin=edith).reason == "not-allowed"
    assert vault.ask(PassbackReset("h1"), admin=edith).verdict == "accepted"


def test_an_admin_has_nobody_forgotten_in_a_strict_zone(vault: ASite) -> None:
    edith = vault.hire("edith", Role.ADMIN)
    vault.ask(ZoneRuleSet("vault", strict=True))

    for do in (PassbackReset(zone="vault"), PassbackReset("h1", "vault"), PassbackReset()):
        assert vault.ask(do, admin=edith).reason == "not-allowed"
        assert vault.ask(do).verdict == "accepted"
    assert vault.ask(PassbackReset(zone="floor-1"), admin=edith).verdict == "accepted"


@pytest.mark.parametrize("zone", ["building", "floor-1"])
def test_who_has_a_zone_forgotten_has_those_in_it_forgotten(vault: ASite, zone: str) -> None:
    vault.ask(HARD)
    vault.ask(ZoneRuleSet("vault", strict=True))
    edith = vault.hire("edith", Role.ADMIN)

    for do in (PassbackReset(zone=zone), PassbackReset("h1", zone)):
        assert vault.ask(do, admin=edith).reason == "not-allowed"
        assert vault.ask(do).verdict == "accepted"


def test_who_has_a_person_forgotten_in_a_zone_has_them_forgotten_in_those_around_it(vault: ASite) -> None:
    vault.ask(HARD)
    vault.ask(ZoneRuleSet("building", strict=True))
    edith = vault.hire("edith", Role.ADMIN)

    assert vault.ask(PassbackReset("h1", "vault"), admin=edith).reason == "not-allowed"
    assert vault.ask(PassbackReset(zone="vault"), admin=edith).verdict == "accepted"


def test_an_admin_of_some_zones_has_nobody_forgotten_in_others(vault: ASite) -> None:
    vault.ask(HARD)
    edith = vault.hire("edith", Role.ADMIN, zones=(FLOOR,))
    ella = vault.hire("ella", Role.ADMIN, zones=(FLOOR, "vault"))

    assert vault.ask(PassbackReset(zone=FLOOR), admin=edith).reason == "not-allowed"
    assert vault.ask(PassbackReset(zone=FLOOR), admin=ella).verdict == "accepted"
    assert vault.ask(PassbackReset("h1", FLOOR), admin=ella).reason == "not-allowed"


def test_where_there_are_to_be_two_admins_only_an_officer_has_somebody_forgotten(vault: ASite) -> None:
    vault.ask(HARD)
    vault.ask(ZoneRuleSet("vault", approvals=2))
    edith = vault.hire("edith", Role.ADMIN)

    for do in (PassbackReset(zone="vault"), PassbackReset(zone="building"), PassbackReset()):
        assert vault.ask(do, admin=edith).reason == "not-allowed"
        assert vault.ask(do).verdict == "accepted"


def test_to_have_somebody_forgotten_counts_as_a_grant_within_the_hour(vault: ASite) -> None:
    vault.ask(PassbackReset(zone="vault"))

    assert vault.rows("SELECT grants FROM given_commands ORDER BY rowid DESC LIMIT 1") == [(1,)]


def test_a_reset_stands_in_the_policy_with_its_time_and_goes_with_the_person(vault: ASite) -> None:
    vault.ask(PassbackReset("h1"))
    vault.ask(PassbackReset(zone="vault"))
    before = vault.rows("SELECT holder, zone FROM passback_resets ORDER BY holder")

    vault.ask(PersonRemove("h1"))

    assert before == [("*", "vault"), ("h1", "*")]
    assert vault.rows("SELECT holder, zone FROM passback_resets") == [("*", "vault")]


@pytest.mark.parametrize(
    ("do", "waits"),
    [
        (ZoneOccupancySet("vault"), True),
        (HARD, False),
        (ZoneOccupancySet("vault", within="floor-1", passback=Passback.SOFT, most=8, least=2), True),
        (ZoneOccupancySet("vault", within="building", passback=Passback.HARD, most=8, least=2), True),
        (ZoneOccupancySet("vault", within="floor-1", passback=Passback.HARD, most=9, least=2), True),
        (ZoneOccupancySet("vault", within="floor-1", passback=Passback.HARD, most=None, least=2), True),
        (ZoneOccupancySet("vault", within="floor-1", passback=Passback.HARD, most=8, least=1), True),
        (ZoneOccupancySet("vault", within="floor-1", passback=Passback.HARD, most=4, least=3), False),
        (
            ZoneOccupancySet("vault", within=FLOOR, passback=Passback.HARD, most=8, least=2, reset_at="04:00"),
            True,
        ),
    ],
)
def test_what_bears_more_waits_for_a_second_admin(vault: ASite, do: ZoneOccupancySet, waits: bool) -> None:
    vault.ask(HARD)
    vault.ask(ZoneRuleSet("vault", approvals=2))

    assert (vault.ask(do).verdict == "pending") is waits


def test_a_shorter_wait_bears_more(vault: ASite) -> None:
    timed = ZoneOccupancySet("vault", passback=Passback.TIMED, passback_seconds=600)
    vault.ask(timed)
    vault.ask(ZoneRuleSet("vault", approvals=2))

    shorter = ZoneOccupancySet("vault", passback=Passback.TIMED, passback_seconds=599)
    assert vault.ask(shorter).verdict == "pending"


@pytest.mark.parametrize(
    ("do", "waits"),
    [
        (ZoneOccupancySet("lobby", within="vault"), True),
        (ZoneOccupancySet("lobby", within="safe"), True),
        (ZoneOccupancySet("lobby", within="floor-1"), False),
        (ZoneOccupancySet("safe"), True),
        (ZoneOccupancySet("floor-1"), True),
        (ZoneOccupancySet("floor-1", within="building", reset_at="04:00"), True),
        (ZoneOccupancySet("building", reset_at="04:00"), True),
        (ZoneOccupancySet("building", most=80), False),
        (ZoneOccupancySet("lobby", reset_at="04:00"), False),
    ],
)
def test_what_another_zone_asks_waits_where_it_lets_a_zone_of_two_admins_bear_more(
    vault: ASite, do: ZoneOccupancySet, waits: bool
) -> None:
    for zone in ("lobby", "safe"):
        vault.ask(ZoneSet(zone, ZoneKind.FLOOR))
    vault.ask(HARD)
    vault.ask(ZoneOccupancySet("safe", within="vault"))
    vault.ask(ZoneRuleSet("vault", approvals=2))

    assert (vault.ask(do).verdict == "pending") is waits
