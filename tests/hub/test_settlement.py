"""Where a change is in force: done when all have it, partial when time is up."""

from pathlib import Path

from doorctl.commands import GroupAdd
from doorctl.messages import Response
from doorctl.questions import StatusOf
from doorctl.results import SiteStatus
from tests.hub.builders import (
    ASite,
    later,
)

STAFF = GroupAdd(group="staff")


def test_without_controllers_a_change_is_done_at_once(site: ASite) -> None:
    outgoing = site.send(site.a_command(STAFF))

    assert site.verdicts(outgoing) == [
        ("accepted", "group staff added"),
        ("done", "in force at 0 of 0 controllers"),
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


def test_a_response_has_room_for_many_missing_controllers(tmp_path: Path) -> None:
    site = ASite(tmp_path, controllers=[f"controller-{number}" for number in range(200)])
    site.send(site.a_command(STAFF))

    (outgoing,) = site.hub.tick(later(10))

    assert site.read(outgoing.payload, Response).verdict == "partial"
    site.close()
