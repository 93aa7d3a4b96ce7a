"""Attacks on classes of readers and cards, and on threat levels: copied cards, tapped readers, levels that sink."""

from tests.mutations.attack import Attack

_CLASSES = "tests/core/test_classes.py::"
_THREAT = "tests/core/test_threat.py::"
_CLASSES_AT_HUB = "tests/hub/test_zone_classes.py::"
_THREATS_AT_HUB = "tests/hub/test_threats.py::"
_FACTS = "tests/policy/test_bar_facts.py::"
_BARS = "doorctl/hub/two_admins/zone_bars.py"

THREAT_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "copied-card-at-a-strict-zone",
        f"{_CLASSES}test_a_zone_that_bars_copies_takes_what_nobody_can_copy[prox]",
        "doorctl/core/rules/class_rules.py",
        "return None if classes_told(request, facts) <= facts.zone.card_classes else Reason.CARD_CLASS",
        "return None",
    ),
    Attack(
        "copy-on-another-kind-of-card",
        f"{_CLASSES}test_what_policy_and_reader_say_of_a_card_must_both_be_taken[desfire-prox-card_class]",
        "doorctl/core/rules/class_rules.py",
        "told = frozenset({facts.card_class, request.card_class or CardClass.UNKNOWN})",
        "told = frozenset({facts.card_class})",
    ),
    Attack(
        "card-that-nobody-has-spoken-of",
        f"{_CLASSES}test_a_zone_that_bars_copies_takes_what_nobody_can_copy[unknown]",
        "doorctl/core/rules/class_rules.py",
        "return told - {CardClass.UNKNOWN} or told",
        "return told - {CardClass.UNKNOWN}",
    ),
    Attack(
        "reader-that-can-be-tapped",
        f"{_CLASSES}test_a_zone_takes_readers_of_the_classes_that_it_names[readers4-text-reader_class]",
        "doorctl/core/rules/class_rules.py",
        "return None if request.reader_class in facts.zone.reader_classes else Reason.READER_CLASS",
        "return None",
    ),
    Attack(
        "tapped-reader-that-passes-for-another",
        "tests/door/test_classes.py::test_the_class_of_a_reader_follows_from_its_line[rdm6300]",
        "doorctl/door/config/tables.py",
        "return _CLASSES.get(self.kind, ReaderClass.TEXT)",
        "return ReaderClass.WIEGAND",
    ),
    Attack(
        "uid-of-a-good-card-on-a-bad-one",
        "tests/door/test_classes.py::test_a_request_says_what_the_reader_says_of_the_card"
        "[uid:04A2B3C4-mifare-classic]",
        "doorctl/core/classes.py",
        '"uid": CardClass.MIFARE_CLASSIC',
        '"uid": CardClass.DESFIRE',
    ),
    Attack(
        "class-of-a-card-of-before",
        f"{_FACTS}test_the_class_of_a_card_is_that_which_its_holder_has_it_in",
        "doorctl/policy/person.py",
        "if whose == holder else CardClass.UNKNOWN",
        "if whose else CardClass.UNKNOWN",
    ),
    Attack(
        "unheard-of-class",
        f"{_FACTS}test_a_class_of_card_that_nobody_knows_is_unknown[card_class = 'unheard-of']",
        "doorctl/policy/person.py",
        "CARD_CLASSES.get(card_class, CardClass.UNKNOWN)",
        "CARD_CLASSES.get(card_class, CardClass.DESFIRE)",
    ),
    Attack(
        "classes-taken-by-one-admin",
        f"{_CLASSES_AT_HUB}test_what_takes_more_waits_for_a_second_admin[do3-True]",
        _BARS,
        "return bool(before) and (not after or not set(after) <= set(before))",
        "return bool(before) and not set(after) <= set(before)",
    ),
    Attack(
        "class-left-by-an-erasure",
        f"{_CLASSES_AT_HUB}test_an_erasure_leaves_no_class",
        "doorctl/hub/erasure/forgetting.py",
        "if row.__struct_config__.tag in BY_ID_ALONE:",
        'if row.__struct_config__.tag in {*BY_ID_ALONE, "credential-class"}:',
    ),
    Attack(
        "factor-lowered-by-a-threat-level",
        f"{_THREAT}test_what_a_zone_asks_for_anyway_is_not_lowered",
        "doorctl/core/rules/factors.py",
        "else stronger(usual, facts.zone.raised_to)",
        "else facts.zone.raised_to",
    ),
    Attack(
        "schedule-that-outlasts-a-threat-level",
        f"{_THREAT}test_what_it_asks_for_by_the_clock_is_raised_too[card-card-and-pin]",
        "doorctl/core/rules/factors.py",
        "return usual if facts.zone is None or request.way is Way.OUT else",
        "return usual if facts.zone is None or request.way is Way.OUT or facts.zone.factor_times else",
    ),
    Attack(
        "higher-threat-level-that-asks-for-less",
        f"{_THREAT}test_a_zone_asks_for_what_all_levels_up_to_the_one_there_is_ask_for",
        "doorctl/core/rules/threat.py",
        "if step.threat <= threat:",
        "if step.threat == threat:",
    ),
    Attack(
        "unheard-of-threat-level",
        f"{_FACTS}test_a_threat_level_that_there_is_not_is_the_highest[0]",
        "doorctl/core/rules/threat.py",
        "    return HIGHEST_THREAT\n",
        "    return LOWEST_THREAT\n",
    ),
    Attack(
        "second-threat-level-beside-the-first",
        f"{_FACTS}test_of_several_threat_levels_the_highest_counts",
        "doorctl/policy/zone_bars.py",
        "there_is = max((",
        "there_is = min((",
    ),
    Attack(
        "not-cleared",
        f"{_THREAT}test_who_is_cleared_too_low_is_denied[2-3-clearance_too_low]",
        "doorctl/core/rules/threat.py",
        "facts.clearance >= facts.zone.clearance",
        "facts.clearance >= facts.zone.clearance - 1",
    ),
    Attack(
        "threat-level-lowered-by-raising-it",
        f"{_THREATS_AT_HUB}test_who_may_raise_it_does_not_lower_it_by_raising",
        "doorctl/hub/verbs/places/threats.py",
        "if do.threat < present and not do.lower:",
        "if False:",
    ),
    Attack(
        "threat-level-lowered-by-an-admin",
        f"{_THREATS_AT_HUB}test_any_admin_of_the_whole_site_raises_it_and_an_officer_alone_lowers_it[admin]",
        "doorctl/hub/rights/roles.py",
        '"threat-set lower": _GUARDS,',
        '"threat-set lower": _reduction(ADMIN, OFFICER, reach=whole_site),',
    ),
    Attack(
        "threat-level-lowered-by-one",
        f"{_THREATS_AT_HUB}test_to_lower_it_takes_two_where_a_zone_of_two_admins_has_said_something_of_a_level",
        "doorctl/hub/two_admins/awaiting.py",
        '    "threat-set lower": zones_at_lower_threat,\n',
        "",
    ),
    Attack(
        "friend-cleared-by-one",
        f"{_THREATS_AT_HUB}test_what_may_ask_for_less_waits_for_a_second_admin[do6-True]",
        "doorctl/hub/two_admins/awaiting.py",
        '    "clearance-set": zones_cleared_for,\n',
        "",
    ),
    Attack(
        "threat-level-that-asks-for-another-thing",
        f"{_THREATS_AT_HUB}test_what_may_ask_for_less_waits_for_a_second_admin[do2-True]",
        _BARS,
        "stronger(before.factor, do.factor) is not do.factor",
        "False",
    ),
    Attack(
        "door-left-unlocked-at-a-threat-level",
        "tests/core/test_door_mode.py::"
        "test_no_door_is_left_unlocked_while_its_zone_asks_for_more_by_the_threat_level[unlocked]",
        "doorctl/core/rules/door_mode.py",
        "if facts.zone is not None and facts.zone.is_raised:",
        "if False:",
    ),
)
