"""What the demo of a building tells of cards that can be copied, and of a threat level."""

from doorctl.core.reasons import Reason
from doorctl.demo.chapters.site import (
    GRACE,
    NEW,
    OFFICE,
    VAULT,
)
from doorctl.demo.steps import (
    KEEPER_TO_HUB,
    READER_TO_STRIKE,
    Badge,
    Step,
    change,
    in_turn,
    is_denied,
    opens,
)

_GRACE = Badge(GRACE)

THREAT = (
    Step(
        "The vault takes no more cards that can be copied",
        KEEPER_TO_HUB,
        change(("zone", "classes", VAULT, "--cards", "not-clonable")),
    ),
    Step(
        "Grace's card can be: it is denied; of another kind, it waits for Ada again",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            is_denied(VAULT, Reason.CARD_CLASS, _GRACE),
            change(("card", "class", GRACE, "desfire"), ("card", "class", NEW, "desfire")),
            is_denied(VAULT, Reason.PERSON_AWAITED, _GRACE),
        ),
    ),
    Step(
        "At threat level 3 the office asks for a clearance",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            change(("zone", "threat", OFFICE, "--at", "3", "--clearance", "2"), ("threat", "set", "3")),
            is_denied(OFFICE, Reason.CLEARANCE_TOO_LOW, _GRACE),
        ),
    ),
    Step(
        "Grace is cleared for it, and then the level is the usual one again",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            change(("person", "clearance", "grace", "2")),
            opens(OFFICE, _GRACE),
            change(("threat", "set", "1")),
        ),
    ),
)
