"""The laws of docs/laws.md, in its order, each with a check that upholds it: taken away as those of attacks are."""

from tests.mutations.decision_laws import DECISION_LAWS
from tests.mutations.machine_laws import MACHINE_LAWS

LAWS = (*DECISION_LAWS, *MACHINE_LAWS)
