"""The revoke benchmark: what it simulates follows the hub, and with hardly any revokes it tells what it should."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks import revoke
from benchmarks.figures import time_figures
from benchmarks.revoke_crowd import FollowedPolicy, SimulatedController
from benchmarks.targets import missed_revokes
from doorctl.core.model import ZoneKind
from doorctl.database import transaction
from doorctl.errors import Refused
from doorctl.hub.history import commit_operations, delta_notes
from doorctl.hub.site_db import open_site
from doorctl.keys.identity import ack_key_name, hub_key_name
from doorctl.policy.apply import position_of
from doorctl.policy.rows import ZoneRow
from doorctl.wire.messages import Ack, Drop, Put, from_text
from doorctl.wire.notes import Signer, open_note
from tests.benchmarks.contract import cases_of

HUB = Signer(hub_key_name("demo"), Ed25519PrivateKey.generate())
PI_2 = Signer(ack_key_name("pi-2"), Ed25519PrivateKey.generate())
LOBBY, VAULT = ZoneRow(id="zone-1", kind=ZoneKind.FLOOR), ZoneRow(id="zone-1", kind=ZoneKind.SERVER_ROOM)


def test_a_simulated_controller_acknowledges_what_the_hub_has(tmp_path: Path) -> None:
    site = open_site(tmp_path / "site.db", site="demo")
    for operation in (Put(LOBBY), Put(VAULT), Drop(VAULT), Put(LOBBY)):
        with transaction(site):
            commit_operations(site, [operation], at=1)
    (note,) = delta_notes(site, HUB, after=0)
    controller = SimulatedController("pi-2", PI_2, HUB.verifier, FollowedPolicy())

    assert controller.take_delta(note)

    position = position_of(site)
    ack = from_text(open_note(controller.ack(), [PI_2.verifier]).text, Ack, site="demo")
    assert (ack.controller, ack.revision, ack.in_force) == ("pi-2", 4, 4)
    assert (ack.chain, ack.digest) == (position.chain.hex(), position.digest_hex)
    assert not controller.take_delta(note)


def test_a_simulated_controller_verifies_what_it_hears(tmp_path: Path) -> None:
    site = open_site(tmp_path / "site.db", site="demo")
    with transaction(site):
        commit_operations(site, [Put(LOBBY)], at=1)
    (note,) = delta_notes(site, Signer(HUB.name, Ed25519PrivateKey.generate()), after=0)

    with pytest.raises(Refused, match="unknown-signer"):
        SimulatedController("pi-2", PI_2, HUB.verifier, FollowedPolicy()).take_delta(note)


def test_a_revoke_that_takes_too_long_is_named() -> None:
    figures = [time_figures("1 controller", [0.015], [0.010]), time_figures("100 controllers", [0.0151], [0.010])]

    assert missed_revokes(figures) == ["100 controllers: at most 1.5 times the floor"]


@pytest.mark.long
@pytest.mark.parametrize(("controllers", "name"), [(1, "1 controller"), (3, "3 controllers")])
def test_revokes_are_measured_beside_their_floor(
    controllers: int, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert revoke.main(["--json", "--cases", str(controllers), "--revokes", "3", "--flush-ms", "4"]) == 0

    (case,) = cases_of(capsys.readouterr().out).values()
    assert (case["case"], case["samples"]) == (name, 3)
    assert min(case["value_ms"], case["floor_signed_ms"]) >= 2 * case["flush_ms"] == 8
    assert case["floor_ms"] >= case["floor_signed_ms"]
