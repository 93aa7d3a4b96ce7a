"""``doorctl plan``, ``apply`` and ``export-site``: a whole site as one file."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer

from doorctl.cli.desk import Desk, hub_command, hub_question, new_id, private
from doorctl.cli.output import counting
from doorctl.cli.site.plan_rules import check_rules, give_rules
from doorctl.cli.site.site_reader import credential_keys, present_state
from doorctl.durable import replace_file
from doorctl.errors import Refused
from doorctl.processes import DONE
from doorctl.site.access import DoorChange, door_changes
from doorctl.site.differences import Differences
from doorctl.site.entries import SiteEntries
from doorctl.site.mistakes import Mistakes, SiteFileError
from doorctl.site.people_csv import read_people_csv
from doorctl.site.plan_file import FORMAT, PlanFile, digest_of, read_plan, write_plan
from doorctl.site.present import Base
from doorctl.site.reading import Reading, cards_in, check_keys, entries_of, with_people
from doorctl.site.references import check_references
from doorctl.site.rule_changes import named, rule_changes
from doorctl.site.site_yaml import read_site_yaml, written_entries
from doorctl.site.state import SiteState, completed
from doorctl.site.steps import MAX_STEPS, RULE_WORDS, Step, packed, parted, unpacked
from doorctl.site.times import seconds_at
from doorctl.uncollected import uncollected
from doorctl.wire.rights import PlanApply, PlanPart
from doorctl.wire.verdict import Verdict
from firmware_bridge.card_text import canonical_card


@dataclass(frozen=True, slots=True)
class SiteChanges:
    """What a plan means: at the doors, and to the rules of zones, schedules, holidays and retention."""

    doors: tuple[DoorChange, ...]
    rules: tuple[str, ...]


def register(app: typer.Typer) -> None:
    """Put the commands into the app."""
    hub_question(app, "plan", "doorctl plan site.yaml --out plan.json", "doorctl plan site.yaml --people people.csv")(
        plan
    )
    hub_command(app, "apply", "doorctl apply plan.json")(apply)
    hub_question(app, "export-site", "doorctl export-site --out site.yaml")(export_site)


async def plan(
    desk: Desk,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="site.yaml: what the site shall be")],
    people: Annotated[
        Path | None, typer.Option("--people", metavar="CSV", help="people and cards from a CSV file, too")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="where to put the plan")] = None,
) -> int:
    """Show who would gain and lose access to what, door by door; nothing is changed.

    A section that the file leaves out stays as it is; an empty one means that there shall be nothing.
    """
    with uncollected():
        return await _plan(desk, file, people, out)


async def _plan(desk: Desk, file: Path, people: Path | None, out: Path | None) -> int:
    entries, places = _entries(file, people, desk.timezone)
    if entries.site not in (None, desk.hub.site):
        raise SiteFileError(f"{file} is about site {entries.site}, and this account is of {desk.hub.site}")
    present, base = await present_state(desk)
    mistakes = Mistakes(str(file), places)
    _check(entries, present, desk, mistakes)
    wanted = completed(await _wanted(desk, entries, present, mistakes), present)
    steps = Differences(present, wanted, new_id).steps()
    if len(steps) > MAX_STEPS:
        raise SiteFileError(f"this takes {len(steps)} steps, and a plan has at most {MAX_STEPS}: part the file")
    changes = SiteChanges(door_changes(present, wanted), rule_changes(present, wanted))
    if out is not None:
        parts = packed(steps)
        write_plan(out, PlanFile(FORMAT, desk.hub.site, base, len(steps), digest_of(parts), parts))
    _show(desk, steps, changes, base, out)
    return 0


async def apply(
    desk: Desk, file: Annotated[Path, typer.Argument(metavar="FILE", help="what `doorctl plan --out` has written")]
) -> int:
    """Carry out exactly this plan, as a whole; refused if the site has moved since it was made.

    Rules of retention are an officer's; each is given as a command of its own, behind all the rest.
    """
    made = read_plan(file)
    if made.site != desk.hub.site:
        raise Refused("wrong-site", f"the plan is for site {made.site}")
    if not made.steps:
        desk.output.result({"verdict": Verdict.DONE, "steps": 0}, "nothing to do")
        return 0
    policy, rules = parted(unpacked(made.parts))
    await check_rules(desk, rules, made.base)
    parts = packed(policy) if rules else made.parts
    code = await _carry_out(desk, made, parts) if policy else DONE
    return max(code, await give_rules(desk, rules, steps=made.steps))


async def _carry_out(desk: Desk, made: PlanFile, parts: Sequence[bytes]) -> int:
    plan_id = secrets.token_hex(16)
    with counting("bringing the plan to the hub") as brought:
        for number, part in enumerate(parts):
            await desk.hub.change(PlanPart(plan_id, number), private(blob=part))
            brought(1)
    do = PlanApply(plan_id, len(parts), digest_of(parts), made.base.epoch, made.base.revision, made.base.chain)
    return await desk.change(do, steps=made.steps)


async def export_site(
    desk: Desk,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="where to put it, else it is shown")
    ] = None,
) -> int:
    """Write the whole site as a file that `doorctl plan` reads; cards stand in it by their credential key.

    It holds the names of people: keep it to yourself.
    """
    with uncollected():
        state, base = await present_state(desk)
        entries = entries_of(state, site=desk.hub.site, timezone=desk.timezone)
        text = written_entries(entries, site=desk.hub.site, revision=base.revision)
    if out is None:
        desk.output.result(entries, text.rstrip())
        return 0
    replace_file(out, text.encode(), mode=0o600)
    desk.output.result(
        {"file": str(out), "revision": base.revision}, f"{out} holds the site at revision {base.revision}"
    )
    return 0


def _entries(file: Path, people: Path | None, timezone: ZoneInfo) -> tuple[SiteEntries, Mapping[str, str]]:
    site = read_site_yaml(file)
    if people is None:
        return site.entries, site.places
    read = read_people_csv(people, check_time=lambda text: seconds_at(text, timezone), check_card=canonical_card)
    return with_people(site.entries, read.people), {**site.places, **read.places}


def _check(entries: SiteEntries, present: SiteState, desk: Desk, mistakes: Mistakes) -> None:
    """Raise SiteFileError for what is wrong already while no card's key is known: each card stands for its own."""
    keys = {card: card for card in cards_in(entries, canonical_card)}
    rough = Reading(desk.timezone, keys, canonical_card, mistakes).state_of(entries)
    check_references(rough, present, mistakes)


