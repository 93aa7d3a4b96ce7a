"""What is past its days goes at the hub, as officers have said; the log goes on, and verifies."""

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from doorctl.audit.leaf import TreeMark
from doorctl.audit.proofs import consistency_proof, follows
from doorctl.audit.tree import Tree
from doorctl.audit.verify_doorlog import Verdict, verify
from doorctl.core.model import ZoneKind
from doorctl.core.record_classes import RecordClass
from doorctl.core.records import RecordKind
from doorctl.database import transaction
from doorctl.hub.ingest import examine, store
from doorctl.hub.log_alarms import Told
from doorctl.hub.log_store import LogId, held_tree, nodes_of
from doorctl.hub.own_log import Entry, OwnLog
from doorctl.hub.retention_schema import make_arrivals
from doorctl.trust.note import Role
from doorctl.wire.commands import Verb, ZoneRemove, ZoneSet
from doorctl.wire.privacy import RetentionOf, RetentionRemove, RetentionSet
from doorctl.wire.results import RetentionFound, RetentionLine
from tests.hub.builders import NOON, NOON_SECONDS, SITE, ASite
from tests.hub.exports.proving import a_proof, judged
from tests.hub.logs import ALog, acks, send, tree_of
from tests.hub.own_log.reading import own_log

SEGMENT, SIZE = 4096, 2 * 4096 + 50
PI = LogId("pi-1", 1)
OLD_DAYS = {"openings_days": 90, "leaf_days": None}
NEW_DAYS = {"openings_days": 30, "leaf_days": 60}
LAST_OF_FIRST = NOON + timedelta(seconds=SEGMENT - 1)
"""The time of the newest record in the first segment: there is one a second."""


class AFullSite:
    """A hub with two whole segments of a controller's log and a beginning, every fiftieth record about somebody."""

    def __init__(self, site: ASite, folder: Path) -> None:
        self.site = site
        self.folder = folder
        site.hub.chronicle.take_trust(site.trust(), NOON)
        self.log = ALog(site.controllers[0])
        for seq in range(SIZE):
            self.log.write(subject="" if seq % 50 else "holder:h1")
        self.tree = tree_of(self.log.leaves)
        told = Told(SIZE, self.tree.root, self.log.checkpoint(SIZE).encode())
        fresh = examine(
            site.connection, self.log.batch(0, SIZE), None, told=told, held=Tree(), box=site.hub_identity.box
        )
        mark = TreeMark("pi-1", 1, SIZE, self.tree.root.hex())
        with transaction(site.connection):
            store(site.connection, fresh)
            own = OwnLog(site.connection, site.hub_identity.signer, site=SITE)
            own.append(Entry(RecordKind.COSIGNED, tree=mark), at=NOON_SECONDS)
            site.connection.executemany(
                "INSERT INTO openings (controller, log_epoch, seq, salt, subject) VALUES ('pi-1', 1, ?, ?, ?)",
                [(each.seq, each.salt, each.subject) for each in self.log.openings],
            )

    def keep(self, *, openings: int | None = None, leaves: int | None = None) -> None:
        self.site.ask(RetentionSet("*", openings_days=openings, leaf_days=leaves))

    def pass_at(self, at: datetime) -> None:
        """Let the hub do all of a day's pass."""
        for _ in range(20):
            self.site.hub.tick(at)

    @property
    def kept(self) -> tuple[int, int]:
        """Return the first record of the controller that is kept, and how many openings are."""
        rows = self.site.rows("SELECT min(seq) FROM records WHERE controller = 'pi-1'")
        openings = self.site.rows("SELECT count(*) FROM openings WHERE controller = 'pi-1'")
        return int(str(rows[0][0])), int(str(openings[0][0]))

    def verdict(self, at: datetime, *, older: Path | None = None) -> Verdict:
        return judged(self.site, self.folder, at, older=older)

    def export(self, at: datetime) -> Path:
        return a_proof(self.site, self.folder, at)


@pytest.fixture
def full(site_with_two: ASite, tmp_path: Path) -> AFullSite:
    return AFullSite(site_with_two, tmp_path)


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


@pytest.mark.parametrize("days", [730, 20_000], ids=["two-years", "to-1970"])
def test_a_hub_whose_clock_is_behind_drops_nothing(full: AFullSite, days: int) -> None:
    full.keep(openings=90, leaves=365)
    full.pass_at(NOON - timedelta(days=days))
    full.site.ask(RetentionSet("*", RecordClass.ADMIN, leaf_days=730), at=NOON - timedelta(days=days))
    full.site.restart()
    full.pass_at(NOON - timedelta(days=days - 1))

    assert full.kept == (0, len(full.log.openings))
    assert full.verdict(NOON + timedelta(days=1)).whole


