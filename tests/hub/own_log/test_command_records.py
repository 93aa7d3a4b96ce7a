"""Commands in the hub's own log: who did what to which rows, what was refused and what waits; persons only sealed."""

import hashlib
from typing import Any

import msgspec
import pytest

from doorctl.audit.leaf import Act, Leaf
from doorctl.core.model import Status, Weekday, ZoneKind
from doorctl.core.records import RecordKind
from doorctl.database import transaction
from doorctl.hub.command_records import MOST_ROWS, watch
from doorctl.hub.history import commit_operations
from doorctl.policy.rows import (
    ErasureRow,
    GrantRow,
    GroupRow,
    HolderRow,
    PassbackResetRow,
    RosterRow,
    Row,
    WindowRow,
    ZoneRow,
)
from doorctl.site.steps import Step
from doorctl.wire.commands import (
    CardAdd,
    GrantAdd,
    GroupAdd,
    GroupJoin,
    PersonAdd,
    PersonEdit,
    PersonRemove,
    PersonSet,
    ScheduleSet,
    ZoneSet,
)
from doorctl.wire.messages import Drop, Put
from doorctl.wire.questions import DigestOf, StatusOf
from doorctl.wire.rights import Approve, CardKeysRotate, Refuse, ZoneRuleSet
from doorctl.wire.verdict import Verdict
from tests.hub.builders import ADAS_CARD, NOON_SECONDS, ASite, a_private, later
from tests.hub.own_log.reading import Read, own_log
from tests.hub.test_plans import bring
from tests.hub.two_admins.requests import DAY, REQUEST, ask_for_grant, the
from tests.policy.every_row import EVERY_ROW

MOST_SHOWN = 40 * 1024
"""What fits into an answer as a text within JSON, sealed and in base64."""


def row_type(row: Row) -> str:
    """Name the type of a row."""
    return type(row).__name__


def acts(site: ASite) -> list[tuple[str, str, str]]:
    """Tell each command that is recorded: its admin, its verb, and what became of it."""
    return [(act.admin, act.verb, act.verdict) for act in map(act_of, commands(site))]


def commands(site: ASite) -> list[Leaf]:
    return own_log(site).of(RecordKind.COMMAND)


def act_of(leaf: Leaf) -> Act:
    assert leaf.act is not None
    return leaf.act


def personal(read: Read, seq: int) -> list[dict[str, Any]]:
    return [msgspec.json.decode(text) for (at, part), text in read.texts.items() if at == seq and part]


@pytest.fixture
def ada(site: ASite) -> ASite:
    """A site with Ada alone."""
    site.ask(PersonAdd("h1"), a_private(handle="ada", name="Ada L"))
    return site


@pytest.fixture
def vault(floor: ASite) -> ASite:
    """A site with a vault that takes two admins."""
    floor.ask(ZoneSet("vault", ZoneKind.SERVER_ROOM))
    floor.ask(ZoneRuleSet("vault", approvals=2))
    return floor


def test_a_command_is_recorded_with_the_rows_it_changed(floor: ASite) -> None:
    floor.ask(ZoneSet("floor-1", ZoneKind.SERVER_ROOM), admin=floor.alan)

    act = act_of(commands(floor)[-1])
    assert (act.admin, act.verb, act.verdict, act.revision) == ("alan", "zone-set", "accepted", 4)
    rows = [msgspec.json.decode(bytes(row), type=ZoneRow) for row in (*act.before, *act.after)]
    assert rows == [ZoneRow("floor-1", ZoneKind.FLOOR), ZoneRow("floor-1", ZoneKind.SERVER_ROOM)]


def test_what_a_command_says_of_a_person_stands_in_an_opening(ada: ASite) -> None:
    read = own_log(ada)

    act = act_of(read.leaves[-1])
    assert act == Act(admin="grace", command=act.command, verb="person-add", verdict=Verdict.ACCEPTED, revision=1)
    assert read.texts[1, 0] == "holder:h1"
    assert personal(read, 1) == [
        {
            "holder": "h1",
            "before": {},
            "after": {"rows": [{"type": "holder", **_plain(HolderRow("h1"))}], "handle": "ada", "name": "Ada L"},
        }
    ]


def test_a_name_stands_there_only_where_it_changes(ada: ASite) -> None:
    ada.ask(PersonSet("h1", Status.SUSPENDED))
    ada.ask(PersonEdit("h1", Status.SUSPENDED), a_private(handle="countess", name="Ada L"))

    read = own_log(ada)
    (suspended,), (renamed,) = personal(read, 2), personal(read, 3)
    assert [set(suspended[when]) for when in ("before", "after")] == [{"rows"}, {"rows"}]
    assert (renamed["before"], renamed["after"]) == (
        {"handle": "ada", "name": "Ada L"},
        {"handle": "countess", "name": "Ada L"},
    )


