"""Zone rules: what a zone asks for, and what depends on it."""

import pytest

from doorctl.core.model import ZoneKind
from doorctl.hub.two_admins.zone_asks import asks_of
from doorctl.trust.note import Role
from doorctl.wire.commands import DoorRemove, DoorSet, GroupAdd, GroupRemove, Verb, ZoneRemove, ZoneSet
from doorctl.wire.rights import Lockdown, ZoneRuleSet
from tests.hub.builders import ASite

RULE = ZoneRuleSet("vault", approvals=2, strict=True, max_age_seconds=900, break_glass="guards")


@pytest.fixture
def vault(site: ASite) -> ASite:
    """A site with a vault and guards."""
    site.ask(ZoneSet("vault", ZoneKind.SERVER_ROOM))
    site.ask(GroupAdd("guards"))
    return site


def rules(site: ASite) -> list[tuple[object, ...]]:
    return site.rows("SELECT * FROM zone_rules")


def test_a_rule_stands_in_the_policy_and_its_age_in_the_zone(vault: ASite) -> None:
    assert vault.ask(RULE).verdict == "accepted"
    assert rules(vault) == [("vault", 2, 1, "guards", 0, None)]
    assert vault.rows("SELECT max_age_seconds FROM zones") == [(900,)]


def test_a_zone_changed_later_keeps_its_rule(vault: ASite) -> None:
    vault.ask(RULE)

    vault.ask(ZoneSet("vault", ZoneKind.FLOOR))

    assert vault.rows("SELECT max_age_seconds FROM zones") == [(900,)]


def test_a_rule_that_is_so_already_makes_no_change(vault: ASite) -> None:
    vault.ask(ZoneRuleSet("vault", strict=True))

    assert vault.ask(ZoneRuleSet("vault", strict=True)).verdict == "done"


def test_a_zone_that_asks_for_nothing_has_no_rule(vault: ASite) -> None:
    vault.ask(ZoneRuleSet("vault", strict=True, max_age_seconds=60, mechanical_key=True))

    vault.ask(ZoneRuleSet("vault"))

    assert (rules(vault), vault.rows("SELECT max_age_seconds FROM zones")) == ([], [(None,)])


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        (ZoneRuleSet("attic"), "unknown-zone"),
        (ZoneRuleSet("vault", break_glass="nobody"), "unknown-group"),
        (ZoneRuleSet("vault", max_age_seconds=900), "needs-break-glass"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_by_name(vault: ASite, do: Verb, reason: str) -> None:
    assert vault.ask(do).reason == reason


def test_an_age_is_enough_with_a_mechanical_key(vault: ASite) -> None:
    assert vault.ask(ZoneRuleSet("vault", max_age_seconds=900, mechanical_key=True)).verdict == "accepted"


def test_only_an_officer_sets_rules(vault: ASite) -> None:
    edith = vault.hire("edith", Role.ADMIN, Role.CLERK, Role.AUDITOR)

    assert vault.ask(RULE, admin=edith).reason == "not-allowed"


def test_a_group_that_breaks_the_glass_is_not_removed(vault: ASite) -> None:
    vault.ask(RULE)

    assert vault.ask(GroupRemove("guards")).reason == "group-in-use"


@pytest.mark.parametrize("rule", [RULE, ZoneRuleSet("vault", max_age_seconds=900, mechanical_key=True)])
def test_a_zone_does_not_go_while_officers_ask_something_of_it(vault: ASite, rule: ZoneRuleSet) -> None:
    vault.ask(rule)

    assert vault.ask(ZoneRemove("vault")).reason == "zone-in-use"
    assert asks_of(vault.connection, "vault") == rule


def test_a_zone_goes_with_its_roster_once_it_has_no_rule(vault: ASite) -> None:
    vault.ask(ZoneRuleSet("vault", strict=True))
    vault.connection.execute("INSERT INTO rosters VALUES ('vault', '')")
    vault.ask(ZoneRuleSet("vault"))

    assert vault.ask(ZoneRemove("vault")).verdict == "accepted"
    assert vault.rows("SELECT zone FROM rosters") == []


@pytest.mark.parametrize("do", [DoorSet("front", "lobby"), DoorRemove("front"), ZoneRemove("attic")])
def test_a_lockdown_holds_whatever_becomes_of_its_zone_and_doors(vault: ASite, do: Verb) -> None:
    for before in (ZoneSet("lobby", ZoneKind.FLOOR), ZoneSet("attic", ZoneKind.FLOOR), DoorSet("front", "vault")):
        vault.ask(before)
    vault.ask(Lockdown("vault"))
    vault.ask(Lockdown("attic"))

    response = vault.ask(do)

    assert response.reason == "locked-down"
    assert "doorctl release" in response.text
    assert vault.rows("SELECT zone FROM doors") == [("vault",)]


def test_during_a_lockdown_a_door_is_made_or_moved_into_the_zone(vault: ASite) -> None:
    vault.ask(ZoneSet("lobby", ZoneKind.FLOOR))
    vault.ask(DoorSet("front", "lobby"))
    vault.ask(Lockdown("vault"))

    given = [vault.ask(DoorSet(door, "vault")).verdict for door in ("front", "back", "front")]

    assert given == ["accepted", "accepted", "done"]
