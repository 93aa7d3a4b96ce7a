"""A technician at the controller: who is heard, for how long, and that every release is recorded first."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.audit.writer import Committed
from doorctl.clock import WallClock
from doorctl.core.machines.inputs import InputRole, InputState
from doorctl.core.machines.technician import MOST_SECONDS
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.door.statements import Statements
from doorctl.door.technician.local_socket import MOST_PEERS
from doorctl.policy.building import DoorPlace
from doorctl.wire.technician import (
    Begin,
    Begun,
    End,
    Ended,
    Heard,
    Pulse,
    Pulsed,
    Recorded,
    Refused,
    Watch,
    Watching,
)
from firmware_bridge.reader_events import CardRead, KeyPressed, PairingEnded, ReaderPower
from hardware.pins import StrikeState
from tests.door.hand_driven import DOOR
from tests.door.technician_rig import Desk, a_desk, answer, ends, has_hung_up

RELEASED = [StrikeState.RELEASED]


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Desk]:
    with a_desk(tmp_path) as desk:
        yield desk


def test_it_begins_once_its_record_is_on_disk(at: Desk) -> None:
    peer = at.somebody()
    at.say(peer, Begin(60))
    at.say(peer, Pulse(DOOR))

    assert answer(peer) == Refused("not-begun")
    assert at.door.kinds == [RecordKind.TECHNICIAN_BEGAN]
    at.door.commit_all()
    assert answer(peer) == Begun(0, 60)
    assert at.door.statement(RecordKind.TECHNICIAN_BEGAN).detail == f"uid={os.geteuid()} seconds=60"


def test_one_whose_record_fails_does_not_begin(at: Desk) -> None:
    peer = at.somebody()
    at.say(peer, Begin(60))
    at.door.fail()
    assert answer(peer) == Refused("audit-failed")

    at.say(peer, Pulse(DOOR))

    assert answer(peer) == Refused("not-begun")


@pytest.mark.parametrize("seconds", [0, -5, MOST_SECONDS + 1])
def test_it_is_no_longer_than_the_most(seconds: int, at: Desk) -> None:
    peer = at.somebody()
    at.say(peer, Begin(seconds))

    assert answer(peer) == Refused("too-long")
    assert at.door.kinds == []


def test_it_is_not_made_longer_while_it_runs(at: Desk) -> None:
    peer = at.somebody()
    at.begin(peer)

    at.say(peer, Begin(60))

    assert answer(peer) == Refused("begun-already")


def test_two_who_begin_at_once_begin_one(at: Desk) -> None:
    one, other = at.somebody(), at.somebody()
    at.say(one, Begin(60))
    at.say(other, Begin(60))
    at.door.commit_all()

    assert (answer(one), answer(other)) == (Begun(0, 60), Refused("begun-already"))


def test_it_ends_by_itself_with_a_record(at: Desk) -> None:
    peer = at.somebody()
    at.begin(peer)
    at.say(peer, Watch())
    assert answer(peer) == Watching(60.0)
    at.door.now += 60
    at.desk.tick()

    assert at.door.statement(RecordKind.TECHNICIAN_ENDED).detail == "by=time"
    assert at.door.statement(RecordKind.TECHNICIAN_ENDED).of == 0
    assert answer(peer) == Ended("time")
    at.say(peer, Pulse(DOOR))
    assert answer(peer) == Refused("not-begun")
    assert at.door.moves == []


def test_no_release_begins_after_its_time_though_nobody_has_looked_at_the_clock(at: Desk) -> None:
    peer = at.somebody()
    at.begin(peer)
    at.door.now += 60

    at.say(peer, Pulse(DOOR))
    at.door.commit_all()

    assert answer(peer) == Refused("not-begun")
    assert at.door.moves == []


def test_it_ends_when_the_technician_says_so_and_with_the_process(at: Desk) -> None:
    peer = at.somebody()
    at.begin(peer)
    at.say(peer, End())
    assert answer(peer) == Ended("technician")
    at.begin(peer)
    at.desk.close()

    assert ends(at) == ["by=technician", "by=stop"]
    assert not at.path.exists()


def test_it_ends_with_whoever_began_it_and_watches(at: Desk) -> None:
    watcher, beginner = at.somebody(), at.somebody()
    at.begin(beginner)
    at.say(watcher, Watch())
    at.say(beginner, Watch())
    watcher.close()
    at.desk.serve()
    assert ends(at) == []

    beginner.close()
    at.desk.serve()

    assert ends(at) == ["by=gone"]
    at.begin(at.somebody())


def test_it_goes_on_without_whoever_began_it_and_does_not_watch(at: Desk) -> None:
    beginner = at.somebody()
    at.begin(beginner)
    beginner.close()
    at.desk.serve()

    at.say(at.somebody(), Pulse(DOOR))
    at.door.commit_all()

    assert (ends(at), at.door.moves) == ([], RELEASED)


def test_a_strike_is_released_once_the_record_of_that_is_on_disk(at: Desk) -> None:
    peer = at.somebody()
    at.begin(peer)

    at.say(peer, Pulse(DOOR))
    before = list(at.door.moves)
    at.door.commit_all()

    assert before == []
    assert at.door.moves == RELEASED
    assert answer(peer) == Pulsed(1, DOOR)
    pulse, released = at.door.statement(RecordKind.TECHNICIAN_PULSE), at.door.statement(RecordKind.RELEASED)
    assert (pulse.door, pulse.of, pulse.detail) == (DOOR, 0, f"uid={os.geteuid()}")
    assert (released.reason, released.of) == (Reason.TECHNICIAN, 1)


def test_a_strike_whose_record_fails_stays_as_it_is(at: Desk) -> None:
    peer = at.somebody()
    at.begin(peer)
    at.say(peer, Pulse(DOOR))
    at.door.fail()

    assert answer(peer) == Refused("audit-failed")
    assert at.door.moves == []


def test_a_release_that_something_forbids_by_then_is_recorded_as_none(at: Desk) -> None:
    peer = at.somebody()
    at.begin(peer)
    at.say(peer, Pulse(DOOR))
    at.door.now += 3
    at.door.commit_all()

    assert answer(peer) == Refused("late")
    assert at.door.moves == []
    withheld = at.door.statement(RecordKind.NOT_RELEASED)
    assert (withheld.reason, withheld.detail, withheld.of) == (Reason.TECHNICIAN, "late", 1)


def test_a_lockdown_holds_and_an_unknown_door_is_none(at: Desk) -> None:
    peer = at.somebody()
    at.begin(peer)
    at.door.doorway.move_to(DoorPlace("floor-3", locked_down=True))

    at.say(peer, Pulse(DOOR))
    at.say(peer, Pulse("nowhere"))

    assert (answer(peer), answer(peer)) == (Refused("lockdown"), Refused("unknown-door"))
    assert at.door.moves == []


def test_only_the_user_of_the_process_and_root_are_heard(tmp_path: Path) -> None:
    with a_desk(tmp_path, users=frozenset({os.geteuid() + 1})) as at:
        peer = at.somebody()

        assert has_hung_up(peer)
        assert at.door.kinds == []


def test_the_socket_is_open_to_its_user_alone(at: Desk) -> None:
    assert stat.S_IMODE(at.path.stat().st_mode) == 0o600


def test_who_sends_what_is_no_packet_is_hung_up_on_and_others_go_on(at: Desk) -> None:
    bad, good = at.somebody(), at.somebody()
    bad.send(b"{}")
    at.desk.serve()

    assert has_hung_up(bad)
    at.begin(good)


def test_no_more_than_a_few_are_heard_at_once(at: Desk) -> None:
    people = [at.somebody() for _ in range(MOST_PEERS + 1)]

    assert has_hung_up(people[-1])
    at.begin(people[0])


def test_who_watches_sees_what_happens_and_never_which_card_or_key(at: Desk) -> None:
    peer = at.somebody()
    at.begin(peer)
    at.say(peer, Watch())
    at.live.reader(CardRead("front-in", "H10301:123:4567", 0.0))
    at.live.reader(CardRead("front-in", "raw:37:FFFFFFFFF8", 0.0))
    at.live.reader(KeyPressed("front-in", "7", 0.0))
    at.live.input(DOOR, InputRole.CONTACT, InputState.ALARM)
    at.live.strike(DOOR, StrikeState.RELEASED)

    assert [answer(peer) for _ in range(6)] == [
        Watching(60.0),
        Heard("reader", "front-in", "card H10301"),
        Heard("reader", "front-in", "card raw:37"),
        Heard("reader", "front-in", "key"),
        Heard("input", f"{DOOR}.contact", "alarm"),
        Heard("strike", DOOR, "released"),
    ]


def test_who_watches_is_told_what_an_osdp_reader_says_of_its_supply_and_its_key(at: Desk) -> None:
    peer = at.somebody()
    at.begin(peer)
    at.say(peer, Watch())
    at.live.reader(ReaderPower("front-in", 0.0, failed=True))
    at.live.reader(PairingEnded("front-in", 0.0, is_paired=False, why="no answer"))

    assert [answer(peer) for _ in range(3)][1:] == [
        Heard("reader", "front-in", "supply failed"),
        Heard("reader", "front-in", "not paired: no answer"),
    ]


def test_who_watches_is_told_of_records_by_their_numbers_and_not_about_whom(at: Desk) -> None:
    peer = at.somebody()
    at.begin(peer)
    at.say(peer, Watch())
    draft = Statements(WallClock()).draft(RecordKind.DECISION, "x", subject="holder:ada", door=DOOR)
    at.live.committed([draft], Committed([17]))

    assert [answer(peer), answer(peer)] == [Watching(60.0), Recorded(17, "decision", DOOR, detail="x")]


def test_nobody_watches_before_it_has_begun_nor_after_it_ended(at: Desk) -> None:
    peer = at.somebody()
    at.say(peer, Watch())
    assert answer(peer) == Refused("not-begun")
    at.begin(peer)
    at.say(peer, Watch())
    at.say(peer, End())
    at.live.reader(KeyPressed("front-in", "7", 0.0))

    assert [answer(peer), answer(peer)] == [Watching(60.0), Ended("technician")]
    peer.setblocking(False)
    with pytest.raises(BlockingIOError):
        peer.recv(4096)


def test_a_folder_that_is_not_there_costs_the_mode_alone(tmp_path: Path) -> None:
    with a_desk(tmp_path / "missing") as at:
        at.desk.serve()
        at.desk.tick()
