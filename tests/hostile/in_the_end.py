"""What must be true of a site in the end, whatever a carrier and sudden ends have done to it."""

import re
from collections import Counter
from collections.abc import Iterable

from doorctl.audit.leaf import Act, Leaf
from doorctl.core.model import Status
from doorctl.core.reasons import Outcome
from doorctl.core.records import RecordKind
from doorctl.policy.apply import position_of
from doorctl.wire.commands import Command, GrantAdd, PersonSet, Revoke, Verb
from doorctl.wire.messages import change_from, from_text
from doorctl.wire.notes import text_of
from doorctl.wire.topics import HUB_NAME
from doorctl.wire.verdict import Verdict
from tests.hostile.conversation import Conversation
from tests.hostile.two_sides import DOORS, TwoSides
from tests.kill.releases import since_boot, without_a_grant
from tests.system.databases import reading

_COMMITTED = re.compile(r"event=policy_committed epoch=1 revision=(\d+)")
_APPLIED = re.compile(r"epoch=1 revision=(\d+)")


def prove_the_policies(site: TwoSides, heard: Conversation) -> None:
    """Prove that all have the hub's rows, and that these are what the commands that count have made of them."""
    assert len(set(site.positions().values())) == 1, site.positions()
    done = [heard.commands[command].do for command in changes_by_command(site, heard)]
    for path in (site.site_db, *(site.policy_of(name) for name in DOORS)):
        with reading(path) as policy:
            assert dict(policy.execute("SELECT id, zone || ' ' || holder FROM grants")) == _grants_after(done)
            suspended = policy.execute("SELECT id FROM holders WHERE status = 'suspended'")
            assert {holder for (holder,) in suspended} == _suspended_after(done)
            assert policy.execute("SELECT id FROM groups").fetchall() == []


def prove_the_commands(site: TwoSides, heard: Conversation) -> None:
    """Prove that each command was carried out once if its admin was told so, never otherwise, and recorded once."""
    changed, recorded = changes_by_command(site, heard), _acts(site)
    assert len({act.command for act in recorded}) == len(recorded)
    accepted = {act.command: act.revision for act in recorded if act.verdict is Verdict.ACCEPTED}
    assert {name: revision for name, revision in accepted.items() if name not in heard.opens} == changed
    assert heard.verdicts.keys() <= {act.command for act in recorded} <= heard.commands.keys()
    for command, verdicts in heard.verdicts.items():
        assert command in accepted or Verdict.ACCEPTED not in verdicts
        assert command not in changed or Verdict.REFUSED not in verdicts


def prove_the_opens(site: TwoSides, heard: Conversation) -> int:
    """Prove that each order to open was an admin's and carried out once at most; return how many were."""
    ahead, opened = since_boot(), Counter[str]()
    for controller, doors in DOORS.items():
        orders = [leaf for leaf in site.leaves(controller) if _is_open(leaf)]
        opened.update(leaf.detail.rpartition("command=")[2] for leaf in orders)
        for door in doors:
            releases = [at + ahead for at in site.releases_at(controller, door)]
            grants = [leaf.mono_ms / 1000 for leaf in orders if leaf.door == door]
            assert without_a_grant(releases, grants) == []
    assert heard.told(Verdict.DONE) & heard.opens <= opened.keys() <= heard.opens
    assert [command for command, count in opened.items() if count > 1] == []
    return opened.total()


def prove_nobody_went_back(site: TwoSides) -> None:
    """Prove that no keeper has committed a revision twice, and no door answered by an older one than before."""
    for controller, keeper in zip(DOORS, ("keeper", "keeper-2"), strict=True):
        committed = [int(revision) for revision in _COMMITTED.findall(site.said(keeper))]
        assert committed == sorted(set(committed))
        details = [leaf.detail for leaf in site.leaves(controller) if leaf.kind is RecordKind.POLICY_APPLIED]
        applied = [int(match[1]) for detail in details if (match := _APPLIED.fullmatch(detail))]
        assert applied == sorted(applied)
        assert applied


def prove_the_logs(site: TwoSides) -> None:
    """Prove that no door had to begin its log anew, and that the hub holds what each has written, once each."""
    for controller in DOORS:
        written, held = site.leaves(controller), site.held_leaves(controller)
        assert held == written[: len(held)]
        assert held
        assert not {leaf.kind for leaf in written} & {RecordKind.LOG_RECOVERED, RecordKind.AUDIT_FAILED}


def changes_by_command(site: TwoSides, heard: Conversation) -> dict[str, int]:
    """Return the revision of each command that has changed something, in order; prove that the admin gave it."""
    with reading(site.site_db) as hub:
        rows = hub.execute("SELECT change FROM changes ORDER BY revision").fetchall()
        assert len(rows) == position_of(hub).revision
    changes = [change for (raw,) in rows if (change := change_from(raw)).command]
    commands = [from_text(text_of(each.command.encode()), Command, site=site.account.site) for each in changes]
    assert [command for command in commands if heard.commands.get(command.id) != command] == []
    assert len({command.id for command in commands}) == len(commands)
    return {command.id: change.revision for command, change in zip(commands, changes, strict=True)}


def _acts(site: TwoSides) -> list[Act]:
    return [leaf.act for leaf in site.held_leaves(HUB_NAME) if leaf.act is not None and leaf.act.command]


def _is_open(leaf: Leaf) -> bool:
    return leaf.kind is RecordKind.ORDER and leaf.outcome is Outcome.GRANTED and leaf.detail.startswith("open ")


def _grants_after(done: Iterable[Verb]) -> dict[str, str]:
    grants: dict[str, str] = {}
    for do in done:
        match do:
            case GrantAdd(grant=grant, zone=zone, holder=holder):
                grants[grant] = f"{zone} {holder}"
            case Revoke(zone=zone, holder=holder):
                grants = {grant: right for grant, right in grants.items() if right != f"{zone} {holder}"}
    return grants


def _suspended_after(done: Iterable[Verb]) -> set[str]:
    status = {do.holder: do.status for do in done if isinstance(do, PersonSet)}
    return {holder for holder, last in status.items() if last is Status.SUSPENDED}
