"""A hub, controllers and an admin, all real, with nothing between them but a hostile broker; time is what we say."""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec

from doorctl.core.model import Status, ZoneKind
from doorctl.database import open_reader
from doorctl.errors import Refused
from doorctl.hub.outgoing import Outgoing
from doorctl.keeper.controller import Outgoing as KeeperOutgoing
from doorctl.keys.card_keys import write_card_keys
from doorctl.keys.identity import load_signer, log_key_name
from doorctl.policy.apply import position_of, recomputed_digest
from doorctl.wire.commands import (
    Command,
    DoorSet,
    GrantAdd,
    GroupAdd,
    GroupJoin,
    GroupRemove,
    PersonAdd,
    PersonSet,
    Private,
    Revoke,
    Verb,
    ZoneSet,
)
from doorctl.wire.messages import Response, change_from, from_text
from doorctl.wire.notes import detach, open_note, text_of
from doorctl.wire.rights import OpenDoor
from doorctl.wire.topics import FROM_CONTROLLERS, TO_CONTROLLERS, Address, Channel
from tests.hostile.broker import Deed, HostileBroker, Parcel
from tests.hostile.conversation import PROMISES_NOTHING
from tests.hostile.doors import Truth, WatchedDoor
from tests.hub.builders import CARD_KEYS, NOON, SITE, ASite, an_id
from tests.hub.builders import AController as KnownController
from tests.keeper.site import AController

HUB, ADMIN = "the hub", "the admin"
CONTROLLERS = ("pi-1", "pi-2", "pi-3")
ZONE = "floor-3"
ROUNDS_TO_CALM = 400
MOST_GROUPS = 40


class Site(ASite):
    """The hub's side, whose root the controllers know."""

    @property
    def root_keys(self) -> list[bytes]:
        return [self.root.verifier.public_key]


