"""Certificates that clients show to the broker: issued with trust, and renewed by the CA alone."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import Result

from doorctl.keys.certificates import (
    Authority,
    common_name,
    issued_to_clients,
    load_certificate,
    make_client_files,
    new_authority,
    tls_public_key,
)
from doorctl.trust.withdrawn import withdrawn_serials
from tests.certificates import has_issued
from tests.cli.sites import CONTROLLER, SITE, ASite, a_code, a_site, an_admin, run, with_root

LONG_AGO = datetime.now(UTC) - timedelta(days=29 * 365)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return new_authority(tmp_path / "ca", site="hq", at=LONG_AGO)


def renew(authority: Authority, name: str, *more: str) -> Result:
    return run("certificate", "renew", name, "--ca", str(authority.folder), *more)


@pytest.mark.parametrize("name", ["hub", "controller-1", "admin"])
def test_a_renewed_certificate_is_for_the_same_key_and_ends_later(
    authority: Authority, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / name
    make_client_files(authority, name, folder, at=LONG_AGO)
    before = load_certificate(folder / "tls.crt")

    result = renew(authority, name, "--certificate", str(folder / "tls.crt"), "--json")

    after, told = load_certificate(folder / "tls.crt"), json.loads(result.stdout)
    assert (common_name(after), after.public_key()) == (name, before.public_key())
    assert has_issued(authority.certificate, after)
    assert after.not_valid_after_utc - before.not_valid_after_utc > timedelta(days=28 * 365)
    assert (told["ends"], told["ended"]) == tuple(str(each.not_valid_after_utc.date()) for each in (after, before))


def test_of_several_keys_the_one_that_was_certified_last_is_certified_again(
    authority: Authority, tmp_path: Path
) -> None:
    for number in (0, 1):
        make_client_files(authority, "admin", tmp_path / f"{number}", at=LONG_AGO + timedelta(days=number))

    renew(authority, "admin")

    newest = max(issued_to_clients(authority), key=lambda each: each.expires)
    assert newest.public_key == tls_public_key(tmp_path / "1")
    assert (tmp_path / "ca" / "admin.crt").exists()


def test_a_renewed_certificate_of_an_admin_withdraws_nothing(authority: Authority, tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")
    make_client_files(authority, "admin", tmp_path / "admin", at=LONG_AGO)

    renew(authority, "admin")

    assert len(issued_to_clients(authority)) == 2
    assert withdrawn_serials(issued_to_clients(authority), site.trust) == frozenset()


def test_who_has_no_certificate_is_not_given_one(authority: Authority) -> None:
    result = renew(authority, "grace")

    assert (result.exit_code, "unknown-name" in result.stderr) == (1, True)
    assert issued_to_clients(authority) == ()


def test_without_the_ca_nothing_is_renewed(tmp_path: Path) -> None:
    result = run("certificate", "renew", "hub", "--ca", str(tmp_path / "none"))

    assert (result.exit_code, f"cannot read {tmp_path}/none/ca.crt" in result.stderr) == (2, True)


def test_a_controller_and_an_admin_get_certificates_for_the_keys_in_their_codes(tmp_path: Path) -> None:
    place = tmp_path / "hq"
    run("init", SITE, "--dir", str(place), "--broker", "mqtts://broker.example", "--no-passphrase")
    site, ca = ASite(place), str(place / "ca")

    issued = with_root(
        *(site, "trust", "add-controller", a_code(site), "--ca", ca),
        *("--certificate", str(place / "controller" / "link" / "tls.crt")),
    )
    with_root(
        site, "trust", "add-admin", an_admin(site, "grace", tmp_path / "grace"), "--role", "auditor", "--ca", ca
    )

    link, grace = (
        load_certificate(place / "controller" / "link" / "tls.crt"),
        load_certificate(place / "ca" / "grace.crt"),
    )
    assert [common_name(link), common_name(grace)] == [CONTROLLER, "grace"]
    assert "link/tls.crt" in issued.stdout
    assert run("check", "--config", str(site.controller_toml)).exit_code == 0
    assert (tmp_path / "grace" / "ca.crt").read_bytes() == (place / "ca" / "ca.crt").read_bytes()


def test_no_certificate_is_issued_for_a_code_without_a_tls_key(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq")
    over_tls = tmp_path / "tls"
    run("init", SITE, "--dir", str(over_tls), "--broker", "mqtts://broker.example", "--no-passphrase")

    result = with_root(site, "trust", "add-controller", a_code(site), "--ca", str(over_tls / "ca"))

    assert (result.exit_code, site.trust.version) == (1, 1)
    assert "no-tls-key" in result.stderr


def test_a_code_with_a_tls_key_without_a_ca_is_told_that_no_certificate_was_issued(tmp_path: Path) -> None:
    run("init", SITE, "--dir", str(tmp_path / "hq"), "--broker", "mqtts://broker.example", "--no-passphrase")
    site = ASite(tmp_path / "hq")

    result = with_root(site, "trust", "add-controller", a_code(site))

    assert result.exit_code == 0
    assert f"no certificate was issued, and a broker with TLS does not let {CONTROLLER} in" in result.stderr
