"""Attacks on what is said on the wire."""

from tests.mutations.attack import Attack

WIRE_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "forged-change",
        "tests/keeper/test_sync.py::test_what_is_not_to_be_believed_is_refused_by_name[by a stranger]",
        "doorctl/notes.py",
        "    if not signers:\n",
        "    if False:\n",
    ),
    Attack(
        "altered-change",
        "tests/keeper/test_sync.py::test_what_is_not_to_be_believed_is_refused_by_name[changed]",
        "doorctl/notes.py",
        "if not verifier.verify(text, signature):",
        "if False:",
    ),
    Attack(
        "respelled-note",
        "tests/hostile/test_attacks.py::test_no_note_has_a_second_spelling",
        "doorctl/notes.py",
        "if base64.b64encode(raw) != encoded:",
        "if False:",
    ),
    Attack(
        "note-of-another-type",
        "tests/keeper/test_sync.py::test_what_is_not_to_be_believed_is_refused_by_name[wrong type]",
        "doorctl/messages.py",
        'if first != f"{VERSION}{message_type.kind}".encode():',
        "if False:",
    ),
    Attack(
        "note-of-another-site",
        "tests/hub/test_commands.py::test_a_command_of_another_site_is_counted_and_not_answered",
        "doorctl/messages.py",
        "if message.site != site:",
        "if False:",
    ),
    Attack(
        "nested-brackets",
        "tests/test_messages.py::test_json_that_is_broken_or_nested_too_deep_is_malformed",
        "doorctl/messages.py",
        "(msgspec.DecodeError, UnicodeDecodeError, RecursionError)",
        "(msgspec.DecodeError, UnicodeDecodeError)",
    ),
    Attack(
        "word-to-another-controller",
        "tests/keeper/test_sync.py::test_what_is_not_to_be_believed_is_refused_by_name[an answer to another]",
        "doorctl/keeper/hub_notes.py",
        "if isinstance(message, Answer | LogAck | Order) and message.controller != self._controller:",
        "if False:",
    ),
    Attack(
        "foreign-card-keys",
        "tests/keeper/test_sync.py::test_card_keys_that_the_broker_put_beside_a_good_answer_are_refused",
        "doorctl/messages.py",
        "    if found != message.sealed:\n",
        "    if False:\n",
    ),
    Attack(
        "broker-in-anothers-name",
        "tests/mqtt/test_tls.py::test_a_context_asks_for_tls_1_2_and_checks_the_host",
        "doorctl/mqtt/tls.py",
        "context = ssl.create_default_context(cafile=tls.ca)",
        "context = ssl._create_unverified_context()",
    ),
    Attack(
        "late-will",
        "tests/hub/test_presence.py::test_the_last_will_of_a_session_that_is_over_is_passed_by",
        "doorctl/hub/roll.py",
        'if state.link == "offline" and known.unsigned.session not in ("", state.session):',
        "if False:",
    ),
    Attack(
        "recorded-question-again",
        "tests/hub/test_asks.py::test_a_recorded_ask_is_answered_once_and_is_no_sign_of_life",
        "doorctl/hub/asks.py",
        "if ask.nonce in self._nonces.get(ask.controller, ()):",
        "if False:",
    ),
    Attack(
        "acknowledgement-for-another",
        "tests/hub/test_publishing.py::test_an_acknowledgement_of_something_else_is_counted",
        "doorctl/hub/roll.py",
        "if message.controller != controller:",
        "if False:",
    ),
    Attack(
        "revoked-admin-listens-on",
        "tests/cli/test_broker.py::test_who_is_trusted_no_longer_is_let_in_no_more",
        "doorctl/cli/broker_files.py",
        "return keys is None or _raw(certificate) in keys",
        "return True",
    ),
    Attack(
        "broker-filled-up",
        "tests/cli/test_broker.py::test_the_access_list_has_every_channel_once",
        "doorctl/mqtt/broker_config.py",
        'branch, separator, _ = mine.partition("/down/")',
        'branch, separator, _ = mine.partition("/up/" if "/up/" in mine else "/down/")',
    ),
)
