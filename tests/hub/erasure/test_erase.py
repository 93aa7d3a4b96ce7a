"""A person who was erased leaves nothing at the hub but an opaque id that belongs to nobody."""

import random

import msgspec
import pytest

from doorctl.audit.tree import Tree
from doorctl.core.records import RecordKind
from doorctl.database import open_reader, transaction
from doorctl.hub.history import commit_operations
from doorctl.hub.log_store import LogId, held_leaves, held_tree
from doorctl.policy.apply import position_of, recomputed_digest
from doorctl.policy.rows import ErasureRow, RosterRow
from doorctl.trust.note import Role
from doorctl.wire.commands import CardAdd, GrantAdd, PersonAdd, PersonRemove
from doorctl.wire.messages import FEATURE_LEVEL, Answer, Put
from doorctl.wire.orders import DenyHolder, Order
from doorctl.wire.privacy import ErasureFound, ErasureOf, ErasureThere, PersonErase
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import SiteStatus
from doorctl.wire.rights import PlanPart, ZoneRuleSet
from doorctl.wire.verdict import Verdict
from tests.hub.builders import NOON_SECONDS, a_private, later
from tests.hub.erasure.conftest import ADA, CARD, GRACE, HANDLE, NAME, NOBODYS_CARD, OLD_CARD, APeopledSite
from tests.hub.erasure.traces import found_in, tables_with
from tests.hub.own_log.reading import own_log

WITH_THE_ID = {"changes", "erasures", "erased_people", "given_commands", "records"}
"""The tables that keep the opaque id: changes and commands of before, and the erasure with its records."""
_OPENING = "INSERT INTO openings (controller, log_epoch, seq, salt, subject, text) VALUES (?, 1, ?, ?, ?, ?)"
"""Between many of them SQLite moves rows from page to page, and leaves bytes behind."""


def test_before_an_erasure_the_files_hold_every_name_key_and_salt(peopled: APeopledSite) -> None:
    found = {secret for _, secret in peopled.traces()}

    assert found == {*peopled.secrets} - {CARD.encode(), OLD_CARD.encode()}


def test_no_file_of_the_hub_holds_a_trace_of_whoever_was_erased(peopled: APeopledSite) -> None:
    peopled.erase()

    assert peopled.traces() == []


def test_the_id_alone_stays_in_changes_and_commands_of_before_and_in_the_erasure(peopled: APeopledSite) -> None:
    peopled.erase()

    assert tables_with(peopled.site.connection, ADA) == WITH_THE_ID
    assert {name.removesuffix("-wal") for name, _ in found_in(peopled.folder, [ADA.encode()])} == {"site.db"}


def test_who_was_removed_before_is_erased_all_the_same(peopled: APeopledSite) -> None:
    peopled.site.ask(PersonRemove(ADA))

    peopled.erase()

    assert peopled.traces() == []


def test_a_plan_and_a_request_that_wait_go_too(peopled: APeopledSite) -> None:
    site = peopled.site
    site.ask(ZoneRuleSet("lab", approvals=2))
    waits = site.ask(GrantAdd("g-new", "lab", holder=ADA, valid_until=NOON_SECONDS + 99), admin=site.alan)
    plan = msgspec.structs.replace(a_private(), blob=f'[{{"handle":"{HANDLE}"}}]'.encode())
    site.ask(PlanPart("7" * 32, 0), plan)

    peopled.erase()

    assert waits.verdict is Verdict.PENDING
    assert site.rows("SELECT * FROM waiting_requests") == []
    assert peopled.traces() == []


def test_what_sqlite_left_in_old_pages_goes_too(peopled: APeopledSite) -> None:
    chance = random.Random(1)
    holders, logs = [ADA, GRACE, *(f"h-{number}" for number in range(6))], [f"pi-{number}" for number in range(4)]
    rows = [
        (
            chance.choice(logs),
            seq,
            chance.randbytes(16),
            f"holder:{chance.choice(holders)}",
            "t" * chance.choice((0, 290)),
        )
        for seq in range(1000, 4000)
    ]
    peopled.site.connection.executemany(_OPENING, rows)
    for other in holders[2:]:
        peopled.site.connection.execute("DELETE FROM openings WHERE subject = ?", (f"holder:{other}",))
    salts = [salt for _, _, salt, subject, _ in rows if subject == f"holder:{ADA}"]

    peopled.erase()

    held = peopled.site.path.read_bytes()
    assert [salt for salt in salts if salt in held] == []
    assert peopled.traces() == []


