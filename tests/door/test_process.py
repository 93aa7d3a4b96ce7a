"""The door process for real: serial line, policy.db, audit.db and the simulated board."""

import time
from contextlib import closing
from pathlib import Path

from doorctl.audit.leaf import PulseMark, TreeMark, read_leaf
from doorctl.audit.state import open_at_rest
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.sole import sole
from doorctl.wire.bell import HubForked, HubHolds, HubLog, LinkIs
from firmware_bridge.reader_events import PulseTiming
from firmware_bridge.simulated_devices import BridgeDevice
from firmware_bridge.wiegand import frame_of_card
from tests.door_rig import ADA, FLOOR, STRANGER, DoorRig
from tests.keeper_bell import KeeperBell


def test_a_granted_swipe_releases_the_strike_and_relocks(rig: DoorRig) -> None:
    rig.write_policy(rig.a_holder("ada", ADA, FLOOR))
    rig.start_online()

    rig.swipe("front", ADA)

    rig.wait_for(lambda: rig.strike_states(FLOOR) == ["released", "secured"], what="release and relock")
    (decision,) = rig.records(RecordKind.DECISION)
    assert (decision.outcome, decision.reason) == (Outcome.GRANTED, Reason.GRANTED)
    (released,) = rig.records(RecordKind.RELEASED)
    assert released.of == decision.seq


def test_an_unknown_badge_moves_nothing(rig: DoorRig) -> None:
    rig.write_policy(rig.a_holder("ada", ADA, FLOOR))
    rig.start_online()

    rig.swipe("front", STRANGER)

    (decision,) = rig.wait_for_decisions(1)
    assert (decision.outcome, decision.reason) == (Outcome.DENIED, Reason.UNKNOWN_CARD)
    assert rig.stop() == 0
    assert rig.strike_states(FLOOR) == []


def test_the_pulses_on_a_readers_wires_come_into_the_log(rig: DoorRig) -> None:
    rig.write_policy()
    rig.start_online()
    assert isinstance(rig.reader.device, BridgeDevice)

    bits = frame_of_card(ADA)
    rig.reader.device.protocol.burst(0, bits, time.monotonic(), PulseTiming(34, 38, 5250, 5260))

    (decision,) = rig.wait_for_decisions(1)
    assert decision.pulse == PulseMark((34, 38), (5250, 5260))


def test_a_configuration_with_mistakes_moves_nothing_and_names_them_all(rig: DoorRig) -> None:
    text = rig.config_path.read_text()
    rig.config_path.write_text(text.replace("pin = 18", "pin = 17").replace("number = 1", "number = 300"))

    assert rig.start().wait(timeout=60) == 2
    assert "2 mistake(s)" in rig.log()
    assert "pin 17 is used 2 times" in rig.log()
    assert "line[lobby].reader[vault].number" in rig.log()
    assert rig.board_changes() == []


def test_a_stop_in_good_order_is_recorded_and_said_last(rig: DoorRig) -> None:
    rig.write_policy()
    rig.start_online()

    assert rig.stop() == 0
    assert rig.records()[-1].kind is RecordKind.STOP
    assert rig.log().endswith("event=stop process=door\n")


def test_no_card_number_stands_in_the_log_of_the_technician_or_in_any_file(rig: DoorRig) -> None:
    rig.write_policy(rig.a_holder("ada", ADA, FLOOR))
    rig.start_online()
    rig.swipe("front", ADA)
    rig.swipe("vault", STRANGER)
    rig.wait_for_decisions(2)
    rig.kill()

    contents = b"".join(
        path.read_bytes() for path in rig.folder.rglob("*") if path.is_file() and not path.is_symlink()
    )
    for card in (ADA, STRANGER):
        assert card.encode() not in contents


def test_a_second_door_on_one_folder_ends_and_moves_nothing(rig: DoorRig) -> None:
    rig.write_policy()

    with sole("door", rig.state):
        assert rig.start().wait(timeout=60) == 1

    assert "another door runs on" in rig.log()
    assert rig.board_changes() == []


def test_another_configuration_than_at_the_last_start_is_recorded(rig: DoorRig) -> None:
    rig.write_policy()
    for _ in range(2):
        rig.start_online()
        rig.stop()
    before = rig.count(RecordKind.CONFIG_CHANGED)
    rig.config_path.write_text(rig.config_path.read_text() + "\n# another hand\n")
    for _ in range(2):
        rig.start_online()
        rig.stop()

    (changed,) = rig.records(RecordKind.CONFIG_CHANGED)
    boots = [leaf.detail for leaf in rig.records(RecordKind.BOOT)]
    assert before == 0
    assert changed.detail == f"{boots[2]} before={boots[1].removeprefix('config=')}"
    assert boots[0] == boots[1] != boots[2] == boots[3]


def test_a_door_tells_what_the_keeper_says_of_the_hub_and_the_link(rig: DoorRig) -> None:
    rig.write_policy()
    with closing(KeeperBell(rig.run_dir)) as bell:
        rig.start_online()
        bell.say(LinkIs(True), HubLog(2, 5, "ab" * 32), HubForked("below 7"))
        rig.wait_for(lambda: rig.has_record(RecordKind.HUB_FORKED), what="the fork")
        bell.say(HubHolds(2**52, 3, "cd" * 32))
        rig.wait_for(lambda: rig.has_record(RecordKind.LOG_RECOVERED), what="the new epoch")
    (aside,) = rig.state.glob("audit.db.broken-*[0-9]")
    (recovered,) = rig.records(RecordKind.LOG_RECOVERED)

    assert stored_kinds(aside) >= {RecordKind.LINK, RecordKind.HUB_FORKED}
    assert recovered.tree == TreeMark("pi-3", 2**52, 3, "cd" * 32)
    assert recovered.epoch > 2**52


def stored_kinds(path: Path) -> set[RecordKind]:
    with closing(open_at_rest(path)) as connection:
        return {read_leaf(leaf).kind for (leaf,) in connection.execute("SELECT leaf FROM records")}
