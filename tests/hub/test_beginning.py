"""A hub that was started begins to obey once it has heard all brokers and controllers, or has waited for them."""

import pytest

from doorctl.hub.beginning import BROKERS_SECONDS, CONTROLLERS_SECONDS, Beginning
from doorctl.wire.commands import GroupAdd
from doorctl.wire.messages import to_text
from doorctl.wire.notes import sign_text
from doorctl.wire.topics import Address, Channel
from tests.hub.builders import NOON, ASite


def after_listening(*brokers: int, of: int) -> Beginning:
    beginning = Beginning(of)
    for broker in brokers:
        beginning.listened(broker, 100.0)
    return beginning


@pytest.mark.parametrize(
    ("brokers", "of", "is_told", "seconds"),
    [
        ((0,), 1, True, 0.0),
        ((0,), 1, False, CONTROLLERS_SECONDS),
        ((0, 1), 2, True, 0.0),
        ((0,), 2, True, BROKERS_SECONDS),
        ((0, 0), 2, False, BROKERS_SECONDS),
    ],
)
def test_a_hub_begins_when_there_is_nothing_more_to_hear(
    brokers: tuple[int, ...], of: int, is_told: bool, seconds: float
) -> None:
    beginning = after_listening(*brokers, of=of)

    early = beginning.is_due(100.0 + seconds - 0.01, is_told=is_told) if seconds else False

    assert (early, beginning.is_due(100.0 + seconds, is_told=is_told)) == (False, True)


def test_a_hub_that_no_broker_lets_in_has_not_begun() -> None:
    assert not Beginning(1).is_due(1_000_000.0, is_told=True)


def test_a_site_without_controllers_has_nobody_to_wait_for(site: ASite) -> None:
    assert site.hub.is_told


def test_every_controller_is_waited_for_until_it_has_said_something_itself(site_with_two: ASite) -> None:
    site, (one, two) = site_with_two, site_with_two.controllers

    told = [site.hub.is_told]
    site.ack(one)
    told.append(site.hub.is_told)
    site.link(two, "online")
    told.append(site.hub.is_told)
    site.ask_as(two)

    assert [*told, site.hub.is_told] == [False, False, False, True]


def test_controllers_are_waited_for_though_a_broker_has_kept_the_head_that_we_are_at(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(GroupAdd("staff"))
    kept = sign_text(to_text(site.head()), site.hub_identity.signer)

    site.hub.handle(Address(Channel.HEAD), kept, NOON, retained=True)

    assert not site.hub.is_told