def test_a_pass_waits_while_the_clock_is_behind_the_hubs_own_records(full: AFullSite) -> None:
    full.keep(openings=1)
    full.site.ask(RetentionSet("*", RecordClass.ADMIN, leaf_days=730), at=NOON + timedelta(days=9))
    full.pass_at(NOON + timedelta(days=8))
    meanwhile = full.kept[1]
    full.pass_at(NOON + timedelta(days=9))

    assert (meanwhile, full.kept[1]) == (len(full.log.openings), 0)


def test_a_pass_waits_two_days_after_the_clock_was_set_ahead(full: AFullSite) -> None:
    full.keep(openings=90, leaves=365)
    kept = []
    full.site.hub.chronicle.clock_stepped(400 * 86_400, NOON + timedelta(days=400))
    for days in (400, 401, 403):
        full.pass_at(NOON + timedelta(days=days))
        kept.append(full.kept[0])

    assert kept == [0, 0, 2 * SEGMENT]


def test_a_pass_waits_two_days_after_a_start_beyond_a_week_of_silence(full: AFullSite) -> None:
    full.keep(openings=90, leaves=365)
    full.site.hub.chronicle.begin(full.site.trust(), NOON + timedelta(days=400), config="aa", state_dir=full.folder)
    full.pass_at(NOON + timedelta(days=400))

    assert full.kept[0] == 0
    assert [leaf.detail for leaf in own_log(full.site).of(RecordKind.CLOCK_STEP)] == [
        f"+{400 * 86_400} seconds at most, since the record before this start"
    ]


def test_nothing_else_is_forgotten_by_its_age_either_meanwhile(full: AFullSite) -> None:
    at = NOON + timedelta(days=4000)
    full.keep(leaves=365)
    full.site.hub.chronicle.clock_stepped(4000 * 86_400, at)
    kept = []
    for days in (0, 3):
        full.site.hub.tidy(at + timedelta(days=days))
        kept.append(full.site.rows("SELECT count(*) FROM given_commands")[0][0])

    assert kept == [1, 0]


@pytest.mark.parametrize("steps", [(60, -40), (90_000, -90_000)], ids=["small", "there and back"])
def test_a_clock_that_is_as_it_was_holds_no_pass_up(full: AFullSite, steps: tuple[int, int]) -> None:
    full.keep(leaves=365)
    for step in steps:
        full.site.hub.chronicle.clock_stepped(step, NOON + timedelta(days=400))
    full.pass_at(NOON + timedelta(days=400))

    assert full.kept[0] == 2 * SEGMENT


def test_records_of_next_year_count_from_when_they_came(full: AFullSite) -> None:
    full.site.connection.execute("UPDATE records SET at = at + 31536000 WHERE controller = 'pi-1'")
    full.keep(openings=90)
    full.pass_at(NOON + timedelta(days=90, seconds=-1))
    the_second_before = full.kept[1]
    full.pass_at(NOON + timedelta(days=91))

    assert (the_second_before, full.kept[1]) == (len(full.log.openings), 0)


def test_records_from_a_clock_before_it_was_set_count_from_when_they_came(full: AFullSite) -> None:
    full.site.connection.execute("UPDATE records SET at = seq WHERE controller = 'pi-1'")
    full.keep(openings=90, leaves=365)
    full.pass_at(NOON + timedelta(days=89))
    before = full.kept
    full.pass_at(NOON + timedelta(days=366))

    assert before == (0, len(full.log.openings))
    assert full.kept[0] == 2 * SEGMENT


def test_what_no_cosigned_record_covers_stays(full: AFullSite) -> None:
    full.site.connection.execute("DELETE FROM arrivals")
    full.keep(openings=90, leaves=365)
    full.pass_at(NOON + timedelta(days=999))

    assert full.kept == (0, len(full.log.openings))


def test_when_records_came_is_known_of_a_site_from_before_it_was_kept(full: AFullSite) -> None:
    held = full.site.rows("SELECT * FROM arrivals")
    full.site.connection.execute("DROP TABLE arrivals")
    full.site.connection.execute("DROP TRIGGER arrivals_as_cosigned")
    make_arrivals(full.site.connection)

    assert full.site.rows("SELECT * FROM arrivals") == held == [("pi-1", 1, SIZE, NOON_SECONDS)]


def test_when_records_came_is_forgotten_with_them(full: AFullSite) -> None:
    full.site.connection.execute("INSERT INTO arrivals VALUES ('pi-1', 1, 100, ?)", (NOON_SECONDS,))
    full.keep(leaves=365)
    full.pass_at(NOON + timedelta(days=400))

    assert full.site.rows("SELECT size FROM arrivals") == [(SIZE,)]


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
    full.site.connection.execute(
        "CREATE TRIGGER full BEFORE DELETE ON openings BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    full.pass_at(at)
    full.site.connection.execute("DROP TRIGGER full")
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
        own = OwnLog(full.site.connection, full.site.hub_identity.signer, site=SITE)
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
