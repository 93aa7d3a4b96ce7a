"""What the hub knows of controllers: what is in force there, what survives a restart, what an old session may say."""

from typing import Any

import pytest

from doorctl.core.model import ZoneKind
from doorctl.wire.commands import DoorSet, GroupAdd, ZoneSet
from doorctl.wire.link_state import LinkWord
from doorctl.wire.loop_state import LoopState
from doorctl.wire.messages import FEATURE_LEVEL, Ack
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import ControllerStatus, SiteStatus
from doorctl.wire.rights import ZoneRuleSet
from doorctl.wire.topics import Address, Channel
from tests.hub.builders import NOON, NOON_SECONDS, SITE, ASite, a_controller, later

STAFF = GroupAdd(group="staff")


def status_of(site: ASite, at_seconds: float = 0, *, number: int = 0) -> ControllerStatus:
    return site.ask_for(StatusOf(), SiteStatus, at=later(at_seconds)).controllers[number]


def test_what_is_committed_is_not_in_force_before_the_door_answers_by_it(site_with_two: ASite) -> None:
    site = site_with_two
    site.send(site.a_command(STAFF))
    site.ack(site.controllers[1])

    behind = site.ack(site.controllers[0], in_force=0)
    there = site.ack(site.controllers[0])

    assert site.verdicts(behind) == []
    assert site.verdicts(there) == [("done", "in force at 2 of 2 controllers")]


