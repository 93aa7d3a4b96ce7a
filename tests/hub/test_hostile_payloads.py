"""Whatever a broker delivers: nothing stops the hub, nothing damaged passes."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorctl.core.model import ZoneKind
from doorctl.wire.commands import DoorSet, GroupAdd, ZoneSet
from doorctl.wire.messages import Ack, Ask, Head
from doorctl.wire.notes import sign_text
from doorctl.wire.topics import Address, Channel
from tests.hub.builders import (
    NOON,
    SITE,
    ASite,
    a_signer,
)

STAFF = GroupAdd(group="staff")
FLOOR = ZoneSet("floor-3", ZoneKind.FLOOR)
CHANNELS = [Channel.COMMAND, Channel.ASK, Channel.ACK, Channel.LOG, Channel.STATE]


@pytest.mark.parametrize("channel", [Channel.COMMAND, Channel.ASK, Channel.ACK, Channel.LOG])
def test_what_a_broker_has_kept_is_refused(site: ASite, channel: Channel) -> None:
    payload = site.a_command(STAFF)

    assert site.hub.handle(Address(channel, "grace"), payload, NOON, retained=True) == []
    assert site.hub.refusals == {"retained": 1}


@pytest.mark.parametrize("message_type", [Ask, Ack])
def test_a_note_of_another_type_is_counted(site_with_two: ASite, message_type: type[Ask | Ack]) -> None:
    channel = {Ask: Channel.ASK, Ack: Channel.ACK}[message_type]
    note = site_with_two.controllers[0].says(Head(SITE, 1, 1, "0" * 64, "0" * 64, 0))

    assert site_with_two.hub.handle(Address(channel, "pi-1"), note, NOON) == []
    assert site_with_two.hub.refusals == {"wrong-type": 1}


def test_a_fault_of_the_hub_s_own_costs_one_message_and_is_an_alarm(
    site: ASite, capfd: pytest.CaptureFixture[str]
) -> None:
    site.ask(FLOOR)
    site.connection.execute("UPDATE zones SET kind = 'cellar of grace'")  # rot: no code expects such a row

    outgoing = site.send(site.a_command(DoorSet("door-1", "floor-3")))

    assert (outgoing, site.hub.refusals) == ([], {"internal-error": 1})
    assert capfd.readouterr().err == (
        "<2>event=refused reason=internal-error error=ValidationError count=1 channel=command name=grace\n"
    )
    assert site.ask(STAFF).revision == 2


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    channel=st.sampled_from(CHANNELS),
    name=st.sampled_from(["pi-1", "grace", "nobody"]),
    payload=st.binary(max_size=300),
    kind=st.sampled_from(["", "doorctl/v1/command\n", "doorctl/v1/ask\n", "doorctl/v1/log\n"]),
)
def test_no_payload_stops_the_hub(
    site_with_two: ASite, channel: Channel, name: str, payload: bytes, kind: str
) -> None:
    signer = {"pi-1": site_with_two.controllers[0].ack.signer, "grace": site_with_two.grace.identity.signer}
    text = kind.encode() + payload + b"\n"
    note = sign_text(text, signer.get(name, a_signer("nobody"))) if kind else payload

    assert site_with_two.hub.handle(Address(channel, name), note, NOON) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 700), flip=st.integers(0, 7))
def test_no_damage_to_a_command_lets_it_pass(site: ASite, cut: int, flip: int) -> None:
    payload = bytearray(site.a_command(STAFF))
    payload[cut % len(payload)] ^= 1 << flip

    outgoing = site.send(bytes(payload))

    assert site.deltas(outgoing) == []
