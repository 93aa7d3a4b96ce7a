"""What the hub tells of who is inside the site: only in order, after a whole that we asked for, as old as it is."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from doorctl.keeper.site_occupancy import FIRST_PAUSE_SECONDS, MOST_EARLY, SILENCE_SECONDS, WHOLE_SECONDS
from doorctl.keys.card_keys import CardKeys, write_card_keys
from doorctl.wire.bell import SiteOccupancy
from doorctl.wire.messages import Ask
from doorctl.wire.notes import Signer
from doorctl.wire.site_occupancy import MOST_PARTS, OccupancyNote, sealed_note
from doorctl.wire.topics import Channel
from doorctl.wire.whereabouts import People, Word
from tests.keeper.site import CARD_KEYS, SITE, AController, ASite, a_signer, asks, settled

RUN, OTHER_RUN = "a" * 32, "b" * 32
ADA: People = {"h1": (Word("floor", 5, inside=True),)}
GONE: People = {"h1": (Word("floor", 9, inside=False),)}
NONE: People = {}


@dataclass
class AHub:
    """One run of a hub, which began at second 0 of its own count."""

    site: ASite
    run: str = RUN
    ring: CardKeys = CARD_KEYS
    signer: Signer = field(init=False)

    def __post_init__(self) -> None:
        self.signer = self.site.hub.signer

    def says(self, number: int, people: People, *, ran: float = 0, **more: Any) -> bytes:  # noqa: ANN401
        note = OccupancyNote(SITE, self.run, number, int(ran * 1000), ring=1, sha256="")
        note = msgspec.structs.replace(note, **more)
        return sealed_note(note, msgspec.json.encode(people), ring_key=self.ring.ring[0], signer=self.signer)


@pytest.fixture
def site() -> ASite:
    return ASite(1)


@pytest.fixture
def hub(site: ASite) -> AHub:
    return AHub(site)


@pytest.fixture
def controller(site: ASite, tmp_path: Path) -> AController:
    """A controller with a door, that follows the site by second 0 and has its card keys."""
    write_card_keys(tmp_path / "card.keys", CARD_KEYS)
    controller = AController(tmp_path, site)
    controller.keeper.handle(Channel.TRUST, site.trust([tmp_path]).note, 0)
    settled(controller, site)
    controller.door_arrives()
    controller.chance = 0.0
    return controller


def ask(controller: AController, now: float = 0) -> Ask:
    """Return the question for the whole that is asked at this time."""
    (found,) = asks(controller, now)
    assert found.wants_occupancy
    return found


def told(controller: AController) -> list[SiteOccupancy]:
    """Return what the door was told since this was last asked."""
    found = [each for each in controller.door.told if isinstance(each, SiteOccupancy)]
    controller.door.told.clear()
    return found


def hear(controller: AController, note: bytes, now: float = 0) -> None:
    controller.keeper.handle(Channel.OCCUPANCY, note, now)


def answer(controller: AController, note: bytes, now: float = 0) -> None:
    controller.keeper.handle(Channel.WHOLE_OCCUPANCY, note, now)


def follow(controller: AController, hub: AHub, now: float = 0, *, number: int = 7, ran: float = 100) -> None:
    """Ask for the whole and be told it, of nobody."""
    answer(controller, hub.says(number, NONE, ran=ran, nonce=ask(controller, now).nonce), now)
    told(controller)


def test_the_door_is_told_the_whole_as_of_the_question_and_then_each_change(
    controller: AController, hub: AHub
) -> None:
    nonce = ask(controller).nonce
    answer(controller, hub.says(7, ADA, ran=100, nonce=nonce), 2)
    hear(controller, hub.says(8, GONE, ran=103), 4)
    hear(controller, hub.says(9, NONE, ran=123), 24)

    assert told(controller) == [
        SiteOccupancy(0, ADA, begins=True),
        SiteOccupancy(3, GONE),
        SiteOccupancy(23, NONE),
    ]
    assert controller.tally == {}


def test_a_whole_in_parts_is_told_when_all_of_it_is_there(controller: AController, hub: AHub) -> None:
    nonce = ask(controller).nonce
    answer(controller, hub.says(7, GONE, nonce=nonce, part=1, parts=2))
    before = told(controller)
    answer(controller, hub.says(7, ADA, nonce=nonce, part=0, parts=2))

    assert before == []
    assert told(controller) == [SiteOccupancy(0, ADA, begins=True, ends=False), SiteOccupancy(0, GONE)]


def test_without_a_whole_that_was_asked_for_nothing_is_told(controller: AController, hub: AHub) -> None:
    """Notes of yesterday, and an answer to a question of yesterday, say nothing after a restart."""
    hear(controller, hub.says(7, ADA))
    hear(controller, hub.says(8, ADA))
    answer(controller, hub.says(8, ADA, nonce="c" * 32))

    assert told(controller) == []
    assert controller.tally == {"unknown-nonce": 1}


@pytest.mark.parametrize("number", [6, 7])
def test_a_note_of_before_is_told_to_nobody(controller: AController, hub: AHub, number: int) -> None:
    follow(controller, hub)
    hear(controller, hub.says(number, ADA, ran=99))

    assert (told(controller), controller.tally) == ([], {"old-occupancy": 1})


def test_a_note_that_was_told_is_not_told_again(controller: AController, hub: AHub) -> None:
    follow(controller, hub)
    note = hub.says(8, ADA, ran=101)
    hear(controller, note)
    hear(controller, note)

    assert (len(told(controller)), controller.tally) == (1, {"old-occupancy": 1})


def test_a_note_of_another_run_is_told_to_nobody_and_makes_us_ask(
    controller: AController, hub: AHub, site: ASite
) -> None:
    follow(controller, hub)
    hear(controller, AHub(site, OTHER_RUN).says(8, ADA), 1)

    assert (told(controller), controller.tally) == ([], {"other-run": 1})
    assert ask(controller, 1)


def test_a_note_that_the_hub_has_not_signed_is_told_to_nobody(controller: AController, hub: AHub) -> None:
    follow(controller, hub)
    hub.signer = a_signer(hub.signer.name)
    hear(controller, hub.says(8, ADA))

    assert (told(controller), controller.tally) == ([], {"unknown-signer": 1})


def test_what_another_has_put_beside_a_note_is_told_to_nobody(controller: AController, hub: AHub) -> None:
    follow(controller, hub)
    note, other = hub.says(8, NONE), hub.says(8, ADA)
    hear(controller, note.partition(b"\n* ")[0] + b"\n* " + other.partition(b"\n* ")[2])

    assert (told(controller), controller.tally) == ([], {"wrong-sealed": 1})


def test_a_note_of_another_site_is_told_to_nobody(controller: AController, hub: AHub) -> None:
    follow(controller, hub)
    hear(controller, hub.says(8, ADA, site="elsewhere"))

    assert (told(controller), controller.tally) == ([], {"wrong-site": 1})


@pytest.mark.parametrize("ring", [0, 2])
def test_what_is_sealed_by_a_key_that_is_not_here_is_told_to_nobody(
    controller: AController, hub: AHub, ring: int
) -> None:
    follow(controller, hub)
    hear(controller, hub.says(8, ADA, ring=ring))

    assert (told(controller), controller.tally) == ([], {"no-card-keys": 1})


def test_a_whole_of_more_parts_than_may_be_is_not_begun(controller: AController, hub: AHub) -> None:
    answer(controller, hub.says(7, ADA, nonce=ask(controller).nonce, parts=MOST_PARTS + 1))

    assert controller.tally == {"too-large": 1}


@pytest.mark.parametrize("odd", [{"part": 2}, {"number": 8}, {"parts": 3}, {"run": OTHER_RUN}])
def test_parts_of_two_wholes_are_not_put_together(controller: AController, hub: AHub, odd: dict[str, Any]) -> None:
    nonce = ask(controller).nonce
    answer(controller, hub.says(7, ADA, nonce=nonce, parts=2))
    answer(controller, hub.says(**{"number": 7, "people": ADA, "nonce": nonce, "parts": 2, "part": 1, **odd}))

    assert (told(controller), controller.tally) == ([], {"malformed": 1})


def test_a_note_that_comes_early_waits_for_those_before_it_while_we_ask(controller: AController, hub: AHub) -> None:
    follow(controller, hub)
    hear(controller, hub.says(9, GONE, ran=102), 2)
    before = told(controller)
    asked = ask(controller, 2)
    hear(controller, hub.says(8, ADA, ran=101), 3)

    assert (before, asked.wants_occupancy) == ([], True)
    assert told(controller) == [SiteOccupancy(1, ADA), SiteOccupancy(2, GONE)]


def test_notes_that_overtake_the_whole_follow_it(controller: AController, hub: AHub) -> None:
    nonce = ask(controller).nonce
    hear(controller, hub.says(7, GONE, ran=100))
    hear(controller, hub.says(8, GONE, ran=101))
    answer(controller, hub.says(7, ADA, ran=100, nonce=nonce), 3)

    assert [each.people for each in told(controller)] == [ADA, GONE]


def test_a_flood_of_early_notes_is_not_kept(controller: AController, hub: AHub) -> None:
    follow(controller, hub)
    for number in range(9, 9 + MOST_EARLY + 1):
        hear(controller, hub.says(number, NONE), 1)
    hear(controller, hub.says(8, ADA, ran=101), 1)

    assert [each.people for each in told(controller)] == [ADA]


def test_a_note_that_was_held_back_is_as_old_as_it_is(controller: AController, hub: AHub) -> None:
    follow(controller, hub)
    hear(controller, hub.says(8, ADA, ran=101), 500)

    assert [each.as_of for each in told(controller)] == [1]


def test_no_note_is_of_later_than_now(controller: AController, hub: AHub) -> None:
    follow(controller, hub)
    hear(controller, hub.says(8, ADA, ran=900), 5)

    assert [each.as_of for each in told(controller)] == [5]


def test_after_a_silence_and_once_an_hour_the_whole_is_asked_for(controller: AController, hub: AHub) -> None:
    follow(controller, hub)
    quiet = [each.wants_occupancy for each in asks(controller, SILENCE_SECONDS)]
    silent = ask(controller, SILENCE_SECONDS + 1)
    answer(controller, hub.says(8, NONE, ran=150, nonce=silent.nonce), 50)
    hear(controller, hub.says(9, NONE, ran=3750), 50 + WHOLE_SECONDS)

    assert True not in quiet
    assert ask(controller, 51 + WHOLE_SECONDS)


def test_what_is_not_answered_is_asked_again_after_pauses_that_grow(controller: AController, site: ASite) -> None:
    times = []
    for now in range(200):
        for asked in asks(controller, now):
            times.append(now)
            controller.keeper.handle(Channel.ANSWER, site.answer(asked), now)

    assert times[:4] == [0, FIRST_PAUSE_SECONDS, 3 * FIRST_PAUSE_SECONDS, 7 * FIRST_PAUSE_SECONDS]


def test_without_a_door_nobody_asks(controller: AController, hub: AHub) -> None:
    controller.door_leaves()
    hear(controller, hub.says(8, ADA))

    assert [each.wants_occupancy for each in asks(controller, 100)] == [False]
    assert told(controller) == []


def test_another_door_process_and_another_link_begin_with_the_whole(controller: AController, hub: AHub) -> None:
    follow(controller, hub)
    controller.door_arrives(10)
    hear(controller, hub.says(8, ADA, ran=101), 10)
    door, _ = told(controller), ask(controller, 10)
    controller.keeper.disconnected()
    controller.keeper.connected(20)

    assert door == []
    assert ask(controller, 20)
