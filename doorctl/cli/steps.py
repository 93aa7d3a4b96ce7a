"""How the steps of a change are shown: accepted, in force at so many controllers, done, or who is missing."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import msgspec

from doorctl.cli.output import Output, say_error
from doorctl.cli.times import local_time
from doorctl.processes import DONE, NOT_REACHABLE
from doorctl.wire.messages import Missing, Response
from doorctl.wire.verdict import Verdict

_NEXT = {
    Verdict.PARTIAL: "The change stands; what did not answer gets it when it is back: `doorctl status` tells.",
    Verdict.PENDING: "Nothing is changed before another admin agrees: `doorctl approvals`.",
}
_ORDER_NEXT = "Whether it was done is not known: look at the door before you repeat it."
_EXIT_CODES = {Verdict.PARTIAL: NOT_REACHABLE, Verdict.PENDING: NOT_REACHABLE}


@dataclass(slots=True)
class Steps:
    """One change as it is told: ``limits`` are words for what it was limited to, ``facts`` stand in every object."""

    output: Output
    timezone: ZoneInfo
    limits: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)
    change: str = ""
    is_order: bool = False

    def accepted(self, response: Response) -> None:
        """Tell that the hub has made it durable."""
        self.change = response.text
        self.is_order = response.revision is None
        where = "accepted" if response.revision is None else f"accepted as revision {response.revision}"
        self._tell(response, f"{where}: {response.text}{self.limits}")

    def progress(self, response: Response) -> None:
        """Tell how far it is."""
        self._tell(response, response.text)

    def ended(self, response: Response) -> int:
        """Tell how it ended; return the exit code."""
        if response.verdict is not Verdict.ACCEPTED:  # that was told
            self._tell(response, response.text)
            self._tell_who_is_missing(response.missing)
        following = (
            _ORDER_NEXT if self.is_order and response.verdict is Verdict.PARTIAL else _NEXT.get(response.verdict)
        )
        if following:
            say_error(following)
        return _EXIT_CODES.get(response.verdict, DONE)

    def _tell(self, response: Response, text: str) -> None:
        took = round((time.monotonic() - self.started) * 1000)
        shown = {
            "verdict": response.verdict,
            "change": self.change or response.text,
            "text": response.text,
            "revision": response.revision,
            "in_force": response.in_force,
            "controllers": response.controllers,
            "request": response.command if response.verdict is Verdict.PENDING else None,
            "missing": [msgspec.structs.asdict(each) for each in response.missing],
            "took_ms": took,
            **self.facts,
        }
        self.output.result(shown, f"{text} ({took} ms)")

    def _tell_who_is_missing(self, missing: tuple[Missing, ...]) -> None:
        for each in missing:
            self.output.news(f"  {each.controller}: {self._last_heard(each)}; {self._denial(each)}")

    def _last_heard(self, missing: Missing) -> str:
        if missing.heard_at is None:
            return "never heard"
        return f"last heard {local_time(missing.heard_at, self.timezone)}"

    def _denial(self, missing: Missing) -> str:
        if missing.denies_at is None:
            return "its doors go on as they were until it is back"
        return f"its doors deny by themselves at {local_time(missing.denies_at, self.timezone)}"
