"""An ack tells the truth: what is committed, and by what the door process answers."""

import pytest

from doorctl.keeper.acking import LATE_SECONDS
from doorctl.wire.bell import InForce, Look, LoopIs, NoPolicy
from doorctl.wire.loop_state import LoopState
from doorctl.wire.messages import FEATURE_LEVEL, Ack
from doorctl.wire.topics import Channel
from tests.keeper.site import AController, ASite, acks, settled


def in_force(given: list[Ack]) -> list[tuple[int, int | None]]:
    """Revision committed and revision in force of each ack."""
    return [(ack.revision, ack.in_force) for ack in given]


@pytest.fixture
def attended(controller: AController, site: ASite) -> AController:
    """A controller whose door process answers by revision 2 of 3."""
    controller.door_arrives()
    controller.keeper.handle(Channel.DELTA, site.delta(1, 2), 0)
    controller.door_answers_by(2)
    controller.door.told.clear()
    return controller


def test_the_door_is_told_to_look_before_anything_is_published(attended: AController, site: ASite) -> None:
    outgoing = attended.keeper.handle(Channel.DELTA, site.delta(3), 0)

    assert (attended.door.told, outgoing) == ([Look()], [])


def test_the_ack_goes_out_when_the_door_answers_by_the_revision(attended: AController, site: ASite) -> None:
    attended.keeper.handle(Channel.DELTA, site.delta(3), 0)

    (ack,) = acks(attended, attended.door_answers_by(3, 0.01))

    assert (ack.revision, ack.in_force, ack.doors, ack.clock) == (3, 3, ("front",), "synchronized")


def test_an_ack_tells_which_doors_are_strict_by_their_own_configuration(attended: AController, site: ASite) -> None:
    attended.keeper.handle(Channel.DELTA, site.delta(3), 0)
    said = InForce(1, 3, ("front",), "synchronized", {"front": "vault"})

    (ack,) = acks(attended, attended.keeper.hear_door(said, 0.01))

    assert ack.strict_zones == {"front": "vault"}


def test_an_ack_tells_how_late_the_doors_loop_was_and_goes_out_when_it_is_late_or_no_longer_is(
    attended: AController, site: ASite
) -> None:
    attended.keeper.handle(Channel.DELTA, site.delta(3), 0)
    attended.door_answers_by(3, 0.01)
    well, late = LoopState(1, 3, 4), LoopState(60, 700, 12, is_late=True)

    said = [acks(attended, attended.keeper.hear_door(LoopIs(loop), 1)) for loop in (well, late, late, well)]

    assert [[ack.loop for ack in each] for each in said] == [[], [late], [], [well]]


def test_without_a_door_process_nothing_is_told_of_its_loop(attended: AController, site: ASite) -> None:
    attended.keeper.handle(Channel.DELTA, site.delta(3), 0)
    attended.door_answers_by(3, 0.01)
    attended.keeper.hear_door(LoopIs(LoopState(60, 700, 12, is_late=True)), 1)

    (ack,) = acks(attended, attended.door_leaves(2))

    assert ack.loop is None


def test_without_a_door_process_the_ack_goes_out_at_once_and_says_so(controller: AController, site: ASite) -> None:
    given = acks(controller, controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0))

    assert in_force(given) == [(3, None)]


def test_a_door_that_answers_by_an_older_revision_is_not_yet_enough(attended: AController, site: ASite) -> None:
    attended.keeper.handle(Channel.DELTA, site.delta(3), 0)

    assert attended.door_answers_by(2, 0.01) == []


def test_a_door_that_does_not_answer_in_time_is_told_of(attended: AController, site: ASite) -> None:
    attended.keeper.handle(Channel.DELTA, site.delta(3), 10)

    early = acks(attended, attended.keeper.tick(10 + LATE_SECONDS - 0.01))
    late = acks(attended, attended.keeper.tick(10 + LATE_SECONDS))

    assert (early, in_force(late)) == ([], [(3, 2)])
    assert in_force(acks(attended, attended.door_answers_by(3, 20))) == [(3, 3)]


def test_the_revision_of_another_epoch_is_not_in_force(attended: AController, site: ASite) -> None:
    attended.keeper.handle(Channel.DELTA, site.delta(3), 10)

    given = [*attended.door_answers_by(3, 10, epoch=7), *attended.keeper.tick(10 + LATE_SECONDS)]

    assert in_force(acks(attended, given)) == [(3, 0)]


def test_a_door_process_that_leaves_and_comes_back_is_told_of(attended: AController) -> None:
    left = acks(attended, attended.door_leaves(1))
    attended.door_arrives(2)
    back = acks(attended, attended.door_answers_by(2, 2))

    assert in_force([*left, *back]) == [(2, None), (2, 2)]


def test_a_door_process_without_a_policy_answers_by_none(attended: AController, site: ASite) -> None:
    attended.keeper.handle(Channel.DELTA, site.delta(3), 0)
    attended.keeper.hear_door(NoPolicy(doors=("front",)), 1)

    (ack,) = acks(attended, attended.keeper.tick(LATE_SECONDS))

    assert (ack.in_force, ack.doors) == (0, ("front",))


def test_what_the_door_says_again_is_not_acknowledged_again(attended: AController) -> None:
    assert attended.door_answers_by(2, 5) == []


def test_a_flood_of_repeats_is_one_ack_when_the_door_is_late(attended: AController, site: ASite) -> None:
    attended.keeper.handle(Channel.DELTA, site.delta(3), 0)

    repeats = [each for _ in range(50) for each in attended.keeper.handle(Channel.DELTA, site.delta(3), 0)]

    assert repeats == []
    assert in_force(acks(attended, attended.door_answers_by(3, 0))) == [(3, 3)]


def test_a_connection_to_a_broker_begins_with_what_is_in_force(attended: AController) -> None:
    assert in_force(acks(attended, attended.keeper.connected(9))) == [(2, 2)]


def test_an_ack_tells_level_trust_and_what_is_kept_aside(controller: AController, site: ASite) -> None:
    settled(controller, site)

    (ack,) = acks(controller, controller.keeper.handle(Channel.DELTA, site.change(needs=9), 1))

    assert (ack.level, ack.trust, ack.withheld, ack.forked) == (FEATURE_LEVEL, 1, 1, False)
