"""What the hub tells all controllers of who is inside: signed, sealed, at most once a second, of nobody who lied."""

import msgspec
import pytest

from doorctl.core.model import ZoneKind
from doorctl.errors import Refused
from doorctl.hub.controllers.occupancy_notes import SIGN_OF_LIFE_MS
from doorctl.hub.outgoing import Outgoing
from doorctl.keys.card_keys import CardKeys
from doorctl.wire.commands import DoorSet, PersonAdd, ZoneSet
from doorctl.wire.messages import Ask, from_text
from doorctl.wire.notes import detach_data, open_note
from doorctl.wire.occupancy_words import ZoneOccupancySet
from doorctl.wire.rights import CardKeysRotate
from doorctl.wire.site_occupancy import MOST_PART_BYTES, MOST_PARTS, OccupancyNote, people_beside
from doorctl.wire.topics import Address, Channel
from doorctl.wire.whereabouts import People, Word
from tests.hub.alerts.watching import a_log
from tests.hub.builders import CARD_KEYS, NOON_SECONDS, SITE, ASite, a_private, an_id, later
from tests.hub.test_occupancy import ENTERED, LEFT, RESET, arrive, move

IN, OUT = True, False


def word(zone: str, at: int, inside: bool) -> Word:
    return Word(zone, NOON_SECONDS + at, inside)


@pytest.fixture
def building(site_with_two: ASite) -> ASite:
    """A building with a floor in it, a door of one controller into each, and Ada and Grace."""
    site = site_with_two
    for zone, door in (("building", "gate"), ("floor", "front")):
        site.ask(ZoneSet(zone, ZoneKind.FLOOR))
        site.ask(DoorSet(door, zone))
    site.ask(ZoneOccupancySet("floor", within="building"))
    for holder, handle in (("h1", "ada"), ("h2", "grace")):
        site.ask(PersonAdd(holder), a_private(handle=handle, name=handle.title()))
    for controller, door in zip(site.controllers, ("gate", "front"), strict=True):
        site.ack(controller, doors=(door,), counter=1)
    return site


def opened(
    site: ASite, outgoing: list[Outgoing], *, ring: CardKeys = CARD_KEYS
) -> list[tuple[OccupancyNote, People]]:
    """Open what was told of who is inside, as a controller of the site does."""
    channels = {Channel.OCCUPANCY, Channel.WHOLE_OCCUPANCY}
    found = []
    for payload in (each.payload for each in outgoing if each.address.channel in channels):
        signed, sealed = detach_data(payload)
        text = open_note(signed, [site.hub_identity.signer.verifier]).text
        note = from_text(text, OccupancyNote, site=SITE)
        found.append((note, people_beside(note, sealed, ring_key=ring.ring[note.ring - 1])))
    return found


def turn(site: ASite, ran_ms: int) -> list[Outgoing]:
    """Let the hub have run for so long."""
    site.ran_ms = ran_ms
    told = site.hub.tick(later(60))
    return [each for each in told if each.address.channel is Channel.OCCUPANCY]


def whole(site: ASite, *, nonce: str = "a" * 32, wants: bool = True) -> list[tuple[OccupancyNote, People]]:
    """Ask for the whole as a controller."""
    controller = site.controllers[0]
    head = site.head()
    ask = Ask(SITE, controller.id, nonce, head.epoch, head.revision, wants_occupancy=wants, counter=int(an_id(), 16))
    told = site.hub.handle(Address(Channel.ASK, controller.id), controller.says(ask), later(60))
    assert {each.address.name for each in told if each.address.channel is Channel.WHOLE_OCCUPANCY} <= {controller.id}
    return opened(site, told)


def test_who_has_moved_is_told_to_all_and_a_second_passes_until_the_next(building: ASite) -> None:
    gate, front = a_log(building), a_log(building, 1)
    move(gate, ENTERED, "building")
    arrive(building, gate)
    early, first = turn(building, 999), opened(building, turn(building, 1000))
    move(front, ENTERED, "floor")
    move(front, ENTERED, "building", "h2")
    arrive(building, front)
    soon, second = turn(building, 1999), opened(building, turn(building, 2000))

    assert (early, soon) == ([], [])
    assert [(note.number, note.ran_ms, people) for note, people in (*first, *second)] == [
        (1, 1000, {"h1": (word("building", 0, IN),)}),
        (2, 2000, {"h1": (word("building", 0, IN), word("floor", 0, IN)), "h2": (word("building", 1, IN),)}),
    ]


def test_what_is_told_of_persons_can_be_read_by_no_broker(building: ASite) -> None:
    gate = a_log(building)
    move(gate, ENTERED, "building")
    arrive(building, gate)
    (told,) = turn(building, 1000)
    (note, _), sealed = opened(building, [told])[0], detach_data(told.payload)[1]

    assert b'"h1"' not in told.payload
    assert b"building" not in told.payload
    with pytest.raises(Refused, match="bad-seal"):
        people_beside(note, sealed, ring_key=b"x" * 32)
    with pytest.raises(Refused, match="wrong-sealed"):
        people_beside(note, sealed[:-1], ring_key=CARD_KEYS.ring[0])