def test_others_keep_their_rows_names_and_openings(peopled: APeopledSite) -> None:
    peopled.erase()

    assert peopled.site.rows("SELECT holder, handle FROM people") == [(GRACE, "grace")]
    assert peopled.site.rows("SELECT holder FROM credentials") == [(GRACE,)]
    assert peopled.subjects() == {f"holder:{GRACE}", NOBODYS_CARD}
    assert f"holder:{GRACE}" in peopled.subjects("hub")
    assert recomputed_digest(peopled.site.connection) == position_of(peopled.site.connection).digest


def test_every_leaf_stays_and_leads_to_the_root(peopled: APeopledSite) -> None:
    connection = peopled.site.connection
    logs = [LogId(*row) for row in connection.execute("SELECT controller, log_epoch FROM log_heads")]
    before = {log: held_leaves(connection, log, first=0, count=1000) for log in logs}

    peopled.erase()

    for log in logs:
        leaves = held_leaves(connection, log, first=0, count=1000)
        tree = Tree()
        for leaf in leaves:
            tree = tree.append(leaf)
        assert tree == held_tree(connection, log)
        assert leaves[: len(before[log])] == before[log]


def test_the_erasure_is_recorded_by_the_id_alone_and_opens_to_nobody(peopled: APeopledSite) -> None:
    peopled.erase()

    log = own_log(peopled.site)
    command, done = log.of(RecordKind.COMMAND)[-1], log.of(RecordKind.ERASURE_DONE)
    assert command.act is not None
    assert [msgspec.json.decode(row) for row in command.act.after] == [{"type": "erasure", "holder": ADA}]
    assert [leaf.detail for leaf in done] == [f"holder={ADA}"]
    assert f"holder:{ADA}" not in peopled.subjects("hub")


def test_a_batch_that_comes_late_does_not_bring_their_openings_back(peopled: APeopledSite) -> None:
    peopled.erase(at=later(60))

    peopled.upload(f"holder:{ADA}", peopled.as_unknown(CARD))

    assert peopled.subjects() == {f"holder:{GRACE}", NOBODYS_CARD}


def test_an_unknown_card_in_a_record_of_after_the_erasure_is_kept(peopled: APeopledSite) -> None:
    peopled.site.ask(PersonErase(ADA), at=later(-3600))

    peopled.upload("credential:" + "77" * 32)

    assert "credential:" + "77" * 32 in peopled.subjects()


def test_a_command_about_an_erased_id_opens_to_nobody(peopled: APeopledSite) -> None:
    peopled.erase()

    peopled.site.ask(CardAdd(ADA), a_private(card=CARD))

    assert f"holder:{ADA}" not in peopled.subjects("hub")


def test_the_id_is_never_used_again(peopled: APeopledSite) -> None:
    peopled.erase()

    assert peopled.site.ask(PersonAdd(ADA), a_private(handle=HANDLE, name=NAME)).reason == "holder-exists"


def test_who_is_up_to_date_gets_the_erasure_as_a_change_and_denies_at_once(peopled: APeopledSite) -> None:
    site = peopled.site
    outgoing = site.send(site.a_command(PersonErase(ADA)))

    (delta,) = site.deltas(outgoing)
    assert found_in_text(bytes(b"".join(map(bytes, delta.changes))), peopled.secrets) == []
    assert [type(order.deed) for order in site.messages(outgoing, Order)] == [DenyHolder, DenyHolder]


def test_who_lacks_a_change_that_told_of_their_card_is_led_on_by_a_snapshot(peopled: APeopledSite) -> None:
    site = peopled.site
    peopled.erase()
    late, level = site.controllers[1], FEATURE_LEVEL
    first = site.ask_as(late, nonce="1" * 32, at=later(2), level=level, wants_deltas=True)
    peopled.shelf.finish()

    second = site.ask_as(late, nonce="2" * 32, at=later(4), level=level, wants_deltas=True)

    assert site.messages(first, Answer)[0].offer is None
    offer = site.messages(second, Answer)[0].offer
    assert offer is not None
    assert offer.revision == position_of(site.connection).revision
    assert peopled.traces() == []


def test_who_lacks_such_a_change_and_is_too_old_for_the_snapshot_is_told_as_cut_off(peopled: APeopledSite) -> None:
    site = peopled.site
    late, newest = site.controllers
    site.ack(late, revision=1, level=1)
    peopled.erase()
    site.ack(newest, level=1)

    told = site.ask_for(StatusOf(), SiteStatus).controllers

    assert [each.is_cut_off for each in told] == [True, False]


