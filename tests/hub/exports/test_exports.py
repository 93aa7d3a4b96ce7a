"""What the hub records and keeps when records are taken out, and which records of its database an export has."""

import io
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.audit.doorlog import DoorlogWriter
from doorctl.audit.leaf import read_leaf
from doorctl.core.reasons import Outcome
from doorctl.core.records import RecordKind
from doorctl.hub.exports.logs import ExportedLog, ExportStopped, Stretch
from doorctl.hub.exports.proof import Packing, Wanted
from doorctl.hub.exports.rows import begun_export, rows_up_to
from doorctl.hub.log_store import LogId
from doorctl.hub.site_db import open_site
from doorctl.hub.verbs.evidence.exports import PROOFS_REMEMBERED
from doorctl.trust.note import Role
from doorctl.wire.rights import ExportBegin
from tests.audit.doorlogs import split
from tests.hub.builders import NOON, NOON_SECONDS, SITE, ASite, an_id, later
from tests.hub.exports.proving import judged
from tests.hub.logs import ALog, a_log, send

PI = LogId("pi-1", 1)
COUNT = 60


def the_record_of(site: ASite, export: str) -> tuple[str, str]:
    """Return the detail of its record, and whom that is about."""
    statement = (
        "SELECT leaf, coalesce(subject, '') FROM records LEFT JOIN openings USING (controller, log_epoch, seq) "
        "WHERE kind = 'export_made'"
    )
    found = [(read_leaf(leaf).detail, subject) for leaf, subject in site.connection.execute(statement)]
    (only,) = [each for each in found if export in each[0]]
    return only


def test_an_export_is_recorded_with_what_was_asked_for(site_with_two: ASite) -> None:
    site, export = site_with_two, an_id()

    response = site.ask(ExportBegin(export, "csv", zone="floor-3", outcome=Outcome.DENIED))

    assert response.verdict == "done"
    told = f"export {export} by grace, csv without names form=csv zone=floor-3 outcome=denied".replace(
        " form=csv", ""
    )
    assert the_record_of(site, export) == (told, "")
    assert site.rows("SELECT id, at, admin, form, with_names FROM exports") == [
        (export, NOON_SECONDS, "grace", "csv", 0)
    ]


def test_of_whom_an_export_is_stands_in_the_opening_alone(site_with_two: ASite) -> None:
    site, export = site_with_two, an_id()

    site.ask(ExportBegin(export, "csv", holder="h1"))

    assert the_record_of(site, export) == (f"export {export} by grace, csv without names of one person", "holder:h1")


def test_a_proof_ends_with_the_record_of_itself(site_with_two: ASite) -> None:
    site, export = site_with_two, an_id()
    log = a_log(site, size=3)
    send(site, log.batch(0, 3))

    site.ask(ExportBegin(export, "doorlog"))

    (last,) = site.rows(
        "SELECT CAST(leaf AS TEXT) FROM records JOIN export_heads USING (controller, log_epoch) "
        "WHERE controller = 'hub' AND seq = size - 1"
    )
    assert json.loads(str(last[0]))["kind"] == RecordKind.EXPORT_MADE
    heads = site.rows("SELECT size, checkpoint FROM export_heads WHERE controller = 'pi-1'")
    cosigned = site.rows("SELECT 3, note FROM cosignatures WHERE controller = 'pi-1'")
    assert heads == cosigned


def test_in_a_proof_the_hubs_own_log_comes_last(site_with_two: ASite) -> None:
    site, export, packed = site_with_two, an_id(), io.BytesIO()
    for controller in reversed(site.controllers):
        log = ALog(controller)
        log.write()
        send(site, log.batch(0, 1))
    site.ask(ExportBegin(export, "doorlog"))
    begun = begun_export(site.connection, export)
    assert begun is not None

    Packing(site.connection, Wanted(SITE, begun, {}), DoorlogWriter(packed, io.BytesIO())).pack(
        site.hub_identity.signer
    )

    leaves = [name.split("/")[1] for name in split(packed.getvalue()) if name.endswith("/leaves")]
    assert leaves == ["pi-1", "pi-2", "hub"]


