"""Attacks by a host, or by the thief of a host's key: beyond the own guests, the own badges and the own time."""

from tests.mutations.attack import Attack

_HUB = "tests/hub/test_hosts.py::"
_OF_DELEGATES = "tests/hub/test_delegates.py::"
_MAY_NOT = f"{_HUB}test_what_a_host_may_not_is_refused_by_name_and_recorded"
_IS_OVER = f"{_HUB}test_a_host_invites_nobody_once_that_is_over"
_HOSTS = "doorctl/hub/verbs/people/hosts.py"
_DELEGATES = "doorctl/hub/verbs/people/delegates.py"
_VISITS = "doorctl/hub/verbs/people/visits.py"
_BADGES = "doorctl/hub/verbs/people/badges.py"
_ROLES = "doorctl/hub/rights/roles.py"

HOST_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "host-grants",
        f"{_MAY_NOT}[do6-not-allowed]",
        _ROLES,
        '    "grant": _right(ADMIN, reach=of_zone, admits=True),',
        '    "grant": _right(ADMIN, HOST, reach=of_zone, admits=True),',
    ),
    Attack(
        "host-invites-for-another",
        f"{_MAY_NOT}[do0-not-own-guest]",
        _HOSTS,
        "    if do.host not in invites_for(asked):\n",
        "    if False:\n",
    ),
    Attack(
        "host-beyond-limits",
        f"{_HUB}test_two_keys_of_one_person_have_no_more_guests_than_one",
        _BADGES,
        "WHERE v.sponsor = ? AND",
        "WHERE v.sponsor = ? AND h.valid_until = -1 AND",
    ),
    Attack(
        "host-who-is-no-sponsor",
        f"{_IS_OVER}[no sponsor]",
        _HOSTS,
        "    if find_sponsor(do.host, asked) is None:\n",
        "    if False:\n",
    ),
    Attack(
        "host-takes-out-another-s-guest",
        f"{_HUB}test_a_host_takes_out_no_guest_of_another_and_learns_nothing_of_any_other_card[H10301:7:70]",
        _BADGES,
        "        check_takes_back(key, asked)\n",
        "        pass\n",
    ),
    Attack(
        "host-takes-out-who-has-a-card-of-their-own",
        f"{_HUB}test_somebody_who_was_made_a_visitor_with_a_card_of_their_own_is_not_taken_out_by_a_host",
        _HOSTS,
        "key=key)) and is_in_pool(key, asked)",
        "key=key))",
    ),
    Attack(
        "host-who-left",
        f"{_IS_OVER}[suspended]",
        _VISITS,
        "    return holder.status is not Status.ACTIVE or (",
        "    return (",
    ),
    Attack(
        "host-whose-time-is-over",
        f"{_IS_OVER}[expired]",
        _HOSTS,
        "    if is_gone(holder, at=asked.at):\n",
        "    if is_gone(holder, at=0):\n",
    ),
    Attack(
        "host-by-a-key-of-the-same-name",
        f"{_HUB}test_a_later_key_of_the_same_name_invites_nobody_until_it_is_said_whose_it_is",
        _HOSTS,
        'FROM host_keys WHERE admin = ? AND sign = ?"',
        'FROM host_keys WHERE admin = ? OR sign = ?"',
    ),
    Attack(
        "host-hands-out-any-card",
        f"{_HUB}test_a_host_hands_out_a_free_badge_alone_and_learns_nothing_of_any_other_card[H10301:7:99]",
        _HOSTS,
        "    if not is_in_pool(key, asked) or not",
        "    if not",
    ),
    Attack(
        "host-tries-card-numbers",
        f"{_HUB}test_a_host_hands_out_a_free_badge_alone_and_learns_nothing_of_any_other_card[H10301:7:70]",
        _HOSTS,
        "asked) or not _has_guests_alone(key, frozenset({do.host}), asked):",
        "asked):",
    ),
    Attack(
        "host-looks-for-a-badge-to-copy",
        f"{_HUB}test_a_host_tries_so_many_cards_an_hour_and_no_more",
        _HOSTS,
        'asked.admin.id, "reason", "no-badge", at=asked.at) >= MOST_TRIED:',
        'asked.admin.id, "reason", "no-badge", at=asked.at) >= 1000:',
    ),
    Attack(
        "host-whose-guests-walk-behind-anybody",
        f"{_MAY_NOT}[do4-bad-escort]",
        _HOSTS,
        "    if do.any_escort or do.escort_group is not None:\n",
        "    if False:\n",
    ),
    Attack(
        "host-looks-people-up",
        f"{_HUB}test_a_host_finds_nobody_but_themself",
        "doorctl/hub/verbs/lists.py",
        "    if holder not in invites_for(asked):\n",
        "    if False:\n",
    ),
    Attack(
        "host-by-whom-no-admin-could-let-invite",
        f"{_HUB}test_only_who_may_let_a_person_invite_says_by_whom_they_do[whose key]",
        _ROLES,
        '"host-set": _right(ADMIN, reach=of_sponsor, admits=True)',
        '"host-set": _right(ADMIN, admits=True)',
    ),
    Attack(
        "host-limited-by-no-role",
        f"{_HUB}test_a_host_with_another_role_may_what_that_one_may_and_what_a_host_may",
        _ROLES,
        "roles=tuple(role for role in admin.roles if role != HOST)",
        "roles=tuple(role for role in admin.roles if role == HOST) if len(admin.roles) > 1 else ()",
    ),
    Attack(
        "host-of-a-backup",
        "tests/hub/backups/test_records.py::test_a_restored_hub_does_not_go_by_who_was_a_host_or_a_delegate",
        "doorctl/hub/backups/records.py",
        "FORGET_HOSTS:\n",
        "FORGET_HOSTS[:0]:\n",
    ),
    Attack(
        "delegate-of-nobody",
        f"{_OF_DELEGATES}test_nobody_else_is_a_delegate_nor_anybody_the_other_way_round",
        _DELEGATES,
        'FROM delegates WHERE holder = ? AND until > ?"',
        'FROM delegates WHERE ? <>  AND until > ?"',
    ),
    Attack(
        "delegate-whose-time-is-over",
        f"{_OF_DELEGATES}test_a_delegate_is_one_until_the_time_that_was_said_and_then_forgotten",
        _DELEGATES,
        'FROM delegates WHERE holder = ? AND until > ?"',
        'FROM delegates WHERE holder = ? AND until > ? - 1"',
    ),
    Attack(
        "delegate-who-left",
        f"{_OF_DELEGATES}test_a_delegate_invites_nobody_once_either_does_not_count[delegate suspended]",
        _HOSTS,
        "    if is_gone(holder, at=asked.at):\n",
        "    if False:\n",
    ),
    Attack(
        "delegate-for-a-leaver",
        f"{_OF_DELEGATES}test_a_delegate_invites_nobody_once_either_does_not_count[sponsor suspended]",
        _BADGES,
        "    if is_gone(host, at=asked.at):\n",
        "    if False:\n",
    ),
    Attack(
        "delegate-by-whom-no-admin-could-let-invite",
        f"{_HUB}test_only_who_may_let_a_person_invite_says_by_whom_they_do[whose delegate]",
        _ROLES,
        '"delegate-set": _right(ADMIN, reach=of_sponsor, admits=True)',
        '"delegate-set": _right(ADMIN, admits=True)',
    ),
    Attack(
        "delegate-who-is-a-visitor",
        f"{_OF_DELEGATES}test_who_becomes_a_visitor_invites_nobody_for_anybody",
        _HOSTS,
        "    if find_visitor(holder.id, asked) is not None:\n",
        "    if False:\n",
    ),
)
