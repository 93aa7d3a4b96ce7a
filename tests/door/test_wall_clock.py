"""The door's wall clock set back by a year while it runs: who was expired stays expired."""

import time

import pytest

from doorctl.clock import ClockQuality
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.policy.rows import CredentialRow, GrantRow, HolderRow
from tests.door_rig import ADA, FLOOR, SERVER_ROOM, DoorRig
from tests.shims.preloaded import WallClockShim

A_YEAR = 365 * 24 * 3600


def test_a_clock_that_jumps_back_a_year_revives_nobody(rig: DoorRig, wall_clock: WallClockShim) -> None:
    rig.write_policy(
        (
            HolderRow(id="ada"),
            CredentialRow(key=rig.card_keys.credential_key(ADA), holder="ada", valid_until=int(time.time()) - 3600),
            *(GrantRow(id=f"g-{zone}", zone=zone, holder="ada") for zone in (FLOOR, SERVER_ROOM)),
        )
    )
    rig.start_online(environment=wall_clock.environment)
    rig.swipe("front", ADA)
    rig.wait_for_decisions(1)
    wall_clock.set(-A_YEAR)
    rig.swipe("vault", ADA)

    decisions = rig.wait_for_decisions(2)
    assert [decision.reason for decision in decisions] == [Reason.CREDENTIAL_EXPIRED] * 2
    assert decisions[1].clock is ClockQuality.HELD
    assert decisions[1].at > decisions[0].at
    rig.wait_for(lambda: rig.has_record(RecordKind.CLOCK_STEP), what="the step")
    assert rig.records(RecordKind.CLOCK_STEP)[0].detail == f"-{A_YEAR} seconds"


def test_a_clock_set_back_before_a_restart_is_recorded_and_not_believed(
    rig: DoorRig, wall_clock: WallClockShim
) -> None:
    rig.write_policy()
    rig.start_online(environment=wall_clock.environment)
    rig.kill()
    wall_clock.set(-A_YEAR)
    rig.start_online(environment=wall_clock.environment)

    rig.wait_for(lambda: rig.has_record(RecordKind.CLOCK_STEP), what="the step")
    (step,) = rig.records(RecordKind.CLOCK_STEP)
    assert step.clock is ClockQuality.HELD
    assert int(step.detail.split()[0]) == pytest.approx(-A_YEAR, abs=60)
