"""``doorctl walk-test``: a person tries each part of each door; a signed report says what came of it."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer

from doorctl.cli.desk import JsonOption, example
from doorctl.cli.ending import interrupted_when_told_to_stop
from doorctl.cli.local_door import LocalDoor
from doorctl.cli.output import Output, say_error
from doorctl.cli.site.walk_plan import Expected, Step, plan_of
from doorctl.cli.site.walk_report import ReportFile, Result, StepTold, WalkReport, opened, signer_of
from doorctl.core.machines.technician import MOST_SECONDS
from doorctl.door.config.door_config import DoorConfig, fingerprint_of, read_door_config
from doorctl.errors import Refused, Unreachable, WrongUse
from doorctl.places import CONTROLLER_CONFIG
from doorctl.processes import DONE, REFUSED
from doorctl.wire.notes import Signer
from doorctl.wire.technician import Begun, Recorded

_WORDS = {"skip": Result.SKIPPED, "fail": Result.FAILED}
_HOW = "Enter: go on. `skip WHY` or `fail WHY`: the next step."


class _SetAside(Exception):
    """The person at the door skips a step, or says that it fails."""

    def __init__(self, result: Result, said: str) -> None:
        super().__init__(said)
        self.result, self.said = result, said


class _CutShort(Exception):
    """The person at the door is gone."""


@dataclass(slots=True)
class _Walk:
    """One person at the doors, and the door process; ``cut_short`` says why no further step can be taken."""

    door: LocalDoor
    seconds: float
    records: list[int] = field(default_factory=list)
    cut_short: str = ""

    def take(self, step: Step) -> StepTold:
        """Go through one step until it has passed, the person sets it aside, or it is cut short."""
        say_error(f"\n== {step.door}: {step.part}. {_HOW}")
        self.records = []
        try:
            if step.expected:
                self._try(step)
            for question in step.asked:
                _confirm(question)
        except _SetAside as aside:
            return StepTold(step.door, step.part, aside.result, tuple(self.records), aside.said)
        except (_CutShort, Unreachable, OSError, KeyboardInterrupt) as cut:
            self.cut_short = str(cut) or "it was told to stop"
            return StepTold(step.door, step.part, Result.UNTRIED, tuple(self.records), self.cut_short)
        return StepTold(step.door, step.part, Result.PASSED, tuple(self.records))

    def _try(self, step: Step) -> None:
        """Wait for the person, and then for its records, until they come. Raises _SetAside."""
        _answer()
        while not self._is_seen(step):
            say_error("Nothing of that is in the log. Enter: try again. `skip WHY` or `fail WHY`: the next step.")
            _answer()

    def _is_seen(self, step: Step) -> bool:
        if step.pulsed:
            try:
                self.records.append(self.door.pulse(step.door).record)
            except Refused as refusal:
                say_error(str(refusal))
                return False
        return all(self._follows(step, expected) for expected in step.expected)

    def _follows(self, step: Step, expected: Expected) -> bool:
        say_error(expected.do)
        for each in self.door.news(self.seconds):
            if isinstance(each, Recorded) and _belongs(each, step) and each.kind in expected.kinds:
                self.records.append(each.number)
                say_error(f"seen: record {each.number}, {each.kind} {each.detail or each.reason}".rstrip())
                return True
        return False


def walk_test(
    doors: Annotated[list[str] | None, typer.Argument(metavar="[DOOR]...", help="these alone (else all)")] = None,
    *,
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="controller.toml")] = CONTROLLER_CONFIG,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="where the signed report goes; it must be new")
    ] = None,
    verify: Annotated[
        Path | None,
        typer.Option("--verify", metavar="FILE", help="check a report by the trust beside --config"),
    ] = None,
    step_seconds: Annotated[
        float, typer.Option("--step-seconds", metavar="SECONDS", min=1, max=600, help="how long each thing may take")
    ] = 60.0,
    as_json: JsonOption = False,
) -> None:
    """Try each part of each door with a person there: reader, strike, contact, exit button, tamper, fire.

    It runs on the controller beside the door process, as its user (`sudo -u doorctl`), and needs no network. It
    begins and ends the technician's mode. A step passes when the log has its records, and the person has seen what no
    record shows; one can be skipped, or failed, with a reason. The report is signed with the key of the log, and
    names the records of each step. It is written after each step: what ends the test in the middle leaves a report
    that says so. The exit code is 1 if a step has failed or was not come to, or a report does not hold.
    """
    output = Output(as_json)
    if verify is not None:
        found = opened(verify.read_bytes(), config)
        _tell(output, found, f"{verify}: signed by the log of {found.controller}, {found.ended_at}.")
    walk(config, partial(plan_of, wanted=doors or []), report, seconds=step_seconds, output=output)


def walk(
    config: Path, plan: Callable[[DoorConfig], Sequence[Step]], report: Path | None, *, seconds: float, output: Output
) -> NoReturn:
    """Go through a plan with a person, write the report, tell it, and end. Raises DoorctlError."""
    if report is None:
        raise WrongUse("--report FILE: say where the signed report goes")
    _refuse_what_cannot_be_written(report)
    table, signer = read_door_config(config, lab=True), signer_of(config)
    with interrupted_when_told_to_stop():
        made = _walked(config, table, plan(table), report, signer, seconds=seconds)
    _tell(output, made, f"{report} is signed by the log of {made.controller}.")


def _refuse_what_cannot_be_written(report: Path) -> None:
    if report.exists():
        raise WrongUse(f"{report} is there already, and nothing is overwritten: name another file")
    if not os.access(report.absolute().parent, os.W_OK):
        raise WrongUse(f"{report.absolute().parent} is no folder that this user may write to: name another file")


def _walked(
    config: Path, table: DoorConfig, steps: Sequence[Step], report: Path, signer: Signer, *, seconds: float
) -> WalkReport:
    """Go through the steps; the report is on disk all the while. Raises WrongUse when nobody has begun."""
    began_at = _now()
    with LocalDoor(config) as door:
        begun = door.begin(MOST_SECONDS)
        try:
            door.watch()
            file = ReportFile(report, signer, _nothing_yet(config, table, steps, begun, at=began_at))
            walk = _Walk(door, seconds)
            for number, step in enumerate(steps):
                file.told(number, walk.take(step), at=_now())
                if walk.cut_short:
                    break
        finally:
            _end(door)
    if not file.report.tried:
        file.withdraw()
        raise WrongUse(f"nothing was tried, and there is no report: {walk.cut_short}")
    return file.report


def _nothing_yet(config: Path, table: DoorConfig, steps: Sequence[Step], begun: Begun, *, at: str) -> WalkReport:
    return WalkReport(
        table.controller.site,
        table.controller.name,
        fingerprint_of(config),
        version("doorctl"),
        at,
        at,
        begun.epoch,
        begun.record,
        tuple(StepTold(step.door, step.part, Result.UNTRIED) for step in steps),
    )


def _end(door: LocalDoor) -> None:
    """End the mode; one that is over already has ended, and what is done stands in the report."""
    try:
        door.end()
    except Refused:
        pass
    except Unreachable as error:
        say_error(str(error))


def _belongs(record: Recorded, step: Step) -> bool:
    return record.door == step.at and (not step.reader or record.reader == step.reader)


def _answer() -> str:
    """Read what the person says. Raises _SetAside, _CutShort."""
    line = sys.stdin.readline()
    if not line:
        raise _CutShort("nobody is at the terminal, and a walk test needs a person")
    word, _, why = line.strip().partition(" ")
    if word in _WORDS:
        raise _SetAside(_WORDS[word], why.strip() or "no reason was given")
    return line.strip()


def _confirm(question: str) -> None:
    """Have the person say yes. Raises _SetAside."""
    say_error(f"{question} yes / `fail WHY` / `skip WHY`")
    while _answer().lower() not in ("y", "yes"):
        say_error("yes, or `fail WHY`, or `skip WHY`")


def _tell(output: Output, report: WalkReport, text: str) -> NoReturn:
    """Tell what came of it, and end with its exit code."""
    lines = [
        f"{step.result:8} {step.door}: {step.part}"
        + (f" (records {', '.join(map(str, step.records))})" if step.records else "")
        + (f": {step.said}" if step.said else "")
        for step in report.steps
    ]
    if not report.finished:
        left = dict.fromkeys(step.door for step in report.steps if step.result is Result.UNTRIED)
        lines.append(f"NOT FINISHED: begin again, with another --report, at {', '.join(left)}.")
    found = {"passed": report.passed, "finished": report.finished, **msgspec.to_builtins(report)}
    output.result(found, "\n".join([*lines, text]))
    raise typer.Exit(DONE if report.passed else REFUSED)


def _now() -> str:
    return datetime.fromtimestamp(int(time.time()), UTC).isoformat().replace("+00:00", "Z")


def register(app: typer.Typer) -> None:
    """Put the command among the others."""
    app.command(
        "walk-test",
        epilog=example(
            "sudo -u doorctl doorctl walk-test --report /var/lib/doorctl/walk-test.note",
            "doorctl walk-test --verify walk-test.note --config admin.toml",
        ),
    )(walk_test)
