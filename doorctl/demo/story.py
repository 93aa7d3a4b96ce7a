"""What the demo tells: a badge from the reader to the strike, a grant and a revoke, and the network away."""

import time

from doorctl.core.reasons import Reason
from doorctl.demo.building import Building
from doorctl.demo.steps import (
    KEEPER_TO_HUB,
    READER_TO_STRIKE,
    Badge,
    Seen,
    Step,
    bring_the_broker_back,
    change,
    export,
    is_denied,
    kill_the_broker,
    opens,
    start_everything,
)
from doorctl.demo.witness import NotSeen

CARD = "H10301:123:4567"
FLOOR, SERVER_ROOM = "floor-3", "server-room"
_BADGE = Badge(CARD)


def _describe_the_building(building: Building) -> Seen:
    began = time.monotonic()
    for zone, kind in ((FLOOR, "floor"), (SERVER_ROOM, "server-room")):
        building.admin("zone", "add", zone, "--kind", kind)
        building.admin("door", "add", zone, zone)
    listed = building.admin("list", "doors")
    if FLOOR not in listed or SERVER_ROOM not in listed:
        raise NotSeen(f"the hub lists: {listed}")
    return Seen("two zones, two doors", time.monotonic() - began, "doorctl list doors")


STORY = (
    Step("A site is made, a controller joins, everything starts", ("broker",), start_everything),
    Step("An admin describes the building", ("hub", "broker"), _describe_the_building),
    Step(
        "A badge that nobody knows is denied at floor 3",
        READER_TO_STRIKE,
        is_denied(FLOOR, Reason.UNKNOWN_CARD, _BADGE),
    ),
    Step(
        "The badge is given to Ada, and floor 3 is granted",
        KEEPER_TO_HUB,
        change(
            ("person", "add", "ada", "--name", "Ada"),
            ("card", "add", "ada", CARD),
            ("grant", "ada", FLOOR),
        ),
    ),
    Step("The same badge opens floor 3", READER_TO_STRIKE, opens(FLOOR, _BADGE)),
    Step("It is denied at the server room", READER_TO_STRIKE, is_denied(SERVER_ROOM, Reason.NO_GRANT, _BADGE)),
    Step("The server room is granted", KEEPER_TO_HUB, change(("grant", "ada", SERVER_ROOM))),
    Step("It opens the server room", READER_TO_STRIKE, opens(SERVER_ROOM, _BADGE)),
    Step("The server room is revoked", KEEPER_TO_HUB, change(("revoke", "ada", SERVER_ROOM))),
    Step("It is denied there again", READER_TO_STRIKE, is_denied(SERVER_ROOM, Reason.NO_GRANT, _BADGE)),
    Step("The broker is killed", (), kill_the_broker),
    Step("Floor 3 still opens", READER_TO_STRIKE, opens(FLOOR, _BADGE)),
    Step("The broker comes back, and the records arrive", ("hub", "link", "keeper"), bring_the_broker_back),
    Step("The export shows every swipe in order", ("hub", "broker"), export),
)
