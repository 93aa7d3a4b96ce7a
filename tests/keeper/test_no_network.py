"""The keeper, seen from the kernel: from its exec on it asks for no socket of any network."""

import pytest

from doorctl.places import RunSocket
from doorctl.wire.topics import Channel
from tests.keeper.processes import ALink, AProcess, a_config, short_folder, until
from tests.keeper.site import ASite
from tests.system_calls import families, is_complete, read_calls, strace_command


@pytest.mark.usefixtures("may_trace")
def test_a_keeper_that_serves_a_link_asks_for_no_network() -> None:
    site = ASite(revisions=3)
    with short_folder() as folder:
        trace = folder / "strace.out"
        config = a_config(folder, site)
        with AProcess("keeper", config, prefix=strace_command(trace)) as keeper:
            with ALink(folder / "run" / RunSocket.KEEPER) as link:
                link.connect_broker()
                link.deliver(1, Channel.TRUST, site.trust([folder / "state"]).note)
                link.deliver(2, Channel.DELTA, site.delta(1, 3))
            keeper.stop()
            until(lambda: is_complete(trace, keeper.pid), what="the end of the trace")
        asked_for = families(read_calls(trace.read_text().splitlines()))

    assert asked_for == {"AF_UNIX"}
