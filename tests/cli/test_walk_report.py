"""The report of a walk test: on disk from the beginning on, and checked by the key of the controller's log."""

import os
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from doorctl.cli.site.walk_report import ReportFile, Result, StepTold, WalkReport, opened, signer_of
from doorctl.errors import Refused, WrongUse
from doorctl.keys.identity import log_key_name
from doorctl.wire.notes import Signer
from tests.cli.sites import CONTROLLER, SITE, ASite, a_code, a_site, join_controller

UNTRIED = StepTold("floor-3", "rex", Result.UNTRIED)
PASSED = StepTold("floor-3", "reader front", Result.PASSED, (7,))
REPORT = WalkReport(SITE, CONTROLLER, "c0ff", "0.1.0", "2026-11-23T08:00:00Z", "", 1, 5, (UNTRIED, UNTRIED))


@pytest.fixture
def site(tmp_path: Path) -> ASite:
    return a_site(tmp_path / "hq")


def a_note(folder: Path, signer: Signer, report: WalkReport = REPORT) -> bytes:
    ReportFile(folder / "walk.note", signer, report)
    return (folder / "walk.note").read_bytes()


@pytest.mark.parametrize("whose", ["admin/admin.toml", "hub/hub.toml"])
def test_whoever_has_the_sites_trust_checks_a_report(whose: str, site: ASite, tmp_path: Path) -> None:
    join_controller(site)
    shutil.copy(site.trust_note, site.admin_toml.parent)

    note = a_note(tmp_path, signer_of(site.controller_toml))

    assert opened(note, site.folder / whose) == REPORT


def test_another_key_than_trust_names_signs_no_report_though_it_is_the_controllers_own(
    site: ASite, tmp_path: Path
) -> None:
    join_controller(site)
    state = site.controller_toml.parent / "state"
    shutil.copy(site.trust_note, state)
    forged = a_note(tmp_path, Signer(log_key_name(CONTROLLER), Ed25519PrivateKey.generate()))

    with pytest.raises(Refused, match="unknown-signer"):
        opened(forged, site.controller_toml)


def test_a_controller_that_trust_does_not_name_yet_checks_its_own_and_nobody_elses(
    site: ASite, tmp_path: Path
) -> None:
    a_code(site)
    signer = signer_of(site.controller_toml)
    own = a_note(tmp_path, signer)
    (tmp_path / "walk.note").unlink()
    other = a_note(tmp_path, signer, replace(REPORT, controller="controller-2"))

    assert opened(own, site.controller_toml) == REPORT
    with pytest.raises(WrongUse, match=r"bring the site's newest trust.note there"):
        opened(other, site.controller_toml)
    with pytest.raises(WrongUse, match="does not name controller-1"):
        opened(own, site.folder / "hub/hub.toml")


def test_a_report_of_another_site_is_refused(site: ASite, tmp_path: Path) -> None:
    a_code(site)
    elsewhere = a_note(tmp_path, signer_of(site.controller_toml), replace(REPORT, site="depot"))

    with pytest.raises(Refused, match="the report is of depot"):
        opened(elsewhere, site.controller_toml)


def test_each_step_takes_its_own_place_and_the_rest_is_as_before(site: ASite, tmp_path: Path) -> None:
    a_code(site)
    file = ReportFile(tmp_path / "walk.note", signer_of(site.controller_toml), REPORT)
    assert not file.report.tried

    file.told(0, PASSED, at="2026-11-23T08:05:00Z")

    found = opened((tmp_path / "walk.note").read_bytes(), site.controller_toml)
    assert found == file.report == replace(REPORT, ended_at="2026-11-23T08:05:00Z", steps=(PASSED, UNTRIED))
    assert (found.tried, found.finished, found.passed) == (True, False, False)


def test_nothing_that_stands_there_is_overwritten(site: ASite, tmp_path: Path) -> None:
    a_code(site)
    (tmp_path / "walk.note").write_text("the report of last year")

    with pytest.raises(FileExistsError):
        a_note(tmp_path, signer_of(site.controller_toml))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is nobody's user and reads all the same")
def test_root_is_sent_to_the_doors_user_and_not_told_to_take_the_key_from_it(site: ASite) -> None:
    a_code(site)
    state = site.controller_toml.parent / "state"
    for path in (state, *state.rglob("*")):
        shutil.chown(path, "nobody")

    with pytest.raises(WrongUse, match=r"sudo -u nobody …"):
        signer_of(site.controller_toml)
