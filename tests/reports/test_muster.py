"""Who is inside: where each was let in last, against a plain reading of their entries one after the other."""

from hypothesis import given
from hypothesis import strategies as st

from doorctl.reports.muster import Silence, Whereabouts, muster, silences, whereabouts
from doorctl.reports.shown import Shown
from doorctl.reports.tallies import Event, count
from doorctl.wire.report_words import Tally
from tests.reports.builders import NOON, a_clock, an_event

SHOWN = Shown(str.title, str)
ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["granted", "opened"]), st.sampled_from(["front", "back", "gate"]), st.sampled_from("ag")
    ),
    max_size=20,
)


def where(*events: Event) -> dict[str, Whereabouts]:
    return whereabouts(count(events, [Tally.ENTRIES], a_clock()))


def opened(at: int = NOON, **more: str) -> Event:
    return an_event(at, kind="opened", **more)


@given(ENTRIES)
def test_everybody_is_where_their_last_entry_that_counts_led(entries: list[tuple[str, str, str]]) -> None:
    events = [
        an_event(NOON + at, kind="opened" if how == "opened" else "decision", door=door, subject=f"holder:{who}")
        for at, (how, door, who) in enumerate(entries)
    ]
    telling = {door for how, door, _ in entries if how == "opened"}
    last = {who: door for how, door, who in entries if how == "opened" or door not in telling}

    assert {who: here.door for who, here in where(*events).items()} == last


def test_a_grant_that_nobody_used_moves_nobody_but_is_told() -> None:
    found = where(
        opened(NOON, door="front"), opened(door="back", subject="holder:grace"), an_event(NOON + 9, door="back")
    )

    assert found["ada"] == Whereabouts(NOON, was_seen=True, zone="floor-3", door="front", tried="back")


def test_a_door_that_never_tells_counts_by_its_grants_and_is_less_sure() -> None:
    _, people = muster(count([an_event()], [Tally.ENTRIES], a_clock()), SHOWN)

    assert people.rows == (
        ("floor-3", "Ada", str(NOON), "front", "granted; this door does not tell whether it was opened"),
    )


def test_whoever_went_out_by_a_reader_is_not_inside() -> None:
    events = [opened(NOON), opened(NOON + 9, door="exit", zone="street"), opened(NOON, subject="holder:grace")]
    totals, people = muster(count(events, [Tally.ENTRIES], a_clock()), SHOWN, outside=frozenset({"street"}))

    assert [row[1] for row in people.rows] == ["Grace"]
    assert totals.rows == (("floor-3", 1),)


def test_one_zone_alone_is_listed_where_it_is_asked_for() -> None:
    events = [opened(zone="lobby"), opened(subject="holder:grace", zone="servers")]
    _, people = muster(count(events, [Tally.ENTRIES], a_clock()), SHOWN, zone="servers")

    assert [row[1] for row in people.rows] == ["Grace"]


def test_a_silent_controller_is_named_with_its_doors() -> None:
    assert silences([Silence("pi-2", 7, ("back",)), Silence("pi-3", None, ())], SHOWN) == (
        "pi-2 (back) is silent since 7: who passed there meanwhile is missing here.",
        "pi-3 (doors not known) is silent: who passed there meanwhile is missing here.",
    )


def moved(at: int, kind: str, zone: str) -> Event:
    return an_event(at, kind=kind, zone=zone)


def test_who_left_by_a_reader_inside_is_where_they_were_before_or_nowhere() -> None:
    enters = [opened(NOON, zone="building"), moved(NOON, "entered", "building")]
    enters += [opened(NOON + 5, zone="floor"), moved(NOON + 5, "entered", "floor")]
    leaves_floor = [
        an_event(NOON + 8, zone="floor"),
        opened(NOON + 9, zone="floor"),
        moved(NOON + 9, "left", "floor"),
    ]
    leaves_all = [opened(NOON + 20, zone="building"), moved(NOON + 20, "left", "building")]

    assert where(*enters)["ada"].zone == "floor"
    assert where(*enters, *leaves_floor)["ada"].zone == "building"
    assert where(*enters, *leaves_floor, *leaves_all) == {}
    assert where(*enters, *leaves_floor, opened(NOON + 30, zone="floor"))["ada"].zone == "floor"
