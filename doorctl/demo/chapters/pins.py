"""What the demo of a building tells of PINs by the clock, of duress, and of two who must come together."""

from doorctl.core.reasons import Reason
from doorctl.core.suspicion.alerts import RuleName
from doorctl.demo.chapters.parts import alerted
from doorctl.demo.chapters.site import (
    ADA,
    DURESS,
    ENTRANCE,
    GRACE,
    GYM,
    KITCHEN,
    PIN,
    VAULT,
    WRONG,
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

_ADA, _GRACE = Badge(ADA), Badge(GRACE)

SECOND_FACTOR = (
    Step("By day a card opens the entrance", READER_TO_STRIKE, opens(ENTRANCE, _ADA)),
    Step(
        "Ada gets a PIN, and another for when she is forced",
        KEEPER_TO_HUB,
        change(("person", "pin", "ada", "--alone", "--duress"), typed=f"{PIN[:-1]}\n{DURESS[:-1]}\n"),
    ),
    Step(
        "The gym takes a PIN without a card, the kitchen a card or a PIN",
        READER_TO_STRIKE,
        in_turn(opens(GYM, Badge(keys=PIN)), opens(KITCHEN, _ADA), opens(KITCHEN, Badge(keys=PIN))),
    ),
    Step("Night comes", KEEPER_TO_HUB, change(("schedule", "set", "day", "mon 03:00-03:01", "--ignore-holidays"))),
    Step("At night her card and PIN open the entrance", READER_TO_STRIKE, opens(ENTRANCE, Badge(ADA, PIN))),
    Step(
        "The PIN for duress opens as well, and calls for help",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(opens(ENTRANCE, Badge(ADA, DURESS), reason=Reason.DURESS), alerted(RuleName.DURESS)),
    ),
    Step(
        "After three wrong PINs the right one counts no more, and somebody is called",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(
            *3 * [is_denied(ENTRANCE, Reason.WRONG_PIN, Badge(ADA, WRONG))],
            alerted(RuleName.WRONG_PINS),
            is_denied(ENTRANCE, Reason.PIN_BLOCKED, Badge(ADA, PIN)),
        ),
    ),
)
TOGETHER = (
    Step("The vault does not open for Ada alone", READER_TO_STRIKE, is_denied(VAULT, Reason.PERSON_AWAITED, _ADA)),
    Step("It opens for Ada and Grace, who is a guard", READER_TO_STRIKE, opens(VAULT, _GRACE)),
)
