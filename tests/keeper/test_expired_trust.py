"""Who comes back after the end of the held trust, and three rotations, denies nobody by that and misses no revoke."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec.structs import replace

from doorctl.clock import WallClock
from doorctl.core.decision import decide
from doorctl.core.model import ZoneKind
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest
from doorctl.door.policy.standing import Standing
from doorctl.door.policy.trust_watch import TrustWatch
from doorctl.keys.card_keys import write_card_keys
from doorctl.keys.identity import Identity, hub_key_name
from doorctl.policy.reader import PolicyReader
from doorctl.policy.rows import CredentialRow, DoorRow, GrantRow, HolderRow, Row, ZoneRow
from doorctl.trust.verify import SignedTrust, is_expired, sign_trust
from doorctl.wire.bell import Confirmed
from doorctl.wire.messages import Ask
from doorctl.wire.topics import Channel
from tests.keeper.logs import NOON
from tests.keeper.site import CARD_KEYS, SITE, AController, ASite, a_signer, asks
from tests.trust.builders import a_root, rotated

CARDS = {"ada": b"a" * 32, "grace": b"g" * 32}
LOBBY, OFFICE = "lobby", "office"
GRACES = [GrantRow(id=f"grace-{zone}", zone=zone, holder="grace") for zone in (LOBBY, OFFICE)]
ROWS: list[Row] = [
    ZoneRow(id=LOBBY, kind=ZoneKind.FLOOR),
    ZoneRow(id=OFFICE, kind=ZoneKind.FLOOR, max_age_seconds=12 * 3600),
    *(DoorRow(id=zone, zone=zone) for zone in (LOBBY, OFFICE)),
    *(HolderRow(id=holder) for holder in CARDS),
    *(CredentialRow(key=key, holder=holder) for holder, key in CARDS.items()),
    *(GrantRow(id=f"ada-{zone}", zone=zone, holder="ada") for zone in (LOBBY, OFFICE)),
    *GRACES,
]
GRANTED, STALE, NO_GRANT = [Reason.GRANTED] * 2, [Reason.GRANTED, Reason.STALE_POLICY], [Reason.NO_GRANT] * 2


class Away:
    """A keeper and its door on one clock in the test's hand, and the site that goes on without them."""

    def __init__(self, folder: Path) -> None:
        write_card_keys(folder / "card.keys", CARD_KEYS)
        self.site = ASite()
        self.seconds = 100.0
        self.start(AController(folder, self.site))

    def start(self, controller: AController) -> None:
        """Begin with this keeper and a new door process."""
        folder, self.controller = controller.state_dir, controller
        wall = WallClock(system=self.time_of_day, counter=lambda: self.seconds)
        self.standing = Standing(wall, counter=lambda: self.seconds)
        self.trust = TrustWatch(folder / "trust.note", site=SITE, root_keys=self.site.root_keys)
        self.policy = PolicyReader(folder / "policy.db")
        controller.door_arrives(self.seconds)

    def restart(self) -> None:
        """End keeper and door, and start both again."""
        self.policy.close()
        self.start(self.controller.restart())

    def time_of_day(self) -> float:
        return self.at.timestamp()

    @property
    def at(self) -> datetime:
        """The time of day; trust ends at noon, an hour after the beginning."""
        return NOON - timedelta(hours=1) + timedelta(seconds=self.seconds)

    def first_trust(self) -> SignedTrust:
        return sign_trust(replace(self.site.trust().trust, expires=int(NOON.timestamp())), self.site.root)

    def rotated_trust(self, times: int) -> SignedTrust:
        """Replace the root so many times, and the hub's keys, too; nobody has put off the end of trust."""
        self.site.hub = Identity(a_signer(hub_key_name(SITE)), X25519PrivateKey.generate())
        return rotated(self.first_trust().trust, self.site.root, *(a_root() for _ in range(times)))

    def hear(self, channel: Channel, note: bytes) -> None:
        """Let the keeper hear a note, and the door what its keeper tells it then."""
        self.controller.clock.seconds = self.time_of_day()
        self.controller.keeper.handle(channel, note, self.seconds)
        for packet in self.controller.door.told:
            if isinstance(packet, Confirmed):
                self.standing.confirm(packet)
        self.controller.door.told.clear()

    def follow(self) -> Ask:
        """Ask over a new connection, and hear all that is missing; return what was asked."""
        self.controller.keeper.connected(self.seconds)
        (ask,) = asks(self.controller, self.seconds)
        self.hear(Channel.DELTA, self.site.delta(ask.revision + 1, self.site.revision))
        self.hear(Channel.ANSWER, self.site.answer(ask, at=int(self.time_of_day())))
        return ask

    def decided(self) -> dict[str, list[Reason]]:
        """How the doors of lobby and office answer each card now."""
        return {holder: [self._decide(zone, key) for zone in (LOBBY, OFFICE)] for holder, key in CARDS.items()}

    def _decide(self, zone: str, key: bytes) -> Reason:
        request = AccessRequest(zone, (key,), self.at)
        facts, _ = self.policy.facts(request)
        return decide(request, self.standing.add_to(facts)).reason

    def close(self) -> None:
        self.policy.close()
        self.controller.close()


@pytest.fixture
def away(tmp_path: Path) -> Iterator[Away]:
    """A keeper and a door that have followed everything, an hour before their trust ends."""
    away = Away(tmp_path)
    away.site.change(rows=ROWS)
    away.hear(Channel.TRUST, away.first_trust().note)
    away.follow()
    yield away
    away.close()


@pytest.mark.parametrize("is_restarted", [False, True], ids=["kept on", "switched off"])
@pytest.mark.parametrize("days", [1, 365, 6 * 365])
def test_who_was_away_for_three_rotations_takes_the_newest_trust_and_the_revoke_behind_it(
    away: Away, *, days: int, is_restarted: bool
) -> None:
    before = away.decided()
    newest = away.rotated_trust(3)
    away.site.change(dropped=GRACES)
    away.seconds += timedelta(days=days).total_seconds()
    if is_restarted:
        away.restart()
    meanwhile = away.decided()

    away.hear(Channel.TRUST, newest.note)
    ask = away.follow()

    assert is_expired(newest.trust, away.time_of_day())
    assert (before, meanwhile) == ({"ada": GRANTED, "grace": GRANTED}, {"ada": STALE, "grace": STALE})
    assert (ask.trust, ask.revision, away.trust.news()) == (4, 1, newest.trust)
    assert (away.controller.position.revision, away.controller.tally) == (2, {})
    assert away.decided() == {"ada": GRANTED, "grace": NO_GRANT}


def test_trust_that_has_ended_denies_nobody_and_goes_on_to_confirm(away: Away) -> None:
    away.site.change(dropped=GRACES)
    away.seconds += timedelta(days=6 * 365).total_seconds()

    away.follow()

    assert away.decided() == {"ada": GRANTED, "grace": NO_GRANT}