def test_no_leaf_names_a_person_or_a_card_and_nothing_holds_a_cards_number(floor: ASite) -> None:
    floor.ask(CardAdd("h1"), a_private(card=ADAS_CARD))
    floor.ask(GrantAdd("g1", "floor-1", holder="h1"))
    floor.ask(GroupJoin("staff", "h1"))
    floor.ask(GrantAdd("g2", "floor-1", holder="h1"))
    floor.ask(PersonRemove("h1"))

    read = own_log(floor)
    assert [word for raw in read.raw for word in (b'"h1"', b"=h1", b":h1", b'"ada"', b"H10301") if word in raw] == []
    assert not any("H10301" in text for text in read.texts.values())
    removed = personal(read, len(read.raw) - 1)[0]["before"]["rows"]
    assert isinstance(removed, list)
    assert {row["type"] for row in removed} == {"holder", "credential", "member", "grant"}


def test_a_grant_to_a_group_is_about_nobody(floor: ASite) -> None:
    floor.ask(GrantAdd("g1", "floor-1", group="staff"))

    leaf = commands(floor)[-1]
    assert (leaf.zone, leaf.subject, leaf.personal, len(act_of(leaf).after)) == ("floor-1", "", (), 1)


def test_a_command_that_is_refused_is_recorded_with_the_reason(ada: ASite) -> None:
    ada.ask(PersonAdd("h1"), a_private(handle="eve", name="Eve"))

    read = own_log(ada)
    act = act_of(read.leaves[-1])
    assert (act.verdict, act.reason, act.revision, act.after) == (Verdict.REFUSED, "holder-exists", None, ())
    assert "eve" not in str(read.texts)


def test_questions_are_recorded_only_where_they_try_what_they_may_not(site: ASite) -> None:
    clerk = site.hire("carl", "clerk")
    site.ask_for(StatusOf(), msgspec.Struct, admin=site.grace)
    site.ask(DigestOf("2027-01-15", everyone=True), admin=clerk)

    assert acts(site) == [("carl", "digest", "refused")]


def test_a_repeated_command_is_recorded_once(site: ASite) -> None:
    payload = site.a_command(GroupAdd("staff"))

    site.send(payload)
    site.send(payload)

    assert acts(site) == [("grace", "group-add", "accepted")]


def test_what_waits_is_recorded_and_so_is_the_approval_with_the_rows(vault: ASite) -> None:
    ask_for_grant(vault)
    vault.ask(the(Approve, vault), admin=vault.alan)

    assert acts(vault)[-2:] == [("grace", "grant", "pending"), ("alan", "approve", "accepted")]
    read = own_log(vault)
    assert f"request={REQUEST}" in read.leaves[-1].detail
    assert [part["holder"] for part in personal(read, len(read.raw) - 1)] == ["h1"]


def test_what_was_refused_by_an_admin_or_waited_in_vain_is_recorded(vault: ASite) -> None:
    ask_for_grant(vault)
    vault.ask(the(Refuse, vault), admin=vault.alan)
    vault.ask(GrantAdd("g9", "vault", holder="h1"))
    vault.hub.tidy(later(DAY + 1))

    told = [(act.verb, act.verdict, act.reason) for act in map(act_of, commands(vault)[-3:])]
    assert told == [
        ("refuse", Verdict.DONE, ""),
        ("grant", Verdict.PENDING, ""),
        ("grant", Verdict.REFUSED, "approval-expired"),
    ]


def test_a_plan_goes_on_in_as_many_records_as_it_takes(site: ASite) -> None:
    steps = [Step(PersonAdd(f"h{number}"), handle=f"p{number}") for number in range(2 * MOST_ROWS + 1)]
    site.ask(bring(site, steps))

    leaves = [leaf for leaf in commands(site) if act_of(leaf).verb == "plan-apply"]
    assert [len(leaf.personal) for leaf in leaves] == [MOST_ROWS, MOST_ROWS, 1]
    assert len({(act_of(leaf).command, act_of(leaf).revision) for leaf in leaves}) == 1


def test_long_rows_go_on_in_as_many_records_as_an_answer_can_show_each(site: ASite) -> None:
    windows = tuple(WindowRow(tuple(Weekday), "08:00", "17:00") for _ in range(64))
    site.ask(bring(site, [Step(ScheduleSet(f"s{number}", windows)) for number in range(30)]))

    read = own_log(site)
    rows = [row for leaf in commands(site) for row in act_of(leaf).after]
    assert len(rows) == 30
    assert max(map(len, read.raw)) < MOST_SHOWN


