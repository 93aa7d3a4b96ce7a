"""What the demo of a building tells of a strict zone: it opens by the roster that an officer has signed."""

from doorctl.core.reasons import Reason
from doorctl.demo.chapters.site import ADA, NEW, SAFE
from doorctl.demo.steps import KEEPER_TO_HUB, READER_TO_STRIKE, Badge, Step, change, in_turn, is_denied, opens

STRICT = (
    Step(
        "The safe is strict: a grant alone does not open it",
        READER_TO_STRIKE,
        is_denied(SAFE, Reason.NO_ROSTER, Badge(ADA)),
    ),
    Step(
        "It opens by the roster that an officer signs",
        (*READER_TO_STRIKE, *KEEPER_TO_HUB),
        in_turn(change(("roster", "sign", SAFE, "--yes")), opens(SAFE, Badge(ADA))),
    ),
)
STRICT_STILL = (
    Step(
        "A card that nobody has signed for does not open the safe, though it is Ada's",
        READER_TO_STRIKE,
        is_denied(SAFE, Reason.NOT_ON_ROSTER, Badge(NEW)),
    ),
)
