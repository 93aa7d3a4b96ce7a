"""``doorctl controller``: a new machine in the place of an old one, and one that was stolen."""

from pathlib import Path

import pytest

from tests.cli.sites import CONTROLLER, ASite, a_code, a_site, with_root


@pytest.fixture
def site(tmp_path: Path) -> ASite:
    return a_site(tmp_path / "hq")


def test_another_machine_takes_a_controllers_place(site: ASite, tmp_path: Path) -> None:
    with_root(site, "trust", "add-controller", a_code(site))
    old = site.trust.controllers[0]
    (site.folder / "controller" / "state").rename(tmp_path / "broken")

    result = with_root(site, "controller", "replace", CONTROLLER, a_code(site))

    (new,) = site.trust.controllers
    assert (result.exit_code, new.id, site.trust.version) == (0, CONTROLLER, 3)
    assert {old.ack, old.log, old.box}.isdisjoint({new.ack, new.log, new.box})


def test_a_controller_that_is_not_there_is_not_replaced(site: ASite) -> None:
    assert with_root(site, "controller", "replace", CONTROLLER, a_code(site)).exit_code == 1
    assert site.trust.version == 1


def test_a_stolen_controller_is_trusted_no_more_and_the_rest_is_said(site: ASite) -> None:
    with_root(site, "trust", "add-controller", a_code(site))

    result = with_root(site, "controller", "stolen", CONTROLLER)

    assert (site.trust.version, site.trust.controllers) == (3, ())
    assert "doorctl card rotate-keys" in result.stdout
    assert "doorctl list cards" in result.stdout
    assert "doorctl person pin HANDLE" in result.stdout


def test_an_admin_is_not_a_stolen_controller(site: ASite) -> None:
    assert with_root(site, "controller", "stolen", "admin").exit_code == 1
    assert site.trust.version == 1
