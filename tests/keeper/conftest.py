"""Fixtures of the keeper's tests: a site, and a controller that trusts its hub and has its card keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.keys.card_keys import write_card_keys
from doorctl.wire.topics import Channel
from tests.keeper.site import CARD_KEYS, AController, ASite


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
