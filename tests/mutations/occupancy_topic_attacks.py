"""Attacks on who is inside over the controllers of a site: by a courier, and by a stolen controller."""

from tests.mutations.attack import Attack

_KEEPER = "tests/keeper/test_site_occupancy.py::"
_FOLLOWS = "doorctl/keeper/site_occupancy.py"
_HUB = "tests/hub/controllers/test_occupancy_notes.py::"
_MOVERS = "doorctl/hub/movers.py"
_DOOR = "tests/door/test_site_count.py::"
_COUNT = "doorctl/door/presence/site_count.py"

OCCUPANCY_TOPIC_ATTACKS = (
    Attack(
        "whereabouts-read-at-the-broker",
        f"{_HUB}test_what_is_told_of_persons_can_be_read_by_no_broker",
        "doorctl/keys/shared_sealing.py",
        "return nonce + _cipher(ring_key, about).encrypt(nonce, plain, None)",
        "return plain",
    ),
    Attack(
        "whereabouts-of-a-forger",
        f"{_KEEPER}test_what_another_has_put_beside_a_note_is_told_to_nobody",
        "doorctl/wire/site_occupancy.py",
        "if hashlib.sha256(sealed).hexdigest() != note.sha256:",
        "if False:",
    ),
    Attack(
        "whereabouts-of-yesterday",
        f"{_KEEPER}test_without_a_whole_that_was_asked_for_nothing_is_told",
        _FOLLOWS,
        "        if nonce not in self._asked:",
        "        self._asked.setdefault(nonce, now)\n        if False:",
    ),
    Attack(
        "whereabouts-told-again",
        f"{_KEEPER}test_a_note_of_before_is_told_to_nobody[7]",
        _FOLLOWS,
        "if run is not None and note.run == run.run and note.number <= run.number:",
        "if False:",
    ),
    Attack(
        "whereabouts-with-one-left-out",
        f"{_KEEPER}test_a_note_that_comes_early_waits_for_those_before_it_while_we_ask",
        _FOLLOWS,
        "        if note.number > run.number:\n            self._want_whole(now)\n",
        "",
    ),
    Attack(
        "whereabouts-of-two-wholes",
        f"{_KEEPER}test_parts_of_two_wholes_are_not_put_together[odd1]",
        _FOLLOWS,
        "(note.run, note.number, note.parts) != (first.run, first.number, first.parts)",
        "False",
    ),
    Attack(
        "whereabouts-without-end",
        f"{_KEEPER}test_a_flood_of_early_notes_is_not_kept",
        _FOLLOWS,
        "if len(self._early) >= MOST_EARLY:",
        "if False:",
    ),
    Attack(
        "courier-that-is-always-late",
        f"{_KEEPER}test_a_note_that_was_held_back_is_as_old_as_it_is",
        _FOLLOWS,
        "SiteOccupancy(min(run.began_at + note.ran_ms / 1000, now), people)",
        "SiteOccupancy(now, people)",
    ),
    Attack(
        "silence-that-nobody-notices",
        f"{_DOOR}test_after_a_silence_our_own_count_alone_counts_and_the_record_says_so",
        "doorctl/core/site_count.py",
        "return as_of is not None and now - as_of <= SILENCE_SECONDS",
        "return as_of is not None",
    ),
    Attack(
        "half-of-who-is-inside",
        f"{_DOOR}test_half_a_whole_counts_for_nothing_and_leaves_what_counted_before",
        _COUNT,
        "        if told.begins:\n            self._filling = _View()",
        "        if told.begins:\n            self._filling = self._view = _View()",
    ),
    Attack(
        "card-handed-to-another-controllers-door",
        f"{_DOOR}test_who_entered_by_another_door_of_the_site_enters_no_more",
        "doorctl/door/presence/occupancy.py",
        "return self._site.there if self._site.counts else self._own",
        "return self._own",
    ),
    Attack(
        "forgiven-before-the-hub-knows",
        f"{_DOOR}test_what_the_hub_has_not_counted_yet_of_our_own_doors_counts_here",
        _COUNT,
        "        own = self._left.get(holder, {}) | own\n",
        "        own = {}\n",
    ),
    Attack(
        "held-to-what-was-before-the-fire",
        f"{_DOOR}test_fire_forgets_what_was_told_and_what_is_told_of_before_it",
        "doorctl/door/presence/occupancy.py",
        "        site = self._site.forget(forgets, now=now)\n",
        "        site = 0\n",
    ),
    Attack(
        "stolen-controller-that-moves-people-elsewhere",
        f"{_HUB}test_a_controller_moves_nobody_in_a_zone_that_it_has_no_door_into",
        _MOVERS,
        "                if zone in believed[controller]\n",
        "",
    ),
    Attack(
        "stolen-controller-at-a-door-of-another",
        f"{_HUB}test_by_a_door_that_another_controller_says_to_serve_nobody_moves",
        _MOVERS,
        "if claims[door] == 1 and door in zone_of",
        "if door in zone_of",
    ),
    Attack(
        "stolen-controller-that-is-ahead-of-all",
        f"{_HUB}test_what_is_said_to_come_was_just_now",
        _MOVERS,
        "max(0, min(since, at))",
        "since",
    ),
    Attack(
        "everybody-moves-at-once",
        f"{_HUB}test_when_all_move_at_once_each_note_is_bounded_and_the_rest_comes_with_the_next",
        "doorctl/wire/site_occupancy.py",
        "if size + len(entry) > MOST_PART_BYTES:",
        "if False:",
    ),
)