def test_a_person_with_many_rows_goes_on_in_as_many_openings_as_an_answer_can_show_each(ada: ASite) -> None:
    ada.ask(ZoneSet("floor-1", ZoneKind.FLOOR))
    later_and_later = range(NOON_SECONDS + DAY, NOON_SECONDS + DAY + 300)
    grants = [Step(GrantAdd(f"g-{end}", "floor-1", holder="h1", valid_until=end)) for end in later_and_later]
    ada.ask(bring(ada, grants))

    ada.ask(PersonRemove("h1"))

    read = own_log(ada)
    removed = [leaf for leaf in commands(ada) if act_of(leaf).verb == "person-remove"]
    told = [each for leaf in removed for each in personal(read, leaf.seq)]
    assert sum(len(each["before"]["rows"]) for each in told) == 301
    assert max(map(len, read.texts.values())) < MOST_SHOWN
    assert [len(leaf.personal) for leaf in removed] == [1] * len(removed)
    assert {read.texts[leaf.seq, 0] for leaf in removed} == {"holder:h1"}


@pytest.mark.parametrize(
    "row", [it for it in EVERY_ROW if hasattr(it, "holder") and not isinstance(it, ErasureRow)], ids=row_type
)
def test_no_row_about_a_holder_stands_in_a_leaf(site: ASite, row: Row) -> None:
    told = msgspec.structs.replace(row, holder="h-told", **({"group": None} if isinstance(row, GrantRow) else {}))
    watched = watch(site.connection, [Drop(told)])
    watched.before = dict.fromkeys(watched.rows, told)

    changes = watched.changes()

    assert (changes.before, [each.holder for each in changes.personal]) == ([], ["h-told"])
    assert "h-told" in changes.personal[0].text


def test_what_is_about_every_holder_stands_in_the_leaf(site: ASite) -> None:
    row = PassbackResetRow("*", "lab", NOON_SECONDS)
    watched = watch(site.connection, [Drop(row)])
    watched.before = dict.fromkeys(watched.rows, row)

    changes = watched.changes()

    assert (len(changes.before), changes.personal) == (1, [])


def test_other_card_keys_say_nothing_of_anybody(floor: ASite) -> None:
    floor.ask(CardAdd("h1"), a_private(card=ADAS_CARD))
    floor.ask(CardKeysRotate())

    leaf = commands(floor)[-1]
    assert (len(act_of(leaf).after), leaf.personal) == (1, ())


def test_a_roster_stands_there_by_its_hash(floor: ASite) -> None:
    row = RosterRow("floor-1", "a note that names h1")
    watched = watch(floor.connection, [Put(row)])
    with transaction(floor.connection):
        commit_operations(floor.connection, [Put(row)], at=NOON_SECONDS)

    (told,) = watched.changes().after
    sha256 = hashlib.sha256(row.note.encode()).hexdigest()
    assert msgspec.json.decode(bytes(told)) == {"type": "roster", "zone": "floor-1", "sha256": sha256}


def test_a_row_that_is_written_twice_stands_there_as_it_was_and_as_it_is(site: ASite) -> None:
    operations: list[Put | Drop] = [Put(GroupRow("a")), Drop(GroupRow("a")), Put(GroupRow("b"))]
    watched = watch(site.connection, operations)
    with transaction(site.connection):
        commit_operations(site.connection, operations, at=NOON_SECONDS)

    changes = watched.changes()
    assert (changes.before, [msgspec.json.decode(bytes(row))["id"] for row in changes.after]) == ([], ["b"])


def test_a_disk_that_is_full_leaves_neither_change_nor_record(floor: ASite) -> None:
    (pages,) = floor.connection.execute("PRAGMA page_count").fetchone()
    floor.connection.execute(f"PRAGMA max_page_count = {pages}")
    reasons = [floor.ask(GroupAdd(f"g{number}")).reason for number in range(60)]
    floor.connection.execute("PRAGMA max_page_count = 100000")

    made = {group for (group,) in floor.rows("SELECT id FROM groups")}
    told = {msgspec.json.decode(bytes(row))["id"] for leaf in commands(floor) for row in act_of(leaf).after}
    assert reasons[-1] == "storage-failed"
    assert made == told - {"floor-1"}


def test_both_memories_of_commands_tell_the_same(vault: ASite) -> None:
    ask_for_grant(vault)
    vault.ask(PersonAdd("h1"), a_private(handle="eve"))
    vault.ask(GroupAdd("x"), admin=vault.hire("carl", "clerk"))

    remembered = vault.rows("SELECT admin, command, verb, verdict, reason FROM given_commands ORDER BY position")
    recorded = [(act.admin, act.command, act.verb, act.verdict, act.reason) for act in map(act_of, commands(vault))]
    assert recorded == remembered


def _plain(row: HolderRow) -> dict[str, object]:
    found = msgspec.to_builtins(row)
    assert isinstance(found, dict)
    return {name: value for name, value in found.items() if name != "type"}
