"""No chain of commands of one admin reaches what one of them may not, whatever it moves, makes or widens."""

import pytest

from doorctl.trust.note import Role
from tests.hub.builders import ASite
from tests.hub.chains import Fact, Trials, facts, guarded_site

GUARDED = frozenset({"vault-door", "safe-door", "hall-door", "attic"})
EVERY_PLACE = GUARDED | {"lobby-door", "lab-door"}


def gained(site: ASite, *roles: str, zones: tuple[str, ...] | None, length: int) -> dict[Fact, object]:
    """Try every chain of an admin; return what each has gained first, with the chain."""
    trials, before = Trials(site, site.hire("edith", *roles, zones=zones)), facts(site.connection)
    found: dict[Fact, object] = {}
    for chain, now in trials.reached(length):
        for fact in now - before:
            found.setdefault(fact, chain)
    return found


@pytest.mark.parametrize(
    ("roles", "zones", "closed"),
    [
        ((Role.ADMIN, Role.CLERK, Role.AUDITOR), None, GUARDED),
        ((Role.ADMIN, Role.CLERK), ("lobby",), EVERY_PLACE - {"lobby-door"}),
        ((Role.CLERK,), None, EVERY_PLACE),
        ((Role.AUDITOR,), None, EVERY_PLACE),
        ((Role.ADMIN, Role.OFFICER), None, frozenset({"vault-door", "attic"})),
    ],
)
def test_no_chain_of_two_commands_reaches_what_is_guarded(
    site: ASite, roles: tuple[Role, ...], zones: tuple[str, ...] | None, closed: frozenset[str]
) -> None:
    guarded_site(site)

    found = gained(site, *roles, zones=zones, length=2)

    assert {fact: chain for fact, chain in found.items() if fact[0] in closed} == {}


def test_the_trials_see_what_an_admin_may_reach(site: ASite) -> None:
    guarded_site(site)

    found = gained(site, Role.ADMIN, zones=None, length=1)

    assert {place for place, *_ in found} == {"lobby-door", "lab-door"}
