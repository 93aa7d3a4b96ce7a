"""What upholds each law of decisions and schedules: without it the test of that law fails."""

from tests.mutations.attack import Attack

DECISION_LAWS: tuple[Attack, ...] = (
    Attack(
        "denials-stand",
        "tests/core/test_laws.py::test_what_denies_does_so_whatever_else_is_known[1000]",
        "doorctl/core/decision.py",
        "if None in misses:",
        "if None in misses or (facts.zone and facts.zone.occupancy):",
    ),
    Attack(
        "rules-by-themselves",
        "tests/core/test_laws.py::test_the_reasons_are_what_each_rule_says_by_itself[1000]",
        "doorctl/core/decision.py",
        "    if reasons:\n",
        "    if reasons and not facts.may_toggle:\n",
    ),
    Attack(
        "no-denial-hidden",
        "tests/core/test_laws.py::test_one_denial_hides_no_other[1000]",
        "doorctl/core/decision.py",
        "if is_under_duress(request, facts) else reasons",
        "if is_under_duress(request, facts) else reasons[:1]",
    ),
    Attack(
        "worse-never-opens",
        "tests/core/test_laws.py::test_nothing_that_is_worse_opens_what_was_denied[1000]",
        "doorctl/core/rules/occupancy.py",
        "    if inside is None:\n        return True\n    company = sum(",
        "    if inside is None:\n        return False\n    company = sum(",
    ),
    Attack(
        "older-policy",
        "tests/core/test_laws.py::test_an_older_policy_opens_to_those_alone_who_break_the_glass[1000]",
        "doorctl/core/decision.py",
        "    two_break_the_glass,\n)\nKNOWN_AND_VALID",
        ")\nKNOWN_AND_VALID",
    ),
    Attack(
        "orders-refused",
        "tests/core/test_laws.py::test_what_forbids_an_order_does_so_whatever_else_is_known",
        "doorctl/core/rules/order_rules.py",
        "lambda order: order.locked_down,",
        "lambda order: order.locked_down and not order.by_officer,",
    ),
    Attack(
        "grant-added",
        "tests/core/test_laws_of_access.py::test_a_grant_more_never_takes_access_away[1000]",
        "doorctl/core/rules/grant_rules.py",
        "bool(grants) and all(",
        "bool(grants) and any(",
    ),
    Attack(
        "grant-removed",
        "tests/core/test_laws_of_access.py::test_a_grant_less_never_gives_access[1000]",
        "doorctl/core/decision.py",
        "if None in misses:",
        "if None in misses or not misses:",
    ),
    Attack(
        "roster-line",
        ""
        "tests/core/test_laws_of_access.py::test_a_line_of_the_roster_more_never_takes_access_away_and_one_less_never_gives_it[1000]",
        "doorctl/core/rules/strict.py",
        "if None in misses:",
        "if None in misses or not misses:",
    ),
    Attack(
        "over-card",
        ""
        "tests/core/test_laws_of_access.py::test_what_is_over_never_opens_and_until_its_end_it_takes_nothing_away[1000-card]",
        "doorctl/core/rules/grant_rules.py",
        "at >= thing.valid_until else None",
        "at > thing.valid_until else None",
    ),
    Attack(
        "over-holder",
        ""
        "tests/core/test_laws_of_access.py::test_what_is_over_never_opens_and_until_its_end_it_takes_nothing_away[1000-holder]",
        "doorctl/core/decision.py",
        "    holder_is_valid,\n)\n",
        ")\n",
    ),
    Attack(
        "over-grants",
        ""
        "tests/core/test_laws_of_access.py::test_what_is_over_never_opens_and_until_its_end_it_takes_nothing_away[1000-grants]",
        "doorctl/core/rules/grant_rules.py",
        "    if reason := outside_validity(grant, request.at, Reason.GRANT_NOT_YET_VALID, "
        "Reason.GRANT_EXPIRED):\n        return reason\n",
        "",
    ),
    Attack(
        "not-begun",
        "tests/core/test_laws_of_access.py::test_what_has_not_begun_never_opens[1000-card]",
        "doorctl/core/rules/grant_rules.py",
        "at < thing.valid_from:",
        "at < thing.valid_from < at:",
    ),
    Attack(
        "roster-over",
        "tests/core/test_laws_of_access.py::test_a_line_of_the_roster_that_is_over_never_opens[1000]",
        "doorctl/core/rules/strict.py",
        "request.at >= line.until:",
        "request.at > line.until:",
    ),
    Attack(
        "not-active",
        "tests/core/test_laws_of_access.py::test_what_is_not_active_never_opens[1000]",
        "doorctl/core/decision.py",
        "    holder_is_active,\n    holder_is_valid,\n)\n",
        "    holder_is_valid,\n)\n",
    ),
    Attack(
        "clock-that-does-not-count",
        "tests/core/test_laws_of_access.py::test_a_clock_that_does_not_count_opens_nothing_that_depends_on_it[1000]",
        "doorctl/core/decision.py",
        "        or _grants_depend_on_clock(request, facts)\n",
        "",
    ),
    Attack(
        "lockdown",
        "tests/core/test_laws_of_access.py::test_a_lockdown_lets_in_nobody_but_who_breaks_the_glass[1000]",
        "doorctl/core/decision.py",
        "    zone_is_not_locked_down,\n    zone_is_understood,\n    door_is_not_locked,\n",
        "    zone_is_understood,\n    door_is_not_locked,\n",
    ),
    Attack(
        "egress",
        "tests/core/test_laws_of_access.py::test_nothing_that_shuts_people_out_keeps_anybody_in[1000]",
        "doorctl/core/decision.py",
        "FREE_WAY_OUT_RULES: tuple[Rule, ...] = (\n",
        "FREE_WAY_OUT_RULES: tuple[Rule, ...] = (\n    zone_is_not_locked_down,\n",
    ),
    Attack(
        "glass-by-two",
        ""
        "tests/core/test_laws_of_access.py::test_the_glass_is_broken_by_two_and_only_while_the_policy_is_too_old[1000]",
        "doorctl/core/rules/company.py",
        "another = any(other.breaks_glass for other in _others(request, facts))",
        "another = any(other.breaks_glass for other in request.companions)",
    ),
    Attack(
        "company-added",
        ""
        "tests/core/test_laws_of_company.py::test_more_company_never_takes_access_away_and_its_order_does_not_matter[1000]",
        "doorctl/core/rules/company.py",
        "+ 1 < zone.persons:",
        "+ 1 != zone.persons:",
    ),
    Attack(
        "company-of-oneself",
        "tests/core/test_laws_of_company.py::test_who_presents_two_cards_is_no_company[1000]",
        "doorctl/core/rules/company.py",
        "others = [other for other in request.companions if other.holder != facts.holder.id]",
        "others = list(request.companions)",
    ),
    Attack(
        "either-leads",
        "tests/core/test_laws_of_company.py::test_either_may_be_the_one_of_the_group[1000]",
        "doorctl/core/rules/company.py",
        "or facts.leads or any(",
        "or any(",
    ),
    Attack(
        "glass-with-nobody",
        "tests/core/test_laws_of_company.py::test_nobody_breaks_the_glass_with_who_does_not[1000]",
        "doorctl/core/rules/company.py",
        "another = any(other.breaks_glass for",
        "another = any(other.holder for",
    ),
    Attack(
        "pin-beside-card",
        ""
        "tests/core/test_laws_of_factors.py::test_the_right_pin_beside_a_card_takes_nothing_away_but_at_a_blocked_reader[1000]",
        "doorctl/core/rules/factors.py",
        "return None if is_right or is_duress else Reason.WRONG_PIN",
        "return None if is_right else Reason.WRONG_PIN",
    ),
    Attack(
        "card-beside-pin",
        ""
        "tests/core/test_laws_of_factors.py::test_the_own_card_beside_a_pin_takes_nothing_away_where_it_is_taken[1000]",
        "doorctl/core/rules/factors.py",
        "takes_it = not request.pin_alone or factor_asked(request, facts) in BY_PIN_ALONE",
        "takes_it = request.pin_alone and factor_asked(request, facts) in BY_PIN_ALONE",
    ),
    Attack(
        "wrong-pin",
        "tests/core/test_laws_of_factors.py::test_a_wrong_pin_never_opens[1000]",
        "doorctl/core/rules/interlock.py",
        " and may_deny(request) else None",
        " else None",
    ),
    Attack(
        "blocked",
        ""
        "tests/core/test_laws_of_factors.py::test_what_is_blocked_never_opens_and_tells_of_no_pin_whether_it_is_right[1000]",
        "doorctl/core/rules/factors.py",
        "if facts.credential_blocked or at_reader else None",
        "if at_reader else None",
    ),
    Attack(
        "duress",
        "tests/core/test_laws_of_factors.py::test_duress_opens_what_the_right_pin_opens_and_nothing_else[1000]",
        "doorctl/core/decision.py",
        "    if is_under_duress(request, facts):\n        return Reason.DURESS\n",
        "",
    ),
    Attack(
        "factor-raised",
        "tests/core/test_laws_of_factors.py::test_a_zone_that_asks_for_more_lets_in_nobody_more[1000]",
        "doorctl/core/rules/factors.py",
        "BY_PIN_ALONE = frozenset({Factor.PIN, Factor.CARD_OR_PIN})",
        "BY_PIN_ALONE = frozenset({Factor.PIN, Factor.CARD_OR_PIN, Factor.CARD_AND_PIN})",
    ),
    Attack(
        "factor-asked",
        "tests/core/test_laws_of_factors.py::test_nobody_is_let_in_without_what_the_zone_asks_for[1000]",
        "doorctl/core/rules/factors.py",
        "BY_CARD_ALONE = frozenset({Factor.CARD, Factor.CARD_OR_PIN})",
        "BY_CARD_ALONE = frozenset({Factor.CARD, Factor.CARD_OR_PIN, Factor.CARD_AND_PIN})",
    ),
    Attack(
        "nobody",
        "tests/core/test_laws_of_factors.py::test_nobody_is_let_in_who_is_nobody[1000]",
        "doorctl/core/rules/factors.py",
        "held = facts.pin if facts.holder else None",
        "held = facts.pin",
    ),
    Attack(
        "request-and-facts",
        "tests/core/test_laws_of_facts.py::test_a_decision_is_the_same_after_any_others[1000]",
        "doorctl/core/decision.py",
        "return Decision(Outcome.GRANTED, _why_granted(request, facts))",
        'return Decision(Outcome.GRANTED, vars(decide).pop("why", None) or vars(decide).setdefault("why", '
        "_why_granted(request, facts)))",
    ),
    Attack(
        "order-of-rows",
        "tests/core/test_laws_of_facts.py::test_the_order_of_rows_does_not_matter[1000]",
        "doorctl/core/decision.py",
        "if None in misses:",
        "if misses[:1] == [None]:",
    ),
    Attack(
        "rows-of-others",
        "tests/core/test_laws_of_facts.py::test_rows_that_are_about_something_else_do_not_matter[1000]",
        "doorctl/core/rules/grant_rules.py",
        " or grant.zone != facts.zone.id:",
        ":",
    ),
    Attack(
        "written-time",
        "tests/core/test_laws_of_facts.py::test_a_moment_is_the_same_in_whatever_time_zone_it_is_written[1000]",
        "doorctl/core/request.py",
        'object.__setattr__(self, "at", self.at.astimezone(UTC))',
        'object.__setattr__(self, "at", self.at)',
    ),
    Attack(
        "mode-denies-only",
        "tests/core/test_laws_of_modes.py::test_no_mode_lets_in_whom_a_door_of_cards_denies[1000]",
        "doorctl/core/decision.py",
        "    if breaks_glass(facts):\n        return None\n    misses",
        '    if breaks_glass(facts) or (facts.door and facts.door.modes.usual == "unlocked"):\n        '
        "return None\n    misses",
    ),
    Attack(
        "kept-shut",
        "tests/core/test_laws_of_modes.py::test_what_must_stay_shut_is_unlocked_by_no_mode[1000]",
        "doorctl/core/rules/door_mode.py",
        '    if is_strict(request, facts):\n        return ModeNow(Mode.CARD, "strict")\n',
        "",
    ),
    Attack(
        "mode-without-a-clock",
        "tests/core/test_laws_of_modes.py::test_a_clock_that_does_not_count_unlocks_nothing_by_the_time[1000]",
        "doorctl/core/rules/door_mode.py",
        "if schedule is None or not counts:",
        "if schedule is None:",
    ),
    Attack(
        "schedules",
        ""
        "tests/core/test_laws_of_schedules.py::test_every_minute_of_random_schedules_agrees_with_another_implementation[Europe/Paris-28]",
        "doorctl/core/schedule.py",
        "return window.start <= minute and",
        "return window.start < minute and",
    ),
    Attack(
        "threat-raised",
        ""
        "tests/core/test_laws_of_threat.py::test_a_higher_threat_level_lets_in_nobody_whom_a_lower_one_keeps_out[1000]",
        "doorctl/core/rules/threat.py",
        "if step.threat <= threat:",
        "if step.threat == threat:",
    ),
    Attack(
        "threat-step",
        "tests/core/test_laws_of_threat.py::test_one_step_more_lets_in_nobody_more[1000]",
        "doorctl/core/rules/threat.py",
        "clearance=max(zone.clearance, step.clearance)",
        "clearance=step.clearance",
    ),
    Attack(
        "clearance",
        "tests/core/test_laws_of_threat.py::test_a_higher_clearance_takes_nothing_away[1000]",
        "doorctl/core/rules/threat.py",
        "facts.clearance >= facts.zone.clearance:",
        "facts.clearance == facts.zone.clearance:",
    ),
    Attack(
        "classes",
        ""
        "tests/core/test_laws_of_threat.py::test_who_says_nothing_of_reader_and_card_and_who_takes_fewer_opens_nothing[1000]",
        "doorctl/core/rules/class_rules.py",
        "if request.reader_class in facts.zone.reader_classes else",
        "if request.reader_class in {None, *facts.zone.reader_classes} else",
    ),
    Attack(
        "threat-and-egress",
        "tests/core/test_laws_of_threat.py::test_no_threat_level_and_no_class_keeps_anybody_in[1000]",
        "doorctl/core/rules/factors.py",
        "if facts.zone is None or request.way is Way.OUT else stronger",
        "if facts.zone is None else stronger",
    ),
)
