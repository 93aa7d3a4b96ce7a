"""Plans: a list of commands that is carried out as a whole, exactly as it was shown, or not at all.

A plan comes in parts, which change nothing. Applying it runs every step through the same checks and the same code as
a single command; what the steps do is tried on the rows first, and then committed as changes of the one command.
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from doorctl.errors import Refused
from doorctl.hub.given_commands import given_in_an_hour
from doorctl.hub.history import Operation, commit_operations
from doorctl.hub.verbs.asked import Asked, Intent, IntentOf, Statement
from doorctl.policy.apply import position_of
from doorctl.site.steps import Step, unpacked
from doorctl.wire import classes, commands, door_words, occupancy_words, rights, threats, training_words, visits
from doorctl.wire.commands import Private
from doorctl.wire.rights import PlanApply, PlanPart

KEPT_SECONDS = 3600
"""How long the parts of a plan wait to be applied."""
PLANS_PER_HOUR = 12
MAX_PARTS_BYTES = 16 * 1024 * 1024

PLANNABLE = frozenset(
    {
        *(commands.PersonAdd, commands.PersonSet, commands.PersonEdit, commands.PersonRemove),
        *(commands.CardAdd, commands.CardLimit, commands.CardSet, commands.CardEdit, commands.CardRemove),
        *(commands.ZoneSet, commands.ZoneRemove, commands.DoorSet, commands.DoorRemove),
        *(commands.ScheduleSet, commands.ScheduleRemove, commands.HolidayAdd, commands.HolidayRemove),
        *(commands.GroupAdd, commands.GroupRemove, commands.GroupJoin, commands.GroupLeave),
        *(commands.GrantAdd, commands.Revoke, rights.ZoneRuleSet, rights.ZoneFactorSet),
        door_words.DoorModeSet,
        occupancy_words.ZoneOccupancySet,
        *(training_words.ZoneTrainingSet, training_words.TrainingSet),
        *(classes.ZoneClassesSet, classes.CardClassSet, threats.ZoneThreatSet, threats.ClearanceSet),
        *(visits.ZoneEscortSet, visits.VisitorSet, visits.VisitorEnd, visits.SponsorSet, visits.SponsorRemove),
    }
)
"""What can stand in a plan."""

_FORGET = "DELETE FROM plan_parts WHERE at < ?"
_KEEP = "INSERT OR IGNORE INTO plan_parts (admin, plan, number, part, at) VALUES (?, ?, ?, ?, ?)"
_PARTS = "SELECT part FROM plan_parts WHERE admin = ? AND plan = ? ORDER BY number"
_DROP = "DELETE FROM plan_parts WHERE admin = ? AND plan = ?"
_SIZE = "SELECT coalesce(sum(length(part)), 0) FROM plan_parts WHERE admin = ? AND at >= ?"


def plan_part(do: PlanPart, asked: Asked) -> Intent:
    """Keep one part of a plan for an hour."""
    part = asked.private.blob if asked.private else b""
    since = asked.at - KEPT_SECONDS
    (held,) = asked.connection.execute(_SIZE, (asked.admin.id, since)).fetchone()
    if held + len(part) > MAX_PARTS_BYTES:
        raise Refused("too-large", "plans of yours wait here already: try again in an hour")
    keep: Statement = (_KEEP, (asked.admin.id, do.plan, do.number, part, asked.at))
    return Intent((), f"part {do.number + 1} of a plan is here", own=((_FORGET, (since,)), keep))


def plan_apply(do: PlanApply, asked: Asked, intent_of: IntentOf) -> Intent:
    """Carry out a plan, each step as a command of its own would be."""
    position = position_of(asked.connection)
    if (position.epoch, position.revision, position.chain.hex()) != (do.epoch, do.revision, do.chain):
        raise Refused("site-moved", f"the site is at revision {position.revision} by now: make the plan anew")
    _check_rate(asked)
    steps = _steps_of(do, asked)
    operations: list[Operation] = []
    own: list[Statement] = []
    grants = 0
    with _tried_only(asked.connection):
        for number, step in enumerate(steps, start=1):
            part = _planned(step, number, asked, intent_of)
            _try(asked, part)
            operations.extend(part.operations)
            own.extend(part.own)
            grants += part.grants
    done: Statement = (_DROP, (asked.admin.id, do.plan))
    return Intent(tuple(operations), f"plan of {len(steps)} step(s) carried out", own=(*own, done), grants=grants)


def _check_rate(asked: Asked) -> None:
    """Refuse plan after plan: while one is tried, the hub does nothing else."""
    if given_in_an_hour(asked.connection, asked.admin.id, "verb", "plan-apply", at=asked.at) >= PLANS_PER_HOUR:
        raise Refused("too-many-plans", f"an admin applies at most {PLANS_PER_HOUR} plans within an hour")


def _steps_of(do: PlanApply, asked: Asked) -> Sequence[Step]:
    parts = [bytes(part) for (part,) in asked.connection.execute(_PARTS, (asked.admin.id, do.plan))]
    if len(parts) != do.parts:
        raise Refused("unknown-plan", f"{len(parts)} of {do.parts} parts are here: apply it again")
    if hashlib.sha256(b"".join(parts)).hexdigest() != do.sha256:
        raise Refused("bad-plan", "its parts are not those that were signed for")
    steps = unpacked(parts)
    if foreign := next((step for step in steps if type(step.verb) not in PLANNABLE), None):
        raise Refused("bad-plan", f"a plan cannot hold {type(foreign.verb).__struct_config__.tag}")
    return steps


def _planned(step: Step, number: int, asked: Asked, intent_of: IntentOf) -> Intent:
    private = Private(salt="0" * 32, handle=step.handle, name=step.name, card=step.card)
    word = type(step.verb).__struct_config__.tag
    try:
        part = intent_of(step.verb, replace(asked, private=private))
    except Refused as refusal:
        raise Refused(refusal.refusal, f"step {number} ({word}): {refusal.detail}") from refusal
    if part.awaits:
        zone = min(part.awaits)
        raise Refused("needs-approval", f"step {number} ({word}): {zone} asks for two admins: do this step by itself")
    return part


def _try(asked: Asked, part: Intent) -> None:
    if part.operations:
        commit_operations(asked.connection, part.operations, at=asked.at)
    for statement, values in part.own:
        asked.connection.execute(statement, values)


@contextmanager
def _tried_only(connection: sqlite3.Connection) -> Iterator[None]:
    """Undo at the end whatever was written, also when something was refused."""
    connection.execute("SAVEPOINT trial")
    try:
        yield
    finally:
        connection.execute("ROLLBACK TO trial")
        connection.execute("RELEASE trial")