async def _wanted(desk: Desk, entries: SiteEntries, present: SiteState, mistakes: Mistakes) -> SiteState:
    keys = await credential_keys(desk, cards_in(entries, canonical_card))
    wanted = Reading(desk.timezone, keys, canonical_card, mistakes).state_of(entries)
    check_keys(wanted, present, ring=entries.ring, numbered=keys.values(), mistakes=mistakes)
    return wanted


def _show(desk: Desk, steps: Sequence[Step], changes: SiteChanges, base: Base, out: Path | None) -> None:
    counts: dict[str, int] = {}
    for step in steps:
        word = str(type(step.verb).__struct_config__.tag)
        counts[word] = counts.get(word, 0) + 1
    shown: Mapping[str, object] = {
        "revision": base.revision,
        "steps": counts,
        "doors": [msgspec.to_builtins(change) for change in changes.doors],
        "rules": changes.rules,
        "plan": None if out is None else str(out),
    }
    desk.output.result(shown, "\n".join(_lines(counts, changes, base, out)))


def _lines(counts: Mapping[str, int], changes: SiteChanges, base: Base, out: Path | None) -> list[str]:
    if not counts:
        return [f"nothing to do: the site is as the file says (revision {base.revision})"]
    lines = [line for change in changes.doors for line in _door_lines(change)] or ["nobody gains or loses access"]
    lines.extend(f"rule  {rule}" for rule in changes.rules)
    gains = len({handle for change in changes.doors for handle in change.gains})
    loses = len({handle for change in changes.doors for handle in change.loses})
    others = len({handle for change in changes.doors for handle in change.others})
    lines.append(
        f"in all: {gains} gain something, {loses} lose something, {others} come in on other terms, "
        f"at {len(changes.doors)} door(s)"
    )
    lines.append("steps: " + ", ".join(f"{count} {word}" for word, count in counts.items()))
    if RULE_WORDS & counts.keys():
        lines.append("rules of retention take an officer, who gives each as a command of its own behind all the rest")
    ready = "keep it with --out FILE" if out is None else f"{out} holds it: doorctl apply {out}"
    return [*lines, f"nothing is changed yet; the plan is for revision {base.revision}; {ready}"]


def _door_lines(change: DoorChange) -> list[str]:
    parts = (("+", "gain", change.gains), ("-", "lose", change.loses), ("~", "other terms", change.others))
    return [change.door, *(f"  {sign} {len(who):>5} {word}: {named(who)}" for sign, word, who in parts if who)]