def test_the_sizes_of_the_newest_proofs_are_kept_and_of_no_table(site_with_two: ASite) -> None:
    site = site_with_two
    exports = [an_id() for _ in range(PROOFS_REMEMBERED + 1)]
    for export in exports:
        site.ask(ExportBegin(export, "doorlog"))
        site.ask(ExportBegin(an_id(), "csv"))

    kept = site.rows("SELECT DISTINCT export FROM export_heads ORDER BY export")

    assert kept == [(export,) for export in sorted(exports[1:])]


def test_an_id_means_one_export(site_with_two: ASite) -> None:
    site, export = site_with_two, an_id()
    site.ask(ExportBegin(export, "csv"))

    response = site.ask(ExportBegin(export, "doorlog"))

    assert (response.verdict, response.reason) == ("refused", "export-used")


@pytest.mark.parametrize(
    ("role", "verdict"),
    [(Role.AUDITOR, "done"), (Role.CLERK, "done"), (Role.OFFICER, "done"), (Role.ADMIN, "refused")],
)
def test_names_are_for_those_whose_work_they_are(site_with_two: ASite, role: Role, verdict: str) -> None:
    alan = site_with_two.hire("alonzo", role)

    assert site_with_two.ask(ExportBegin(an_id(), "csv"), admin=alan).verdict == "done"
    assert site_with_two.ask(ExportBegin(an_id(), "csv", names=True), admin=alan).verdict == verdict


WORDS: dict[str, tuple[str, ...]] = {
    "zone": ("floor-3", "vault"),
    "door": ("door-1", "door-2", "door-3"),
    "outcome": ("granted", "denied"),
    "reason": ("granted", "no_grant", "expired"),
    "kind": ("decision", "held_open", "cosigned"),
    "holder": ("h1", "h2"),
}
TIMES = st.none() | st.integers(0, 25)
FILTERS = st.fixed_dictionaries(
    {name: st.none() | st.sampled_from(words) for name, words in WORDS.items()} | {"since": TIMES, "until": TIMES}
)


def a_record(seq: int) -> dict[str, Any]:
    """Say something that differs from record to record, by small primes."""
    words = {name: words[(seq * 7 + number) % len(words)] for number, (name, words) in enumerate(WORDS.items())}
    return {**words, "seq": seq, "at": seq * 11 % 23}


