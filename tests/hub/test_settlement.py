"""Where a change is in force: done when all have it, partial when time is up."""

from pathlib import Path

import pytest

from doorctl.core.model import ZoneKind
from doorctl.database import transaction
from doorctl.hub.history import commit_operations
from doorctl.policy.rows import ZoneRow
from doorctl.wire.commands import DoorSet, GrantAdd, GroupAdd, Verb, ZoneSet
from doorctl.wire.messages import Missing, Put, Response
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import SiteStatus
from doorctl.wire.rights import ZoneRuleSet
from tests.hub.builders import NOON_SECONDS, ASite, later

STAFF = GroupAdd(group="staff")


def test_without_controllers_a_change_is_done_at_once(site: ASite) -> None:
    outgoing = site.send(site.a_command(STAFF))

    assert site.verdicts(outgoing) == [
        ("accepted", "group staff added"),
        ("done", "no controller is trusted yet: in force nowhere"),
    ]


def test_a_change_is_done_when_every_controller_has_it(site_with_two: ASite) -> None:
    site = site_with_two
    first, second = site.controllers
    site.send(site.a_command(STAFF))

    assert site.verdicts(site.ack(first)) == []
    assert site.verdicts(site.ack(second)) == [("done", "in force at 2 of 2 controllers")]
    assert site.verdicts(site.ack(second)) == []


def test_a_change_is_partial_when_time_is_up_and_names_who_is_missing(site_with_two: ASite) -> None:
    site = site_with_two
    site.send(site.a_command(STAFF))
    site.ack(site.controllers[0])

    early, again, due = site.hub.tick(later(1)), site.hub.tick(later(4.9)), site.hub.tick(later(5))

    told = "in force at 1 of 2 controllers; no answer yet from pi-2"
    assert site.verdicts(early) == [("progress", told)]
    assert again == []
    assert site.verdicts(due) == [("partial", told)]


def test_progress_is_told_once_for_each_controller_that_answers(site_with_two: ASite) -> None:
    site = site_with_two
    site.send(site.a_command(STAFF))
    first = site.hub.tick(later(0.25))
    site.ack(site.controllers[0])
    second = site.hub.tick(later(0.5))

    assert [site.verdicts(each) for each in (first, second)] == [
        [("progress", "in force at 0 of 2 controllers; no answer yet from pi-1, pi-2")],
        [("progress", "in force at 1 of 2 controllers; no answer yet from pi-2")],
    ]
    (response,) = site.responses(second)
    assert (response.in_force, response.controllers) == (1, 2)


def with_a_server_room(site: ASite, max_age: int | None) -> None:
    """Controller pi-1 serves the door of a server room and that of a floor, which has no limit."""
    site.ask(ZoneSet("server-room", ZoneKind.SERVER_ROOM))
    site.ask(ZoneSet("floor-3", ZoneKind.FLOOR))
    site.ask(DoorSet("vault", "server-room"))
    site.ask(DoorSet("door-1", "floor-3"))
    site.connection.execute("UPDATE zones SET max_age_seconds = ? WHERE id = 'server-room'", (max_age,))
    site.ask_as(site.controllers[0], at=later(1))
    site.ack(site.controllers[0], at=later(2), doors=("vault", "door-1"))
    site.ack(site.controllers[1])


@pytest.mark.parametrize(
    ("max_age", "zone", "denies_at"),
    [(900, "server-room", NOON_SECONDS + 901), (900, "floor-3", None), (None, "server-room", None)],
)
def test_who_is_missing_is_told_with_its_silence_and_when_its_doors_deny(
    site_with_two: ASite, max_age: int | None, zone: str, denies_at: int | None
) -> None:
    site = site_with_two
    with_a_server_room(site, max_age)
    site.ask(STAFF)
    site.ack(site.controllers[1])
    site.hub.tick(later(100))
    site.send(site.a_command(GrantAdd("g1", zone, group="staff"), at=later(100)), at=later(100))
    site.ack(site.controllers[1], at=later(101))

    (response,) = site.responses(site.hub.tick(later(105)))

    assert (response.verdict, response.in_force, response.controllers) == ("partial", 1, 2)
    assert response.missing == (Missing("pi-1", heard_at=NOON_SECONDS + 2, denies_at=denies_at),)


@pytest.mark.parametrize(
    "do",
    [
        ZoneRuleSet("floor-3", max_age_seconds=900, mechanical_key=True),
        DoorSet("door-1", "server-room"),
    ],
)
def test_no_denial_is_promised_by_a_limit_that_the_controller_never_received(site_with_two: ASite, do: Verb) -> None:
    site = site_with_two
    with_a_server_room(site, 900)
    site.ask(do)

    site.send(site.a_command(GrantAdd("g1", "floor-3", group="staff")))
    site.send(site.a_command(STAFF))
    (response, *_) = site.responses(site.hub.tick(later(5)))

    assert response.missing[0] == Missing("pi-1", heard_at=NOON_SECONDS + 2)


