"""Attacks on what visitors may: alone, behind the wrong escort, too many, beyond their sponsor, with an old badge."""

from tests.mutations.attack import Attack

_CORE = "tests/core/test_visitors.py::"
_DOOR = "tests/door/test_escorts.py::"
_POLICY = "tests/policy/test_visits.py::"
_HUB = "tests/hub/test_visitors.py::"
_OF_BADGES = "tests/hub/test_visitor_badges.py::"
_RULES = "doorctl/core/rules/visitor_rules.py"
_ESCORTS = "doorctl/door/asking/escorts.py"
_QUESTIONS = "doorctl/door/asking/questions.py"
_VISITS = "doorctl/policy/visits.py"
_BADGES = "doorctl/hub/verbs/people/badges.py"

VISITOR_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "visitor-alone",
        f"{_CORE}test_a_visitor_is_let_in_behind_who_may_bring_them_and_behind_nobody_else",
        "doorctl/core/decision.py",
        "    a_visitor_is_escorted,\n    pin_is_presented,",
        "    pin_is_presented,",
    ),
    Attack(
        "visitor-behind-a-stranger",
        f"{_POLICY}test_who_may_bring_a_visitor_is_named_by_the_visitor_or_else_by_the_zone[row0-escorts0]",
        _VISITS,
        "frozenset(request.escorts) & {visiting.escort}",
        "frozenset(request.escorts)",
    ),
    Attack(
        "visitor-behind-any-group",
        f"{_POLICY}test_who_may_bring_a_visitor_is_named_by_the_visitor_or_else_by_the_zone[row1-escorts1]",
        _VISITS,
        "frozenset([each for each in people if self._known[each, group]])",
        "frozenset(people)",
    ),
    Attack(
        "visitor-behind-who-was-of-the-group",
        f"{_POLICY}test_who_is_of_a_group_no_longer_brings_nobody_at_the_next_question",
        "doorctl/policy/facts.py",
        "            self._escort_groups.forget()\n",
        "",
    ),
    Attack(
        "visitor-of-a-damaged-zone",
        f"{_POLICY}test_a_zone_whose_row_is_damaged_lets_no_visitor_in",
        _VISITS,
        "return NOBODY_BRINGS, None",
        "return USUAL_ESCORTING, None",
    ),
    Attack(
        "visitor-long-behind",
        f"{_DOOR}test_an_escort_of_too_long_ago_brings_nobody",
        _ESCORTS,
        "return now <= self.until and now < self.ends",
        "return now < self.ends",
    ),
    Attack(
        "escort-whose-time-is-over",
        f"{_DOOR}test_an_escort_whose_grant_is_over_brings_nobody",
        _ESCORTS,
        "return now <= self.until and now < self.ends",
        "return now <= self.until",
    ),
    Attack(
        "visitor-behind-a-visitor",
        f"{_DOOR}test_a_visitor_brings_no_other",
        _RULES,
        "facts.escorting.most > 0 and facts.visitor is None",
        "facts.escorting.most > 0",
    ),
    Attack(
        "visitor-through-broken-glass",
        f"{_CORE}test_who_was_let_in_by_right_and_is_no_visitor_brings_visitors[break_glass-in-None-False]",
        _RULES,
        " and decision.reason is not Reason.BREAK_GLASS",
        "",
    ),
    Attack(
        "visitor-behind-who-leaves",
        f"{_CORE}test_who_was_let_in_by_right_and_is_no_visitor_brings_visitors[granted-out-None-False]",
        _RULES,
        "is_needed and request.way is Way.IN and",
        "is_needed and",
    ),
    Attack(
        "escort-of-another-policy",
        f"{_DOOR}test_nor_over_one_that_the_door_has_not_heard_of",
        _ESCORTS,
        "if each.is_here(now) and each.asked.position == position",
        "if each.is_here(now)",
    ),
    Attack(
        "escort-denied-by-order",
        f"{_DOOR}test_an_escort_whom_an_order_denies_brings_nobody",
        _QUESTIONS,
        "        self._escorts.forget(self.is_denied)\n",
        "",
    ),
    Attack(
        "escort-lost-before-the-record",
        f"{_DOOR}test_an_order_that_denies_the_escort_while_the_visitor_is_recorded_opens_nothing",
        _QUESTIONS,
        "        alone = alone or "
        "(asked.escort is not None and asked.escort not in self._escorts.at(at, position))\n",
        "",
    ),
    Attack(
        "tour-behind-one-escort",
        f"{_DOOR}test_an_escort_brings_so_many_and_who_comes_again_counts_once",
        _ESCORTS,
        "return len(lately - {visitor}) >= asks.most",
        "return False",
    ),
    Attack(
        "two-visitors-at-two-doors",
        f"{_DOOR}test_of_two_visitors_at_two_doors_for_one_place_one_comes_in",
        _ESCORTS,
        "        self._brought[escort] = [*before, brought]\n",
        "",
    ),
    Attack(
        "visitors-forgotten-by-a-restart",
        "tests/audit/test_state.py::test_whom_an_escort_brought_is_remembered_for_a_day",
        "doorctl/audit/state.py",
        "            connection.execute(_PUT_ESCORT, (escort, visitor, at))\n",
        "",
    ),
    Attack(
        "visitor-who-tries-pins",
        f"{_CORE}test_the_want_of_an_escort_is_shown_as_the_want_of_another_person_and_not_to_whoever_tries_pins",
        "doorctl/core/machines/denial_shown.py",
        "if reason is Reason.ESCORT_AWAITED and not pin_alone:",
        "if reason is Reason.ESCORT_AWAITED:",
    ),
    Attack(
        "guest-beyond-the-sponsor",
        f"{_CORE}test_a_guest_gets_no_further_than_the_sponsor[sponsor6]",
        "doorctl/core/decision.py",
        "    sponsor_may_enter,\n",
        "",
    ),
    Attack(
        "guest-of-somebody-suspended",
        f"{_CORE}test_a_guest_gets_no_further_than_the_sponsor[sponsor1]",
        _RULES,
        "counts = person.id == visitor.sponsor and person.status == Status.ACTIVE",
        "counts = person.id == visitor.sponsor",
    ),
    Attack(
        "guest-beyond-the-sponsor-s-zones",
        f"{_CORE}test_a_guest_gets_no_further_than_the_sponsor[sponsor5]",
        _RULES,
        " or facts.zone.id not in sponsor.zones",
        "",
    ),
    Attack(
        "guest-of-a-guest",
        f"{_POLICY}test_who_may_not_invite_or_is_a_visitor_too_sponsors_nobody[rows2]",
        "doorctl/policy/person.py",
        " or of_sponsor.visiting is not None",
        "",
    ),
    Attack(
        "guest-of-a-leaver",
        f"{_DOOR}test_an_order_that_denies_the_sponsor_denies_the_guest",
        "doorctl/door/orders/deny_list.py",
        " or (DenyHolder, sponsor) in among",
        "",
    ),
    Attack(
        "guest-in-nobody-s-name",
        f"{_DOOR}test_each_record_of_a_guest_is_followed_by_one_that_leads_to_the_sponsor",
        "doorctl/door/asking/asked.py",
        "if visitor is None or visitor.sponsor is None:\n            return []",
        "if visitor is not None:\n            return []",
    ),
    Attack(
        "badge-with-another-s-rights",
        f"{_OF_BADGES}test_a_badge_takes_nothing_over_from_one_visitor_to_the_next",
        _BADGES,
        "        return person_remove(PersonRemove(card.holder), asked)\n",
        "        return _NOTHING\n",
    ),
    Attack(
        "badge-handed-out-twice",
        f"{_OF_BADGES}test_a_badge_takes_nothing_over_from_one_visitor_to_the_next",
        _BADGES,
        "if holder.valid_until is None or holder.valid_until > asked.at:",
        "if False:",
    ),
    Attack(
        "guests-without-number",
        f"{_HUB}test_a_sponsor_has_so_many_guests_at_once_and_those_whose_time_is_over_do_not_count",
        _BADGES,
        "if guests >= sponsor.many:",
        "if False:",
    ),
    Attack(
        "guest-who-stays",
        f"{_HUB}test_who_may_not_be_let_in_is_refused_by_name[do4-beyond-sponsor]",
        _BADGES,
        "if do.until - asked.at > sponsor.seconds:",
        "if False:",
    ),
    Attack(
        "clerk-invites-anywhere",
        f"{_HUB}test_who_may_not_be_let_in_is_refused_by_name[do3-beyond-sponsor]",
        _BADGES,
        "if outside := sorted({*do.zones} - {*sponsor.zones}):",
        "if outside := sorted(set[str]()):",
    ),
    Attack(
        "clerk-invites-into-a-zone-of-two-admins",
        f"{_HUB}test_nobody_is_invited_by_one_admin_to_a_zone_of_two",
        _BADGES,
        "if two := zones_of_two_admins(asked.connection) & {*zones}:",
        "if two := frozenset[str]():",
    ),
    Attack(
        "clerk-invites-into-a-strict-zone",
        f"{_HUB}test_only_an_officer_invites_to_a_strict_zone",
        "doorctl/hub/rights/roles.py",
        '"visitor-in": _right(ADMIN, CLERK, HOST, reach=of_zones, admits=True)',
        '"visitor-in": _right(ADMIN, CLERK, HOST, reach=of_zones)',
    ),
    Attack(
        "visitor-no-more-by-one-admin",
        f"{_HUB}test_what_lets_visitors_further_in_waits_for_a_second_admin[do7-True]",
        "doorctl/hub/two_admins/awaiting.py",
        '    "visitor-end": of_holder,\n',
        "",
    ),
    Attack(
        "visitor-at-an-old-door",
        f"{_HUB}test_a_controller_that_knows_no_visitors_is_upgraded_first",
        "doorctl/hub/verbs/people/visits.py",
        "each.level < VisitorRow.level",
        "False",
    ),
    Attack(
        "badge-of-the-erased",
        f"{_OF_BADGES}test_whoever_is_erased_stands_at_no_badge",
        "doorctl/hub/visits_schema.py",
        "    UPDATE badges SET holder = NULL WHERE holder = new.holder;\n",
        "",
    ),
)