def test_where_the_door_process_has_ended_a_committed_change_is_not_in_force(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(GroupAdd(group="guests"))
    for controller in site.controllers:
        site.ack(controller)
    site.send(site.a_command(STAFF))
    site.ack(site.controllers[0])

    told = site.verdicts([*site.ack(site.controllers[1], idle=True), *site.hub.tick(later(5))])

    assert told == [("partial", "in force at 1 of 2 controllers; committed, but no door process runs at pi-2")]
    assert not status_of(site, number=1).is_current


def test_where_no_door_process_ever_was_nothing_is_waited_for_and_nothing_is_in_force(site_with_two: ASite) -> None:
    site = site_with_two
    site.send(site.a_command(STAFF))
    site.ack(site.controllers[0])

    (told,) = site.responses(site.ack(site.controllers[1], idle=True))

    assert (told.verdict, told.text) == ("done", "in force at 1 of 2 controllers; no door process yet at pi-2")
    assert (told.in_force, told.controllers) == (1, 2)


def test_where_a_change_is_kept_aside_for_a_later_doorctl_it_is_not_in_force(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(ZoneSet(zone="vault", zone_kind=ZoneKind.SERVER_ROOM))
    for controller in site.controllers:
        site.ack(controller)
    site.send(site.a_command(ZoneRuleSet(zone="vault", approvals=2)))
    site.ack(site.controllers[0])

    (told,) = site.responses(site.ack(site.controllers[1], level=1, withheld=1))

    assert told.text == "in force at 1 of 2 controllers; kept aside until doorctl is upgraded at pi-2"
    assert (told.verdict, told.in_force, told.controllers) == ("done", 1, 2)


def test_what_an_older_doorctl_knows_is_in_force_there(site_with_two: ASite) -> None:
    site = site_with_two
    site.send(site.a_command(STAFF))
    site.ack(site.controllers[0])

    told = site.ack(site.controllers[1], level=1)

    assert site.verdicts(told) == [("done", "in force at 2 of 2 controllers")]


def test_a_door_process_that_was_there_before_the_hub_started_again_is_waited_for(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(GroupAdd(group="guests"))
    for controller in site.controllers:
        site.ack(controller)
    site.hub.tick(later(1))
    site.restart()
    site.send(site.a_command(STAFF))
    site.ack(site.controllers[0])

    told = site.verdicts(site.ack(site.controllers[1], idle=True))

    assert told == []


def test_a_door_process_that_ended_takes_nothing_back(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(STAFF)
    site.ack(site.controllers[0], doors=("door-1",))
    site.ack(site.controllers[0], idle=True)

    status = status_of(site)

    assert (status.revision, status.in_force, status.is_current, status.doors) == (1, None, True, ("door-1",))


def test_the_status_tells_doors_of_strict_zones_whose_own_configuration_is_not_strict(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(ZoneSet("vault", ZoneKind.SERVER_ROOM))
    site.ask(ZoneSet("floor-1", ZoneKind.FLOOR))
    site.ask(ZoneRuleSet("vault", strict=True))
    site.ask(DoorSet("ordinary", "floor-1"))
    for door in ("strict", "elsewhere", "forgotten"):
        site.ask(DoorSet(door, "vault"))
    doors = ("strict", "elsewhere", "forgotten", "ordinary")
    site.ack(site.controllers[0], doors=doors, strict_zones={"strict": "vault", "elsewhere": "floor-1"})

    before = status_of(site).not_strict
    site.ack(site.controllers[0], doors=doors, in_force=0)

    assert before == status_of(site).not_strict == ("elsewhere", "forgotten")


def test_the_status_tells_what_a_controller_acknowledges(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(STAFF)
    site.ack(
        site.controllers[0],
        at=later(2),
        fresh_seconds=1,
        doors=("door-1",),
        level=FEATURE_LEVEL,
        clock="confirmed",
        trust=1,
        withheld=0,
    )
    site.link(site.controllers[0], "online", session="5e55", certificate_expires=NOON_SECONDS + 9)

    assert status_of(site, at_seconds=61) == ControllerStatus(
        controller="pi-1",
        link=LinkWord.ONLINE,
        revision=1,
        in_force=1,
        is_current=True,
        digest_agrees=True,
        fresh_seconds=60,
        clock="confirmed",
        level=FEATURE_LEVEL,
        withheld=0,
        is_forked=False,
        trust_version=1,
        doors=("door-1",),
        heard_at=NOON_SECONDS + 2,
        log_epoch=None,
        log_size=0,
        last_record_at=None,
        certificate_expires=NOON_SECONDS + 9,
    )


def test_a_policy_ages_in_the_status_where_the_hub_answers_and_the_controller_does_not_hear_it(
    site_with_two: ASite,
) -> None:
    site = site_with_two
    site.ask(STAFF)
    site.ack(site.controllers[0], fresh_seconds=5, counter=1)
    site.ask_as(site.controllers[0], at=later(60))

    unheard = status_of(site, 61).fresh_seconds
    site.ack(site.controllers[0], at=later(62), fresh_seconds=None, counter=2)

    assert (unheard, status_of(site, 63).fresh_seconds) == (66, None)


def test_a_hub_that_starts_again_knows_what_it_knew(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(STAFF)
    site.ask_as(site.controllers[0])
    site.ack(site.controllers[0], doors=("door-1",), fresh_seconds=3)
    site.link(site.controllers[0], "online", session="5e55")
    before = status_of(site)
    site.hub.tick(later(1))

    site.restart()

    assert status_of(site) == before


def test_a_question_that_was_answered_before_a_restart_is_a_repeat_after_it(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask_as(site.controllers[0])
    site.hub.tick(later(1))
    site.restart()

    repeated = site.ask_as(site.controllers[0], at=later(100))

    assert (repeated, site.hub.refusals) == ([], {"repeated-ask": 1})
    assert status_of(site).heard_at == NOON_SECONDS


def test_the_status_tells_how_late_the_loop_of_a_controllers_door_was(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(STAFF)
    loop = LoopState(60, 700, 12, is_late=True)

    site.ack(site.controllers[0], counter=1, loop=loop)
    told = status_of(site).loop
    site.ack(site.controllers[0], counter=2, loop=None)

    assert (told, status_of(site).loop) == (loop, None)


def test_the_status_tells_who_knows_another_history_of_the_hubs_log_until_they_say_otherwise(
    site_with_two: ASite,
) -> None:
    site = site_with_two
    site.ask(STAFF)

    told = []
    for counter, forked in enumerate((False, True, False), 1):
        site.ack(site.controllers[0], counter=counter, hub_forked=forked)
        told.append(status_of(site).hub_forked)

    assert told == [False, True, False]


@pytest.mark.parametrize("more", [{"forked": True}, {"epoch": 0}, {"epoch": 2}], ids=["forked", "behind", "ahead"])
def test_who_knows_another_history_of_the_hubs_log_is_shown_whatever_their_policy_is(
    site_with_two: ASite, more: dict[str, Any]
) -> None:
    site_with_two.ask(STAFF)

    site_with_two.ack(site_with_two.controllers[0], counter=1, hub_forked=True, **more)

    assert status_of(site_with_two).hub_forked


def test_an_acknowledgement_said_again_takes_no_alarm_back(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(STAFF)
    site.ack(site.controllers[0], clock="unsynchronized", trust=1, counter=1)
    site.ack(site.controllers[0], clock="confirmed", trust=2, counter=2, forked=True)
    before = status_of(site)

    site.ack(site.controllers[0], clock="unsynchronized", trust=1, counter=1, at=later(60))

    assert (before.is_forked, status_of(site)) == (True, before)
    assert site.hub.refusals == {"policy-fork": 1, "repeated-ack": 1}


def test_a_controller_that_has_lost_what_it_had_is_an_alarm_and_no_longer_counts(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(STAFF)
    site.ask(GroupAdd(group="guests"))
    site.ack(site.controllers[0], counter=1)
    before = status_of(site).is_current

    site.ack(site.controllers[0], revision=1, in_force=0, counter=2)

    after = status_of(site)
    assert (before, after.revision, after.in_force, after.is_current) == (True, 1, 0, False)
    assert site.hub.refusals == {"went-back": 1}


def test_a_controller_whose_policy_is_empty_again_is_an_alarm(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(STAFF)
    site.ack(site.controllers[0], counter=1)

    empty = Ack(
        site=SITE, controller="pi-1", epoch=0, revision=0, chain="0" * 64, digest="0" * 64, in_force=0, counter=2
    )
    site.hub.handle(Address(Channel.ACK, "pi-1"), site.controllers[0].says(empty), NOON)

    assert (status_of(site).revision, site.hub.refusals) == (0, {"went-back": 1})


def test_of_another_controller_with_the_name_of_one_before_nothing_is_known(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(STAFF)
    site.ack(site.controllers[0], counter=9)
    site.controllers[0] = a_controller("pi-1")

    site.hub.take_trust(site.trust(version=2), NOON)
    forgotten = status_of(site)
    site.ack(site.controllers[0], counter=1)

    assert (forgotten.revision, forgotten.heard_at, status_of(site).revision) == (None, None, 1)


def test_the_last_will_of_a_session_that_is_over_is_passed_by(site_with_two: ASite) -> None:
    site = site_with_two
    site.link(site.controllers[0], "online", session="0ld")
    site.link(site.controllers[0], "online", session="new")

    site.link(site.controllers[0], "offline", session="0ld")
    late = status_of(site).link
    site.link(site.controllers[0], "offline", session="new")

    assert (late, status_of(site).link) == ("online", "offline")
    assert site.hub.refusals == {"old-session": 1}


def test_rows_that_differ_are_told_unless_some_are_withheld(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(STAFF)

    site.ack(site.controllers[0], digest="1" * 64, withheld=1)
    withheld = status_of(site).digest_agrees
    site.ack(site.controllers[0], digest="1" * 64)

    assert (withheld, status_of(site).digest_agrees) == (None, False)
    assert site.hub.refusals == {"policy-drift": 1}


@pytest.mark.parametrize("told", [{"forked": True}, {"chain": "1" * 64}])
def test_a_controller_with_another_history_is_an_alarm_and_counts_for_nothing(
    site_with_two: ASite, told: dict[str, Any]
) -> None:
    site = site_with_two
    site.send(site.a_command(STAFF))
    site.ack(site.controllers[1])

    outgoing = site.ack(site.controllers[0], **told)

    assert site.verdicts(outgoing) == []
    assert site.hub.refusals == {"policy-fork": 1}
    assert status_of(site).is_forked


def test_an_epoch_that_trust_names_goes_on_with_the_same_history(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(STAFF)
    site.ack(site.controllers[0])
    before = site.head()

    site.epoch = 2
    outgoing = site.hub.take_trust(site.trust(version=2), later(1))

    assert [each.address.channel for each in outgoing] == [Channel.TRUST, Channel.HEAD]
    head = site.head()
    assert (head.epoch, head.revision, head.chain) == (2, before.revision, before.chain)
    assert not status_of(site).is_current
