"""Who may enter and why: every way of everybody, the longest unused first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.core.model import Factor
from doorctl.reports.access import Giving, GrantHeld, Person, Rights, Way, access, last_uses, ways_into, why_not
from doorctl.reports.acts import Deed, changes, givings
from doorctl.reports.shown import Shown
from doorctl.reports.tallies import count
from doorctl.wire.report_words import Tally
from tests.reports.builders import NOON, a_clock, an_event

SHOWN = Shown(str.title, str)
PEOPLE = {name: Person(name, cards=1) for name in ("ada", "grace", "alan")}
GRANT = GrantHeld("g1", "floor-3", holder="ada")
OF_GROUP = GrantHeld("g2", "floor-3", group="staff")
STAFF = frozenset({("grace", "staff"), ("alan", "staff")})


@given(
    st.lists(st.tuples(st.sampled_from(["z1", "z2"]), st.sampled_from(["h1", "h2", "@a", "@b"])), max_size=6),
    st.frozensets(st.tuples(st.sampled_from(["h1", "h2", "h3"]), st.sampled_from(["a", "b"]))),
)
def test_a_way_in_is_a_grant_of_ones_own_or_of_a_group_that_one_is_in(
    grants: list[tuple[str, str]], members: frozenset[tuple[str, str]]
) -> None:
    held = tuple(
        GrantHeld(str(number), zone, group=whom[1:]) if whom[0] == "@" else GrantHeld(str(number), zone, holder=whom)
        for number, (zone, whom) in enumerate(grants)
    )
    plain = {
        (holder, grant.grant)
        for holder in ("h1", "h2", "h3")
        for grant in held
        if grant.zone == "z1" and (grant.holder == holder or (holder, grant.group) in members)
    }

    ways = list(ways_into("z1", Rights(held, members, {})))
    assert {(way.holder, way.grant.grant) for way in ways} == plain
    assert len(ways) == len(plain)


def test_the_longest_unused_come_first_and_the_never_used_before_them() -> None:
    rights = Rights((GRANT, OF_GROUP), STAFF, PEOPLE)
    events = [an_event(NOON), an_event(NOON - 60), an_event(NOON - 9, subject="holder:alan")]
    table = access("floor-3", rights, count(events, [Tally.ENTRIES], a_clock()), SHOWN, at=NOON)

    assert [(row[0], row[1], row[-2], row[-1]) for row in table.rows] == [
        ("Grace", "group staff", "never", 0),
        ("Alan", "group staff", str(NOON - 9), 1),
        ("Ada", "own grant", str(NOON), 2),
    ]


def test_a_use_elsewhere_is_none_here() -> None:
    assert last_uses("floor-3", count([an_event(zone="servers")], [Tally.ENTRIES], a_clock())) == {}


def test_why_a_way_does_not_count_now_is_told() -> None:
    def told(person: Person, grant: GrantHeld = GRANT) -> str:
        return why_not(Way("ada", grant), Rights((), frozenset(), {"ada": person}), at=NOON)

    assert told(Person("ada", cards=1)) == ""
    assert told(Person("ada", "suspended", cards=1)) == "suspended"
    assert told(Person("ada", valid_from=NOON + 1, cards=1)) == "person not valid yet"
    assert told(Person("ada", valid_until=NOON, cards=1)) == "person expired"
    assert told(Person("ada")) == "no card"
    assert told(Person("ada", cards=1), GrantHeld("g", "z", "ada", valid_from=NOON + 1)) == "grant not valid yet"
    assert told(Person("ada", cards=1), GrantHeld("g", "z", "ada", valid_until=NOON)) == "grant expired"
    assert why_not(Way("eve", GRANT), Rights((), frozenset(), {}), at=NOON) == "unknown"


@pytest.mark.parametrize(
    ("asks", "told"),
    [
        ({Factor.CARD}, ("no card", "no card", "", "")),
        ({Factor.CARD_OR_PIN}, ("no card", "", "", "")),
        ({Factor.CARD_AND_PIN}, ("no card", "no card", "no PIN", "")),
        ({Factor.PIN}, ("no card", "", "no PIN", "")),
        ({Factor.CARD_AND_PIN, Factor.CARD}, ("no card", "no card", "", "")),
    ],
)
def test_who_has_what_a_zone_asks_for_at_no_time_is_told(asks: set[Factor], told: tuple[str, ...]) -> None:
    people = (
        Person("ada", has_pin=True),
        Person("ada", has_pin=True, pin_alone=True),
        Person("ada", cards=1),
        Person("ada", cards=1, has_pin=True),
    )
    rights = [Rights((), frozenset(), {"ada": person}, asks={"floor-3": frozenset(asks)}) for person in people]

    assert tuple(why_not(Way("ada", GRANT), each, at=NOON) for each in rights) == told


def test_a_grant_was_given_by_whoever_gave_it_and_a_groups_by_the_later_of_grant_and_joining() -> None:
    granted = {"g1": Giving(1, "carol"), "g2": Giving(5, "dan")}
    joined = {("grace", "staff"): Giving(9, "erin"), ("alan", "staff"): Giving(2, "erin")}
    rights = Rights((GRANT, OF_GROUP), STAFF, PEOPLE, granted, joined)
    table = access("floor-3", rights, {}, SHOWN, at=NOON)

    assert {row[0]: (row[5], row[6]) for row in table.rows} == {
        "Ada": ("1", "carol"),
        "Grace": ("9", "erin"),
        "Alan": ("5", "dan"),
    }


def test_who_gave_what_is_read_from_the_hubs_log() -> None:
    deeds = [
        Deed(1, "carol", "grant", "zone=floor-3 grant=g1", "accepted"),
        Deed(2, "erin", "group-join", "group=staff", "accepted", holder="grace"),
        Deed(3, "erin", "zone-set", "zone=floor-3", "accepted"),
    ]

    assert givings(deeds) == ({"g1": Giving(1, "carol")}, {("grace", "staff"): Giving(2, "erin")})


def test_changes_are_told_in_their_order_with_what_became_of_them() -> None:
    deed = Deed(7, "carol", "grant", "zone=z", "refused", holder="ada", reason="not-allowed", revision=3)

    assert changes([deed], SHOWN).rows == (
        ("7", "carol", "grant", "zone=z", "Ada", "refused (not-allowed)", 3, None, None),
    )


def test_a_validity_in_a_change_is_told_as_a_time() -> None:
    shown = Shown(str, lambda at: f"second {at}")
    table = changes([Deed(NOON, "carol", "grant", "grant=g1 valid_from=7 valid_until=9", "accepted")], shown)

    assert table.rows[0][3] == "grant=g1 valid_from=second 7 valid_until=second 9"
