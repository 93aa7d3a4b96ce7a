"""By what each rule of docs/every-rule.md is shown: a test of its decision, a scenario, a step of the demo."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Proof:
    """Tests by their names, and what the step of `doorctl demo --building` tells.

    Where a site cannot be brought there by what anybody sets, ``fault`` says so, and there is no step.
    """

    decided: str
    scenario: str
    step: str = ""
    fault: str = ""


_DATES = "test_people_and_cards_count_within_their_dates_and_while_they_are_active"
_AREAS = "test_areas_in_areas_note_or_deny_passing_back_and_leave_nobody_alone"
_HOURS = "test_a_zone_takes_the_readers_that_it_names_and_grants_count_by_the_clock"
_PIN_ALONE = "test_a_pin_alone_opens_where_it_is_enough_and_is_not_looked_at_beside_an_unlocked_door"
_ENDS = "test_a_minute_from_the_first_use_on_and_a_day_inside_come_to_their_end"
_CLOCK = "test_the_clock_unlocks_one_door_at_once_and_another_behind_the_first_person"
_INPUTS = "test_inputs_are_recorded_and_call_somebody"
_HELD = "test_who_leaves_a_door_open_is_warned_before_it_counts_as_held"
_OFFLINE = "test_without_the_network_the_rules_are_the_same_and_a_policy_becomes_too_old"
_FORCED = "test_duress_opens_like_any_pin_and_calls_somebody_at_once"
_TRAINED = "test_a_zone_asks_for_a_training_and_waits_for_whom_the_usual_time_is_too_short"
_THREAT = "test_a_zone_takes_the_classes_that_it_names_and_asks_for_more_by_threat"
_REPLACED = "test_a_replaced_card_is_denied_as_lost_and_both_others_of_its_holder_open"
_GUEST = "test_a_guest_comes_in_behind_the_host_and_no_longer_than_the_host_may"
_GUESTS_END = "Ada may invite no longer: her guests may enter no longer, and bring the badges back"
_LEFT_OPEN = "Whoever is in the office presses to leave, and props the door open: they are warned, and it is recorded"
_EACH_FACT = "test_each_fact_that_is_not_right_denies_with_its_own_reason"
_INPUT_RECORDED = "test_tamper_and_power_are_recorded"
_TAKES_A_FAULT = "of itself no controller comes to that"

PROOFS: Mapping[str, Proof] = {
    "Grants and schedules": Proof(
        "test_of_several_misses_the_nearest_is_the_reason",
        _HOURS,
        "Now it does: it opens for Ada, and for Alan not at this time",
    ),
    "Known cards": Proof(
        _EACH_FACT,
        "test_a_card_that_a_door_did_not_know_is_given_by_its_code_and_opens",
        "A card that nobody knows is shown at the office",
    ),
    "Cards within their dates": Proof(
        "test_a_credential_is_denied_from_the_moment_it_expires",
        _DATES,
        "The lost one opens nothing, the new one the office",
    ),
    "A lost card replaced": Proof(
        _EACH_FACT, _REPLACED, "Ada has lost her card and gets another; PIN and grants stay"
    ),
    "Several cards": Proof(
        "test_so_many_different_persons_open_together",
        _REPLACED,
        "Ada has a second card, which counts for a minute from now on: it opens the canteen",
    ),
    "People within their dates": Proof(
        _EACH_FACT, _DATES, "Grace is suspended: her card opens nothing, until she is not any more"
    ),
    "Temporary staff": Proof(_EACH_FACT, _DATES, "None of his doors opens"),
    "Orders that deny": Proof(
        "test_breaking_the_glass_takes_every_other_rule",
        _DATES,
        "Grace is suspended: her card opens nothing, until she is not any more",
    ),
    "Uses of a card": Proof(
        "test_a_card_lets_in_as_often_as_it_may",
        "test_a_use_counts_at_once_and_is_forgiven_everywhere_when_nobody_opened",
        "A card for one use opens once",
    ),
    "First use of a card": Proof(
        "test_a_card_lets_in_for_its_time_from_the_first_use_on",
        _ENDS,
        "The minute of Ada's second card is over: it opens nothing any more",
    ),
    "Training": Proof(
        "test_a_training_counts_for_its_days_and_none_that_is_to_come_does",
        _TRAINED,
        "The office asks for a training that Grace has not had",
    ),
    "Clearance by threat level": Proof(
        "test_who_is_cleared_too_low_is_denied",
        _THREAT,
        "At threat level 3 the office asks for a clearance",
    ),
    "A clock that counts": Proof(
        "test_what_depends_on_the_time_takes_a_trusted_clock_or_a_recent_boot",
        "test_a_clock_set_back_before_a_restart_is_recorded_and_not_believed",
        fault=_TAKES_A_FAULT,
    ),
    "Card and PIN": Proof(
        "test_a_zone_lets_in_who_brings_what_it_asks_for",
        "test_a_zone_asks_for_card_and_pin_from_the_officers_word_on",
        "At night her card and PIN open the entrance",
    ),
    "A PIN alone": Proof(
        "test_a_pin_alone_is_looked_at_only_where_it_is_taken",
        _PIN_ALONE,
        "The gym takes a PIN without a card, the kitchen a card or a PIN",
    ),
    "Wrong PINs": Proof(
        "test_a_blocked_card_denies_and_its_pin_is_not_tried",
        _PIN_ALONE,
        "After three wrong PINs the right one counts no more, and somebody is called",
    ),
    "Duress": Proof(
        "test_the_pin_for_duress_opens_and_says_so",
        _FORCED,
        "The PIN for duress opens as well, and calls for help",
    ),
    "An own PIN": Proof(
        "test_a_code_with_any_card_counts_as_wrong_but_what_is_blocked_is_not_tried",
        "test_a_holder_sets_a_pin_by_a_code_and_the_one_of_before_ends",
        "Grace sets her own PIN at a reader, by a code that counts once",
    ),
    "Classes of readers": Proof(
        "test_a_zone_takes_readers_of_the_classes_that_it_names",
        _HOURS,
        "The dock takes no readers on wires, as this one is",
    ),
    "Classes of cards": Proof(
        "test_a_zone_that_bars_copies_takes_what_nobody_can_copy",
        _THREAT,
        "Grace's card can be: it is denied; of another kind, it waits for Ada again",
    ),
    "Enrolment": Proof(
        "test_the_card_that_comes_twice_one_time_after_the_other_is_meant",
        "test_a_new_card_that_is_shown_twice_is_given_after_its_code_and_opens",
        "A new card is shown twice at a reader in enrolment, and is Grace's",
    ),
    "Several together": Proof(
        "test_so_many_different_persons_open_together",
        "test_several_come_together_and_one_of_them_is_of_the_group",
        "It opens for Ada and Grace, who is a guard",
    ),
    "Visitors and escorts": Proof(
        "test_an_escort_who_brings_too_many_brings_no_other",
        "test_an_escort_brings_no_more_visitors_than_the_zone_says",
        "A badge opens behind her, and not before; of her guests she brings one",
    ),
    "Guests and sponsors": Proof(
        "test_a_guest_gets_no_further_than_the_sponsor",
        _GUEST,
        _GUESTS_END,
    ),
    "Badges that come back": Proof(
        "test_a_badge_that_comes_back_is_nobody_s_and_its_visitor_gone",
        _GUEST,
        _GUESTS_END,
    ),
    "Passing back": Proof(
        "test_who_is_inside_enters_no_more",
        _AREAS,
        "Into the archive nobody comes twice within ten minutes",
    ),
    "Areas in areas": Proof(
        "test_an_inner_zone_is_entered_from_the_one_around_it",
        _AREAS,
        "From the canteen nobody gets into the lab, which lies in the archive",
    ),
    "The most inside": Proof(
        "test_a_full_zone_takes_nobody_more",
        _AREAS,
        "The hub counts her; where one may be inside, there is no place for Ada",
    ),
    "The least inside": Proof(
        "test_nobody_comes_in_alone",
        _AREAS,
        "From the archive they do, but nobody is in the lab alone: it opens for two",
    ),
    "Forgetting who is inside": Proof(
        "test_the_last_reset_is_when_the_wall_showed_that_minute_last",
        _ENDS,
        "The archive, and the lab in it, forget each day who was there",
    ),
    "Muster": Proof(
        "test_everybody_is_where_their_last_entry_that_counts_led",
        _AREAS,
        "Who must be looked for, if it burns?",
    ),
    "Known doors and zones": Proof(
        _EACH_FACT,
        "test_a_door_whose_keeper_and_link_never_started_denies_until_they_bring_a_policy",
        fault=_TAKES_A_FAULT,
    ),
    "Rules of a newer doorctl": Proof(
        _EACH_FACT,
        "test_today_s_keeper_keeps_tomorrow_s_change_aside_and_its_door_denies_the_zones_alone",
        fault="it takes a doorctl of tomorrow",
    ),
    "Lockdown": Proof(
        _EACH_FACT,
        "test_a_card_goes_where_the_hub_says_and_not_where_it_no_longer_does",
        "No card opens, but the way out does",
    ),
    "A policy that is too old, and the broken glass": Proof(
        "test_the_second_who_breaks_the_glass_is_granted_without_a_grant_and_with_a_reason_of_its_own",
        _OFFLINE,
        "The policy is too old for the airlock now: Alan stays outside, two wardens break the glass",
    ),
    "Rosters of strict zones": Proof(
        "test_a_line_counts_until_its_end_and_within_its_schedule",
        "test_a_strict_zone_opens_by_the_roster_that_an_officer_signed",
        "A card that nobody has signed for does not open the safe, though it is Ada's",
    ),
    "Strict doors in doubt": Proof(
        "test_without_a_line_that_admits_and_all_the_rest_a_strict_door_denies",
        "test_a_full_disk_denies_lets_out_and_recovers",
        fault=_TAKES_A_FAULT,
    ),
    "Interlock": Proof(
        "test_nobody_is_asked_for_a_pin_or_for_company_in_vain",
        "test_a_door_of_an_airlock_waits_until_the_other_is_closed",
        "While the server room stands open, its airlock stays locked",
    ),
    "Modes by the clock": Proof(
        "test_a_locked_door_denies_every_card_with_a_reason_of_its_own",
        _CLOCK,
        "Lunch begins: the kitchen is unlocked",
    ),
    "The first person in": Proof(
        "test_the_first_of_its_times_whose_schedule_is_open_says_the_mode",
        _CLOCK,
        "The canteen waits for the first who may enter, and stays unlocked behind her",
    ),
    "An office": Proof(
        "test_it_is_released_without_an_end_and_secured_when_the_mode_ends",
        "test_a_keeper_unlocks_an_office_by_coming_twice",
        "Grace, a guard, comes twice, and it stays unlocked",
    ),
    "Modes by command": Proof(
        "test_a_command_counts_before_all_others_until_its_time_and_not_at_it",
        "test_the_first_unlocks_a_door_that_a_command_and_a_lockdown_lock",
        "A command locks it for every card",
    ),
    "Orders to open": Proof(
        "test_an_order_to_open_releases_as_a_card_does",
        _HOURS,
        "An admin opens the dock from afar, once",
    ),
    "A technician at the controller": Proof(
        "test_a_strike_is_released_once_the_record_of_that_is_on_disk",
        "test_a_door_is_released_while_it_runs_and_not_before_nor_after",
        fault="it takes somebody on the controller itself",
    ),
    "Records before strikes": Proof(
        "test_a_failed_record_leaves_the_door_as_it_was",
        "test_the_strike_does_not_follow_a_disk_that_is_too_late",
        fault=_TAKES_A_FAULT,
    ),
    "Elevators": Proof(
        "test_a_choice_is_recorded_once_and_ends_what_else_that_swipe_enabled",
        "test_with_the_hub_away_a_choice_of_a_floor_ends_the_others_and_is_recorded_there_later",
        "In the elevator Ada's card enables the floors that she may go to alone",
    ),
    "Longer for somebody": Proof(
        "test_the_strike_is_released_for_as_long_as_somebody_needs",
        _TRAINED,
        "She is trained, needs longer at doors, and the strike waits for her",
    ),
    "Signals at readers": Proof("test_a_denial_is_shown_by_its_reason", _FORCED, _LEFT_OPEN),
    "Request to exit": Proof(
        "test_rex_releases_first_and_records_after",
        _HELD,
        _LEFT_OPEN,
    ),
    "Leaving an empty room": Proof(
        "test_somebody_leaves_where_nobody_was_let_in",
        "test_who_leaves_a_server_room_into_which_nobody_was_let_of_late_calls_somebody",
        "Somebody presses to leave a server room into which nobody was let of late",
    ),
    "Fire": Proof(
        "test_fire_releases_first_without_end_and_records_after",
        _OFFLINE,
        "Fire releases every door, the airlock too",
    ),
    "Forced doors": Proof(
        "test_an_opening_that_nobody_asked_for_is_forced",
        _INPUTS,
        "The entrance is forced: somebody is called",
    ),
    "Held doors, and the warning before": Proof(
        "test_people_are_warned_once_some_seconds_before_the_door_is_held",
        _HELD,
        _LEFT_OPEN,
    ),
    "Tamper": Proof(_INPUT_RECORDED, _INPUTS, "So does the battery, and somebody opens the housing at the entrance"),
    "Supervised lines": Proof(
        "test_a_fault_of_any_line_is_recorded_and_its_end",
        "test_a_cut_line_and_a_failed_mains_are_alerts_and_stand_in_the_status_until_they_are_mended",
        "The line to the vault's contact is cut: a fault, and somebody is called",
    ),
    "Mains and battery": Proof(
        _INPUT_RECORDED, _INPUTS, "The mains fails: nothing is unlocked by that, and the status tells it"
    ),
}
