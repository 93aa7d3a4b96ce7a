"""What becomes of a command, in a word: in responses, in the hub's memory of commands, and in the record of each."""

from doorctl.core.words import Word


class Verdict(Word):
    """The stable word and its meaning."""

    PENDING = "pending", "It waits for a second admin."
    APPROVED = "approved", "A second admin has agreed to what was pending; only digests and records say so."
    ACCEPTED = "accepted", "The hub has written it, or sent it to a door; more follows."
    PROGRESS = "progress", "It is in force at some controllers; more follows."
    DONE = "done", "It is in force wherever it can be, carried out, or answered."
    PARTIAL = "partial", "It stands, and some controllers are silent."
    REFUSED = "refused", "Nothing was changed by it; the reason tells why."
