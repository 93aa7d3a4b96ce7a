"""Fixtures for the hub's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.core.model import ZoneKind
from doorctl.mqtt.local_broker import LocalBroker
from doorctl.wire.commands import DoorSet, GroupAdd, PersonAdd, ZoneSet
from tests.brokers import a_broker
from tests.hub.alerts.watching import turn
from tests.hub.builders import ASite, a_private
from tests.hub.full_site import AFullSite
from tests.hub.hub_on_disk import AHubOnDisk


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ASite]:
    """A site without controllers."""
    site = ASite(tmp_path)
    yield site
    site.close()


@pytest.fixture
def site_with_two(tmp_path: Path) -> Iterator[ASite]:
    """A site with the controllers pi-1 and pi-2."""
    site = ASite(tmp_path, controllers=("pi-1", "pi-2"))
    yield site
    site.close()


@pytest.fixture
def floor(site: ASite) -> ASite:
    """A site with Ada, a floor and the group staff."""
    site.ask(PersonAdd("h1"), a_private(handle="ada"))
    site.ask(ZoneSet("floor-1", ZoneKind.FLOOR))
    site.ask(GroupAdd("staff"))
    return site


@pytest.fixture
def full(site_with_two: ASite, tmp_path: Path) -> AFullSite:
    """A site with the records of days that retention may drop."""
    return AFullSite(site_with_two, tmp_path)


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[AHubOnDisk]:
    """A hub's folder."""
    site = AHubOnDisk(tmp_path)
    yield site
    site.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[LocalBroker]:
    """A broker that any hub may use."""
    with a_broker(tmp_path) as broker:
        yield broker


@pytest.fixture
def room(site_with_two: ASite) -> ASite:
    """A site with Ada, a floor with door-1, and a server room with the door vault-door."""
    for do in (ZoneSet("floor-3", ZoneKind.FLOOR), ZoneSet("vault", ZoneKind.SERVER_ROOM)):
        site_with_two.ask(do)
    site_with_two.ask(DoorSet("door-1", "floor-3"))
    site_with_two.ask(DoorSet("vault-door", "vault"))
    site_with_two.ask(PersonAdd("h1"), a_private(handle="ada", name="Ada"))
    turn(site_with_two, seconds=0)
    return site_with_two