def test_while_nobody_moves_there_is_a_sign_of_life_now_and_then(building: ASite) -> None:
    quiet, alive = turn(building, SIGN_OF_LIFE_MS - 1), turn(building, SIGN_OF_LIFE_MS)

    assert quiet == []
    assert [(note.number, people) for note, people in opened(building, alive)] == [(1, {})]
    assert turn(building, 2 * SIGN_OF_LIFE_MS - 1) == []


def test_of_whom_nothing_is_known_any_more_that_is_told(building: ASite) -> None:
    gate = a_log(building)
    move(gate, ENTERED, "building")
    move(gate, RESET, "building", "")
    arrive(building, gate)

    assert [people for _, people in opened(building, turn(building, 1000))] == [{"h1": ()}]


def test_the_newest_word_counts_and_who_left_around_it_has_left_a_zone(building: ASite) -> None:
    gate, front = a_log(building), a_log(building, 1)
    move(front, ENTERED, "floor", at=5)
    move(front, ENTERED, "building", at=5)
    move(gate, LEFT, "building", at=9)
    arrive(building, gate, front)

    assert [people for _, people in opened(building, turn(building, 1000))] == [
        {"h1": (word("building", 9, OUT), word("floor", 9, OUT))}
    ]


def test_who_is_inside_a_zone_is_inside_those_around_it(building: ASite) -> None:
    gate, front = a_log(building), a_log(building, 1)
    move(gate, LEFT, "building", at=5)
    move(front, ENTERED, "floor", at=9)
    move(front, ENTERED, "floor", "h2", at=7)
    arrive(building, gate, front)

    assert [people for _, people in opened(building, turn(building, 1000))] == [
        {
            "h1": (word("building", 9, IN), word("floor", 9, IN)),
            "h2": (word("floor", 7, IN), word("building", 7, IN)),
        }
    ]


def test_a_controller_moves_nobody_in_a_zone_that_it_has_no_door_into(building: ASite) -> None:
    gate = a_log(building)
    move(gate, ENTERED, "floor")
    move(gate, ENTERED, "server-room")
    move(gate, ENTERED, "building", "nobody-of-ours")
    arrive(building, gate)

    assert [people for _, people in opened(building, turn(building, 1000))] == [{"h1": ()}]


def test_by_a_door_that_another_controller_says_to_serve_nobody_moves(building: ASite) -> None:
    liar = a_log(building)
    building.ack(building.controllers[0], doors=("gate", "front"), counter=2)
    move(liar, ENTERED, "floor")
    arrive(building, liar)

    assert [people for _, people in opened(building, turn(building, 1000))] == [{"h1": ()}]


def test_what_is_said_to_come_was_just_now(building: ASite) -> None:
    gate = a_log(building)
    move(gate, ENTERED, "building", at=9_000_000)
    arrive(building, gate)

    assert [people for _, people in opened(building, turn(building, 1000))] == [{"h1": (word("building", 60, IN),)}]


def test_the_whole_answers_a_question_for_it_and_stands_for_all_that_was_told(building: ASite) -> None:
    gate = a_log(building)
    move(gate, ENTERED, "building")
    move(gate, LEFT, "building", "h2")
    arrive(building, gate)
    turn(building, 1000)
    ((note, people),) = whole(building)

    assert (note.nonce, note.number, note.part, note.parts) == ("a" * 32, 1, 0, 1)
    assert people == {"h1": (word("building", 0, IN),), "h2": (word("building", 1, OUT),)}
    assert whole(building, nonce="b" * 32, wants=False) == []


def test_another_start_of_the_hub_is_another_run(building: ASite) -> None:
    before = whole(building)
    building.restart()
    after = whole(building, nonce="b" * 32)

    assert before[0][0].run != after[0][0].run


def crowd(site: ASite, count: int) -> None:
    """Let so many be inside the building."""
    holders = [f"holder-{number:024}" for number in range(count)]
    site.connection.executemany("INSERT INTO holders (id, status) VALUES (?, 'active')", [(it,) for it in holders])
    rows = [("pi-1", holder, "building", 1, NOON_SECONDS, 0) for holder in holders]
    site.connection.executemany("INSERT INTO whereabouts VALUES (?, ?, ?, ?, ?, ?)", rows)


def test_five_thousand_people_come_in_parts_of_bounded_size(building: ASite) -> None:
    crowd(building, 5000)
    told = whole(building)
    people = {holder: words for _, part in told for holder, words in part.items()}

    assert len(people) == 5000
    assert [(note.part, note.parts) for note, _ in told] == [(part, len(told)) for part in range(len(told))]
    assert len(told) <= MOST_PARTS
    assert all(len(msgspec.json.encode(part)) <= MOST_PART_BYTES for _, part in told)


def test_when_all_move_at_once_each_note_is_bounded_and_the_rest_comes_with_the_next(building: ASite) -> None:
    crowd(building, 1000)
    told = [opened(building, turn(building, 1000 * second)) for second in range(1, 6)]
    sizes = [len(people) for notes in told for _, people in notes]

    assert (sum(sizes), max(sizes) < 1000) == (1000, True)


def test_a_new_card_key_seals_what_is_told_from_then_on(building: ASite) -> None:
    building.ask(CardKeysRotate())
    ((note, _),) = opened(building, turn(building, SIGN_OF_LIFE_MS), ring=building.ring)

    assert note.ring == 2