class World:
    """Everybody, and what each has said to whom."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.chance = chance
        self.broker = HostileBroker(chance)
        self.restarts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.verdicts: dict[str, set[str]] = {}
        self.at, self.now = NOON, 0.0
        self.trust_version = 1
        self.settled = 0
        folder.mkdir(exist_ok=True)
        self.site = Site(folder)
        self.keepers = {name: self._a_keeper(folder / name, name) for name in CONTROLLERS}
        self.site.controllers = [_known(keeper) for keeper in self.keepers.values()]
        self.site.restart()
        self.truth = Truth()
        self.doors = {name: WatchedDoor(f"door-{name}", self.truth) for name in CONTROLLERS}
        self._chains = [bytes(32).hex()]
        self._highest = dict.fromkeys(CONTROLLERS, 0)
        self._doomed: set[str] = set()
        self._groups: list[str] = []
        self._numbers = iter(range(1_000_000_000))
        self._carry(self.site.hub.greet(self.at))
        for name in CONTROLLERS:
            self._greet(name)
        self.command(ZoneSet(ZONE, ZoneKind.FLOOR))
        for door in self.doors.values():
            self.command(DoorSet(door.name, ZONE))
        self.calm()

    # What the world does.

    def step(self) -> None:
        """Let the broker do anything; give it more to carry when it has little; end somebody now and then."""
        if self.broker.waiting < 3 or self.chance.random() < 0.05:
            self.command()
        if self.chance.random() < 0.05:
            self.pass_time()
        if self.chance.random() < 0.002:
            self.doom(self.chance.choice((HUB, *CONTROLLERS)))
        if self.chance.random() < 0.0005:
            self.renew_trust()
        if self.chance.random() < 0.002:
            self.connect(self.chance.choice(CONTROLLERS))
        self.let_broker()

    def let_broker(self, deed: Deed | None = None) -> None:
        """Let the broker do this, or anything."""
        parcel = self.broker.do(deed)
        if parcel is not None:
            self._deliver(parcel)

    def command(self, do: Verb | None = None, private: Private | None = None) -> None:
        """Have the admin command this, or anything."""
        do, private = (do, private) if do else self._any_change()
        command_id = an_id()
        if isinstance(do, OpenDoor):
            self.truth.ordered.add(command_id)
        payload = self.site.a_command(do, private, at=self.at, command_id=command_id)
        self.broker.take(Parcel(HUB, Address(Channel.COMMAND, self.site.grace.id), payload))

    def pass_time(self, seconds: float | None = None) -> None:
        """Let time pass, and everybody do what is due."""
        seconds = self.chance.choice((0.1, 0.1, 0.5, 0.5, 2.0, 90.0)) if seconds is None else seconds
        self.at, self.now = self.at + timedelta(seconds=seconds), self.now + seconds
        self._carry(self.site.hub.tick(self.at))
        if seconds >= 60:
            self.site.hub.tidy(self.at)
        for name, keeper in self.keepers.items():
            keeper.clock.seconds = self.at.timestamp()
            self._carry_up(name, keeper.keeper.tick(self.now))
            self._tend_door(name, looks=self.chance.random() < 0.7)

    def doom(self, name: str) -> None:
        """End somebody right after the next thing they commit, before a word about it is out.

        This stands for ``kill -9``: what a process had in memory is gone, and another begins with its files.
        """
        self._doomed.add(name)

    def connect(self, name: str) -> None:
        """Lose the connection of a controller, and give it a new one."""
        keeper = self.keepers[name].keeper
        keeper.disconnected()
        self._carry_up(name, keeper.connected(self.now))
        self._tend_door(name)

    def renew_trust(self) -> None:
        """Sign trust anew: everybody goes on under the next version."""
        self.trust_version += 1
        self._carry(self.site.hub.take_trust(self.site.trust(self.trust_version), self.at))

    def calm(self) -> None:
        """From now on carry everything, in order, until all have what the hub has."""
        for name in CONTROLLERS:
            self.connect(name)
        self._carry(self.site.hub.greet(self.at))
        for _ in range(ROUNDS_TO_CALM):
            while self.broker.waiting:
                self.let_broker(Deed.DELIVER)
            if self._is_in_step():
                return
            self.pass_time(0.5)
        raise AssertionError(f"never in step: {self._positions()}")

    def close(self) -> None:
        """Let go of everything."""
        for keeper in self.keepers.values():
            keeper.close()
        self.site.close()

    @property
    def changes(self) -> int:
        """How many changes the hub has made."""
        return position_of(self.site.connection).revision

    def told(self) -> str:
        """Tell what was done to how many, who was ended how often, and what came of it."""
        deeds = ", ".join(f"{count} {deed}" for deed, count in self.broker.deeds.most_common())
        for tally in (self.site.hub.refusals, *(keeper.tally for keeper in self.keepers.values())):
            self.refused.update(tally)
        refused = ", ".join(f"{count} {word}" for word, count in self.refused.most_common())
        opened = self._opened().total()
        again = sum(door.again for door in self.doors.values())
        confirmed = sum(door.confirmed for door in self.doors.values())
        ended = ", ".join(f"{name} {count} times" for name, count in self.restarts.items())
        came = f"{self.changes} changes, {self.settled} told in force, {opened} orders done"
        came += f", {again} came to a door again, {confirmed} times fresh"
        return f"{deeds}; ended {ended}; {came}; refused {refused}"

    # What must be true.

    def prove(self) -> None:
        """All have the hub's rows; a command has one effect if its admin was told so, and none if told otherwise.

        What opens a door changes no row: its effect is that a strike is released, and "done" is what tells of it.
        """
        assert {_digest(keeper) for keeper in self.keepers.values()} == {recomputed_digest(self.site.connection)}
        effects = self._effects() + self._opened()
        assert [command for command, count in effects.items() if count > 1] == []
        for command, verdicts in self.verdicts.items():
            assert verdicts <= {"refused"} or "refused" not in verdicts
            assert effects[command] == 1 or ("done" if command in self.truth.ordered else "accepted") not in verdicts
            assert effects[command] == 0 or "refused" not in verdicts

    def _prove_history(self, name: str) -> None:
        """What a keeper has is what the hub has made, and it never goes back."""
        own = self.keepers[name].position
        for (chain,) in self.site.rows(f"SELECT hex(chain) FROM changes WHERE revision >= {len(self._chains)}"):
            self._chains.append(str(chain).lower())
        assert self._highest[name] <= own.revision < len(self._chains)
        assert own.chain.hex() == self._chains[own.revision]
        self._highest[name] = own.revision

    def _effects(self) -> Counter[str]:
        rows = self.site.connection.execute("SELECT change FROM changes")
        changes = (change_from(msgspec.Raw(raw)) for (raw,) in rows)
        return Counter(
            from_text(text_of(change.command.encode()), Command, site=SITE).id for change in changes if change.command
        )

    def _opened(self) -> Counter[str]:
        """Return how often each command has released a strike, at all doors together."""
        return sum((door.opened for door in self.doors.values()), Counter[str]())

    def _is_in_step(self) -> bool:
        hub = position_of(self.site.connection)
        return all(keeper.position.revision == hub.revision for keeper in self.keepers.values())

    def _positions(self) -> dict[str, int]:
        return {name: keeper.position.revision for name, keeper in self.keepers.items()}

    # How it works.

    def _deliver(self, parcel: Parcel) -> None:
        if parcel.to == HUB:
            self._carry(self.site.hub.handle(parcel.address, parcel.payload, self.at, retained=parcel.is_kept))
            if self._is_doomed(HUB):
                self.refused.update(self.site.hub.refusals)
                self.site.restart()
                self._carry(self.site.hub.greet(self.at))
        elif parcel.to == ADMIN:
            self._hear(parcel.payload)
        elif not (parcel.is_kept and parcel.address.channel is Channel.ORDER):
            self._deliver_down(parcel)

    def _deliver_down(self, parcel: Parcel) -> None:
        name = parcel.to
        outgoing = self.keepers[name].keeper.handle(parcel.address.channel, parcel.payload, self.now)
        self._prove_history(name)
        if not self._is_doomed(name):
            self._carry_up(name, outgoing)
            self._tend_door(name, looks=self.chance.random() < 0.7)
            return
        self.refused.update(self.keepers[name].tally)
        self.keepers[name] = self.keepers[name].restart()
        if self.chance.random() < 0.5:
            self.doors[name].restart()
        self._prove_history(name)
        self._greet(name)

    def _greet(self, name: str) -> None:
        """Bring door and broker to a keeper that was started."""
        keeper = self.keepers[name]
        keeper.clock.seconds = self.at.timestamp()
        self._carry_up(name, self.doors[name].greet(keeper, self.now))
        self.connect(name)

    def _tend_door(self, name: str, *, looks: bool = False) -> None:
        """Let the door take what its keeper has told it."""
        outgoing = self.doors[name].listen(self.keepers[name], self.now, self.at, looks=looks)
        self._carry_up(name, outgoing)

    def _is_doomed(self, name: str) -> bool:
        doomed = name in self._doomed
        self._doomed.discard(name)
        self.restarts[name] += doomed
        return doomed

    def _carry(self, outgoing: Iterable[Outgoing]) -> None:
        self.truth.commit(self.changes, self.now)
        for each in outgoing:
            for receiver in _receivers(each.address):
                self.broker.take(Parcel(receiver, each.address, each.payload))

    def _carry_up(self, name: str, outgoing: Iterable[KeeperOutgoing]) -> None:
        for each in outgoing:
            if each.channel in FROM_CONTROLLERS:
                self.broker.take(Parcel(HUB, Address(each.channel, name), each.payload))

    def _hear(self, payload: bytes) -> None:
        """Take an answer as an admin does: only the hub's word counts."""
        try:
            text = open_note(detach(payload)[0], [self.site.hub_identity.signer.verifier]).text
            response = from_text(text, Response, site=SITE)
        except Refused:
            return
        if response.reason == PROMISES_NOTHING:
            self.refused["may still take effect"] += 1
            return
        self.verdicts.setdefault(response.command, set()).add(response.verdict)
        if response.verdict == "done" and response.in_force is not None and response.revision is not None:
            self.settled += 1
            assert min(door.in_force for door in self.doors.values()) >= response.revision

    def _any_change(self) -> tuple[Verb, Private | None]:
        number = next(self._numbers)
        makers: list[Callable[[], tuple[Verb, Private | None]]] = [
            lambda: (GroupAdd(self._a_group(number)), None),
            lambda: (GroupRemove(self._groups.pop()), None),
            lambda: (GrantAdd(f"grant-{number}", ZONE, group=self.chance.choice(self._groups)), None),
            lambda: (Revoke(ZONE, group=self.chance.choice(self._groups)), None),
            lambda: (PersonAdd(f"h{number}"), Private("5" * 32, handle=f"p{number}", name="Ada")),
            *[lambda: (OpenDoor(f"door-{self.chance.choice(CONTROLLERS)}"), None)] * 3,
            lambda: (PersonSet(f"h{number - 1}", Status.SUSPENDED), None),
            lambda: (GroupJoin(self.chance.choice(self._groups), f"h{number - 1}"), None),
        ]
        few, many = len(self._groups) < 2, len(self._groups) > MOST_GROUPS
        return makers[0 if few else 1 if many else self.chance.randrange(len(makers))]()

    def _a_group(self, number: int) -> str:
        self._groups.append(f"group-{number}")
        return self._groups[-1]

    def _a_keeper(self, folder: Path, name: str) -> AController:
        folder.mkdir()
        write_card_keys(folder / "card.keys", CARD_KEYS)
        return AController(folder, self.site, name=name)


def _digest(keeper: AController) -> int:
    with closing(open_reader(keeper.state_dir / "policy.db", busy_milliseconds=2000)) as policy:
        return recomputed_digest(policy)


def _known(keeper: AController) -> KnownController:
    log = load_signer(keeper.state_dir / "keys" / "log.pem", log_key_name(keeper.name))
    return KnownController(keeper.name, keeper.identity, log)


def _receivers(address: Address) -> tuple[str, ...]:
    """Tell who listens there; to an alert nobody in this world."""
    if address.channel is Channel.RESPONSE:
        return (ADMIN,)
    if address.channel not in TO_CONTROLLERS:
        return ()
    return (address.name,) if address.channel.startswith("ctl/") else CONTROLLERS
