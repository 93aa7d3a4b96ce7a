"""Questions: who is meant, what there is, how the site is; they change nothing."""

import pytest

from doorctl.core.model import Status, ZoneKind
from doorctl.hub.verbs.lists import LISTS
from doorctl.wire.commands import (
    GrantAdd,
    GroupAdd,
    PersonAdd,
    PersonRemove,
    ScheduleSet,
    ZoneSet,
)
from doorctl.wire.questions import MAX_PAGE_ROWS, ListRows, Lookup, StatusOf, Why
from doorctl.wire.results import Found, Page, SiteStatus
from doorctl.wire.rights import Lockdown, LockdownEnd
from doorctl.wire.topics import Address, Channel
from tests.hub.builders import ADAS_CARD, CARD_KEYS, NOON, NOON_SECONDS, ASite, a_private, later
from tests.hub.floor_3 import with_ada

KEY = CARD_KEYS.credential_key(ADAS_CARD).hex()


def test_a_person_is_found_by_handle_in_any_case(site: ASite) -> None:
    with_ada(site)

    assert site.ask_for(Lookup(), Found, a_private(handle="Ada")) == Found("h1", "Ada")


def test_a_group_is_found_by_its_name(site: ASite) -> None:
    with_ada(site)

    assert site.ask_for(Lookup(), Found, a_private(handle="staff")) == Found(group="staff")


def test_a_standing_is_told_to_who_asks_for_it(site: ASite) -> None:
    site.ask(PersonAdd("h1", NOON_SECONDS, NOON_SECONDS + 9), a_private(handle="ada", name="Ada"))

    found = site.ask_for(Lookup(standing=True), Found, a_private(handle="ada"))

    assert found == Found("h1", "Ada", None, Status.ACTIVE, NOON_SECONDS, NOON_SECONDS + 9)


def test_somebody_who_left_is_not_found(site: ASite) -> None:
    with_ada(site)
    site.ask(PersonRemove("h1"))

    assert site.ask(Lookup(), a_private(handle="ada")).reason == "unknown-holder"


def test_zones_that_are_locked_down_are_told_by_list_and_status(site: ASite) -> None:
    site.ask(ZoneSet("floor-1", ZoneKind.FLOOR))
    site.ask(ZoneSet("floor-2", ZoneKind.FLOOR))
    told = []
    for do in (Lockdown("floor-1"), Lockdown(), LockdownEnd()):
        site.ask(do)
        zones = site.ask_for(ListRows("zones"), Page).rows
        told.append((site.ask_for(StatusOf(), SiteStatus).lockdowns, [each["locked_down"] for each in zones]))

    assert told == [(("floor-1",), [1, None]), (("*", "floor-1"), [1, 1]), ((), [None, None])]


@pytest.mark.parametrize(
    ("what", "row"),
    [
        (
            "people",
            {
                "holder": "h1",
                "handle": "ada",
                "name": "Ada",
                "status": "active",
                "valid_from": None,
                "valid_until": None,
                "cards": 1,
                "pin": None,
                "clearance": None,
                "trained": None,
            },
        ),
        (
            "cards",
            {
                "credential": KEY,
                "holder": "h1",
                "handle": "ada",
                "name": "Ada",
                "format": "H10301",
                "status": "active",
                "valid_from": None,
                "valid_until": None,
                "added_at": NOON_SECONDS,
                "uses": None,
                "first_use_seconds": None,
                "used": None,
                "card_class": None,
            },
        ),
        ("groups", {"group": "staff", "members": 1}),
        ("members", {"holder": "h1", "group": "staff", "handle": "ada", "name": "Ada"}),
        (
            "zones",
            {
                "zone": "floor-3",
                "kind": "floor",
                "on_audit_failure": "deny",
                "max_age_seconds": None,
                "approvals": None,
                "strict": None,
                "break_glass": None,
                "mechanical_key": None,
                "grace_after_boot_seconds": None,
                "factor": None,
                "factor_times": None,
                "pin_tries": None,
                "pin_block_seconds": None,
                "persons": None,
                "persons_seconds": None,
                "persons_group": None,
                "reader_classes": None,
                "card_classes": None,
                "within": None,
                "passback": None,
                "passback_seconds": None,
                "most": None,
                "least": None,
                "reset_at": None,
                "visitors_alone": None,
                "escort_seconds": None,
                "escort_most": None,
                "escort_per_seconds": None,
                "escort_group": None,
                "threats": None,
                "trainings": None,
                "locked_down": None,
            },
        ),
        (
            "doors",
            {
                "door": "door-1",
                "zone": "floor-3",
                "mode": None,
                "mode_times": None,
                "office_group": None,
                "commanded": None,
                "commanded_until": None,
            },
        ),
        ("schedules", {"schedule": "never", "windows": "[]", "holidays": "replace"}),
        (
            "grants",
            {
                "grant": "g1",
                "zone": "floor-3",
                "holder": "h1",
                "handle": "ada",
                "name": "Ada",
                "group": None,
                "schedule": None,
                "valid_from": None,
                "valid_until": None,
            },
        ),
    ],
)
def test_a_list_shows_its_rows_with_the_names(site: ASite, what: str, row: dict[str, object]) -> None:
    with_ada(site)
    site.ask(GrantAdd("g1", "floor-3", holder="h1"))
    site.ask(ScheduleSet("never", ()))

    assert site.ask_for(ListRows(what), Page) == Page(what, (row,), None)  # type: ignore[arg-type]


