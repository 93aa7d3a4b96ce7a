"""What must be true of a site whatever happened to it: of its records, its strikes and its changes."""

import msgspec

from doorctl.audit.leaf import read_leaf
from doorctl.core.reasons import Outcome
from doorctl.core.records import RecordKind
from doorctl.wire.commands import Command
from doorctl.wire.messages import Change, from_text
from doorctl.wire.notes import text_of
from tests.kill.releases import since_boot, without_a_grant
from tests.system.busy_site import BusySite
from tests.system.databases import reading
from tests.system.site import FLOOR, SERVER_ROOM, RunningSite


def prove_the_records(site: RunningSite) -> None:
    """Prove that both sides have the same bytes once each, and that the door never had to begin its log anew."""
    held = site.held_records()
    written = site.records()
    assert held == written[: len(held)]
    kinds = {read_leaf(leaf).kind for leaf in written}
    assert not kinds & {RecordKind.LOG_RECOVERED, RecordKind.AUDIT_FAILED}


def prove_the_releases(site: RunningSite) -> int:
    """Prove that each release has a granted decision of its own, recorded before it; return how many there were."""
    ahead = since_boot()
    leaves = [read_leaf(leaf) for leaf in site.records()]
    released = 0
    for door in (FLOOR, SERVER_ROOM):
        releases = [at + ahead for at in site.releases(door)]
        grants = [it.mono_ms / 1000 for it in leaves if it.door == door and it.outcome is Outcome.GRANTED]
        assert without_a_grant(releases, grants) == []
        released += len(releases)
    return released


def prove_the_changes(busy: BusySite) -> None:
    """Prove that what was accepted is in force at the controller, and that no command was carried out twice."""
    site, told = busy.site, busy.told
    assert site.position(site.policy_db) == site.position(site.site_db)
    with reading(site.site_db) as hub:
        changes = [
            msgspec.json.decode(change, type=Change) for (change,) in hub.execute("SELECT change FROM changes")
        ]
    revisions = {_command_of(change, site): change.revision for change in changes if change.command}
    assert len(revisions) == len([change for change in changes if change.command])
    assert told.accepted.items() <= revisions.items()
    with reading(site.policy_db) as policy:
        holders = {holder for (holder,) in policy.execute("SELECT holder FROM grants")}
    assert told.granted - told.to_be_revoked <= holders
    assert not told.revoked & holders


def _command_of(change: Change, site: RunningSite) -> str:
    return from_text(text_of(change.command.encode()), Command, site=site.account.site).id
