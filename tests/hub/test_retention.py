"""What is past its days goes at the hub, as officers have said; the log goes on, and verifies."""

from datetime import timedelta

import msgspec
import pytest

from doorctl.audit.proofs import consistency_proof, follows
from doorctl.audit.verify_doorlog import verify
from doorctl.core.model import ZoneKind
from doorctl.core.record_classes import RecordClass
from doorctl.core.records import RecordKind
from doorctl.database import transaction
from doorctl.hub.log_store import LogId, held_tree, nodes_of
from doorctl.hub.own_log import Entry
from doorctl.trust.note import Role
from doorctl.wire.commands import Verb, ZoneRemove, ZoneSet
from doorctl.wire.privacy import RetentionFound, RetentionLine, RetentionOf, RetentionRemove, RetentionSet
from tests.hub.builders import NOON, NOON_SECONDS, ASite
from tests.hub.disks import no_room_in
from tests.hub.exports.proving import a_proof
from tests.hub.full_site import LAST_OF_FIRST, SEGMENT, SIZE, AFullSite
from tests.hub.logs import acks, send, tree_of
from tests.hub.own_log.reading import own_log
from tests.hub.own_log.writing import an_own_log

PI = LogId("pi-1", 1)
OLD_DAYS = {"openings_days": 90, "leaf_days": None}
NEW_DAYS = {"openings_days": 30, "leaf_days": 60}


def test_without_a_rule_everything_is_kept(full: AFullSite) -> None:
    full.pass_at(NOON + timedelta(days=9999))

    assert full.kept == (0, len(full.log.openings))


def test_openings_go_on_their_day_and_leaves_stay(full: AFullSite) -> None:
    full.keep(openings=90)
    full.pass_at(NOON + timedelta(days=90, seconds=100))

    assert full.kept == (0, len(full.log.openings) - 3)
    assert full.verdict(NOON + timedelta(days=91)).whole


def test_leaves_go_in_whole_segments_when_every_record_is_past_its_days(full: AFullSite) -> None:
    full.keep(leaves=365)
    full.pass_at(LAST_OF_FIRST + timedelta(days=365, seconds=-1))
    the_second_before = full.kept[0]
    full.site.restart()
    full.pass_at(LAST_OF_FIRST + timedelta(days=366))

    assert the_second_before == 0
    assert full.kept[0] == 2 * SEGMENT
    assert [leaf.detail for leaf in own_log(full.site).of(RecordKind.RETENTION_APPLIED)][-1].endswith(
        "8192 whole records"
    )


def test_a_log_that_begins_behind_its_beginning_verifies_by_its_notes(full: AFullSite) -> None:
    older = full.export(NOON + timedelta(days=1))
    full.keep(openings=90, leaves=365)
    full.pass_at(NOON + timedelta(days=400))

    verdict = full.verdict(NOON + timedelta(days=400, seconds=1), older=older)

    assert full.kept[0] == 2 * SEGMENT
    assert verdict.whole, verdict


@pytest.mark.parametrize(
    "spoil",
    ["DELETE FROM dropped_notes WHERE first = 0", "DELETE FROM dropped_notes WHERE first > 0"],
    ids=["first", "last"],
)
def test_without_a_note_the_records_are_missing(full: AFullSite, spoil: str) -> None:
    full.keep(leaves=365)
    full.pass_at(NOON + timedelta(days=400))
    full.site.connection.execute(spoil)

    verdict = full.verdict(NOON + timedelta(days=400, seconds=1))

    assert (verdict.whole, verdict.step) == (False, "beginning")


def test_what_was_sent_before_is_still_the_same_record_and_another_is_a_fork(full: AFullSite) -> None:
    full.keep(leaves=365)
    full.pass_at(NOON + timedelta(days=400))
    again, checkpoint = send(full.site, full.log.batch(4000, 4010)), full.log.checkpoint(4010)
    full.log.leaves[4005] = full.log.leaves[4005].replace(b"door-1", b"door-2")
    forged = send(full.site, full.log.batch(4000, 4010, checkpoint=checkpoint))

    assert acks(full.site, again) == [(SIZE, full.tree.root.hex())]
    assert forged == []
    assert full.site.hub.refusals["log-fork"] == 1


def test_what_goes_while_it_is_taken_out_was_not_dropped_before_the_file_begins(full: AFullSite) -> None:
    full.keep(leaves=365)
    at = NOON + timedelta(days=400)

    def pass_after_the_last(count: int) -> None:
        if count == SIZE % SEGMENT:
            full.pass_at(at)

    proof = a_proof(full.site, full.folder, at, tell=pass_after_the_last)

    assert full.kept[0] == 2 * SEGMENT
    verdict = verify(proof, [full.site.root.verifier.public_key], at=at.timestamp() + 60)
    assert verdict.whole, verdict


@pytest.mark.parametrize("size", [1, 4095, 4097, 8192, SIZE])
def test_a_proof_from_any_size_of_before_can_still_be_made(full: AFullSite, size: int) -> None:
    full.keep(leaves=365)
    full.pass_at(NOON + timedelta(days=400))

    assert held_tree(full.site.connection, PI) == full.tree
    proof = consistency_proof(size, SIZE, nodes_of(full.site.connection, PI))
    old_root = tree_of(full.log.leaves[:size]).root
    assert follows(proof, old=size, old_root=old_root, size=SIZE, root=full.tree.root)


