"""What zones ask for at their doors: who says so, what depends on it, and what waits for a second admin."""

import msgspec
import pytest

from doorctl.core.model import Factor, ZoneKind
from doorctl.policy.rows import FactorTime
from doorctl.site.times import written_span
from doorctl.trust.note import Role
from doorctl.wire.commands import (
    GroupAdd,
    GroupJoin,
    GroupRemove,
    HolidayAdd,
    PersonAdd,
    ScheduleRemove,
    ScheduleSet,
    Verb,
    ZoneRemove,
    ZoneSet,
)
from doorctl.wire.rights import ZoneFactorSet, ZoneRuleSet
from tests.hub.builders import ASite, a_private

BY_DAY = FactorTime("days", Factor.CARD)
BOTH = ZoneFactorSet("vault", Factor.CARD_AND_PIN, (BY_DAY,), pin_tries=3, pin_block_seconds=600)
TWO = ZoneFactorSet("vault", Factor.CARD_AND_PIN, persons=2, persons_seconds=60, persons_group="guards")


@pytest.fixture
def vault(site: ASite) -> ASite:
    """A site with a vault, a schedule and guards."""
    site.ask(ZoneSet("vault", ZoneKind.SERVER_ROOM))
    site.ask(ScheduleSet("days", ()))
    site.ask(GroupAdd("guards"))
    site.ask(GroupAdd("staff"))
    return site


def factors(site: ASite) -> list[tuple[object, ...]]:
    return site.rows("SELECT * FROM zone_factors")


def test_what_a_zone_asks_for_stands_in_the_policy(vault: ASite) -> None:
    assert vault.ask(BOTH).verdict == "accepted"
    assert factors(vault) == [("vault", "card-and-pin", '[{"schedule":"days","factor":"card"}]', 3, 600, 1, 30, None)]
    assert vault.ask(BOTH).verdict == "done"


def test_a_zone_that_asks_for_a_card_has_no_row(vault: ASite) -> None:
    vault.ask(BOTH)

    vault.ask(ZoneFactorSet("vault"))

    assert factors(vault) == []


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        (ZoneFactorSet("attic", Factor.PIN), "unknown-zone"),
        (ZoneFactorSet("vault", times=(FactorTime("nights", Factor.PIN),)), "unknown-schedule"),
        (ZoneFactorSet("vault", persons=2, persons_group="nobody"), "unknown-group"),
    ],
)
def test_what_cannot_be_is_refused_by_name(vault: ASite, do: Verb, reason: str) -> None:
    assert vault.ask(do).reason == reason


@pytest.mark.parametrize("factor", [Factor.PIN, Factor.CARD_OR_PIN])
def test_a_strict_zone_takes_no_pin_without_a_card(vault: ASite, factor: Factor) -> None:
    vault.ask(ZoneRuleSet("vault", strict=True))

    assert vault.ask(ZoneFactorSet("vault", factor)).reason == "strict-zone"
    assert vault.ask(ZoneFactorSet("vault", times=(FactorTime("days", factor),))).reason == "strict-zone"
    assert vault.ask(BOTH).verdict == "accepted"


def test_a_zone_that_takes_pins_without_a_card_does_not_become_strict(vault: ASite) -> None:
    vault.ask(ZoneFactorSet("vault", Factor.PIN))

    assert vault.ask(ZoneRuleSet("vault", strict=True)).reason == "strict-zone"


def test_only_an_officer_says_what_a_zone_asks_for(vault: ASite) -> None:
    edith = vault.hire("edith", Role.ADMIN, Role.CLERK, Role.AUDITOR)

    assert vault.ask(BOTH, admin=edith).reason == "not-allowed"


def test_neither_its_zone_nor_its_schedule_goes(vault: ASite) -> None:
    vault.ask(BOTH)

    assert vault.ask(ZoneRemove("vault")).reason == "zone-in-use"
    assert vault.ask(ScheduleRemove("days")).reason == "schedule-in-use"


def test_a_zone_that_stays_for_what_it_asks_for_is_told_with_all_that_ends_it(vault: ASite) -> None:
    usual = ZoneFactorSet("vault")
    vault.ask(TWO)

    refused = vault.ask(ZoneRemove("vault")).text

    asked = (
        usual.pin_tries,
        written_span(usual.pin_block_seconds),
        usual.persons,
        written_span(usual.persons_seconds),
    )
    tries, block, persons, within = asked
    assert refused.endswith(
        f"`doorctl zone factor vault {usual.factor} --in none --pin-tries {tries} --pin-block {block} "
        f"--persons {persons} --within {within} --one-of none`"
    )


@pytest.mark.parametrize(
    ("do", "waits"),
    [
        (ZoneFactorSet("vault"), True),
        (ZoneFactorSet("vault", Factor.CARD_AND_PIN, pin_tries=3, pin_block_seconds=600), False),
        (ZoneFactorSet("vault", Factor.CARD_AND_PIN, pin_tries=4, pin_block_seconds=600), True),
        (ZoneFactorSet("vault", Factor.CARD_AND_PIN, pin_tries=2, pin_block_seconds=599), True),
        (ZoneFactorSet("vault", Factor.CARD_AND_PIN, pin_tries=2, pin_block_seconds=601), False),
        (ScheduleSet("days", (), holidays="ignore"), True),  # type: ignore[arg-type]
        (HolidayAdd("2027-05-01"), True),
    ],
)
def test_what_may_ask_for_less_waits_for_a_second_admin(vault: ASite, do: Verb, *, waits: bool) -> None:
    vault.ask(BOTH)
    vault.ask(ZoneRuleSet("vault", approvals=2))

    assert (vault.ask(do).verdict == "pending") is waits


def test_a_group_of_which_one_must_be_is_not_removed(vault: ASite) -> None:
    vault.ask(TWO)

    assert vault.ask(GroupRemove("guards")).reason == "group-in-use"


@pytest.mark.parametrize(
    ("do", "waits"),
    [
        (TWO, False),
        (msgspec.structs.replace(TWO, persons=3), False),
        (msgspec.structs.replace(TWO, persons=1), True),
        (msgspec.structs.replace(TWO, persons_seconds=61), True),
        (msgspec.structs.replace(TWO, persons_seconds=59), False),
        (msgspec.structs.replace(TWO, persons_group="staff"), True),
        (msgspec.structs.replace(TWO, persons_group=None), True),
        (GroupJoin("guards", "h1"), True),
    ],
)
def test_what_may_ask_for_fewer_or_for_others_waits_for_a_second_admin(
    vault: ASite, do: Verb, *, waits: bool
) -> None:
    vault.ask(PersonAdd("h1"), a_private(handle="ada"))
    vault.ask(TWO)
    vault.ask(ZoneRuleSet("vault", approvals=2))

    assert (vault.ask(do).verdict == "pending") is waits


def test_any_group_may_be_asked_for_where_none_was(vault: ASite) -> None:
    vault.ask(msgspec.structs.replace(TWO, persons_group=None))
    vault.ask(ZoneRuleSet("vault", approvals=2))

    assert vault.ask(TWO).verdict == "accepted"
