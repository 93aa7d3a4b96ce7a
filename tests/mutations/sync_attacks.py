"""Attacks on the policy of a controller, and how fresh it seems."""

from tests.mutations.attack import Attack

SYNC_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "old-change-again",
        "tests/keeper/test_sync.py::test_a_repeat_is_acknowledged_and_changes_nothing",
        "doorctl/keeper/following.py",
        "if own.epoch == delta.epoch and delta.last <= own.revision:",
        "if False:",
    ),
    Attack(
        "change-out-of-order",
        "tests/policy/test_apply.py::test_a_gap_is_refused",
        "doorctl/policy/apply.py",
        "if change.revision != position.revision + 1:",
        "if False:",
    ),
    Attack(
        "two-histories",
        "tests/keeper/test_histories.py::test_another_history_of_what_lies_behind_us_is_a_fork",
        "doorctl/keeper/following.py",
        "if known is not None and told.chain != known.hex():",
        "if False:",
    ),
    Attack(
        "fork-forgotten",
        "tests/keeper/test_histories.py::test_a_fork_survives_a_restart",
        "doorctl/keeper/following.py",
        "if self._mark.holds_for(told.epoch):",
        "if False:",
    ),
    Attack(
        "epoch-nobody-named",
        "tests/keeper/test_histories.py::test_an_empty_controller_takes_no_epoch_but_the_one_that_trust_names",
        "doorctl/keeper/following.py",
        "if epoch != trust.epoch:",
        "if False:",
    ),
    Attack(
        "epoch-not-superseded",
        "tests/keeper/test_histories.py::test_a_higher_epoch_counts_only_if_trust_names_it_and_what_it_supersedes",
        "doorctl/keeper/following.py",
        "if own > trust.supersedes:",
        "if False:",
    ),
    Attack(
        "change-we-cannot-read",
        "tests/policy/test_zone_rules.py::test_a_change_that_is_kept_aside_denies_in_the_zones_it_names",
        "doorctl/core/decision.py",
        "return Reason.NEEDS_UPGRADE if facts.needs_upgrade else None",
        "return None",
    ),
    Attack(
        "drip-fed-heads",
        "tests/keeper/test_freshness.py::test_heads_recorded_and_released_one_by_one_confirm_nothing",
        "doorctl/keeper/sync.py",
        "        self._following.take_head(payload, self._hub.open(payload, Head), now)\n",
        (
            "        self._following.take_head(payload, self._hub.open(payload, Head), now)\n        "
            "self._freshness.answered(self._hub.open(payload, Head), asked_at=now, heard_at=now)\n"
        ),
    ),
    Attack(
        "old-answer-again",
        "tests/keeper/test_freshness.py::test_an_answer_played_again_confirms_nothing",
        "doorctl/keeper/sync.py",
        (
            '        if question is None:\n            raise Refused("unknown-nonce", "the answer is to no '
            'question that is open")\n'
        ),
        "        if question is None:\n            question = self._asking.question(now, revision=0)\n",
    ),
    Attack(
        "answer-held-back",
        "tests/keeper/test_freshness.py::test_an_answer_held_back_confirms_no_more_than_its_question_was_worth",
        "doorctl/keeper/sync.py",
        "asked_at=question.at, heard_at=now)",
        "asked_at=now, heard_at=now)",
    ),
    Attack(
        "answer-before-the-changes",
        "tests/keeper/test_freshness.py::test_an_answer_that_is_ahead_confirms_once_all_of_it_is_applied",
        "doorctl/keeper/freshness.py",
        "return head.epoch == own.epoch and head.revision <= own.revision",
        "return True",
    ),
    Attack(
        "policy-of-last-week",
        "tests/core/test_decision.py::test_a_policy_of_unknown_age_is_too_old_for_a_zone_with_a_limit",
        "doorctl/core/emergencies.py",
        "return limit is not None and (age is None or age > limit)",
        "return limit is not None and age is not None and age > limit",
    ),
    Attack(
        "clock-set-ahead",
        "tests/test_clock.py::test_a_hub_that_is_ahead_lifts_the_clock_by_five_minutes_in_all_at_most",
        "doorctl/clock.py",
        "lift = min(seconds, self._liftable)",
        "lift = seconds",
    ),
    Attack(
        "clock-from-2036",
        "tests/test_clock.py::test_a_hub_in_the_far_future_does_no_lasting_harm",
        "doorctl/clock.py",
        "self._confirmed = abs(ahead) <= CONFIRMING_SECONDS",
        "self._confirmed = True",
    ),
    Attack(
        "chunk-with-other-data",
        "tests/keeper/test_collecting.py::test_a_chunk_with_other_data_than_was_signed_for_is_refused",
        "doorctl/keeper/collecting.py",
        "if chunk.number >= self.offer.chunks or hashlib.sha256(data).hexdigest() != chunk.sha256:",
        "if chunk.number >= self.offer.chunks:",
    ),
    Attack(
        "chunk-of-another-snapshot",
        "tests/keeper/test_new_policy.py::test_a_chunk_of_another_snapshot_among_them_is_noticed_at_the_end",
        "doorctl/keeper/new_policy.py",
        "if position.digest_hex != self.offer.digest:",
        "if False:",
    ),
    Attack(
        "chunk-that-unpacks-for-ever",
        "tests/policy/test_snapshot.py::test_a_chunk_that_unpacks_to_too_much_is_refused",
        "doorctl/policy/snapshot.py",
        "packed = unpacker.decompress(data, MAX_PACKED_BYTES)",
        "packed = unpacker.decompress(data)",
    ),
    Attack(
        "grant-at-a-restored-hub",
        "tests/hub/test_restore.py::test_a_hub_that_is_behind_adds_nothing",
        "doorctl/hub/restore.py",
        "return _BEHIND if self.is_behind else None",
        "return None",
    ),
    Attack(
        "old-head-of-a-restored-hub",
        "tests/hub/test_restore.py::test_a_hub_that_is_behind_publishes_no_head_and_confirms_nobodys_policy",
        "doorctl/hub/following.py",
        "            return []\n        self._roll.asked(controller",
        "            pass\n        self._roll.asked(controller",
    ),
    Attack(
        "changes-nobody-asked-for",
        "tests/hub/test_restore.py::test_notes_that_nobody_has_asked_for_are_passed_by",
        "doorctl/hub/restore.py",
        "        if self._recall_at is None:\n",
        "        if False:\n",
    ),
)
