"""The numbers that docs/rules.md tells are those that the code goes by."""

import pytest

from doorctl.core.areas import USUAL_PASSBACK_SECONDS
from doorctl.core.machines.enrolment import AGAIN_SECONDS
from doorctl.core.machines.pin_entry import FEWEST_DIGITS, MOST_DIGITS, PAUSE_SECONDS
from doorctl.core.rules.holder_times import MOST_HELD_OPEN_SECONDS, MOST_RELEASE_SECONDS
from doorctl.core.site_count import SILENCE_SECONDS
from doorctl.core.visitors import USUAL_ESCORT_SECONDS
from doorctl.door.asking.company import GLASS_SECONDS
from doorctl.door.asking.pin_pads import WAIT_SECONDS
from doorctl.door.modes import OFFICE_SECONDS
from tests.test_docs import ROOT

RULES_DOC = " ".join((ROOT / "docs/rules.md").read_text().split())
TOLD = (
    f"The card then waits {WAIT_SECONDS:g} seconds for a key",
    f"who presses none for {PAUSE_SECONDS:g} seconds begins anew",
    f"({FEWEST_DIGITS} to {MOST_DIGITS} digits, as many as the one for duress",
    f"their card opens only within {USUAL_ESCORT_SECONDS} seconds after an escort was let in",
    f"the second, within {GLASS_SECONDS:g} seconds at the same door, is granted with `break_glass`",
    f"denies who enters again within {USUAL_PASSBACK_SECONDS // 60} minutes",
    f"When the hub has not been heard for {SILENCE_SECONDS:g} seconds, each controller goes by what passed",
    f"a member of its office group is let in twice within {OFFICE_SECONDS:g} seconds",
    f"The unknown card that comes twice within {AGAIN_SECONDS:g} seconds, and no other between",
    f"at most {MOST_RELEASE_SECONDS:g} and {MOST_HELD_OPEN_SECONDS:g} seconds and never shorter than for all",
)


@pytest.mark.parametrize("told", TOLD)
def test_a_number_stands_in_the_document_as_in_the_code(told: str) -> None:
    assert told in RULES_DOC
