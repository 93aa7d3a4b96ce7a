"""Admins who command without end, by a carrier that loses their words and the answers to them."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from itertools import count

from doorctl.cli.account import Account
from doorctl.cli.desk import private
from doorctl.cli.hub_client import HubClient
from doorctl.core.model import Status
from doorctl.errors import Refused, Unreachable
from doorctl.wire.commands import GrantAdd, PersonAdd, PersonSet, Private, Revoke, Verb
from doorctl.wire.rights import OpenDoor
from tests.hostile.two_sides import DOORS

ADMINS = 3
ANSWER_SECONDS = 5.0
REPEAT_SECONDS = 0.5
PAUSE_SECONDS = 0.3
EVERY_DOOR = tuple(door for doors in DOORS.values() for door in doors)


class BusyAdmin:
    """Grants, revokes, suspends and opens; what is not answered is left behind, and may have taken effect."""

    def __init__(self, account: Account, number: int, chance: random.Random) -> None:
        self._account = account
        self._number = number
        self._chance = chance
        self._grants = count()
        self._people: list[str] = []

    async def command_until(self, is_over: Callable[[], bool]) -> None:
        """Give one command after another."""
        async with HubClient(self._account, answer_seconds=ANSWER_SECONDS, repeat_seconds=REPEAT_SECONDS) as hub:
            while not is_over():
                with suppress(Refused, Unreachable):
                    await hub.change(*self._any_command(), wait=0)
                await asyncio.sleep(self._chance.uniform(0, PAUSE_SECONDS))

    def _any_command(self) -> tuple[Verb, Private | None]:
        """Draw a command: a third of them are to open, the rest change somebody's rights."""
        if len(self._people) < 2 or self._chance.random() < 0.1:
            return self._a_person()
        person, door = self._chance.choice(self._people), self._chance.choice(EVERY_DOOR)
        verbs: list[Verb] = [
            *[OpenDoor(door)] * 3,
            GrantAdd(f"grant-{self._number}-{next(self._grants)}", door, holder=person),
            GrantAdd(f"grant-{self._number}-{next(self._grants)}", door, holder=person),
            Revoke(door, holder=person),
            PersonSet(person, Status.SUSPENDED),
            PersonSet(person, Status.ACTIVE),
        ]
        return self._chance.choice(verbs), None

    def _a_person(self) -> tuple[Verb, Private]:
        person = f"p-{self._number}-{len(self._people)}"
        self._people.append(person)
        return PersonAdd(person), private(handle=person, name="Grace")


async def keep_commanding(account: Account, seed: str, is_over: Callable[[], bool]) -> None:
    """Have several admins' desks command at once, each with chance of its own."""
    admins = [BusyAdmin(account, number, random.Random(f"{seed}-{number}")) for number in range(ADMINS)]
    await asyncio.gather(*(admin.command_until(is_over) for admin in admins))