def test_every_list_can_be_asked_for_when_empty(site: ASite) -> None:
    assert {what: site.ask_for(ListRows(what), Page).rows for what in LISTS} == dict.fromkeys(LISTS, ())


@pytest.mark.parametrize(("what", "count"), [("people", 450), ("cards", 450), ("members", 450)])
def test_pages_together_are_the_whole_list(site: ASite, what: str, count: int) -> None:
    numbers = [(f"h{number:04}",) for number in range(count)]
    site.connection.execute("BEGIN")
    site.connection.executemany("INSERT INTO holders (id, status) VALUES (?, 'active')", numbers)
    site.connection.execute("INSERT INTO groups VALUES ('staff')")
    site.connection.executemany("INSERT INTO members VALUES (?, 'staff')", numbers)
    site.connection.executemany(
        "INSERT INTO credentials (\"key\", holder, status) VALUES (?, ?, 'active')",
        [(CARD_KEYS.credential_key(holder), holder) for (holder,) in numbers],
    )
    site.connection.execute("COMMIT")

    page = site.ask_for(ListRows(what), Page)
    holders = [row["holder"] for row in page.rows]
    while page.after is not None:
        assert len(page.rows) <= MAX_PAGE_ROWS
        page = site.ask_for(ListRows(what, after=page.after), Page)
        holders += [row["holder"] for row in page.rows]

    assert sorted(str(holder) for holder in holders) == [holder for (holder,) in numbers]


def test_a_page_of_long_names_still_fits_into_a_payload(site: ASite) -> None:
    long_name = "\N{PILE OF POO}" * 200
    site.connection.execute("BEGIN")
    for number in range(150):
        site.connection.execute("INSERT INTO holders (id, status) VALUES (?, 'active')", (f"h{number:03}",))
        site.connection.execute(
            "INSERT INTO people VALUES (?, ?, ?, NULL)", (f"h{number:03}", f"ada{number}", long_name)
        )
    site.connection.execute("COMMIT")

    (outgoing,) = site.send(site.a_command(ListRows("people")))
    page = site.ask_for(ListRows("people"), Page)

    assert len(outgoing.payload) < 80 * 1024
    assert page.after == page.rows[-1]["holder"]
    assert site.ask_for(ListRows("people", after=page.after or ""), Page).rows[0]["holder"] == f"h{len(page.rows):03}"


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        (ListRows("passwords"), "unknown-list"),
        (ListRows("cards", after="xyz"), "bad-page"),
        (ListRows("members", after="h1"), "bad-page"),
        (ListRows("doors", after="a/b"), "bad-page"),
        (Lookup(), "bad-handle"),
        (Why("door-1"), "bad-card"),
    ],
)
def test_a_question_nobody_can_answer_is_refused_by_name(
    site: ASite, do: ListRows | Lookup | Why, reason: str
) -> None:
    assert site.ask(do).reason == reason


def test_the_status_tells_how_every_controller_is(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(GroupAdd("staff"))
    site.ack(site.controllers[0], at=later(3))
    site.hub.handle(Address(Channel.STATE, "pi-2"), b'{"link":"offline"}', NOON)
    site.hub.handle(Address(Channel.STATE, "pi-2"), b"\xff", NOON)

    status = site.ask_for(StatusOf(), SiteStatus)

    assert (status.revision, status.trust_version, status.refusals) == (1, 1, {"malformed": 1})
    assert [(each.controller, each.link, each.revision, each.is_current) for each in status.controllers] == [
        ("pi-1", "unknown", 1, True),
        ("pi-2", "offline", None, False),
    ]
    assert [each.heard_at for each in status.controllers] == [NOON_SECONDS + 3, None]


@pytest.mark.parametrize(
    ("payload", "word"),
    [
        (b"{}", "malformed"),
        (b'{"link":"perhaps"}', "malformed"),
        (b"[]", "malformed"),
        (b'{"link":1}', "malformed"),
        (b'{"x":' + b"[" * 5000 + b"]" * 5000 + b',"link":"online"}', "too-large"),
        (b'{"link":"online"}' + b" " * 240, "too-large"),
    ],
)
def test_a_link_that_says_something_else_is_counted(site_with_two: ASite, payload: bytes, word: str) -> None:
    for retained in (False, True):
        site_with_two.hub.handle(Address(Channel.STATE, "pi-1"), payload, NOON, retained=retained)

    assert site_with_two.hub.refusals == {word: 2}
    assert [each.link for each in site_with_two.ask_for(StatusOf(), SiteStatus).controllers] == ["unknown"] * 2


def test_a_question_leaves_no_trace(site: ASite) -> None:
    site.ask_for(StatusOf(), SiteStatus)

    assert site.rows("SELECT * FROM commands") == []
    assert site.head().revision == 0
