"""Attacks on own PINs: setting one without the code, learning one, and what a stolen controller can make up."""

from tests.mutations.attack import Attack

_AT_HUB = "tests/hub/test_own_pins.py::"
_AT_DOORS = "tests/door/test_own_pins.py::"
_ENDED = "tests/door/test_own_pins_ended.py::"
_CORE = "tests/core/test_own_pin.py::"
_DECIDING = "doorctl/hub/own_pins/deciding.py"

OWN_PIN_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "own-pin-made-up-by-a-stolen-controller",
        f"{_AT_HUB}test_whoever_does_not_know_the_code_sets_no_pin",
        _DECIDING,
        "if not hmac.compare_digest(pin.proof(bytes(secret[0])), proof):",
        "if False:",
    ),
    Attack(
        "own-pin-by-a-code-that-doors-could-find",
        f"{_AT_HUB}test_a_code_stands_in_the_policy_as_the_keyed_hash_of_its_beginning",
        "doorctl/hub/verbs/people/pin_codes.py",
        "key=_key(asked, told_of(code), do.holder),",
        "key=_key(asked, code, do.holder),",
    ),
    Attack(
        "own-pin-tried-by-all-codes",
        f"{_AT_HUB}test_a_code_that_is_tried_too_often_is_used_up",
        _DECIDING,
        "operations = (Drop(codes[0]),) if tries >= MOST_TRIES else ()",
        "operations = ()",
    ),
    Attack(
        "own-pin-of-another-person",
        f"{_AT_HUB}test_a_proof_is_of_one_pin_and_one_person",
        "doorctl/wire/own_pin.py",
        'f"own-pin:{self._said}".encode()',
        'b"own-pin:" + self.key',
    ),
    Attack(
        "code-used-twice",
        f"{_AT_HUB}test_a_code_counts_once",
        _DECIDING,
        "(Put(row), Drop(code)), at=at)",
        "(Put(row),), at=at)",
    ),
    Attack(
        "code-of-last-week",
        f"{_AT_HUB}test_a_record_may_come_late_if_it_was_made_in_time",
        _DECIDING,
        "if arrived.made_at >= codes[0].valid_until or at >= codes[0].valid_until + LATE_SECONDS:",
        "if False:",
    ),
    Attack(
        "code-left-behind-a-new-pin",
        f"{_AT_HUB}test_whatever_else_becomes_of_the_pin_takes_the_code_away",
        "doorctl/hub/verbs/people/pins.py",
        "return Intent((Put(row), *_codes_of(do.holder, asked)), _text(row, asked), own=own)",
        "return Intent((Put(row),), _text(row, asked), own=own)",
    ),
    Attack(
        "own-pin-hashes-in-exports",
        f"{_AT_HUB}test_no_opening_holds_it_and_the_log_is_whole",
        "doorctl/hub/ingest.py",
        "without_own_pins(fresh.openings, fresh.columns)",
        "fresh.openings",
    ),
    Attack(
        "help-called-by-an-own-pin",
        f"{_AT_HUB}test_the_one_for_duress_is_no_own_pin",
        _DECIDING,
        "if held and (held[0].alone is not None or held[0].duress == key):",
        "if held and held[0].alone is not None:",
    ),
    Attack(
        "codes-tried-at-the-reader",
        f"{_AT_DOORS}test_so_many_wrong_codes_block_the_card_and_then_the_right_one_is_not_looked_at",
        "doorctl/core/rules/own_pin.py",
        "return Reason.PIN_BLOCKED if facts.credential_blocked or facts.reader_blocked else None",
        "return None",
    ),
    Attack(
        "own-pin-with-a-lost-card",
        f"{_CORE}test_a_card_that_is_denied_everywhere_or_blocked_sets_no_pin",
        "doorctl/core/rules/own_pin.py",
        "no_order_denies, *KNOWN_AND_VALID, is_not_blocked)",
        "no_order_denies, *KNOWN_AND_VALID[:1], *KNOWN_AND_VALID[3:4], is_not_blocked)",
    ),
    Attack(
        "kept-inside-by-an-own-pin",
        f"{_AT_DOORS}test_nobody_is_kept_inside_by_who_begins_to_set_a_pin",
        "doorctl/door/asking/own_pins.py",
        "return doorway is not None and not doorway.way_out.is_only(reader)",
        "return doorway is not None",
    ),
    Attack(
        "own-pin-that-everybody-tries-first",
        f"{_CORE}test_what_is_guessed_first_or_of_other_digits_is_no_own_pin",
        "doorctl/core/rules/own_pin.py",
        "if facts.pin_code is None or not is_pin(pin) or is_guessed_first(pin):",
        "if facts.pin_code is None or not is_pin(pin):",
    ),
    Attack(
        "own-pin-of-an-erased-person-on-a-controller",
        "tests/audit/test_erasure.py::test_a_pin_that_they_set_at_a_reader_goes_with_them",
        "doorctl/audit/erasure.py",
        "(subject = ? OR subject >= ? AND subject < ?",
        "(subject IN (?, ?, ?)",
    ),
    Attack(
        "code-called-a-card",
        "tests/hub/test_held_cards.py::test_nobody_learns_the_keyed_hash_of_a_pin_by_calling_it_a_card",
        "doorctl/keys/card_keys.py",
        '_NO_CARDS = frozenset({"pin", "pin-code", "fault"})',
        '_NO_CARDS = frozenset({"pin", "fault"})',
    ),
    Attack(
        "duress-found-by-own-pins",
        f"{_AT_DOORS}test_the_door_takes_the_one_for_duress_as_any_other",
        "doorctl/door/asking/own_pins.py",
        "if pin_fits(digits, asked.facts):",
        "if pin_fits(digits, asked.facts) and asked.facts.pin.duress not in self._card_keys.pin_keys(digits, "
        'holder="ada"):',
    ),
    Attack(
        "own-pins-tried-without-end",
        f"{_AT_DOORS}test_what_is_refused_too_often_ends_it_and_counts_as_a_wrong_pin",
        "doorctl/door/asking/own_pins.py",
        "        if refused < MOST_REFUSED:",
        "        if True:",
    ),
    Attack(
        "active-cards-told-by-own-pins",
        f"{_AT_DOORS}test_nobody_learns_at_a_reader_whether_a_card_is_active",
        "doorctl/door/asking/own_pins.py",
        "self._around.signal(self._doorways[asked.presented.reader].door, SignalName.WRONG_PIN)",
        "self._around.signal(self._doorways[asked.presented.reader].door, asked.denial_shown)",
    ),
    Attack(
        "blocks-that-tell-of-cards",
        f"{_CORE}test_a_code_with_any_card_counts_as_wrong_but_what_is_blocked_is_not_tried",
        "doorctl/core/rules/own_pin.py",
        "Reason.WRONG_PIN if is_tried else None",
        "None if own_pin_refused(request, facts) else Reason.WRONG_PIN",
    ),
    Attack(
        "cards-probed-without-a-record",
        f"{_ENDED}test_who_gives_up_after_the_card_is_recorded",
        "doorctl/door/asking/own_pins.py",
        "if dialogue is not None and dialogue.asked is not None:",
        "if False:",
    ),
    Attack(
        "own-pin-that-takes-anothers",
        f"{_ENDED}test_another_card_is_for_the_door_and_its_pin_in_nobodys_dialogue",
        "doorctl/door/asking/own_pins.py",
        "        else:\n            self._end(reader)\n            return False\n",
        "        else:\n            return False\n",
    ),
    Attack(
        "own-pin-without-an-end",
        f"{_ENDED}test_nobody_puts_the_end_off_for_longer_than_a_while",
        "doorctl/door/asking/own_pins.py",
        "until = min(self._around.monotonic() + seconds, dialogue.end)",
        "until = self._around.monotonic() + seconds",
    ),
    Attack(
        "own-pin-of-who-is-denied-meanwhile",
        f"{_ENDED}test_an_order_ends_what_is_under_way",
        "doorctl/door/asking/own_pins.py",
        "if asked is None or not self._is_overtaken(asked):",
        "if True:",
    ),
    Attack(
        "own-pin-names-the-erased",
        f"{_ENDED}test_another_policy_ends_it_and_names_nobody_who_is_erased",
        "doorctl/door/asking/own_pins.py",
        "self._around.ask(presented.request, partial(self._give_up, presented))",
        "self._give_up(presented, dialogue.asked.facts, dialogue.asked.position)",
    ),
    Attack(
        "own-pin-of-who-was-removed",
        f"{_AT_DOORS}test_the_policy_is_asked_again_before_a_pin_goes_out",
        "doorctl/door/asking/own_pins.py",
        "if key is None or not is_same or own_pin_refused(presented.request, facts) is not None:",
        "if key is None:",
    ),
    Attack(
        "own-pin-gone-on-with-by-another",
        f"{_ENDED}test_who_shows_the_card_at_the_other_keypad_has_gone_from_the_first",
        "doorctl/door/asking/own_pins.py",
        "            self._end(other)\n",
        "            pass\n",
    ),
)
