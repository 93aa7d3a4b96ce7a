"""Outcomes and reasons: the stable words that decisions, records, messages and documentation share."""

from enum import StrEnum

COME_IN = "Please come in."
NO_ACCESS = "No access."
NOT_NOW = "No access at this time."
ASK_THE_DESK = "No access; please ask the desk."
TRY_AGAIN = "Please try again."
WAIT_FOR_ANOTHER = "Please wait for another person."
WAIT_FOR_ROOM = "Please wait until somebody leaves."
WAIT_FOR_THE_DOOR = "Please wait until the other door is closed."


class Outcome(StrEnum):
    """The answer to a request."""

    GRANTED = "granted"
    DENIED = "denied"


class Reason(StrEnum):
    """Why something was decided or done: the stable word, its meaning for admins, and what may be told aloud.

    `told` never tells whoever holds a badge whether it is unknown, lost or suspended.
    """

    meaning: str
    told: str

    def __new__(cls, word: str, meaning: str, told: str) -> "Reason":
        """Make a member whose text is the word alone."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.meaning = meaning
        member.told = told
        return member

    GRANTED = "granted", "Every rule agreed and one grant admits the holder now.", COME_IN
    BREAK_GLASS = "break_glass", "The policy was too old, and two who may break the glass asked together.", COME_IN
    DURESS = "duress", "The PIN was the one for being forced to open. Send help.", COME_IN
    PASSBACK_NOTED = "passback_noted", "Granted, though the holder is inside already, or was not inside.", COME_IN
    LEFT_ALONE = "left_alone", "Let out, though fewer stay behind than the zone allows.", COME_IN
    NO_POLICY = "no_policy", "The policy is missing or unreadable on this controller.", TRY_AGAIN
    UNKNOWN_DOOR = "unknown_door", "The policy does not know this door.", NO_ACCESS
    UNKNOWN_ZONE = "unknown_zone", "The policy does not know the zone behind this door.", NO_ACCESS
    NOT_THE_STRICT_ZONE = "not_the_strict_zone", "The policy leads this strict door into another zone.", NO_ACCESS
    LOCKDOWN = "lockdown", "The zone is locked down.", NO_ACCESS
    DOOR_LOCKED = "door_locked", "The mode of the door is locked: no card opens it now.", NOT_NOW
    NEEDS_UPGRADE = "needs_upgrade", "The zone has rules that this doorctl is too old for.", TRY_AGAIN
    DISK_ALMOST_FULL = "disk_almost_full", "The controller's disk is almost full; a strict door denies.", TRY_AGAIN
    POLICY_FORK = "policy_fork", "The policy and the hub's have different histories; a strict door denies.", TRY_AGAIN
    READER_CLASS = "reader_class", "The zone takes no readers of this reader's class.", NO_ACCESS
    STALE_POLICY = "stale_policy", "The policy is older than the zone's max_age_seconds allow.", TRY_AGAIN
    DENIED_BY_ORDER = "denied_by_order", "An order denies this holder or card until the policy does.", NO_ACCESS
    UNKNOWN_CARD = "unknown_card", "No credential belongs to what the reader saw.", NO_ACCESS
    CREDENTIAL_LOST = "credential_lost", "The credential was reported lost.", NO_ACCESS
    CREDENTIAL_SUSPENDED = "credential_suspended", "The credential is suspended.", NO_ACCESS
    CREDENTIAL_NOT_YET_VALID = "credential_not_yet_valid", "The credential is not valid yet.", ASK_THE_DESK
    CREDENTIAL_EXPIRED = "credential_expired", "The credential's validity is over.", ASK_THE_DESK
    USES_SPENT = "uses_spent", "The credential has been used as often as it may be.", ASK_THE_DESK
    FIRST_USE_OVER = "first_use_over", "The time since the credential's first use is over.", ASK_THE_DESK
    CARD_CLASS = (
        "card_class",
        "The zone takes no cards of this card's class.",
        ASK_THE_DESK,
    )
    UNKNOWN_HOLDER = "unknown_holder", "The credential's holder is not known.", NO_ACCESS
    HOLDER_SUSPENDED = "holder_suspended", "The holder is suspended.", NO_ACCESS
    HOLDER_NOT_YET_VALID = "holder_not_yet_valid", "The holder is not valid yet.", ASK_THE_DESK
    HOLDER_EXPIRED = "holder_expired", "The holder's validity is over.", ASK_THE_DESK
    OUTSIDE_SCHEDULE = "outside_schedule", "A grant exists, but its schedule is not open now.", NOT_NOW
    UNKNOWN_SCHEDULE = "unknown_schedule", "A grant exists, but its schedule is not known.", ASK_THE_DESK
    GRANT_NOT_YET_VALID = "grant_not_yet_valid", "A grant exists, but it begins later.", ASK_THE_DESK
    GRANT_EXPIRED = "grant_expired", "A grant existed, but it is over.", ASK_THE_DESK
    NO_GRANT = "no_grant", "No grant lets this holder into this zone.", NO_ACCESS
    CLEARANCE_TOO_LOW = "clearance_too_low", "The zone asks for a higher clearance at this threat level.", NO_ACCESS
    TRAINING_MISSING = "training_missing", "The zone asks for a training that the holder has not had.", ASK_THE_DESK
    TRAINING_EXPIRED = "training_expired", "The training that the zone asks for was too long ago.", ASK_THE_DESK
    CLOCK_UNTRUSTED = "clock_untrusted", "It depends on the time, and nothing confirms the clock.", TRY_AGAIN
    NO_ROSTER = "no_roster", "No valid roster of this strict zone is in force.", TRY_AGAIN
    NOT_ON_ROSTER = (
        "not_on_roster",
        "The roster of the strict zone does not name this holder with this card.",
        NO_ACCESS,
    )
    ROSTER_OUTSIDE_SCHEDULE = "roster_outside_schedule", "The roster's schedule is not open now, or unknown.", NOT_NOW
    ROSTER_EXPIRED = "roster_expired", "The roster's line for this holder and card is over.", ASK_THE_DESK
    PASSBACK = "passback", "The holder is inside already, or not where this way begins.", ASK_THE_DESK
    ZONE_FULL = "zone_full", "The zone, or one around it, holds as many as it may.", WAIT_FOR_ROOM
    BREAK_GLASS_AWAITS_SECOND = (
        "break_glass_awaits_second",
        "The policy is too old; a second person must ask.",
        TRY_AGAIN,
    )
    INTERLOCKED = "interlocked", "A door that this one is interlocked with is unlocked or open.", WAIT_FOR_THE_DOOR
    CARD_AWAITED = "card_awaited", "The zone asks for a card; a PIN alone is not enough.", "Please present your card."
    PIN_AWAITED = "pin_awaited", "The zone asks for the PIN, too, and none was entered.", "Please enter your PIN."
    NO_PIN = "no_pin", "The zone asks for a PIN, and the holder has none.", ASK_THE_DESK
    WRONG_PIN = "wrong_pin", "The PIN that was entered is not the right one.", TRY_AGAIN
    PIN_BLOCKED = "pin_blocked", "Too many wrong PINs were entered with this card, or at this reader.", ASK_THE_DESK
    PERSON_AWAITED = "person_awaited", "The zone lets in several together; another person must ask.", WAIT_FOR_ANOTHER
    LEADER_AWAITED = "leader_awaited", "Enough asked together, but none of the group that must be.", WAIT_FOR_ANOTHER
    MINIMUM_AWAITED = "minimum_awaited", "Fewer would be inside than the zone allows.", WAIT_FOR_ANOTHER
    ESCORT_AWAITED = (
        "escort_awaited",
        "A visitor comes in behind an escort, and none who may bring this one was let in here just before.",
        "Please wait for your escort.",
    )
    ESCORT_FULL = "escort_full", "The escort has brought as many visitors of late as the zone allows.", ASK_THE_DESK
    SPONSOR_DENIED = (
        "sponsor_denied",
        "The guest is here in the name of somebody who may not enter now, or not invite to this zone.",
        ASK_THE_DESK,
    )
    AUDIT_FAILED = "audit_failed", "The record could not be written to disk.", TRY_AGAIN
    LATE = "late", "The record reached the disk too late for the strike to follow it.", TRY_AGAIN
    ORDER = "order", "An admin ordered it.", COME_IN
    TECHNICIAN = "technician", "A technician tries the door at the controller itself.", COME_IN
    MODE = "mode", "The mode of the door leaves it unlocked, or did.", COME_IN
    REX = "rex", "Somebody inside asked to leave.", COME_IN
    FIRE = "fire", "The fire alarm holds the door released.", COME_IN
