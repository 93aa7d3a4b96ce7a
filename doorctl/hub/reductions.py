"""Which commands only take away: they go on after trust has expired and while the hub is behind, and come first.

What opens a door now changes no rule, so it is neither an addition nor a reduction.
"""

from doorctl import commands, questions, rights
from doorctl.core.model import Status

_ALWAYS = frozenset(
    {
        commands.CardRemove,
        commands.GroupLeave,
        commands.GroupRemove,
        commands.PersonRemove,
        commands.Revoke,
        rights.AdminSuspend,
        rights.Lockdown,
        rights.Refuse,
    }
)
_BY_STATUS = (commands.PersonSet, commands.CardSet)
_ACTS = frozenset({rights.HoldOpen, rights.OpenDoor})
_QUESTIONS = frozenset(
    {
        questions.ListRows,
        questions.Lookup,
        questions.Records,
        questions.StatusOf,
        questions.Why,
        questions.Approvals,
        questions.CredentialKeys,
        questions.DigestOf,
        questions.RosterOf,
    }
)


def is_reduction(do: commands.Verb) -> bool:
    """Tell whether a command takes away, and nothing else."""
    if isinstance(do, _BY_STATUS):
        return do.status is not Status.ACTIVE
    return type(do) in _ALWAYS


def is_addition(do: commands.Verb) -> bool:
    """Tell whether a command may let somebody in who was not let in before; what is unknown may."""
    return not is_reduction(do) and type(do) not in _ACTS | _QUESTIONS