def test_a_denial_is_promised_again_once_the_controller_has_answered_by_the_limit(site_with_two: ASite) -> None:
    site = site_with_two
    with_a_server_room(site, None)
    site.ask(ZoneRuleSet("floor-3", max_age_seconds=900, mechanical_key=True))
    site.ask(ZoneRuleSet("server-room", max_age_seconds=600, mechanical_key=True))
    site.ack(site.controllers[0], at=later(3))
    site.hub.tick(later(3))

    site.send(site.a_command(STAFF, at=later(4)), at=later(4))
    (*_, response) = site.responses(site.hub.tick(later(9)))

    assert response.missing[0] == Missing("pi-1", heard_at=NOON_SECONDS + 3, denies_at=NOON_SECONDS + 901)


def test_a_site_of_before_knows_which_change_spoke_of_a_place_last(site_with_two: ASite) -> None:
    site = site_with_two
    with_a_server_room(site, 900)
    site.ask(DoorSet("door-1", "server-room"))
    before = site.rows("SELECT place, revision FROM place_changes ORDER BY place")
    site.connection.execute("DROP TABLE place_changes")
    site.connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'm006_place_changes'")

    site.restart()

    assert site.rows("SELECT place, revision FROM place_changes ORDER BY place") == before
    assert before == [("door-1", 5), ("floor-3", 2), ("server-room", 1), ("vault", 3)]


def test_of_a_controller_that_was_never_heard_nothing_is_promised(site_with_two: ASite) -> None:
    site = site_with_two
    site.send(site.a_command(STAFF))

    (response,) = site.responses(site.hub.tick(later(5)))

    assert response.missing == (Missing("pi-1"), Missing("pi-2"))


def test_a_clock_that_jumps_back_ends_the_wait(site_with_two: ASite) -> None:
    site_with_two.send(site_with_two.a_command(STAFF))

    told = site_with_two.verdicts(site_with_two.hub.tick(later(-365 * 86_400)))

    assert [verdict for verdict, _ in told] == ["partial"]


def test_an_old_acknowledgement_does_not_put_a_newer_change_in_force(site_with_two: ASite) -> None:
    site = site_with_two
    site.send(site.a_command(STAFF))
    site.send(site.a_command(GroupAdd("guests")))

    outgoing = [each for controller in site.controllers for each in site.ack(controller, revision=1)]

    assert [response.revision for response in site.responses(outgoing)] == [1]


def test_an_acknowledgement_that_comes_late_takes_nothing_back(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(STAFF)
    site.ask(GroupAdd("guests"))
    for controller in site.controllers:
        site.ack(controller)
        site.ack(controller, revision=1)

    status = site.ask_for(StatusOf(), SiteStatus)

    assert [each.revision for each in status.controllers] == [2, 2]


def test_a_repeat_of_a_settled_command_is_answered_to_the_end(site_with_two: ASite) -> None:
    site = site_with_two
    payload = site.a_command(STAFF)
    site.send(payload)
    for controller in site.controllers:
        site.ack(controller)

    assert [verdict for verdict, _ in site.verdicts(site.send(payload))] == ["accepted", "done"]


def steps_of_a_tick(site: ASite, at_seconds: float) -> int:
    """Let a second controller's change be told; return how many hundreds of SQLite's steps that took."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    site.send(site.a_command(GroupAdd(f"group-{int(at_seconds)}"), at=later(at_seconds)), at=later(at_seconds))
    site.connection.set_progress_handler(count, 100)
    site.hub.tick(later(at_seconds))
    site.connection.set_progress_handler(None, 0)
    return steps


def test_telling_how_far_a_change_is_costs_no_more_where_many_changes_were_before(site_with_two: ASite) -> None:
    site = site_with_two
    before = steps_of_a_tick(site, 1)
    with transaction(site.connection):
        for number in range(300):
            row = ZoneRow("floor-3", ZoneKind.FLOOR, max_age_seconds=number + 1)
            commit_operations(site.connection, [Put(row)], at=NOON_SECONDS)

    assert steps_of_a_tick(site, 100) <= before + 2


def test_a_repeat_of_a_command_that_is_over_makes_nobody_wait(site_with_two: ASite) -> None:
    site = site_with_two
    payload = site.a_command(STAFF)
    site.send(payload)
    site.hub.tick(later(10))

    repeated = site.send(payload, at=later(7200))

    assert site.verdicts(repeated) == [("accepted", "group staff added")]
    assert site.hub.tick(later(7201)) == []


def test_a_response_has_room_for_many_missing_controllers(tmp_path: Path) -> None:
    site = ASite(tmp_path, controllers=[f"controller-{number}" for number in range(200)])
    site.send(site.a_command(STAFF))

    (outgoing,) = site.hub.tick(later(10))

    assert site.read(outgoing.payload, Response).verdict == "partial"
    site.close()
