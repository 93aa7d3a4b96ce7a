"""The report of a walk test: a note signed with the controller's log key; each step names its records in the log."""

from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec.structs import replace

from doorctl.cli.log_keys import place_of, place_of_controller
from doorctl.cli.site.own_folder import refuse_other_user
from doorctl.durable import replace_file, write_new_file
from doorctl.errors import KeyFileError, Refused
from doorctl.wire.notes import Signer, open_note, sign_text, text_of

TYPE = b"doorctl/v1/walk-test\n"
_READABLE_BY_ALL = 0o644


class Result(StrEnum):
    """What came of one step."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNTRIED = "untried"
    """The test ended before it, or in the middle of it."""


class StepTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step: which part of which door, what came of it, the numbers of its records, and what the person said."""

    door: str
    part: str
    result: Result
    records: tuple[int, ...] = ()
    said: str = ""


class WalkReport(msgspec.Struct, frozen=True):
    """All of it; times are ISO 8601 in UTC, ``epoch`` is that of the controller's log, ``began`` a record in it.

    Steps that nobody has come to stand there as well.
    """

    site: str
    controller: str
    config: str
    doorctl: str
    began_at: str
    ended_at: str
    epoch: int
    began: int
    steps: tuple[StepTold, ...]

    @property
    def passed(self) -> bool:
        """Whether each step was come to, and none has failed; what was skipped is told."""
        return all(step.result in (Result.PASSED, Result.SKIPPED) for step in self.steps)

    @property
    def finished(self) -> bool:
        """Whether each step was come to."""
        return all(step.result is not Result.UNTRIED for step in self.steps)

    @property
    def tried(self) -> bool:
        """Whether anything was come to at all."""
        return any(step.records or step.result is not Result.UNTRIED for step in self.steps)


class ReportFile:
    """A report on disk from the beginning on: after each step it says what has come of it so far, and is signed.

    What ends a walk test, a power cut too, leaves the report as it stood.
    """

    def __init__(self, path: Path, signer: Signer, report: WalkReport) -> None:
        """Write what has not begun yet. Raises OSError, also where something stands there already."""
        self._path, self._signer = path, signer
        self.report = report
        write_new_file(path, _signed(report, signer), mode=_READABLE_BY_ALL)

    def told(self, number: int, step: StepTold, *, at: str) -> None:
        """Put what has come of a step in its place. Raises OSError."""
        steps = (*self.report.steps[:number], step, *self.report.steps[number + 1 :])
        self.report = replace(self.report, steps=steps, ended_at=at)
        replace_file(self._path, _signed(self.report, self._signer), mode=_READABLE_BY_ALL)

    def withdraw(self) -> None:
        """Leave none. Raises OSError."""
        self._path.unlink()


def signer_of(config_path: Path) -> Signer:
    """Load the key of the controller's log. Raises ConfigError, WrongUse, KeyFileError."""
    here = place_of_controller(config_path)
    refuse_other_user(here.state)
    try:
        return here.own_signer()
    except KeyFileError as error:
        raise KeyFileError(
            f"{error}; the report is signed with it: run this as the door's user (sudo -u doorctl …)"
        ) from error


def opened(note: bytes, config_path: Path) -> WalkReport:
    """Check a report by the trust beside a configuration file. Raises Refused, WrongUse, ConfigError."""
    report, here = _read(text_of(note)), place_of(config_path)
    if report.site != here.site:
        raise Refused("other-site", f"the report is of {report.site}, and {config_path} of {here.site}")
    open_note(note, [here.log_key(report.controller, here.trust())])
    return report


def _signed(report: WalkReport, signer: Signer) -> bytes:
    return sign_text(TYPE + msgspec.json.encode(report) + b"\n", signer)


def _read(text: bytes) -> WalkReport:
    if not text.startswith(TYPE):
        raise Refused("not-a-walk-test", "this note is something else")
    try:
        return msgspec.json.decode(text.removeprefix(TYPE), type=WalkReport)
    except msgspec.DecodeError as error:
        raise Refused("malformed", str(error)) from error
