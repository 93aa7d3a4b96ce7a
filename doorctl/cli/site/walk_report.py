"""The report of a walk test: a note signed with the controller's log key; each step names its records in the log."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import msgspec

from doorctl.cli.site.config_kind import kind_of
from doorctl.config import CONTROLLER_TABLES, AdminConfig, HubConfig, KeeperConfig, read_config, resolve
from doorctl.errors import KeyFileError, Refused, WrongUse
from doorctl.keys.identity import decode_public, load_signer, log_key_name
from doorctl.places import KeyFile, StateFile
from doorctl.trust.verify import load_trust
from doorctl.wire.notes import Signer, Verifier, open_note, sign_text, text_of

TYPE = b"doorctl/v1/walk-test\n"


class Result(StrEnum):
    """What came of one step."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class StepTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step: which part of which door, what came of it, the numbers of its records, and what the person said."""

    door: str
    part: str
    result: Result
    records: tuple[int, ...] = ()
    said: str = ""


class WalkReport(msgspec.Struct, frozen=True):
    """All of it; times are ISO 8601 in UTC, ``epoch`` is that of the controller's log, ``began`` a record in it."""

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
        """Whether no step has failed; what was skipped is told."""
        return all(step.result is not Result.FAILED for step in self.steps)


def signer_of(config_path: Path) -> Signer:
    """Load the key of the controller's log. Raises ConfigError, KeyFileError."""
    controller = read_config(config_path, KeeperConfig, others=CONTROLLER_TABLES).controller
    path = resolve(config_path, controller.state_dir) / StateFile.KEYS / KeyFile.LOG
    try:
        return load_signer(path, log_key_name(controller.name))
    except KeyFileError as error:
        raise KeyFileError(f"{error}; the report is signed with it: sudo -u doorctl doorctl walk-test") from error


def signed(report: WalkReport, signer: Signer) -> bytes:
    """Write the report as a note."""
    return sign_text(TYPE + msgspec.json.encode(report) + b"\n", signer)


def opened(note: bytes, config_path: Path) -> WalkReport:
    """Check a report by the trust beside a configuration file. Raises Refused, WrongUse, ConfigError."""
    report = _read(text_of(note))
    open_note(note, _keys_of(report, config_path))
    return report


def _read(text: bytes) -> WalkReport:
    if not text.startswith(TYPE):
        raise Refused("not-a-walk-test", "this note is something else")
    try:
        return msgspec.json.decode(text.removeprefix(TYPE), type=WalkReport)
    except msgspec.DecodeError as error:
        raise Refused("malformed", str(error)) from error


def _keys_of(report: WalkReport, config_path: Path) -> Sequence[Verifier]:
    """Return the log key that trust names for the controller; on itself, before it is trusted, its own."""
    site, root_keys, state_dir, name = _whose(config_path)
    if report.site != site:
        raise Refused("other-site", f"the report is of {report.site}, and {config_path} of {site}")
    log_name, path = log_key_name(report.controller), state_dir / StateFile.TRUST
    if path.exists():
        trust = load_trust(path, site=site, root_keys=[decode_public(key) for key in root_keys]).trust
        return [Verifier(log_name, each.log) for each in trust.controllers if each.id == report.controller]
    if name != report.controller:
        raise WrongUse(f"{path} is not there: without trust nobody knows the key of {report.controller}")
    return [signer_of(config_path).verifier]


def _whose(config_path: Path) -> tuple[str, tuple[str, ...], Path, str]:
    """Return site, root keys, state folder and name of a configuration file."""
    kind = kind_of(config_path)
    if kind == "hub":
        hub = read_config(config_path, HubConfig).hub
        return hub.site, hub.root_keys, resolve(config_path, hub.state_dir), ""
    if kind == "admin":
        admin = read_config(config_path, AdminConfig).admin
        return admin.site, admin.root_keys, resolve(config_path, admin.state_dir), ""
    table = read_config(config_path, KeeperConfig, others=CONTROLLER_TABLES).controller
    return table.site, table.root_keys, resolve(config_path, table.state_dir), table.name
