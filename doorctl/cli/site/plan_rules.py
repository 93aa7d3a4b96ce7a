"""The rules of retention in a plan: each is an officer's signed command of its own, given behind all the rest.

The hub shows these commands to whoever verifies a log from which records have gone, so they cannot be steps of one
command (docs/audit-log.md, section 10).
"""

from collections.abc import Sequence

from doorctl.cli.desk import Desk
from doorctl.errors import Refused
from doorctl.processes import DONE
from doorctl.site.present import Base, rules_digest
from doorctl.site.steps import Rule
from doorctl.trust.note import Role
from doorctl.wire.privacy import RetentionFound, RetentionOf


async def check_rules(desk: Desk, rules: Sequence[Rule], base: Base) -> None:
    """Refuse a plan before anything of it is done, if its rules would be refused or the hub's are not those it knew.

    Raises Refused ``not-allowed`` or ``site-moved``.
    """
    if not rules:
        return
    account = desk.hub.account
    officers = {admin.id for admin in account.pins.read().trust.admins if Role.OFFICER in admin.roles}
    if account.admin not in officers:
        raise Refused(
            "not-allowed", "this plan changes for how long records are kept, and only an officer may do that"
        )
    if rules_digest(await desk.hub.ask(RetentionOf(), RetentionFound)) != base.rules:
        raise Refused("site-moved", "there are other rules of retention by now: make the plan anew")


async def give_rules(desk: Desk, rules: Sequence[Rule], *, steps: int) -> int:
    """Give the commands of a plan of so many steps in their order; return the exit code. Raises Refused."""
    code = DONE
    for number, rule in enumerate(rules):
        try:
            code = max(code, await desk.change(rule, steps=steps))
        except Refused as refusal:
            rest = f"{len(rules) - number} rule(s) of retention are not as planned, all before is carried out"
            raise Refused(refusal.refusal, f"{refusal.detail}; {rest}: make the plan anew") from refusal
    return code
