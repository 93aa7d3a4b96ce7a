"""Attacks by commands that reach further than what they name."""

from tests.mutations.attack import Attack

_MODES = "tests/hub/test_door_modes.py::"
_OCCUPANCY = "tests/hub/test_zone_occupancies.py::"
_OTHER_ZONE = f"{_OCCUPANCY}test_what_another_zone_asks_waits_where_it_lets_a_zone_of_two_admins_bear_more"

RIGHTS_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "unlocked-by-locking-for-a-second",
        f"{_MODES}test_nobody_unlocks_a_door_by_locking_it_for_less_than_it_is_closed_by_command",
        "doorctl/hub/two_admins/door_asks.py",
        " or (override.mode not in OPENING and bool(modes & OPENING))",
        "",
    ),
    Attack(
        "closed-for-a-second-by-one-admin",
        f"{_MODES}test_to_close_an_unlocked_door_for_less_than_before_waits_for_a_second_admin",
        "doorctl/hub/two_admins/door_asks.py",
        "override is not None and keeps_shut_for_less(until, override, modes)",
        "False",
    ),
    Attack(
        "strict-zone-forgotten-by-the-one-around-it",
        f"{_OCCUPANCY}test_who_has_a_zone_forgotten_has_those_in_it_forgotten",
        "doorctl/hub/rights/area_reach.py",
        "    return with_those_in_it(connection, do.zone) | around",
        "    return frozenset({do.zone}) | around",
    ),
    Attack(
        "strict-zone-forgotten-by-the-one-in-it",
        f"{_OCCUPANCY}test_who_has_a_person_forgotten_in_a_zone_has_them_forgotten_in_those_around_it",
        "doorctl/hub/rights/area_reach.py",
        "    return with_those_in_it(connection, do.zone) | around",
        "    return with_those_in_it(connection, do.zone)",
    ),
    Attack(
        "lobby-laid-into-the-vault",
        f"{_OTHER_ZONE}[do0-True]",
        "doorctl/hub/two_admins/occupancy_asks.py",
        "        bearing |= _around(do, before, connection)\n",
        "        pass\n",
    ),
    Attack(
        "vault-forgotten-each-day-by-the-zone-around-it",
        f"{_OTHER_ZONE}[do6-True]",
        "doorctl/hub/two_admins/occupancy_asks.py",
        "    if _forgets_more(do, before) or before.within not in {None, do.within}:",
        "    if before.within not in {None, do.within}:",
    ),
    Attack(
        "zone-around-the-vault-moved-by-one-officer",
        f"{_OTHER_ZONE}[do4-True]",
        "doorctl/hub/two_admins/occupancy_asks.py",
        "    if _forgets_more(do, before) or before.within not in {None, do.within}:",
        "    if _forgets_more(do, before):",
    ),
    Attack(
        "vault-forgotten-by-one-admin",
        f"{_OCCUPANCY}test_where_there_are_to_be_two_admins_only_an_officer_has_somebody_forgotten",
        "doorctl/hub/rights/roles.py",
        "right.at_once or right.effect is Effect.ACTS",
        "right.effect is Effect.ACTS",
    ),
    Attack(
        "forgotten-every-second",
        f"{_OCCUPANCY}test_to_have_somebody_forgotten_counts_as_a_grant_within_the_hour",
        "doorctl/hub/verbs/places/zone_occupancies.py",
        "', in {do.zone}'}\", grants=1)",
        "', in {do.zone}'}\")",
    ),
    Attack(
        "escort-of-a-visitor-of-a-group",
        "tests/hub/test_visitors_guarded.py"
        "::test_who_joins_those_who_bring_a_visitor_waits_where_a_group_lets_the_visitor_in",
        "doorctl/hub/rights/reach.py",
        "UNION SELECT g.zone FROM visitors AS v JOIN members AS m ON m.holder = v.holder\n"
        '    JOIN grants AS g ON g."group" = m."group" WHERE v.escort_group = :group\n',
        "",
    ),
    Attack(
        "strict-zone-that-visitors-enter-alone",
        "tests/hub/test_visitors_guarded.py::test_no_zone_that_visitors_enter_alone_becomes_strict",
        "doorctl/hub/verbs/places/zone_rules.py",
        "        if escort_rule_of(asked.connection, do.zone).alone:",
        "        if False:",
    ),
    Attack(
        "own-pin-after-trust-has-expired",
        "tests/hub/test_own_pins.py::test_while_trust_has_expired_an_own_pin_waits",
        "doorctl/hub/hub.py",
        " or self._roll.trust_bars_additions(at)",
        "",
    ),
    Attack(
        "trained-by-one-clerk",
        "tests/hub/test_trainings.py"
        "::test_in_a_zone_of_two_admins_a_day_that_may_let_somebody_in_waits_for_the_second[do0-True]",
        "doorctl/hub/two_admins/awaiting.py",
        '    "training-set": let_in_as_trained,\n',
        "",
    ),
    Attack(
        "class-said-by-a-clerk",
        "tests/hub/test_zone_classes.py"
        "::test_which_cards_a_guarded_zone_takes_by_their_class_an_officer_says[said-rule0]",
        "doorctl/hub/verbs/cards/cards.py",
        "if OFFICER not in asked.admin.roles and (zones",
        "if False and (zones",
    ),
    Attack(
        "every-door-unlocked-within-a-minute",
        "tests/hub/test_door_modes.py::test_what_may_let_more_in_by_a_door_counts_as_a_grant_within_the_hour[do0-1]",
        "doorctl/hub/verbs/places/door_modes.py",
        """    text = f"{do.door} is {do.mode}{'' if do.valid_until is None else ' until that time'}"
    return Intent((Put(wanted),), text, grants=int(may_open_more(do, asked.connection)))
""",
        """    text = f"{do.door} is {do.mode}{'' if do.valid_until is None else ' until that time'}"
    return Intent((Put(wanted),), text)
""",
    ),
)