RECORDS = [a_record(seq) for seq in range(COUNT)]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A database with these records, each fifth without an opening."""
    connection = open_site(tmp_path_factory.mktemp("held") / "site.db", site=SITE)
    hold(connection, PI, RECORDS)
    connection.executemany(
        "INSERT INTO openings (controller, log_epoch, seq, salt, subject) VALUES ('pi-1', 1, ?, x'00', ?)",
        [(each["seq"], f"holder:{each['holder']}") for each in RECORDS if each["seq"] % 5],
    )
    yield connection
    connection.close()


def hold(connection: sqlite3.Connection, log: LogId, records: list[dict[str, Any]]) -> None:
    """Store records as leaves."""
    connection.executemany(
        "INSERT INTO records (controller, log_epoch, seq, leaf, at, kind, door, zone, outcome) "
        "VALUES (:controller, :log_epoch, :seq, :leaf, :at, :kind, :door, :zone, :outcome)",
        [
            {"door": "", "zone": "", "outcome": None, **asdict(log), **each, "leaf": json.dumps(each).encode()}
            for each in records
        ],
    )


def fits(record: dict[str, Any], asked: dict[str, Any]) -> bool:
    """Filter as plain Python does."""
    same = all(record[name] == asked[name] for name in ("zone", "door", "outcome", "reason", "kind") if asked[name])
    within = (asked["since"] or 0) <= record["at"] < (99 if asked["until"] is None else asked["until"])
    is_theirs = not asked["holder"] or (record["seq"] % 5 != 0 and record["holder"] == asked["holder"])
    return same and within and is_theirs and (record["kind"] != "cosigned" or asked["kind"] == "cosigned")


@given(asked=FILTERS)
def test_an_export_has_what_a_plain_filter_lets_through(held: sqlite3.Connection, asked: dict[str, Any]) -> None:
    values = {name: value for name, value in asked.items() if value is not None}
    told: list[int] = []

    found = list(rows_up_to(held, values, last=COUNT, with_names=False, tell=told.append))
    singly = ExportedLog(held, PI, size=COUNT, checkpoint=b"").filtered(values)

    expected = [each["seq"] for each in RECORDS if fits(each, asked)]
    assert [row[3] for row in found] == expected == list(singly.numbers or ())
    assert sum(told) == COUNT


def test_an_export_ends_where_it_began(held: sqlite3.Connection) -> None:
    found = list(rows_up_to(held, {}, last=7, with_names=True, tell=lambda _: None))

    assert [row[0] for row in found] == [each for each in range(1, 8) if RECORDS[each - 1]["kind"] != "cosigned"]


@given(times=st.lists(st.integers(0, 9), min_size=1, max_size=12), since=TIMES, until=TIMES, kept=st.integers(0, 3))
def test_a_range_holds_all_within_and_shows_where_it_ends(
    held: sqlite3.Connection, times: list[int], since: int | None, until: int | None, kept: int
) -> None:
    log, size, kept = LogId("pi-2", 1), len(times), min(kept, len(times) - 1)
    held.execute("DELETE FROM records WHERE controller = 'pi-2'")
    hold(held, log, [{"seq": seq, "at": times[seq], "kind": "decision"} for seq in range(kept, size)])

    stretch = ExportedLog(held, log, size=size, checkpoint=b"").range(since, until)

    within = [seq for seq in range(kept, size) if (since or 0) <= times[seq] < (99 if until is None else until)]
    assert set(within) <= set(range(stretch.first, stretch.end))
    assert stretch.first == kept or (since is not None and times[stretch.first] < since)
    assert stretch.end == size or (until is not None and times[stretch.end - 1] >= until)
    if within and stretch.first > kept and all(times[seq] < (since or 0) for seq in range(kept, within[0])):
        assert stretch.first == within[0] - 1


def test_a_record_that_is_gone_meanwhile_stops_the_export(held: sqlite3.Connection) -> None:
    log = ExportedLog(held, PI, size=COUNT + 1, checkpoint=b"")

    with pytest.raises(ExportStopped, match="export again"):
        list(log.leaves(Stretch(0, COUNT + 1)))


def test_names_of_an_erased_person_are_not_in_an_export(site_with_two: ASite, tmp_path: Path) -> None:
    """The opening is gone, so nothing leads to the name any more."""
    site = site_with_two
    log = a_log(site, size=0)
    log.write(subject="holder:h1")
    send(site, log.batch(0, 1), log.openings)
    site.connection.execute("DELETE FROM openings WHERE subject = 'holder:h1'")

    found = list(rows_up_to(site.connection, {"kind": "decision"}, last=99, with_names=True, tell=lambda _: None))

    assert [row[5:] for row in found] == [(None, None, None)]


def test_a_cosignature_by_a_clock_that_was_ahead_is_left_out(site_with_two: ASite, tmp_path: Path) -> None:
    site_with_two.hub.chronicle.take_trust(site_with_two.trust(), NOON)
    send(site_with_two, a_log(site_with_two, size=3).batch(0, 3), at=later(86_400))

    verdict = judged(site_with_two, tmp_path, NOON)

    assert (verdict.whole, verdict.failure) == (True, "")
    assert any("pi-1: the hub has not cosigned its checkpoint" in line for line in verdict.not_proven)
