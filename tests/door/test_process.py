"""The door process for real: serial line, policy.db, audit.db and the simulated board."""

from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from tests.door_rig import ADA, FLOOR, STRANGER, DoorRig


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
