"""The thread that reads the policy: the loop asks and is answered, so that a slow disk holds up nobody's way out.

It also looks 20 times a second for another policy in force, and once a second for other card keys.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue

from doorctl.core.model import AccessRequest, Facts
from doorctl.door.card_keys import CardKeyFile
from doorctl.mailbox import Mailbox
from doorctl.policy.facts import PolicyPosition
from doorctl.policy.reader import PolicyReader

LOOK_SECONDS = 0.05
CARD_KEY_SECONDS = 1.0
STOP_SECONDS = 2.0

Answered = Callable[[Facts, PolicyPosition | None], None]


@dataclass(frozen=True, slots=True)
class PolicyNews:
    """Another policy is in force: its position and the zone of each door, or none and why."""

    position: PolicyPosition | None
    zones: Mapping[str, str]
    why_unavailable: str = ""


@dataclass(frozen=True, slots=True)
class _Question:
    request: AccessRequest
    answered: Answered


class PolicyDesk:
    """Answers questions one at a time; answers and news are made in the loop's thread, by ``deliver``."""

    def __init__(self, policy: PolicyReader, card_keys: CardKeyFile) -> None:
        """Read this policy and load these card keys; from its start on only this desk's thread does."""
        self._policy = policy
        self._card_keys = card_keys
        self._news: Callable[[PolicyNews], None] = lambda _: None
        self._questions: SimpleQueue[_Question | None] = SimpleQueue()
        self._mailbox = Mailbox()
        self._position: PolicyPosition | None = None
        self._next_look = self._next_card_keys = 0.0
        self._has_looked = False
        self._thread = threading.Thread(target=self._run, name="policy-desk", daemon=True)

    @property
    def position(self) -> PolicyPosition | None:
        """The position that was in force at the last look."""
        return self._position

    @property
    def is_alive(self) -> bool:
        """Whether the thread still answers; a loop without it must end."""
        return self._thread.is_alive()

    def start(self, news: Callable[[PolicyNews], None]) -> None:
        """Begin to answer, and to tell the news."""
        self._news = news
        self._thread.start()

    def fileno(self) -> int:
        """Readable when answers or news wait to be delivered."""
        return self._mailbox.fileno()

    def deliver(self) -> None:
        """Give every answer and all news that have come in."""
        self._mailbox.deliver()

    def ask(self, request: AccessRequest, answered: Answered) -> None:
        """Ask what the policy knows about a request; never waits."""
        self._questions.put(_Question(request, answered))

    def stop(self) -> None:
        """End the thread; one that a disk holds up is left behind."""
        self._questions.put(None)
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while True:
            self._look_around()
            try:
                question = self._questions.get(timeout=LOOK_SECONDS)
            except Empty:
                continue
            if question is None:
                self._policy.close()
                return
            facts, position = self._policy.facts(question.request)
            self._mailbox.leave(partial(question.answered, facts, position))

    def _look_around(self) -> None:
        now = time.monotonic()
        if now >= self._next_look:
            self._look_at_policy()
            self._next_look = now + LOOK_SECONDS
            if self._card_keys.is_missing:
                self._next_card_keys = now
        if now >= self._next_card_keys:
            self._card_keys.refresh()
            self._next_card_keys = now + CARD_KEY_SECONDS

    def _look_at_policy(self) -> None:
        position = self._policy.position()
        if self._has_looked and position == self._position:
            return
        self._has_looked, self._position = True, position
        why = "" if position else self._policy.why_unavailable
        self._mailbox.leave(partial(self._news, PolicyNews(position, self._policy.zones(), why)))
