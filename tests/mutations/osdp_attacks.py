"""Attacks at the wires of OSDP readers, and at the keys of their secure channels."""

from tests.mutations.attack import Attack

_GATE = "firmware_bridge/osdp_gate.py"
_PROTOCOL = "firmware_bridge/osdp_protocol.py"
_OF_GATE = "tests/firmware_bridge/test_osdp_gate.py::"
_PANEL = "firmware_bridge/osdp_panel.py"
_READER = "firmware_bridge/osdp_reader.py"
_IN_THE_MIDDLE = "tests/firmware_bridge/test_osdp_attacks.py::"
_DESK = "doorctl/door/pairing_desk.py"
_OF_DOOR = "tests/door/test_osdp_process.py::"

OSDP_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "osdp-card-in-the-clear",
        f"{_OF_GATE}test_a_card_that_nothing_vouches_for_passes_after_no_command[poll]",
        _GATE,
        "return frame.code == reply and length in (0, len(frame.body))",
        "return True",
    ),
    Attack(
        "osdp-card-in-a-block-without-a-mac",
        f"{_IN_THE_MIDDLE}test_a_card_that_is_put_into_a_channel_that_stands_does_not_arrive"
        "[in a block of the handshake]",
        _GATE,
        "is_secure = asked.block in (Block.COMMAND, Block.SEALED_COMMAND)",
        "return True",
    ),
    Attack(
        "osdp-reply-behind-the-readers-own",
        f"{_OF_GATE}test_of_two_replies_to_one_command_the_first_counts",
        _GATE,
        "        self._asked = None\n        return replace(",
        "        return replace(",
    ),
    Attack(
        "osdp-card-held-up",
        f"{_IN_THE_MIDDLE}test_a_card_that_is_shown_while_the_line_is_held_up_opens_nothing_when_it_is_let_go",
        _READER,
        'if event["event"] in _SHOWN and not self._is_fresh(now):',
        "if False:",
    ),
    Attack(
        "osdp-reader-kept-busy",
        f"{_IN_THE_MIDDLE}test_whoever_says_busy_in_a_readers_place_ends_its_channel",
        _READER,
        "if reply.has_mac:",
        "if True:",
    ),
    Attack(
        "osdp-session-played-back",
        f"{_IN_THE_MIDDLE}test_the_first_challenges_of_two_starts_differ",
        _PANEL,
        "self._random.refill()",
        "pass",
    ),
    Attack(
        "osdp-downgrade",
        f"{_IN_THE_MIDDLE}test_the_library_itself_asks_by_our_key_alone",
        _PANEL,
        "secure = 0 if reader.is_pairing else self._library.FLAG_ENFORCE_SECURE",
        "secure = 0",
    ),
    Attack(
        "osdp-default-key",
        f"{_OF_GATE}test_the_default_key_is_offered_to_nobody_but_the_reader_that_is_paired[challenge]",
        _GATE,
        " and frame.address != self.pairing:",
        " and self.pairing == -1:",
    ),
    Attack(
        "osdp-default-key-as-a-key",
        f"{_OF_DOOR}test_a_key_file_that_cannot_be_trusted_is_refused[the default key]",
        "doorctl/keys/osdp_keys.py",
        "if len(key) != KEY_BYTES or is_weak(key):",
        "if len(key) != KEY_BYTES:",
    ),
    Attack(
        "osdp-channel-that-is-lost-unheard",
        "tests/hub/alerts/test_reader_channels.py"
        "::test_a_channel_that_is_lost_or_gone_round_is_an_alert[reader_offline-secure channel lost-reader front: "
        "secure channel lost]",
        "doorctl/core/suspicion/input_rules.py",
        "    RuleName.READER_CHANNEL: reader_channel,\n",
        "",
    ),
    Attack(
        "osdp-cable-that-is-cut-unheard",
        "tests/firmware_bridge/test_osdp_readers.py::test_a_port_that_is_gone_takes_its_readers_offline",
        _PROTOCOL,
        "lost if was_online else trouble",
        "trouble",
    ),
    Attack(
        "osdp-reader-put-in-the-place-of-another",
        "tests/hub/alerts/test_reader_channels.py::test_a_reader_of_another_key_in_the_place_of_ours_is_an_alert",
        "doorctl/core/suspicion/input_rules.py",
        '    (RecordKind.READER_OFFLINE, NO_CHANNEL, "it answers, and has no secure channel by its key"),\n',
        "",
    ),
    Attack(
        "osdp-reader-whose-supply-is-taken-unheard",
        "tests/hub/alerts/test_input_alerts.py"
        "::test_a_reader_whose_supply_fails_is_an_alert_and_in_the_status_until_it_is_back",
        "doorctl/core/machines/inputs.py",
        "if kind == RecordKind.POWER and reader and detail in _READER_SUPPLY:",
        "if False:",
    ),
    Attack(
        "osdp-pairing-without-an-end",
        "tests/firmware_bridge/test_osdp_pairing.py::test_when_the_window_is_over_nobody_is_offered_the_default_key",
        _PROTOCOL,
        "if now >= pairing.until:",
        "if now >= pairing.until + 300:",
    ),
    Attack(
        "osdp-pairing-for-a-day",
        f"{_OF_DOOR}test_the_door_itself_refuses_what_is_no_pairing[too long a window]",
        _DESK,
        "msgspec.Meta(ge=LEAST_SECONDS, le=MOST_SECONDS)",
        "msgspec.Meta(ge=LEAST_SECONDS)",
    ),
    Attack(
        "osdp-key-in-the-place-of-another",
        f"{_OF_DOOR}test_the_door_itself_refuses_what_is_no_pairing[paired already]",
        _DESK,
        "if protocol.is_paired(wish.reader) and not wish.again:",
        "if protocol.is_paired(wish.reader) and wish.again:",
    ),
    Attack(
        "osdp-pairing-without-a-record",
        f"{_OF_DOOR}test_a_reader_is_paired_beside_the_running_door_and_its_card_opens_also_after_a_restart",
        _DESK,
        "        self._record(wish.reader, detail, partial(self._begin, wish))\n",
        "        self._begin(wish, Committed((0,)))\n",
    ),
    Attack(
        "osdp-pairing-on-a-full-disk",
        "tests/door/test_pairing_desk.py::test_one_whose_record_fails_does_not_begin",
        _DESK,
        "if not isinstance(verdict, Committed):",
        "if False:",
    ),
    Attack(
        "osdp-reader-taken-for-another-that-was-paired",
        "tests/door/test_osdp_pairing_cut_short.py::"
        "test_whoever_waits_for_the_end_of_a_pairing_takes_no_others_for_it",
        "doorctl/cli/site/osdp.py",
        'if told.get("reader", reader) != reader:',
        "if False:",
    ),
    Attack(
        "osdp-pairing-that-the-hub-passes-over",
        "tests/hub/alerts/test_input_alerts.py::test_a_technician_who_begins_at_a_controller_is_an_alert",
        "doorctl/hub/alerts/seen_records.py",
        '    "osdp_pairing",\n',
        "",
    ),
    Attack(
        "osdp-housing-opened-while-its-line-is-cut",
        "tests/firmware_bridge/test_osdp_readers.py::test_what_a_reader_is_when_its_channel_begins_to_stand_is_told",
        "firmware_bridge/osdp_reader.py",
        "            self._ask_state(panel)\n",
        "",
    ),
)
