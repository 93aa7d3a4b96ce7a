"""Attacks by a host, or by the thief of a host's key: beyond the own guests, the own badges and the own time."""

from tests.mutations.attack import Attack

_HUB = "tests/hub/test_hosts.py::"
_MAY_NOT = f"{_HUB}test_what_a_host_may_not_is_refused_by_name_and_recorded"
_IS_OVER = f"{_HUB}test_a_host_invites_nobody_once_that_is_over"
_HOSTS = "doorctl/hub/verbs/people/hosts.py"
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
        "    if do.host != invites_as(asked):\n",
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
        "asked) or not _has_own_guests_alone(key, do.host, asked):",
        "asked):",
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
        "    if holder != invites_as(asked):\n",
        "    if False:\n",
    ),
    Attack(
        "host-by-whom-no-admin-could-let-invite",
        f"{_HUB}test_only_who_may_let_a_person_invite_says_whose_key_it_is",
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
        "tests/hub/backups/test_records.py::test_a_restored_hub_does_not_go_by_whose_the_keys_of_hosts_were",
        "doorctl/hub/backups/records.py",
        "            connection.execute(FORGET_HOST_KEYS)\n",
        "",
    ),
)
