"""Topics are built and taken apart the same way; anything else is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorctl.errors import Refused
from doorctl.wire.topics import (
    FROM_CONTROLLERS,
    RETAINED,
    TO_CONTROLLERS,
    Address,
    Channel,
    all_of,
    everyones,
    is_name,
    parse,
    topic,
)

ADDRESSES = [
    Address(channel, "pi-1" if "{name}" in channel else "", 12 if "{number}" in channel else 0) for channel in Channel
]


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.channel.name)
def test_a_topic_leads_back_to_its_address(address: Address) -> None:
    assert parse("hq", topic("hq", address)) == address


def test_no_two_channels_share_a_topic() -> None:
    assert len({topic("hq", address) for address in ADDRESSES}) == len(Channel)


@pytest.mark.parametrize(
    "received",
    [
        "",
        "doorctl/v1/hq",
        "doorctl/v1/hq/",
        "doorctl/v1/hq/nothing",
        "doorctl/v1/lab/head",
        "doorctl/v2/hq/head",
        "doorctl/v1/hq/head/",
        "doorctl/v1/hq/ctl/pi-1/up",
        "doorctl/v1/hq/ctl/PI/up/ask",
        "doorctl/v1/hq/ctl//up/ask",
        "doorctl/v1/hq/ctl/+/up/ask",
        "doorctl/v1/hq/ctl/{name}/up/ask",
        "doorctl/v1/hq/ctl/pi-1\n/up/ask",
        f"doorctl/v1/hq/ctl/{'x' * 33}/up/ask",
        "doorctl/v1/hq/snapshot/s1",
        "doorctl/v1/hq/snapshot/s1/",
        "doorctl/v1/hq/snapshot/s1/01",
        "doorctl/v1/hq/snapshot/s1/-1",
        "doorctl/v1/hq/snapshot/s1/٣",
        "doorctl/v1/hq/snapshot/s1/1234567890",
    ],
)
def test_what_is_not_our_topic_is_refused(received: str) -> None:
    with pytest.raises(Refused, match="unknown-topic"):
        parse("hq", received)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_no_topic_is_a_crash(tail: str) -> None:
    try:
        address = parse("hq", f"doorctl/v1/hq/{tail}")
    except Refused:
        return
    assert topic("hq", address) == f"doorctl/v1/hq/{tail}"


def test_a_subscription_covers_every_name() -> None:
    assert everyones("hq", Channel.ASK) == "doorctl/v1/hq/ctl/+/up/ask"


def test_a_subscription_covers_every_chunk_of_one_snapshot() -> None:
    assert all_of("hq", Channel.SNAPSHOT, "s1") == "doorctl/v1/hq/snapshot/s1/+"


@pytest.mark.parametrize(("text", "is_one"), [("floor-3", True), ("", False), ("Floor", False), ("x" * 33, False)])
def test_a_name_is_short_and_plain(text: str, is_one: bool) -> None:
    assert is_name(text) is is_one


def test_no_controller_listens_to_what_controllers_say() -> None:
    assert not set(TO_CONTROLLERS) & set(FROM_CONTROLLERS)
    assert {Channel.TRUST, Channel.HEAD, Channel.STATE} == RETAINED
