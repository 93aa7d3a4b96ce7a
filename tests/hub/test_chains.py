"""No chain of commands of one admin reaches what one of them may not, whatever it moves, makes or widens."""

import pytest

from doorctl.hub.rights.roles import RIGHTS, Effect
from doorctl.trust.note import Role
from tests.hub.builders import ASite
from tests.hub.chain_facts import BY_AN_OFFICER, Fact, facts
from tests.hub.chains import COMMANDS, UNTRIED, Trials, guarded_site

GUARDED = frozenset({"vault-door", "safe-door", "hall-door", "attic", f"{BY_AN_OFFICER}vault-door"})
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


def test_every_verb_that_changes_something_is_tried() -> None:
    changing = {word.split()[0] for word, right in RIGHTS.items() if right.effect in {Effect.ADDS, Effect.REDUCES}}
    tried = {str(do.__struct_config__.tag) for do in COMMANDS}

    assert changing - tried == {*UNTRIED}


def test_the_trials_see_what_an_admin_may_reach(site: ASite) -> None:
    guarded_site(site)

    found = gained(site, Role.ADMIN, zones=None, length=1)

    assert {place for place, *_ in found} == {"lobby-door", "lab-door"}
