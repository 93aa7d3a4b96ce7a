"""No change that the hub keeps tells more of an erased person than the id, whichever row it was about."""

from typing import get_args, get_type_hints

import msgspec
import pytest

from doorctl.hub.two_admins.waiting_requests import WHOM
from doorctl.policy.told_rows import BY_ID_ALONE
from doorctl.wire.commands import PersonAccess, PinCodeSet, Private, Verb
from doorctl.wire.held_results import HeldFound
from doorctl.wire.messages import FEATURE_LEVEL, Change, change_from
from doorctl.wire.occupancy_words import PassbackReset
from doorctl.wire.privacy import PersonHeld
from doorctl.wire.rights import ZoneRuleSet
from doorctl.wire.threats import ClearanceSet
from doorctl.wire.training_words import TrainingSet
from doorctl.wire.verdict import Verdict
from doorctl.wire.visits import SponsorSet, VisitorSet
from tests.hub.builders import NOON_SECONDS, a_private
from tests.hub.erasure.conftest import ADA, GRACE, APeopledSite

NAME_PATTERN = "^[a-z0-9-]{1,32}\\Z"
NAMES_OTHERS = {
    *("admin", "break_glass", "course", "door", "escort_group", "form", "grant", "group", "limits", "office_group"),
    *("one", "other", "others", "persons_group", "reader", "schedule", "within", "zone", "zones"),
}
"""Words by which commands name places, groups, cards' limits, admins and other things; questions never wait."""
TOLD: dict[str, tuple[Verb, Private | None]] = {
    "clearance": (ClearanceSet(ADA, 7), None),
    "training": (TrainingSet(ADA, "laser", "2027-01-10"), None),
    "holder-times": (PersonAccess(ADA, 10, 60), None),
    "sponsor": (SponsorSet(ADA, ("lab",), 2, 3600), None),
    "visitor": (VisitorSet(GRACE, escort=ADA), None),
    "passback-reset": (PassbackReset(ADA, "lab"), None),
    "pin-code": (PinCodeSet(ADA, NOON_SECONDS + 3600), a_private(pin="79927398")),
}


def changes_naming_ada(peopled: APeopledSite) -> list[Change]:
    rows = peopled.site.connection.execute("SELECT change FROM changes WHERE instr(change, ?)", (ADA.encode(),))
    return [change_from(msgspec.Raw(bytes(change))) for (change,) in rows]


def types_in(changes: list[Change]) -> set[str]:
    return {str(operation.row.__struct_config__.tag) for change in changes for operation in change.operations}


@pytest.mark.parametrize("told", TOLD)
def test_no_change_tells_more_than_the_id_of_whoever_was_erased(peopled: APeopledSite, told: str) -> None:
    for controller in peopled.site.controllers:
        peopled.site.ack(controller, level=FEATURE_LEVEL)
    assert peopled.site.ask(*TOLD[told]).verdict is Verdict.ACCEPTED
    before = types_in(changes_naming_ada(peopled))

    peopled.erase()

    assert told in before
    assert types_in(changes_naming_ada(peopled)) <= BY_ID_ALONE


@pytest.mark.parametrize("as_what", ["escort", "sponsor"])
def test_a_request_that_names_them_beside_another_is_held_about_them_and_goes_too(
    peopled: APeopledSite, as_what: str
) -> None:
    site = peopled.site
    for controller in site.controllers:
        site.ack(controller, level=FEATURE_LEVEL)
    site.ask(SponsorSet(ADA, ("lab",), 2, 3600))
    site.ask(VisitorSet(GRACE, escort_group="staff"))
    site.ask(ZoneRuleSet("lab", approvals=2))
    asked = VisitorSet(GRACE, escort=ADA) if as_what == "escort" else VisitorSet(GRACE, sponsor=ADA)
    waits = site.ask(asked)
    held = site.ask_for(PersonHeld(ADA), HeldFound)

    peopled.erase()

    assert (waits.verdict, len(held.waiting)) == (Verdict.PENDING, 1)
    assert site.rows("SELECT * FROM waiting_requests") == []


def test_every_word_by_which_a_command_names_somebody_is_looked_at_where_requests_wait() -> None:
    fields = {
        (name, str(of)) for verb in get_args(Verb) for name, of in get_type_hints(verb, include_extras=True).items()
    }
    ids = {name for name, of in fields if repr(NAME_PATTERN) in of}

    assert ids - NAMES_OTHERS == {*WHOM}
