"""Words that a stolen controller, or whoever speaks on its topics, chooses: only words of lists reach an admin."""

from typing import Any

import msgspec
import pytest

from doorctl.core.model import ZoneKind
from doorctl.wire.commands import DoorSet, ZoneSet
from doorctl.wire.orders import Carried
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import ControllerStatus, SiteStatus
from doorctl.wire.rights import OpenDoor
from doorctl.wire.topics import Address, Channel
from tests.hub.builders import NOON, SITE, ASite

HOSTILE = ["\x1b[2J\x1b]0;pwn\x07", "two words", "x" * 2000, "\u202e"]


def status_of(site: ASite) -> ControllerStatus:
    return site.ask_for(StatusOf(), SiteStatus).controllers[0]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_controllers_clock_is_a_word(site_with_two: ASite, text: str) -> None:
    site_with_two.ack(site_with_two.controllers[0], clock=text)

    assert (site_with_two.hub.refusals, status_of(site_with_two).clock) == ({"malformed": 1}, "")


@pytest.mark.parametrize("field", ["reason", "outcome"])
@pytest.mark.parametrize("text", HOSTILE)
def test_what_became_of_an_order_is_told_in_words(site_with_two: ASite, field: str, text: str) -> None:
    site = site_with_two
    site.ask(ZoneSet("floor-3", ZoneKind.FLOOR))
    site.ask(DoorSet("door-1", "floor-3"))
    site.ack(site.controllers[0], doors=("door-1",))
    site.send(site.a_command(OpenDoor("door-1"), command_id="c" * 32))

    carried = msgspec.structs.replace(Carried(SITE, "pi-1", "c" * 32, outcome="refused"), **{field: text})
    told = site.hub.handle(Address(Channel.CARRIED, "pi-1"), site.controllers[0].says(carried), NOON)

    assert (told, site.hub.refusals) == ([], {"malformed": 1})


@pytest.mark.parametrize(
    "said",
    [
        {"certificate_expires": -(10**15)},
        {"certificate_expires": 10**15},
        {"session": "\x1b[2J"},
    ],
)
def test_a_links_word_is_a_word_and_its_time_one_of_the_calendar(site_with_two: ASite, said: dict[str, Any]) -> None:
    site = site_with_two
    site.link(site.controllers[0], "online", **said)

    assert site.hub.refusals == {"malformed": 1}
    assert (status_of(site).link, status_of(site).certificate_expires) == ("unknown", None)
