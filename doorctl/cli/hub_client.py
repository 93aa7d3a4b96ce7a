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
from doorctl.cli.trust.newer_trust import hub_by_newer_trust
from doorctl.errors import Refused, Unreachable, WrongUse
from doorctl.keys.sealing import open_sealed, seal
from doorctl.mqtt.client import MqttClient
from doorctl.mqtt.session import new_client_id
from doorctl.site.words import in_words
from doorctl.trust.note import HubKeys
from doorctl.wire.commands import COMMAND_SECONDS, Command, Private, Verb
from doorctl.wire.messages import Response, beside, from_text, to_text
from doorctl.wire.notes import Verifier, attach, detach, open_note, sign_text
from doorctl.wire.topics import Address, Channel, topic
from doorctl.wire.verdict import Verdict

ANSWER_SECONDS = 10.0
REPEAT_SECONDS = 2.0
TRUST_SECONDS = 0.5
"""How long a broker has for bringing the trust that it has kept: what is sealed before is for the hub of ours."""
EXPIRY_SECONDS = 60

R = TypeVar("R", bound=msgspec.Struct)
Tell = Callable[[Response], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """A verified response, with what was sealed beside it still closed."""

    response: Response
    sealed: bytes | None


@dataclass(slots=True)
class Words:
    """A command as it is said and said again: sealed anew only when trust names another hub."""

    note: bytes
    about: str
    private: bytes | None
    _hub: HubKeys | None = None
    _payload: bytes = b""

    def to(self, hub: HubKeys) -> bytes:
        """Return the payload for this hub."""
        if hub != self._hub:
            sealed = None if self.private is None else seal(self.private, to=hub.box, about=self.about)
            self._hub, self._payload = hub, attach(self.note, sealed)
        return self._payload


class HubClient:
    """Asks the hub in an admin's name; it connects when the first command is given."""

    def __init__(
        self,
        account: Account,
        *,
        answer_seconds: float = ANSWER_SECONDS,
        repeat_seconds: float = REPEAT_SECONDS,
        trust_seconds: float = TRUST_SECONDS,
    ) -> None:
        """Speak for this account; wait so long for each next word of the hub, and for the trust at the beginning."""
        self._account = account
        self._hub = account.hub
        self._trust_topic = topic(account.site, Address(Channel.TRUST))
        self._repeat_seconds = repeat_seconds
        self._answer_seconds = answer_seconds
        self._trust_seconds = trust_seconds
        self._trust_came = asyncio.Event()
        self._answers: asyncio.Queue[Answer] = asyncio.Queue()
        self._expected = ""
        self._running: asyncio.Task[None] | None = None
        self._mqtt = MqttClient(
            client_id=new_client_id(f"doorctl-{account.admin}"),
            brokers=account.brokers,
            version=account.mqtt_version,
            subscriptions=[self._trust_topic, topic(account.site, Address(Channel.RESPONSE, account.admin))],
            on_message=self._receive,
            session_seconds=0,
        )

    @property
    def site(self) -> str:
        """The site whose hub this is."""
        return self._account.site

    @property
    def account(self) -> Account:
        """In whose name this asks."""
        return self._account

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
        answer = await self._first_answer(command, self._words(command, private))
        if answer.sealed is None:
            raise Refused("no-result", "the hub answered without a result: is it older than this doorctl?")
        about = f"response:{command.id}"
        return msgspec.json.decode(
            open_sealed(answer.sealed, box=self._account.identity.box, about=about), type=result_type
        )

    async def change(
        self,
        do: Verb,
        private: Private | None = None,
        *,
        wait: float | None = None,
        on_accepted: Tell = lambda _: None,
        on_progress: Tell = lambda _: None,
    ) -> Response:
        """Ask for a change, and wait so many seconds until it is in force; without a number, as for any answer.

        Returns ``done``, ``partial``, ``pending``, or ``accepted`` if there is no time to wait. Raises Refused or
        Unreachable.
        """
        wait = self._answer_seconds if wait is None else wait
        command = self._command(do, private, lasts=wait)
        words = self._words(command, private)
        first = (await self._first_answer(command, words)).response
        if first.verdict is not Verdict.ACCEPTED:
            return first
        on_accepted(first)
        return await self._follow(words, first, wait, on_progress) if wait else first

    def _command(self, do: Verb, private: Private | None, *, lasts: float = 0) -> Command:
        _check_readable(do)
        if private is not None:
            _check_readable(private)
        return Command(
            site=self._account.site,
            id=secrets.token_hex(16),
            admin=self._account.admin,
            expires=int(time.time() + min(EXPIRY_SECONDS + lasts, COMMAND_SECONDS)),
            do=do,
            private=None if private is None else hashlib.sha256(msgspec.json.encode(private)).hexdigest(),
        )

    async def _first_answer(self, command: Command, words: Words) -> Answer:
        await self._connect()
        self._expected, self._answers = command.id, asyncio.Queue()  # what was said twice before is forgotten
        self._say(words)
        answer = await self._heard(words, time.monotonic() + self._answer_seconds)
        if answer is None:
            raise Unreachable(
                f"the hub gave no answer within {self._answer_seconds:g} s: see that `doorctl hub` runs and that its "
                f"trust names this admin; a change may still take effect within {EXPIRY_SECONDS} s"
            )
        return answer

    async def _follow(self, words: Words, accepted: Response, wait: float, on_progress: Tell) -> Response:
        """Hear how far it is until it is done or our time is up; the hub's own patience may end before ours."""
        deadline, latest = time.monotonic() + wait, accepted
        while (answer := await self._heard(words, deadline)) is not None:
            response = answer.response
            if response.verdict is Verdict.DONE or (
                response.verdict is Verdict.PARTIAL and accepted.revision is None
            ):
                return response
            if response.verdict is Verdict.ACCEPTED and response.revision == accepted.revision:
                continue  # a repeat was answered
            latest = response
            on_progress(response)
            if response.verdict is Verdict.PARTIAL:
                self._say(words)
        if latest is accepted and accepted.revision is not None:
            raise Unreachable(
                f"the hub accepted this as revision {accepted.revision}, but did not say within {wait:g} s whether "
                "it is in force: `doorctl status` tells"
            )
        return msgspec.structs.replace(latest, verdict=Verdict.PARTIAL)

    async def _connect(self) -> None:
        if self._running is None:
            self._running = asyncio.create_task(self._mqtt.run())
        try:
            await self._mqtt.wait_connected(self._answer_seconds)
        except Unreachable as error:
            raise Unreachable(f"{error}; start the broker, or correct [mqtt] in {self._account.path}") from error
        with suppress(TimeoutError):
            await asyncio.wait_for(self._trust_came.wait(), self._trust_seconds)
        self._trust_came.set()  # a broker that keeps none is waited for once

    def _words(self, command: Command, private: Private | None) -> Words:
        note = sign_text(to_text(command), self._account.identity.signer)
        return Words(note, f"command:{command.id}", None if private is None else msgspec.json.encode(private))

    async def _heard(self, words: Words, deadline: float) -> Answer | None:
        """Return the hub's next word; repeat the command whenever nothing was heard for a while. Raises Refused."""
        while (left := deadline - time.monotonic()) > 0:
            with suppress(TimeoutError):
                answer = await asyncio.wait_for(self._answers.get(), min(self._repeat_seconds, left))
                if answer.response.verdict is Verdict.REFUSED:
                    raise Refused(answer.response.reason, answer.response.text)
                return answer
            if time.monotonic() < deadline:
                self._say(words)
        return None

    def _say(self, words: Words) -> None:
        self._mqtt.publish(
            topic(self._account.site, Address(Channel.COMMAND, self._account.admin)), words.to(self._hub)
        )

    def _receive(self, received: str, payload: bytes, _retained: bool) -> None:
        if received == self._trust_topic:
            self._hub = hub_by_newer_trust(self._account.pins, payload) or self._hub
            self._trust_came.set()
            return
        with suppress(Refused):  # whoever owns the broker can say anything: only what the hub signed is heard
            note, sealed = detach(payload)
            opened = open_note(note, [Verifier(self._hub.name, self._hub.sign)])
            response = from_text(opened.text, Response, site=self._account.site)
            if response.admin == self._account.admin and response.command == self._expected:
                self._answers.put_nowait(Answer(response, beside(response, sealed)))


def _check_readable(words: msgspec.Struct) -> None:
    """Raise WrongUse for what the hub could not read: it would pass it over without an answer."""
    try:
        msgspec.json.decode(msgspec.json.encode(words), type=type(words))
    except msgspec.ValidationError as error:
        raise WrongUse(in_words(error)) from error