def test_a_pass_is_once_a_day(full: AFullSite) -> None:
    full.keep(openings=1)
    full.pass_at(NOON + timedelta(days=1, seconds=60))
    after_one = full.kept[1]
    full.pass_at(NOON + timedelta(days=1, hours=3))
    later_that_day = full.kept[1]
    full.pass_at(NOON + timedelta(days=2))

    assert 0 < after_one == later_that_day < len(full.log.openings)
    assert full.kept[1] == 0


def test_a_pass_that_was_cut_short_is_done_again(full: AFullSite) -> None:
    full.keep(leaves=365)
    for _ in range(2):
        full.site.hub.tick(NOON + timedelta(days=400))
    full.site.restart()
    full.pass_at(NOON + timedelta(days=400))

    assert full.kept[0] == 2 * SEGMENT


def test_a_pass_that_a_disk_stops_is_done_a_minute_later(full: AFullSite) -> None:
    full.keep(leaves=365)
    at = NOON + timedelta(days=400)
    with no_room_in(full.site.connection, "openings", deed="DELETE"):
        full.pass_at(at)
    full.pass_at(at + timedelta(seconds=59))
    meanwhile = full.kept[0]
    full.pass_at(at + timedelta(seconds=60))

    assert (meanwhile, full.kept[0]) == (0, 2 * SEGMENT)


def test_a_rule_that_was_taken_back_drops_nothing(full: AFullSite) -> None:
    full.keep(leaves=365)
    full.site.ask(RetentionRemove("*"))
    full.pass_at(NOON + timedelta(days=400))

    assert full.kept == (0, len(full.log.openings))


def test_a_pass_that_runs_goes_on_by_the_rules_that_an_officer_has_set_since(full: AFullSite) -> None:
    full.keep(openings=1, leaves=365)
    at = NOON + timedelta(days=400)
    while full.kept[0] == 0:
        full.site.hub.tick(at)
    full.site.ask(RetentionRemove("*"), at=at)
    full.pass_at(at)
    told = own_log(full.site).of(RecordKind.RETENTION_APPLIED)
    full.site.ask(RetentionSet("*", leaf_days=366), at=at)
    full.site.restart()
    kept = full.kept[0]
    full.pass_at(at)

    assert (kept, full.kept[0]) == (SEGMENT, 2 * SEGMENT)
    assert [leaf.detail.endswith("and 4096 whole records") for leaf in told] == [True]


def test_a_rule_is_recorded_with_what_it_was_before(full: AFullSite) -> None:
    full.keep(openings=90)
    full.keep(openings=30, leaves=60)
    full.site.ask(RetentionRemove("*"))

    acts = [leaf.act for leaf in own_log(full.site).of(RecordKind.COMMAND) if leaf.act]
    old, new = ({"type": "retention-rule", "zone": "*", "records": "*", **days} for days in (OLD_DAYS, NEW_DAYS))
    told = [[[msgspec.json.decode(row) for row in rows] for rows in (act.before, act.after)] for act in acts]
    assert [act.verb for act in acts] == ["retention-set", "retention-set", "retention-remove"]
    assert told == [[[], [old]], [[old], [new]], [[new], []]]


def test_the_rules_of_a_zone_outlast_it(site: ASite) -> None:
    site.ask(ZoneSet("vault", ZoneKind.SERVER_ROOM))
    site.ask(RetentionSet("vault", leaf_days=30))
    site.ask(ZoneRemove("vault"))

    assert site.ask(RetentionSet("vault", RecordClass.DOORS, leaf_days=60)).verdict == "done"


def test_after_a_restore_nothing_goes_on_that_day_and_the_next(full: AFullSite) -> None:
    full.keep(openings=90)
    restored = NOON + timedelta(days=400)
    with transaction(full.site.connection):
        own = an_own_log(full.site)
        own.put_back("the hub was put back from a backup", at=restored.timestamp())
        own.append(Entry(RecordKind.RESTORED), at=restored.timestamp())
    full.pass_at(restored)
    full.pass_at(restored + timedelta(hours=35))
    meanwhile = full.kept[1]
    full.pass_at(restored + timedelta(hours=36))

    assert (meanwhile, full.kept[1]) == (len(full.log.openings), 0)


def test_rules_are_told_as_they_were_set(full: AFullSite) -> None:
    full.site.ask(RetentionSet("*", RecordClass.ADMIN, leaf_days=730))
    full.keep(openings=90)

    assert full.site.ask_for(RetentionOf(), RetentionFound).rules == (
        RetentionLine("*", "*", 90, None, NOON_SECONDS),
        RetentionLine("*", "admin", None, 730, NOON_SECONDS),
    )


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        (RetentionSet("attic", openings_days=9), "unknown-zone"),
        (RetentionSet("*", openings_days=91, leaf_days=90), "bad-time"),
        (RetentionRemove("*"), "unknown-rule"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(site: ASite, do: Verb, reason: str) -> None:
    assert site.ask(do).reason == reason


@pytest.mark.parametrize("role", [Role.ADMIN, Role.CLERK, Role.AUDITOR])
def test_only_an_officer_says_what_goes(site: ASite, role: Role) -> None:
    other = site.hire("other", role)

    asked = [site.ask(do, admin=other).reason for do in (RetentionSet("*", leaf_days=1), RetentionRemove("*"))]

    assert asked == ["not-allowed", "not-allowed"]
