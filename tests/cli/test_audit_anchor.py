"""``doorctl audit anchor``: what it sends and leaves word of, and its exit codes."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from doorctl.audit.cosignature import open_cosignature
from doorctl.core.records import RecordKind
from doorctl.database import transaction
from doorctl.hub.anchors.heads import sendings_told
from doorctl.hub.own_log import Entry, OwnLog
from doorctl.hub.site_db import open_site
from tests.cli.sites import run
from tests.hub.builders import NOON_SECONDS, SITE
from tests.hub.hub_on_disk import AHubOnDisk


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[AHubOnDisk]:
    """A hub's folder, whose log has begun."""
    hub = AHubOnDisk(tmp_path)
    with closing(open_site(hub.state_dir / "site.db", site=SITE)) as connection, transaction(connection):
        OwnLog(connection, hub.hub_identity.signer, site=SITE).append(Entry(RecordKind.BOOT), at=NOON_SECONDS)
    yield hub
    hub.close()


def configure(hub: AHubOnDisk, text: str) -> None:
    hub.write_config()
    hub.config.write_text(hub.config.read_text() + text)


def test_heads_go_to_a_place_and_the_hub_finds_word_of_it(hub: AHubOnDisk) -> None:
    configure(hub, '[anchor]\nfile = "heads.txt"\n')

    result = run("audit", "anchor", "--config", str(hub.config), "--json")

    sent = (hub.config.parent / "heads.txt").read_bytes()
    ((_, told),) = sendings_told(hub.state_dir)
    assert result.exit_code == 0
    assert sent.startswith(b"doorctl/hq/hub/")
    assert abs(open_cosignature(sent[:-1], hub.hub_identity.signer.verifier).at - told.at) <= 1
    assert (told.sha256, told.taken, told.failed) == (hashlib.sha256(sent).hexdigest(), ("file",), {})
    assert json.loads(result.stdout)["taken"] == ["file"]


def test_a_place_that_does_not_take_them_is_named_and_the_others_get_them(hub: AHubOnDisk) -> None:
    configure(hub, '[anchor]\nfile = "heads.txt"\nwebhook = "http://127.0.0.1:1/"\n')

    result = run("audit", "anchor", "--config", str(hub.config))

    assert result.exit_code == 3
    assert "1 of 2 place(s) have taken the heads" in result.stdout
    assert "not taken by webhook: 127.0.0.1: " in result.stdout
    assert (hub.config.parent / "heads.txt").exists()


@pytest.mark.parametrize("config", ["", "[anchor]\n", '[anchor]\nwebhook = "http://example.org/"\n'])
def test_where_nothing_is_named_that_will_do_nothing_is_sent(hub: AHubOnDisk, config: str) -> None:
    configure(hub, config)

    result = run("audit", "anchor", "--config", str(hub.config))

    assert result.exit_code == 2
    assert list(sendings_told(hub.state_dir)) == []


def test_before_the_hub_has_run_there_is_nothing_to_send(tmp_path: Path) -> None:
    hub = AHubOnDisk(tmp_path)
    open_site(hub.state_dir / "site.db", site=SITE).close()
    configure(hub, '[anchor]\nfile = "heads.txt"\n')

    result = run("audit", "anchor", "--config", str(hub.config))
    hub.close()

    assert (result.exit_code, (tmp_path / "heads.txt").exists()) == (2, False)
