"""The hub as a process: a real broker, a real admin, SIGTERM, and files that are replaced under it."""

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from doorctl.errors import AlreadyRuns, ConfigError, KeyFileError, Refused
from doorctl.hub.process import run
from doorctl.hub.trust_file import TrustFile
from doorctl.keys.identity import hub_key_name, load_identity, new_identity
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.local_broker import LocalBroker
from doorctl.sole import sole
from doorctl.trust.note import Trust
from doorctl.trust.verify import store_trust
from doorctl.wire.commands import GroupAdd, PersonAdd
from doorctl.wire.messages import from_text
from doorctl.wire.notes import Verifier, open_note
from doorctl.wire.topics import PREFIX, Address, Channel, topic
from tests.hub.builders import SITE, ASite, a_private, a_signer, now
from tests.hub.hub_on_disk import AHubOnDisk, a_process, converse, responses_in


@pytest.fixture
def process(on_disk: AHubOnDisk, broker: LocalBroker) -> Iterator["subprocess.Popen[str]"]:
    """A hub that runs."""
    on_disk.write_config(port=broker.port)
    with a_process(on_disk) as process:
        yield process


def is_signed_by(note: bytes, verifier: Verifier) -> bool:
    with suppress(Refused):
        open_note(note, [verifier])
        return True
    return False


def test_a_command_over_the_broker_is_carried_out_and_the_hub_ends_in_good_order(
    on_disk: AHubOnDisk, broker: LocalBroker, process: "subprocess.Popen[str]"
) -> None:
    payload = on_disk.a_command(PersonAdd("h1"), a_private(handle="adahandle", name="Ada"), at=now())
    commands = topic(SITE, Address(Channel.COMMAND, "grace"))

    def say(client: MqttClient) -> None:
        client.publish(commands, b"\xff rubbish")
        client.publish(f"{PREFIX}/{SITE}/admin/NOBODY/cmd", b"")
        client.publish(commands, payload)

    heard = asyncio.run(converse(broker, say, until=lambda heard: len(responses_in(on_disk, heard)) >= 2))
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)

    assert [response.verdict for response in responses_in(on_disk, heard)][:2] == ["accepted", "done"]
    assert process.returncode == 0
    assert "event=refused reason=not-a-note count=1 channel=command name=grace" in said
    assert "event=refused reason=unknown-topic" in said
    assert "event=stop process=hub" in said
    assert "adahandle" not in said
    assert (on_disk.state_dir / "site.db").stat().st_mode & 0o077 == 0
    assert not (on_disk.state_dir / "site.db-wal").exists()


def test_replaced_trust_is_published_and_broken_trust_is_not(
    on_disk: AHubOnDisk, broker: LocalBroker, process: "subprocess.Popen[str]"
) -> None:
    def replace_trust(_client: MqttClient) -> None:
        (on_disk.state_dir / "trust.note").write_bytes(b"rubbish")
        store_trust(on_disk.state_dir / "trust.note", on_disk.trust(version=7))

    def versions(heard: list[tuple[str, bytes]]) -> list[int]:
        notes = [payload for received, payload in heard if received == topic(SITE, Address(Channel.TRUST))]
        return [from_text(open_note(note, [on_disk.root.verifier]).text, Trust, site=SITE).version for note in notes]

    heard = asyncio.run(converse(broker, replace_trust, until=lambda heard: 7 in versions(heard)))

    assert set(versions(heard)) == {1, 7}


def test_a_hub_goes_on_under_other_keys_as_soon_as_trust_names_them(
    on_disk: AHubOnDisk, broker: LocalBroker, process: "subprocess.Popen[str]"
) -> None:
    new_identity(on_disk.state_dir / "keys-2")
    others = load_identity(on_disk.state_dir / "keys-2", hub_key_name(SITE))

    def rotate(_client: MqttClient) -> None:
        on_disk.hub_identity = others
        store_trust(on_disk.state_dir / "trust.note", on_disk.trust(version=2))

    def has_signed(heard: list[tuple[str, bytes]]) -> bool:
        heads = [payload for received, payload in heard if received == topic(SITE, Address(Channel.HEAD))]
        return any(is_signed_by(head, others.signer.verifier) for head in heads)

    asyncio.run(converse(broker, rotate, until=has_signed))

    assert process.poll() is None


def test_other_keys_may_come_after_the_trust_that_names_them(on_disk: AHubOnDisk, tmp_path: Path) -> None:
    trust_file = TrustFile(on_disk.state_dir, site=SITE, root_keys=[on_disk.root.verifier.public_key])
    trust_file.load()
    new_identity(tmp_path / "aside")
    on_disk.hub_identity = load_identity(tmp_path / "aside", hub_key_name(SITE))
    store_trust(on_disk.state_dir / "trust.note", on_disk.trust(version=2))
    with pytest.raises(KeyFileError, match="names another hub"):
        trust_file.load()

    (tmp_path / "aside").rename(on_disk.state_dir / "keys-2")

    assert trust_file.is_news
    assert trust_file.load().trust.version == 2


def test_a_killed_hub_goes_on_where_it_was(
    on_disk: AHubOnDisk, broker: LocalBroker, process: "subprocess.Popen[str]"
) -> None:
    payload = on_disk.a_command(GroupAdd("staff"), at=now())
    commands = topic(SITE, Address(Channel.COMMAND, "grace"))

    def say(client: MqttClient) -> None:
        client.publish(commands, payload)

    def enough(heard: list[tuple[str, bytes]]) -> bool:
        return len(responses_in(on_disk, heard)) >= 2

    before = asyncio.run(converse(broker, say, until=enough))
    process.kill()
    process.wait()
    with a_process(on_disk):
        after = asyncio.run(converse(broker, say, until=enough))

    # What the killed hub had not acknowledged to the broker comes once more, with the same answers.
    assert responses_in(on_disk, after)[:2] == responses_in(on_disk, before)[:2]


def test_a_time_zone_that_does_not_exist_is_a_mistake_in_the_configuration(on_disk: AHubOnDisk) -> None:
    on_disk.write_config(timezone="Mars/Olympus")

    with pytest.raises(ConfigError, match=r"hub\.timezone: 'Mars/Olympus'"):
        run(on_disk.config)


def test_a_hub_without_keys_says_which_are_missing(on_disk: AHubOnDisk) -> None:
    (on_disk.state_dir / "card.keys").unlink()

    with pytest.raises(KeyFileError, match=r"card\.keys"):
        run(on_disk.config)


def test_trust_that_names_another_hub_stops_the_start(on_disk: AHubOnDisk) -> None:
    on_disk.hub_identity = ASite(on_disk.state_dir).hub_identity
    store_trust(on_disk.state_dir / "trust.note", on_disk.trust())

    with pytest.raises(KeyFileError, match="names another hub"):
        run(on_disk.config)


def test_trust_by_a_stranger_stops_the_start(on_disk: AHubOnDisk) -> None:
    on_disk.root = a_signer("root.hq")
    store_trust(on_disk.state_dir / "trust.note", on_disk.trust())

    with pytest.raises(Refused, match="unknown-signer"):
        run(on_disk.config)


def test_a_second_hub_on_one_folder_is_refused(on_disk: AHubOnDisk) -> None:
    with sole("hub", on_disk.state_dir), pytest.raises(AlreadyRuns, match="another hub runs on"):
        run(on_disk.config)