def test_snapshots_of_before_are_removed_and_one_that_is_made_is_given_up(peopled: APeopledSite) -> None:
    site = peopled.site
    for nonce, seconds in (("1" * 32, 0), ("2" * 32, 2)):
        site.ask_as(site.controllers[1], nonce=nonce, at=later(seconds), wants_snapshot=True, level=FEATURE_LEVEL)
        peopled.shelf.finish()
    made = sorted(path.name for path in (peopled.folder / "snapshots").iterdir())

    peopled.erase()

    assert len(made) == 2
    assert list((peopled.folder / "snapshots").iterdir()) == []


def test_a_reader_of_before_only_delays_it(peopled: APeopledSite) -> None:
    reader = open_reader(peopled.site.path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM people").fetchone()
    peopled.site.connection.execute("PRAGMA busy_timeout = 0")
    peopled.erase()
    meanwhile = peopled.site.rows("SELECT swept_at FROM erased_people")
    reader.close()

    peopled.site.hub.tick(later(62))

    assert meanwhile == [(None,)]
    assert peopled.site.rows("SELECT swept_at FROM erased_people") == [(NOON_SECONDS + 62,)]
    assert peopled.traces() == []


def test_what_a_disk_stops_is_done_later(peopled: APeopledSite) -> None:
    peopled.site.ask(PersonErase(ADA))
    peopled.site.connection.execute("PRAGMA query_only = ON")
    peopled.site.hub.tick(later(1))
    peopled.site.connection.execute("PRAGMA query_only = OFF")

    peopled.site.hub.tick(later(61))

    assert peopled.traces() == []


def test_a_hub_that_was_killed_before_its_files_were_clean_goes_on(peopled: APeopledSite) -> None:
    peopled.site.ask(PersonErase(ADA))

    peopled.site.restart()
    peopled.site.hub.tick(later(1))

    assert peopled.traces() == []


def test_an_erasure_that_a_restored_hub_gets_back_is_carried_out_anew(peopled: APeopledSite) -> None:
    with transaction(peopled.site.connection):
        commit_operations(peopled.site.connection, [Put(ErasureRow(holder=ADA))], at=NOON_SECONDS)

    peopled.site.hub.tick(later(1))

    assert peopled.traces() == []


def test_who_stands_in_a_signed_roster_is_not_erased_by_halves(peopled: APeopledSite) -> None:
    with transaction(peopled.site.connection):
        roster = RosterRow("lab", f'doorctl/v1/roster\n{{"lines":[["{ADA}","mark"]]}}\n')
        commit_operations(peopled.site.connection, [Put(roster)], at=NOON_SECONDS)

    response = peopled.site.ask(PersonErase(ADA))

    assert (response.reason, "lab" in response.text) == ("in-roster", True)
    assert peopled.site.rows("SELECT count(*) FROM erasures") == [(0,)]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.CLERK, Role.AUDITOR])
def test_only_an_officer_erases(peopled: APeopledSite, role: Role) -> None:
    other = peopled.site.hire("other", role)

    assert peopled.site.ask(PersonErase(ADA), admin=other).reason == "not-allowed"


def test_nobody_is_erased_twice_and_a_stranger_not_at_all(peopled: APeopledSite) -> None:
    peopled.erase()

    assert peopled.site.ask(PersonErase(ADA)).verdict is Verdict.DONE
    assert peopled.site.ask(PersonErase("h-nobody")).reason == "unknown-holder"


def test_how_far_it_has_come_tells_controllers_and_copies_with_dates(peopled: APeopledSite) -> None:
    site = peopled.site
    site.connection.execute(
        "INSERT INTO exports (id, at, admin, form, with_names, last_record) VALUES ('e1', ?, 'grace', 'csv', 1, 5)",
        (NOON_SECONDS - 60,),
    )
    peopled.erase()
    peopled.upload("", kind=RecordKind.ERASURE_DONE, detail=f"holder={ADA}")

    found = site.ask_for(ErasureOf(ADA), ErasureFound, at=later(9))

    confirmed, silent = found.controllers
    assert (found.at, found.swept_at) == (NOON_SECONDS, NOON_SECONDS + 1)
    assert (confirmed.controller, confirmed.erased_at) == ("pi-1", NOON_SECONDS + 6)
    assert silent == ErasureThere("pi-2", None, None)
    assert [each.told for each in found.exports] == ["export e1 by grace, csv with names"]


def test_nothing_is_told_of_an_erasure_that_was_not(peopled: APeopledSite) -> None:
    payload = peopled.site.a_command(ErasureOf(GRACE))

    assert peopled.site.responses(peopled.site.send(payload))[0].reason == "not-erased"


def found_in_text(text: bytes, secrets: list[bytes]) -> list[bytes]:
    return [secret for secret in secrets if secret in text]
