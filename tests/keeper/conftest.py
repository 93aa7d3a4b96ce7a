"""Fixtures of the keeper's tests: a site and its hub, a controller that trusts it, and a policy that is filled."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from doorctl.keeper.policy_store import PolicyStore
from doorctl.keeper.refill import Refill
from doorctl.keys.card_keys import write_card_keys
from doorctl.wire.topics import Channel
from tests.keeper.logs import NOON, AHub
from tests.keeper.site import CARD_KEYS, SITE, AController, ASite
from tests.keeper.snapshots import a_refill


@pytest.fixture
def site() -> ASite:
    return ASite(revisions=3)


@pytest.fixture
def controller(tmp_path: Path, site: ASite) -> Iterator[AController]:
    write_card_keys(tmp_path / "card.keys", CARD_KEYS)
    controller = AController(tmp_path, site)
    controller.keeper.handle(Channel.TRUST, site.trust().note, 0)
    yield controller
    controller.close()


@pytest.fixture
def keyless(controller: AController) -> Iterator[AController]:
    """The controller without its card keys, after a restart."""
    (controller.state_dir / "card.keys").unlink()
    again = controller.restart()
    yield again
    again.close()


@pytest.fixture
def hub(tmp_path: Path, controller: AController, site: ASite) -> Iterator[AHub]:
    """The hub on its database at noon, with which the controller is connected."""
    (tmp_path / "hub").mkdir()
    hub = AHub(tmp_path / "hub", site, controller.state_dir)
    controller.clock.seconds = NOON.timestamp()
    controller.keeper.connected(0)
    yield hub
    hub.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PolicyStore]:
    with closing(PolicyStore(tmp_path, SITE)) as store:
        yield store


@pytest.fixture
def refill(tmp_path: Path, store: PolicyStore) -> Iterator[Refill]:
    with closing(a_refill(store, tmp_path)) as refill:
        yield refill
