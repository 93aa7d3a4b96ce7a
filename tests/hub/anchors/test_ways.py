"""The heads of all logs go to places outside, or it is told why not."""

import re
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from doorctl.brokers import BrokerUrl
from doorctl.config import AlertsTable, AnchorTable, HubConfig, HubTable, LinkTable, MailTls
from doorctl.errors import ConfigError
from doorctl.hub.anchors.ways import ways_of
from doorctl.hub.outside import NotSent
from tests.full_disk import full_disk
from tests.hub.alerts.servers import HERE, a_mail_server
from tests.hub.anchors.places import Authority, a_web_address, an_authority
from tests.hub.builders import NOON, SITE

HEADS = b"doorctl/hq/hub/7\n1\nAAAA\n\n\xe2\x80\x94 hub.hq BBBB\n\n"


def send(folder: Path, *, alerts: AlertsTable | None = None, **table: object) -> None:
    """Send heads on the one way that is named."""
    hub = HubTable(SITE, ("A" * 43,), "UTC", state_dir=str(folder))
    mqtt = LinkTable((BrokerUrl("mqtt://127.0.0.1"),))
    config = HubConfig(hub, mqtt, alerts=alerts, anchor=AnchorTable(**table))  # type: ignore[arg-type]
    (way,) = ways_of(config, folder / "hub.toml", at=NOON).values()
    way(HEADS)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return an_authority(tmp_path_factory.mktemp("tsa") / "authority")


def test_a_file_gets_them_behind_those_of_before(tmp_path: Path) -> None:
    send(tmp_path, file="heads.txt")
    send(tmp_path, file="heads.txt")

    assert (tmp_path / "heads.txt").read_bytes() == 2 * HEADS


def test_a_file_that_cannot_be_written_has_taken_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotSent, match="No such file or directory"):
        send(tmp_path, file="nowhere/heads.txt")


def test_a_full_disk_has_taken_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotSent, match="No space left on device"):
        send(tmp_path, file="/dev/full")


def test_of_half_a_text_nothing_stays_in_a_file(tmp_path: Path) -> None:
    send(tmp_path, file="heads.txt")
    with full_disk(most=len(HEADS) + 10), pytest.raises(NotSent, match="no room for all of it"):
        send(tmp_path, file="heads.txt")

    assert (tmp_path / "heads.txt").read_bytes() == HEADS


def test_a_web_address_gets_them_as_they_are(tmp_path: Path) -> None:
    with a_web_address() as (address, posted):
        send(tmp_path, webhook=address)

    assert posted == [HEADS]


def test_a_web_address_that_answers_anything_else_has_taken_nothing(tmp_path: Path) -> None:
    with a_web_address(status=500) as (address, _), pytest.raises(NotSent, match="500"):
        send(tmp_path, webhook=address)


def test_mail_goes_by_the_server_of_the_alerts(tmp_path: Path) -> None:
    with a_mail_server(None) as (port, mails):
        alerts = AlertsTable(
            mail_server=f"{HERE}:{port}",
            mail_tls=MailTls.NONE,
            mail_from="hub@example.org",
            mail_to=("a@example.org",),
        )
        send(tmp_path, alerts=alerts, mail_to=("auditor@example.org",))

    (mail,) = mails
    (attached,) = [part for part in mail.walk() if part.get_filename()]
    assert (mail["To"], mail["Subject"]) == ("auditor@example.org", "[hq] heads of all logs, 2027-01-15")
    assert mail["Date"].startswith("Fri, 15 Jan 2027")
    assert (attached.get_filename(), attached.get_payload(decode=True)) == ("hq-2027-01-15.note", HEADS)


def test_mail_without_a_server_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"name the mail server in \[alerts\]"):
        send(tmp_path, mail_to=("auditor@example.org",))


@pytest.mark.parametrize("is_checked", [True, False])
def test_a_time_stamp_is_kept_beside_what_it_stamps(tmp_path: Path, authority: Authority, is_checked: bool) -> None:
    roots: dict[str, Any] = {"timestamp_ca": str(authority.roots)} if is_checked else {}
    with a_web_address(authority.answer) as (address, posted):
        send(tmp_path, timestamp=address, **roots)

    kept = {path.suffix: path.read_bytes() for path in (tmp_path / "anchors").iterdir()}
    assert kept[".note"] == HEADS
    assert HEADS not in posted[0]
    assert kept[".tsr"] == (authority.folder / "reply").read_bytes()
    assert (
        sorted(path.stem for path in (tmp_path / "anchors").iterdir())
        == [NOON.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")] * 2
    )


def test_a_time_stamp_by_somebody_else_is_none(tmp_path: Path, authority: Authority) -> None:
    other = an_authority(tmp_path / "other")
    with a_web_address(other.answer) as (address, _), pytest.raises(NotSent, match="signed by nobody"):
        send(tmp_path, timestamp=address, timestamp_ca=str(authority.roots))

    assert not (tmp_path / "anchors").exists()


def test_an_old_time_stamp_again_is_none(tmp_path: Path, authority: Authority) -> None:
    with a_web_address(authority.answer) as (address, _):
        send(tmp_path, timestamp=address)
    before = (authority.folder / "reply").read_bytes()

    with a_web_address(lambda _: before) as (address, _), pytest.raises(NotSent, match="of something else"):
        send(tmp_path, timestamp=address)


@pytest.mark.parametrize("reply", [b"", b"no stamp", b"\x30\x03\x02\x01\x02"])
def test_what_is_no_time_stamp_is_none(tmp_path: Path, reply: bytes) -> None:
    with a_web_address(lambda _: reply) as (address, _), pytest.raises(NotSent, match="time stamp"):
        send(tmp_path, timestamp=address)


def test_a_time_stamp_without_the_extra_says_what_to_install() -> None:
    pyproject = (Path(__file__).resolve().parents[3] / "pyproject.toml").read_text()

    assert re.search(r'^timestamp = \["rfc3161-client', pyproject, flags=re.MULTILINE)


def test_where_nothing_is_configured_that_is_a_mistake(tmp_path: Path) -> None:
    hub = HubTable(SITE, ("A" * 43,), "UTC", state_dir=str(tmp_path))
    config = HubConfig(hub, LinkTable((BrokerUrl("mqtt://127.0.0.1"),)))

    with pytest.raises(ConfigError, match=r"has no \[anchor\]"):
        ways_of(config, tmp_path / "hub.toml", at=NOON)
