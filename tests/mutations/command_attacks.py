"""Attacks on commands, and those who may give them."""

from tests.mutations.attack import Attack

COMMAND_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "command-again",
        "tests/hub/test_commands.py::test_a_repeated_command_has_one_effect_and_the_same_answer",
        "doorctl/hub/stored_answers.py",
        "return None if row is None else StoredAnswer(bytes(row[0]), row[1])",
        "return None",
    ),
    Attack(
        "command-of-yesterday",
        "tests/hub/test_commands.py::test_a_command_outside_its_time_is_refused",
        "doorctl/hub/authority.py",
        "if command.expires <= max(at, newest_forgotten):",
        "if False:",
    ),
    Attack(
        "command-for-years",
        "tests/hub/test_commands.py::test_a_command_outside_its_time_is_refused",
        "doorctl/hub/authority.py",
        "if command.expires > at + COMMAND_SECONDS + CLOCK_TOLERANCE_SECONDS:",
        "if False:",
    ),
    Attack(
        "command-kept-by-a-broker",
        "tests/hub/test_hostile_payloads.py::test_what_a_broker_has_kept_is_refused",
        "doorctl/hub/hub.py",
        "if retained and address.channel not in",
        "if False and address.channel not in",
    ),
    Attack(
        "command-in-another-name",
        "tests/hub/test_commands.py::test_a_command_on_another_admins_topic_is_counted",
        "doorctl/hub/authority.py",
        "admin = next((keys for keys in admins if keys.id == topic_admin), None)",
        "admin = next(iter(admins), None)",
    ),
    Attack(
        "signature-added",
        (
            ""
            "tests/hub/test_commands.py::test_a_command_that_somebody_added_to_is_counted_and_the_true_one_st"
            "ill_counts"
        ),
        "doorctl/hub/authority.py",
        'if note.count(b"\\n", len(opened.text)) != 2:',
        "if False:",
    ),
    Attack(
        "private-part-left-out",
        "tests/hub/test_commands.py::test_a_private_part_that_is_missing_is_refused",
        "doorctl/hub/authority.py",
        "if (signed.sealed is None) != (signed.command.private is None):",
        "if False:",
    ),
    Attack(
        "private-part-swapped",
        "tests/hostile/test_attacks.py::test_another_private_part_than_was_signed_for_is_refused",
        "doorctl/hub/authority.py",
        "if hashlib.sha256(private).hexdigest() != signed.command.private:",
        "if False:",
    ),
    Attack(
        "refused-then-again",
        "tests/hub/test_refused_commands.py::test_a_refused_command_stays_refused_when_it_would_succeed_now",
        "doorctl/hub/desk.py",
        "answered = self._known(command) or self._remember_refusal(command, answered, outcome, at)",
        "pass",
    ),
    Attack(
        "beyond-the-role",
        "tests/hub/test_admins.py::test_only_an_officer_suspends",
        "doorctl/hub/roles.py",
        "    if not held:\n",
        "    if False:\n",
    ),
    Attack(
        "beyond-ones-zones",
        "tests/hub/test_roles.py::test_an_admin_limited_to_zones_may_do_what_is_about_them_alone",
        "doorctl/hub/roles.py",
        "if outside := zones - frozenset(admin.zones):",
        "if outside := frozenset[str]():",
    ),
    Attack(
        "admin-grants-into-a-strict-zone",
        "tests/hub/test_roles.py::test_only_an_officer_lets_somebody_into_a_strict_zone",
        "doorctl/hub/roles.py",
        "if strict and OFFICER not in admin.roles:",
        "if False:",
    ),
    Attack(
        "suspended-admin",
        "tests/hub/test_admins.py::test_a_suspended_admin_is_refused_from_the_next_command_on",
        "doorctl/hub/standing.py",
        "if admin in suspended_admins(connection):",
        "if False:",
    ),
    Attack(
        "grant-after-expiry",
        "tests/hub/test_admins.py::test_after_trust_has_expired_nothing_is_added",
        "doorctl/hub/standing.py",
        "if trust.expires is not None and at >= trust.expires and effect_of(do) not in _GOES_ON:",
        "if False:",
    ),
    Attack(
        "own-approval",
        "tests/hub/test_two_admins.py::test_nobody_approves_their_own_command",
        "doorctl/hub/verbs/approvals.py",
        "if asked.admin.id == requester.id or asked.admin.sign == requester.sign:",
        "if False:",
    ),
    Attack(
        "approval-beyond-the-role",
        "tests/hub/test_two_admins.py::test_who_may_not_do_it_may_not_approve_it",
        "doorctl/hub/verbs/approvals.py",
        "    check_allowed(asked.admin, command.do, asked.connection)\n    wanted",
        "    wanted",
    ),
    Attack(
        "grants-by-the-hundred",
        "tests/hub/test_admins.py::test_an_admin_gives_so_many_grants_within_an_hour_and_no_more",
        "doorctl/hub/given_commands.py",
        "if more and given + more > most:",
        "if False:",
    ),
    Attack(
        "card-keys-used-up",
        "tests/hub/test_card_ring.py::test_the_ring_is_rotated_once_a_day_at_most",
        "doorctl/hub/verbs/rings.py",
        "    _check_pace(asked)\n",
        "",
    ),
)
