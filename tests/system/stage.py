"""A site in the hands of a hostile broker, which has every key there is: it says what is nearly right."""

import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorctl.demo.building import PROCESSES
from doorctl.keeper.join import load_keeper
from doorctl.keys.identity import load_signer, root_key_name
from doorctl.wire.commands import GroupAdd
from doorctl.wire.messages import Message, Recall, to_text
from doorctl.wire.notes import Signer, detach, sign_text, text_of
from doorctl.wire.orders import Carried, DenyHolder, Order
from doorctl.wire.topics import FROM_CONTROLLERS, TO_CONTROLLERS, Channel
from tests.system.courier import HostileCourier
from tests.system.site import FLOOR, SERVER_ROOM, RunningSite

TOLD_SECONDS = 0.2
MOST_TIMES = 128
_REFUSED = re.compile(r"event=refused reason=(\S+(?: source=\S+)?) count=(\d+)")
HUB_HEARS = (Channel.COMMAND, Channel.ASK, Channel.ACK, Channel.LOG, Channel.CARRIED, Channel.STATE)
_WITH_DATA = frozenset({Channel.SNAPSHOT, Channel.OCCUPANCY, Channel.WHOLE_OCCUPANCY})
KEEPER_HEARS = tuple(channel for channel in TO_CONTROLLERS if channel not in _WITH_DATA)
"""All but notes with data beside them; of snapshots only the one that is being collected."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A running site and a hostile courier, with the keys of everybody."""

    site: RunningSite
    courier: HostileCourier

    def where(self, channel: Channel) -> str:
        """Name the topic of this site's only controller or admin, below the site."""
        account = self.site.account
        return channel.format(name=account.admin if channel is Channel.COMMAND else "controller-1")

    def signer(self, channel: Channel) -> Signer:
        """Return the key that rightly signs on a channel."""
        folder, name = self.site.site, self.site.account.site
        if channel is Channel.TRUST:
            return load_signer(folder / "root-1" / "sign.pem", root_key_name(name))
        if channel is Channel.COMMAND:
            return self.site.account.identity.signer
        if channel in FROM_CONTROLLERS:
            return load_keeper(folder / "controller" / "state", "controller-1").signer
        return self.site.hub_identity.signer

    def genuine(self, channel: Channel) -> bytes:
        """Return a note that was really said on a channel, without what was sealed beside it."""
        if channel in _UNSAID:
            return sign_text(to_text(_UNSAID[channel](self)), self.signer(channel))
        topic = self.where(channel)
        return next(detach(payload)[0] for heard, payload in self.courier.heard if heard.endswith(f"/{topic}"))

    def refusals(self) -> dict[str, int]:
        """Return what was refused so far, as far as it was told: hub's by `doorctl status`, others' by journal."""
        told = {f"hub {reason}": count for reason, count in self.site.status().refusals.items()}
        for process in ("link", "keeper"):
            for words, count in _REFUSED.findall(self.site.said(process)):
                told[f"{process} {words}"] = int(count)
        return told

    def say_until_refused(self, channel: Channel, payload: bytes, refusal: str) -> None:
        """Say it as often as it takes to be told: the 1st, 2nd, 4th, 8th … refusal is."""
        before = self.refusals().get(refusal, 0)
        for _ in range(MOST_TIMES):
            self.courier.say(self.where(channel), payload)
            deadline = time.monotonic() + TOLD_SECONDS
            while time.monotonic() < deadline:
                if self.refusals().get(refusal, 0) > before:
                    return
        raise AssertionError(f"{refusal} was not told: {self.refusals()}")

    def state(self) -> tuple[object, ...]:
        """Return what nothing bad may change."""
        policies = self.site.position(self.site.site_db), self.site.position(self.site.policy_db)
        return *policies, self.site.releases(FLOOR), self.site.releases(SERVER_ROOM)

    def assert_lives_on(self) -> None:
        """Prove that everybody still runs and that an admin's next command is in force at the controller."""
        assert [name for name in PROCESSES if not self.site.is_running(name)] == []
        told = self.site.change(GroupAdd(f"group-{secrets.token_hex(4)}"))
        assert told.verdict == "done", told


_UNSAID: Mapping[Channel, Callable[[Stage], Message]] = {
    Channel.RECALL: lambda stage: Recall(stage.site.account.site, 1, 2**40),
    Channel.ORDER: lambda stage: Order(
        stage.site.account.site, "controller-1", "0" * 32, "admin", 1, DenyHolder("nobody", 0)
    ),
    Channel.CARRIED: lambda stage: Carried(stage.site.account.site, "controller-1", "0" * 32, "done"),
}
"""What is rarely said: a note that nobody waits for."""


def not_json(stage: Stage, channel: Channel) -> bytes:
    first, _ = text_of(stage.genuine(channel)).split(b"\n", 1)
    return sign_text(first + b"\n{not json\n", stage.signer(channel))


def another_type(stage: Stage, channel: Channel) -> bytes:
    _, body = text_of(stage.genuine(channel)).split(b"\n", 1)
    return sign_text(b"doorctl/v1/response\n" + body, stage.signer(channel))


def another_site(stage: Stage, channel: Channel) -> bytes:
    text = text_of(stage.genuine(channel)).replace(b'"site":"demo"', b'"site":"away"', 1)
    return sign_text(text, stage.signer(channel))


def changed(stage: Stage, channel: Channel) -> bytes:
    note = stage.genuine(channel)
    return note.replace(b"{", b"{ ", 1)


def unsigned(stage: Stage, channel: Channel) -> bytes:
    return text_of(stage.genuine(channel))


def signed_by_a_stranger(stage: Stage, channel: Channel) -> bytes:
    stranger = Signer(stage.signer(channel).name, Ed25519PrivateKey.generate())
    return sign_text(text_of(stage.genuine(channel)), stranger)
