"""Attacks on strict doors, rosters and orders."""

from tests.mutations.attack import Attack

DOOR_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "roster-by-a-clerk",
        "tests/hub/test_rosters.py::test_only_an_officer_brings_a_roster",
        "doorctl/hub/roles.py",
        "    if not held:\n",
        "    if False:\n",
    ),
    Attack(
        "forged-roster",
        "tests/policy/test_strict_doors.py::test_a_forged_roster_does_not_open_a_strict_door",
        "doorctl/wire/roster.py",
        "for each in trust.admins if Role.OFFICER in each.roles}",
        "for each in trust.admins}",
    ),
    Attack(
        "roster-by-one-officer",
        "tests/policy/test_rosters.py::test_where_two_officers_must_sign_one_does_not_suffice",
        "doorctl/wire/roster.py",
        "if len(keys) < signatures:",
        "if False:",
    ),
    Attack(
        "one-officer-under-two-names",
        "tests/policy/test_rosters.py::test_one_key_under_two_names_is_one_officer",
        "doorctl/wire/roster.py",
        "keys = {officers[name].sign for name in opened.signers}",
        "keys = opened.signers",
    ),
    Attack(
        "older-roster",
        "tests/policy/test_strict_doors.py::test_an_older_roster_does_not_open_a_strict_door",
        "doorctl/wire/roster.py",
        "if found.version < held:",
        "if False:",
    ),
    Attack(
        "two-rosters-of-one-version",
        "tests/policy/test_rosters.py::test_another_roster_of_the_version_that_counts_does_not_count",
        "doorctl/wire/roster.py",
        "if found.version == held and found.sha256 != after.sha256 and after.sha256:",
        "if False:",
    ),
    Attack(
        "roster-versions-used-up",
        "tests/policy/test_rosters.py::test_nobody_uses_up_the_versions_by_a_jump",
        "doorctl/wire/roster.py",
        "if found.version > most:",
        "if False:",
    ),
    Attack(
        "old-roster-shown-to-an-officer",
        "tests/cli/test_roster_memory.py::test_an_older_note_under_a_newer_number_is_not_the_roster_in_force",
        "doorctl/cli/roster_memory.py",
        "if roster.version != found.version:",
        "if False:",
    ),
    Attack(
        "roster-of-one-shown-to-two",
        "tests/cli/test_roster_memory.py::test_a_note_with_too_few_signatures_is_not_the_roster_in_force",
        "doorctl/cli/roster_memory.py",
        "signatures = found.note.encode(), max(found.signatures, known.signatures)",
        "signatures = found.note.encode(), 1",
    ),
    Attack(
        "one-number-signed-twice",
        "tests/cli/test_roster_memory.py::test_a_number_is_never_signed_for_another_text",
        "doorctl/cli/roster_memory.py",
        "if version != known.signed and version.version <= known.signed.version:",
        "if False:",
    ),
    Attack(
        "roster-of-another-zone",
        "tests/policy/test_strict_doors.py::test_the_roster_of_another_zone_does_not_open_a_strict_door",
        "doorctl/wire/roster.py",
        "if roster.zone != zone:",
        "if False:",
    ),
    Attack(
        "roster-by-a-suspended-officer",
        "tests/policy/test_strict_doors.py::test_a_suspended_officer_s_roster_does_not_open_a_strict_door",
        "doorctl/wire/roster.py",
        "for name, keys in officers.items() if keys.id not in out]",
        "for name, keys in officers.items()]",
    ),
    Attack(
        "own-card-for-another",
        (
            ""
            "tests/policy/test_strict_doors.py::test_a_clerk_who_adds_a_card_to_somebody_on_the_roster_does_not"
            "_open_a_strict_door"
        ),
        "doorctl/policy/rosters.py",
        "return () if credential is None else counting.lines.get((holder, card_mark(credential)), ())",
        "return next((lines for (who, _), lines in counting.lines.items() if who == holder), ())",
    ),
    Attack(
        "anothers-card-for-oneself",
        (
            ""
            "tests/policy/test_strict_doors.py::test_a_hub_that_gives_the_card_of_one_on_the_roster_to_another_"
            "does_not_open_a_strict_door"
        ),
        "doorctl/policy/rosters.py",
        "return () if credential is None else counting.lines.get((holder, card_mark(credential)), ())",
        (
            "return () if credential is None else next((lines for (_, card), lines in counting.lines.items() "
            "if card == card_mark(credential)), ())"
        ),
    ),
    Attack(
        "group-into-a-strict-zone",
        "tests/policy/test_strict_doors.py::test_a_changed_group_does_not_open_a_strict_door",
        "doorctl/core/strict.py",
        "return next((reason for reason in NEAREST_ROSTER_MISS if reason in misses), Reason.NOT_ON_ROSTER)",
        "return None",
    ),
    Attack(
        "moved-door",
        "tests/policy/test_strict_doors.py::test_a_moved_door_does_not_open",
        "doorctl/core/strict.py",
        "return None if facts.door.zone == request.strict_zone else Reason.NOT_THE_STRICT_ZONE",
        "return None",
    ),
    Attack(
        "zone-no-longer-strict",
        "tests/policy/test_strict_doors.py::test_a_zone_that_is_no_longer_called_strict_does_not_open_a_strict_door",
        "doorctl/core/strict.py",
        "return request.strict_zone is not None or (facts.zone is not None and facts.zone.strict)",
        "return facts.zone is not None and facts.zone.strict",
    ),
    Attack(
        "widened-schedule",
        "tests/policy/test_strict_doors.py::test_a_widened_schedule_does_not_open_a_strict_door",
        "doorctl/core/strict.py",
        "is_open(line.schedule, request.at, line.timezone, facts.holidays)",
        "is_open(facts.schedules[line.schedule.id], request.at, line.timezone, facts.holidays)",
    ),
    Attack(
        "site-moved-to-another-clock",
        "tests/policy/test_strict_doors.py::test_a_site_that_is_moved_to_another_clock_does_not_open_a_strict_door",
        "doorctl/core/strict.py",
        "request.at, line.timezone, facts.holidays",
        "request.at, facts.timezone, facts.holidays",
    ),
    Attack(
        "one-breaks-the-glass-twice",
        "tests/core/test_emergencies.py::test_nobody_breaks_the_glass_alone_with_two_swipes",
        "doorctl/core/emergencies.py",
        "and request.partner != facts.holder.id",
        "",
    ),
    Attack(
        "break-glass-kept-from-beginning",
        "tests/door/test_emergencies.py::test_a_flood_of_unknown_cards_keeps_nobody_from_breaking_the_glass",
        "doorctl/door/doorway.py",
        'holder = facts.holder.id if begins and facts.holder else ""',
        'holder = ""',
    ),
    Attack(
        "card-in-a-lockdown",
        "tests/policy/test_zone_rules.py::test_a_lockdown_denies_in_its_zone",
        "doorctl/core/emergencies.py",
        "return Reason.LOCKDOWN if facts.locked_down else None",
        "return None",
    ),
    Attack(
        "order-for-tomorrow",
        "tests/keeper/test_orders.py::test_an_order_that_does_not_hold_is_refused_by_name",
        "doorctl/keeper/orders_desk.py",
        "        if left > ORDER_SECONDS:\n",
        "        if False:\n",
    ),
    Attack(
        "order-held-back",
        "tests/keeper/test_orders.py::test_an_order_that_does_not_hold_is_refused_by_name",
        "doorctl/keeper/orders_desk.py",
        "        if left <= 0:\n",
        "        if False:\n",
    ),
    Attack(
        "order-again",
        "tests/keeper/test_orders.py::test_an_order_that_is_repeated_is_handed_over_once",
        "doorctl/keeper/orders_desk.py",
        "            if order.id in self._known:\n                return self._answer_again(order.id)\n",
        "",
    ),
    Attack(
        "order-again-after-a-restart",
        "tests/door/test_orders_once.py::test_an_order_that_is_replayed_after_a_restart_opens_nothing_and_is_told_again",
        "doorctl/door/orders.py",
        "        if order.id in self._answered:\n",
        "        if False:\n",
    ),
    Attack(
        "order-kept-by-a-broker",
        "tests/link/test_link.py::test_an_order_that_the_broker_has_kept_is_never_delivered",
        "doorctl/link/process.py",
        "if retained and address.channel is Channel.ORDER:",
        "if False:",
    ),
    Attack(
        "order-that-no-admin-gave",
        "tests/keeper/test_orders.py::test_an_order_that_does_not_hold_is_refused_by_name",
        "doorctl/keeper/orders_desk.py",
        "if (command.id, command.admin, command.do) != (order.id, order.admin, _asked_for(deed)):",
        "if False:",
    ),
    Attack(
        "order-by-a-suspended-admin",
        "tests/keeper/test_orders.py::test_a_suspended_admin_opens_nothing",
        "doorctl/keeper/orders_desk.py",
        "if self._is_suspended(admin.id):",
        "if False:",
    ),
    Attack(
        "held-open-after-a-suspension",
        "tests/door/test_orders.py::test_what_a_suspended_admin_holds_open_ends",
        "doorctl/door/doorway.py",
        "if self._held is not None and self._around.deny_list.has_suspended(self._held[0]):",
        "if False:",
    ),
    Attack(
        "order-at-a-strict-door",
        "tests/door/test_refused_orders.py::test_a_strict_door_takes_orders_from_officers_alone",
        "doorctl/core/order_rules.py",
        "order.strict and not order.by_officer",
        "False",
    ),
    Attack(
        "order-during-a-lockdown",
        "tests/door/test_refused_orders.py::test_a_lockdown_that_comes_before_the_record_is_on_disk_opens_nothing",
        "doorctl/core/order_rules.py",
        "lambda order: order.locked_down",
        "lambda order: False",
    ),
    Attack(
        "order-behind-a-policy-made-anew",
        "tests/door/test_policy_watch.py::test_a_policy_made_anew_at_the_same_revision_reaches_the_door",
        "doorctl/policy/reader.py",
        "rosters=self._rosters, file=target)",
        "rosters=self._rosters)",
    ),
    Attack(
        "order-where-we-cannot-read",
        "tests/door/test_orders.py::test_a_lockdown_and_what_may_be_one_end_what_is_held_open",
        "doorctl/door/doorway.py",
        "(place.locked_down or place.needs_upgrade)",
        "place.locked_down",
    ),
    Attack(
        "leaver-alarm-silenced",
        "tests/hub/test_leavers.py::test_an_unsigned_word_that_a_controller_is_offline_silences_no_alarm",
        "doorctl/hub/leavers.py",
        "return was_heard or presence.is_online",
        "return presence.is_online",
    ),
    Attack(
        "door-of-another-claimed",
        "tests/hub/test_orders.py::test_no_order_goes_to_a_door_that_two_controllers_say_they_serve",
        "doorctl/hub/verbs/lockdown.py",
        "    if len(serving) > 1:\n",
        "    if False:\n",
    ),
)
