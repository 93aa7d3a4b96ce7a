"""Attacks on the watch, which judges what controllers write and calls somebody."""

from tests.mutations.attack import Attack

_PULSES = "tests/core/test_pulse_timing.py::"

WATCH_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "watch-stalled-by-times",
        "tests/hub/alerts/test_watch.py::test_a_time_that_no_clock_has_is_not_believed",
        "doorctl/hub/alerts/seen_records.py",
        "        at=at if is_believed else now,\n",
        "        at=at,\n",
    ),
    Attack(
        "band-dragged-step-by-step",
        f"{_PULSES}test_no_row_of_reads_drags_the_band_along",
        "doorctl/core/suspicion/rules.py",
        "    if seen.band is not None and seen.band.reads >= book.of(RuleName.PULSE_TIMING).count:\n",
        "    if False:\n",
    ),
    Attack(
        "band-taught-by-who-is-denied",
        f"{_PULSES}test_only_who_is_let_in_teaches[denied]",
        "doorctl/core/suspicion/rules.py",
        "not (seen.is_granted and seen.reader)",
        "not seen.reader",
    ),
    Attack(
        "reader-learned-anew-by-another-zones-admin",
        "tests/hub/alerts/test_pulse_timing.py::test_an_admin_limited_to_zones_has_no_reader_learned_anew",
        "doorctl/hub/rights/roles.py",
        '"alert-acknowledge relearn": _SETS_ALERTS,',
        '"alert-acknowledge relearn": _WATCHES,',
    ),
    Attack(
        "readers-without-end",
        "tests/hub/alerts/test_pulse_timing.py::test_a_controller_cannot_have_readers_without_end_learned",
        "doorctl/hub/alerts/pulse_store.py",
        "    if seen.band is None and ",
        "    if False and ",
    ),
    Attack(
        "rex-touched-from-outside",
        "tests/core/test_rex_suspicion.py::test_whoever_opens_from_inside_counts_as_inside",
        "doorctl/core/suspicion/rules.py",
        "if seen.is_opened_by_rex and seen.inside == 0:",
        "if False:",
    ),
)
