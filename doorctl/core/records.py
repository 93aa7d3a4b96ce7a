"""The kinds of record that the audit log holds, each with its meaning."""

from doorctl.core.words import Word


class RecordKind(Word):
    """What a record tells: the stable word and its meaning."""

    DECISION = "decision", "A request to pass was answered; outcome and reason stand beside."
    SPONSOR = "sponsor", "The guest of the decision just before is here in the name of whom this record leads to."
    CARD_USED = (
        "card_used",
        "Who came with whom the decision lets in used a card with limits, or a use of it is forgiven.",
    )
    RELEASED = "released", "The strike was released; the reason tells by what."
    NOT_RELEASED = "not_released", "A granted request did not release the strike."
    OPENED = "opened", "The door opened with permission, or was open when its contact was first seen."
    NOT_OPENED = (
        "not_opened",
        "The door was not opened in time after a release, nor before it was withdrawn or the next one came.",
    )
    ENTERED = "entered", "Somebody counts as inside a zone from now on; the detail tells by whose count."
    LEFT = "left", "Somebody counts as inside a zone no longer; the detail tells by whose count."
    OCCUPANCY_RESET = "occupancy_reset", "Where somebody was, or everybody, is forgotten; the detail tells by what."
    CLOSED = "closed", "The door closed."
    HELD_OPEN = "held_open", "The door stayed open longer than it may."
    HELD_ENDED = "held_ended", "A door that was held open closed."
    FORCED_OPEN = "forced_open", "The door opened while its strike was secured and nobody had asked."
    RELOCKED = "relocked", "The strike was secured again."
    FLOOR_CHOSEN = "floor_chosen", "A floor that a swipe had enabled was chosen in the cabin of an elevator."
    REX = "rex", "Somebody inside asked to leave."
    FIRE = "fire", "The fire input became active or rested again; the detail tells which."
    ORDER = "order", "An admin's order was carried out or refused; outcome and detail tell which, whose and why."
    MODE = "mode", "The mode of a door changed; the detail tells to which, and by what."
    OWN_PIN = "own_pin", "A holder has set an own PIN at a reader; it travels sealed, and the hub decides about it."
    ENROLMENT = "enrolment", "A reader was in enrolment; the detail tells whether with a card, and which enrolment."
    TECHNICIAN_BEGAN = (
        "technician_began",
        "Somebody at the controller itself tries doors from now on; the detail tells as which user, and how long.",
    )
    TECHNICIAN_PULSE = "technician_pulse", "Whoever tries doors at the controller itself asked to release this one."
    TECHNICIAN_ENDED = "technician_ended", "Nobody tries doors there any more; the detail tells by what that ended."
    READER_ONLINE = "reader_online", "A reader answers."
    READER_OFFLINE = "reader_offline", "A reader no longer answers."
    READER_TAMPER = "reader_tamper", "A reader's housing was opened or closed."
    TAMPER = "tamper", "A tamper contact, of a door or of the controller's housing, opened or closed."
    INPUT_FAULT = (
        "input_fault",
        "The line of an input is cut, shorted, silent or unsteady, or sound again; the detail tells which.",
    )
    POWER = "power", "The mains, the battery or a reader's supply failed or is good again; the detail tells which."
    OSDP_PAIRING = (
        "osdp_pairing",
        "A reader is being given the key of its secure channel, or that has ended; the detail tells which, and how.",
    )
    READ_FAULT = "read_fault", "A reader sent something that is not a readable card."
    FLOOD_SUMMARY = "flood_summary", "So many faults and refusals of one source were counted, not recorded."
    POLICY_APPLIED = "policy_applied", "The door answers by a new revision of the policy."
    ROSTER_ACCEPTED = "roster_accepted", "A newer roster of a strict zone counts; the detail tells which."
    LINK = "link", "The way to the broker is there, or not any more; the detail tells which."
    HEARTBEAT = "heartbeat", "The door process runs, and has had no word of the hub for 15 minutes."
    HUB_FORKED = "hub_forked", "The hub's own log is not the one that it was; the detail tells where."
    ERASURE_DONE = "erasure_done", "Nothing leads back to an erased person here any more; the detail tells which."
    CLOCK_STEP = "clock_step", "The wall clock was set forwards or backwards."
    BOOT = "boot", "The process that writes this log started."
    STOP = "stop", "The process that writes this log was stopped in good order."
    LOG_OPENED = "log_opened", "A log epoch began."
    LOG_RECOVERED = "log_recovered", "The log before this one has lost records; the detail tells how many, or why."
    COMMAND = "command", "An admin's command was carried out, waits, or was refused; what it changed stands beside."
    COSIGNED = "cosigned", "The hub took records of another log in, and vouches for all of it up to there."
    LOG_CLOSED = (
        "log_closed",
        "Another log ends here: its writer has another key now, or none, or began anew without a word of it.",
    )
    LOG_ALARM = (
        "log_alarm",
        "Another log is not what it was, or has a gap; the detail tells which, where, and both roots.",
    )
    HUB_ROOT = (
        "hub_root",
        "The hub's log as the controller knows it, by the hub's proofs that it only grew, with its signature.",
    )
    TRUST_TAKEN = "trust_taken", "The hub goes on under other trust; the detail tells which version."
    CONFIG_CHANGED = (
        "config_changed",
        "The configuration is another than at the start before; the detail tells its hash.",
    )
    ANCHORED = "anchored", "The heads of all logs were sent outside; the detail tells where to, or why that failed."
    REVIEW_DONE = (
        "review_done",
        "An access review was finished; the detail tells what came of it, and the hash of its lines.",
    )
    EXPORT_MADE = "export_made", "Records were taken out into a file; the detail tells which, in what form, for whom."
    BACKUP_MADE = "backup_made", "The hub was backed up; the detail tells which, and the hash of the file."
    RETENTION_APPLIED = (
        "retention_applied",
        "What was past its days went by the officers' rules; the detail tells how much.",
    )
    RESTORED = "restored", "The hub was put back from a backup; the detail tells from which, and from when."
    ALERT_RAISED = "alert_raised", "Something is suspicious; the detail tells which alert, by which rule, and why."
    ALERT_ACKNOWLEDGED = "alert_acknowledged", "An admin has seen an alert; the detail tells which, and who."
    ALERT_RULE = "alert_rule", "A rule of suspicion was set; the detail tells which and how, and by whom."
    AUDIT_FAILED = "audit_failed", "Earlier records could not be written to disk."
    BOARD_FAULT = (
        "board_fault",
        "An output was not driven, an input not read, or a bridge does not confirm a strike, or does so again.",
    )
