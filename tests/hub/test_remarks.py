"""What the hub says of a change beyond that it was made: who is not let in by it yet, and what to do next."""

from pathlib import Path

import pytest

from doorctl.core.model import Status, ZoneKind
from doorctl.wire.commands import CardAdd, CardSet, DoorSet, GrantAdd, GroupAdd, GroupJoin, PersonAdd, Verb, ZoneSet
from doorctl.wire.rights import ZoneRuleSet
from tests.hub.builders import ADAS_CARD, ASite, a_private

SIGN = "vault is strict: its doors open only once an officer has signed: doorctl roster sign vault"


@pytest.fixture
def vault(site: ASite) -> ASite:
    """A site with a strict vault that guards may enter, and Ada, who is no guard."""
    site.ask(PersonAdd("h1"), a_private(handle="ada"))
    for do in (
        ZoneSet("vault", ZoneKind.SERVER_ROOM),
        ZoneSet("floor-1", ZoneKind.FLOOR),
        GroupAdd("guards"),
        GrantAdd("g0", "vault", group="guards"),
        ZoneRuleSet("vault", strict=True),
    ):
        assert site.ask(do).verdict == "accepted"
    return site


@pytest.mark.parametrize("do", [GrantAdd("g1", "vault", holder="h1"), GroupJoin("guards", "h1")])
def test_who_is_let_into_a_strict_zone_waits_for_a_roster(vault: ASite, do: Verb) -> None:
    assert vault.ask(do).text.endswith(f"; {SIGN}")


def test_a_new_card_of_somebody_in_a_strict_zone_waits_for_a_roster(vault: ASite) -> None:
    vault.ask(GroupJoin("guards", "h1"))

    added = vault.ask(CardAdd("h1"), a_private(card=ADAS_CARD))
    lost = vault.ask(CardSet(Status.LOST), a_private(card=ADAS_CARD))

    assert (added.text, lost.text) == (f"card added; {SIGN}", "the card is lost")


def test_of_many_strict_zones_the_first_are_named_and_the_rest_counted(vault: ASite) -> None:
    for number in range(7):
        vault.ask(ZoneSet(f"safe-{number}", ZoneKind.SERVER_ROOM))
        vault.ask(GrantAdd(f"s{number}", f"safe-{number}", group="guards"))
        vault.ask(ZoneRuleSet(f"safe-{number}", strict=True))

    told = vault.ask(GroupJoin("guards", "h1")).text.split("; ")[1:]

    assert [each.partition(" is strict")[0] for each in told] == [
        *(f"safe-{number}" for number in range(5)),
        "the same goes for 3 more strict zones: doorctl list zones",
    ]


def test_a_grant_elsewhere_waits_for_nobody(vault: ASite) -> None:
    assert vault.ask(GrantAdd("g1", "floor-1", holder="h1")).text == "granted floor-1"


def test_a_zone_that_becomes_strict_lets_nobody_in_and_says_so(vault: ASite) -> None:
    text = vault.ask(ZoneRuleSet("floor-1", strict=True)).text
    again = vault.ask(ZoneRuleSet("floor-1", strict=True, mechanical_key=True)).text

    assert "nobody enters floor-1 from now on until an officer has signed: doorctl roster sign floor-1" in text
    assert 'strict_zone = "floor-1" must stand in the controller.toml of its doors' in text
    assert again == "rule of floor-1 set"


def test_a_door_that_no_controller_serves_is_told(tmp_path: Path) -> None:
    site = ASite(tmp_path, controllers=("pi-1",))
    site.ask(ZoneSet("floor-1", ZoneKind.FLOOR))
    site.ack(site.controllers[0], doors=("front",))

    served = site.ask(DoorSet("front", "floor-1")).text
    mistyped = site.ask(DoorSet("frnot", "floor-1")).text

    assert served == "door front leads into floor-1"
    assert mistyped.endswith("; no controller serves a door frnot yet: is that its id in controller.toml?")
    site.close()
