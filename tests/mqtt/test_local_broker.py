"""A broker of one's own: it answers once started, comes back on its port, and is gone when stopped."""

import socket
from pathlib import Path

import pytest

from doorctl.mqtt.local_broker import BrokerKind, LocalBroker, NoBroker


def answers(broker: LocalBroker) -> bool:
    try:
        socket.create_connection(broker.address, timeout=1).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("kind", BrokerKind)
def test_a_started_broker_answers_and_a_stopped_one_does_not(tmp_path: Path, kind: BrokerKind) -> None:
    broker = LocalBroker(tmp_path, kind=kind)

    broker.start()
    started = answers(broker)
    broker.stop()

    assert (started, answers(broker)) == (True, False)


def test_a_killed_broker_comes_back_on_its_port(tmp_path: Path) -> None:
    broker = LocalBroker(tmp_path)
    broker.start()

    broker.kill()
    dead = answers(broker)
    broker.restart()

    assert (dead, answers(broker)) == (False, True)
    broker.stop()


def test_the_port_of_a_broker_is_given_to_no_connection_while_it_is_away(tmp_path: Path) -> None:
    assert 1024 <= LocalBroker(tmp_path).port < 32_768  # where Linux begins, unless it is told otherwise


def test_a_port_that_another_has_is_refused(tmp_path: Path) -> None:
    broker = LocalBroker(tmp_path)

    with socket.create_server(broker.address), pytest.raises(NoBroker, match="something else listens"):
        broker.start()


def test_a_broker_that_cannot_start_says_where_to_look(tmp_path: Path) -> None:
    broker = LocalBroker(tmp_path, kind=BrokerKind.MOSQUITTO, max_packet_bytes=-1)

    with pytest.raises(NoBroker, match=str(broker.log_file)):
        broker.start()
