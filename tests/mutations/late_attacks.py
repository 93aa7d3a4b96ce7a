"""Attacks by what is late: duress that the disk does not take, and a block of which nobody hears."""

from tests.mutations.attack import Attack

LATE_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "duress-of-a-guest-whose-sponsor-nobody-learns-of",
        "tests/door/test_late_duress.py::test_duress_of_a_guest_that_is_recorded_later_leads_to_the_sponsor",
        "doorctl/door/asking/questions.py",
        "self._around.insist(asked.unrecorded(lets_in=lets_in).drafts(self._around.statements, of=None))",
        "self._around.insist([asked.unrecorded(lets_in=lets_in).draft(self._around.statements, of=None)])",
    ),
    Attack(
        "duress-lost-with-the-process",
        "tests/door/test_late_duress.py::test_duress_that_the_disk_did_not_take_is_handed_over_once_more_at_the_end",
        "doorctl/door/presence/movement_records.py",
        "left = [*(self._under_way if self._failed else ()), *self._waiting]",
        "left = list(self._waiting) if not self._failed else []",
    ),
)
