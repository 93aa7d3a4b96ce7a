"""A conversation with the hub: signed commands go out over MQTT, answers count only if the hub signed them.

A command is repeated, byte for byte, until it is answered: its id makes that harmless, and no lost message
leaves an admin waiting.
"""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from doorctl.cli.account import Account
from doorctl.commands import Command, Private, Verb
from doorctl.errors import Refused, Unreachable
from doorctl.keys import open_sealed, seal
from doorctl.messages import Response, beside, from_text, to_text
from doorctl.mqtt.client import MqttClient
from doorctl.notes import Verifier, attach, detach, open_note, sign_text
from doorctl.topics import Address, Channel, topic

ANSWER_SECONDS = 10.0
REPEAT_SECONDS = 2.0
EXPIRY_SECONDS = 60
FINAL_VERDICTS = frozenset({"done", "partial", "refused"})

R = TypeVar("R", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Answer:
    """A verified response, with what was sealed beside it still closed."""

    response: Response
    sealed: bytes | None


class HubClient:
    """Asks the hub in an admin's name; it connects when the first command is given."""

    def __init__(
        self, account: Account, *, answer_seconds: float = ANSWER_SECONDS, repeat_seconds: float = REPEAT_SECONDS
    ) -> None:
        """Speak for this account; wait so long for each next word of the hub."""
        self._account = account
        self._repeat_seconds = repeat_seconds
        self._answer_seconds = answer_seconds
        self._answers: asyncio.Queue[Answer] = asyncio.Queue()
        self._expected = ""
        self._running: asyncio.Task[None] | None = None
        self._mqtt = MqttClient(
            client_id=f"doorctl-{account.admin}-{secrets.token_hex(4)}",
            brokers=account.brokers,
            version=account.mqtt_version,
            subscriptions=[topic(account.site, Address(Channel.RESPONSE, account.admin))],
            on_message=self._receive,
            session_seconds=0,
        )

    @property
    def site(self) -> str:
        """The site whose hub this is."""
        return self._account.site

    async def __aenter__(self) -> Self:
        """Begin; nothing is connected yet."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the broker in good order."""
        if self._running is not None:
            self._mqtt.stop()
            await self._running

    async def ask(self, do: Verb, result_type: type[R], private: Private | None = None) -> R:
        """Ask a question; return what the hub found. Raises Refused or Unreachable."""
        command = self._command(do, private)
        answer = await self._final_answer(command, private, on_accepted=lambda _: None)
        if answer.sealed is None:
            raise Refused("no-result", "the hub answered without a result: is it older than this doorctl?")
        about = f"response:{command.id}"
        return msgspec.json.decode(
            open_sealed(answer.sealed, box=self._account.identity.box, about=about), type=result_type
        )

    async def change(
        self, do: Verb, private: Private | None = None, *, on_accepted: Callable[[Response], None] = lambda _: None
    ) -> Response:
        """Ask for a change; return ``done`` or ``partial`` once it is settled. Raises Refused or Unreachable."""
        answer = await self._final_answer(self._command(do, private), private, on_accepted=on_accepted)
        return answer.response

    def _command(self, do: Verb, private: Private | None) -> Command:
        return Command(
            site=self._account.site,
            id=secrets.token_hex(16),
            admin=self._account.admin,
            expires=int(time.time()) + EXPIRY_SECONDS,
            do=do,
            private=None if private is None else hashlib.sha256(msgspec.json.encode(private)).hexdigest(),
        )

    async def _final_answer(
        self, command: Command, private: Private | None, *, on_accepted: Callable[[Response], None]
    ) -> Answer:
        await self._connect()
        self._expected, self._answers = command.id, asyncio.Queue()  # what was said twice before is forgotten
        payload = self._payload(command, private)
        accepted: Response | None = None
        while True:
            answer = await self._next_answer(payload, accepted)
            if answer.response.verdict == "refused":
                raise Refused(answer.response.reason, answer.response.text)
            if answer.response.verdict in FINAL_VERDICTS:
                return answer
            if accepted is None:
                accepted = answer.response
                on_accepted(accepted)

    async def _connect(self) -> None:
        if self._running is None:
            self._running = asyncio.create_task(self._mqtt.run())
        try:
            await self._mqtt.wait_connected(self._answer_seconds)
        except Unreachable as error:
            raise Unreachable(f"{error}; start the broker, or correct [mqtt] in {self._account.path}") from error

    def _payload(self, command: Command, private: Private | None) -> bytes:
        note = sign_text(to_text(command), self._account.identity.signer)
        if private is None:
            return note
        about = f"command:{command.id}"
        return attach(note, seal(msgspec.json.encode(private), to=self._account.hub.box, about=about))

    async def _next_answer(self, payload: bytes, accepted: Response | None) -> Answer:
        """Say the command, and again whenever nothing was heard for a while, until time is up."""
        deadline = time.monotonic() + self._answer_seconds
        if accepted is None:
            self._say(payload)
        while (left := deadline - time.monotonic()) > 0:
            with suppress(TimeoutError):
                return await asyncio.wait_for(self._answers.get(), min(self._repeat_seconds, left))
            self._say(payload)
        raise Unreachable(_silence(accepted, self._answer_seconds))

    def _say(self, payload: bytes) -> None:
        self._mqtt.publish(topic(self._account.site, Address(Channel.COMMAND, self._account.admin)), payload)

    def _receive(self, _topic: str, payload: bytes, _retained: bool) -> None:
        hub = self._account.hub
        with suppress(Refused):  # whoever owns the broker can say anything: only what the hub signed is heard
            note, sealed = detach(payload)
            opened = open_note(note, [Verifier(hub.name, hub.sign)])
            response = from_text(opened.text, Response, site=self._account.site)
            if response.admin == self._account.admin and response.command == self._expected:
                self._answers.put_nowait(Answer(response, beside(response, sealed)))


def _silence(accepted: Response | None, seconds: float) -> str:
    if accepted is not None:
        return (
            f"the hub accepted this as revision {accepted.revision}, but did not say within {seconds:g} s whether "
            "it is in force: `doorctl status` tells"
        )
    return (
        f"the hub gave no answer within {seconds:g} s: see that `doorctl hub` runs and that its trust names this "
        f"admin; a change may still take effect within {EXPIRY_SECONDS} s"
    )
