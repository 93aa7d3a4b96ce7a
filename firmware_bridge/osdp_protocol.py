"""OSDP readers on one RS-485 line, each with a secure channel by a key of its own: bytes in, reader events out.

libosdp does the protocol; it keeps time by its own clock and has to be turned each 10 to 50 ms, which ``tick`` and
``receive`` do. It never waits, and nothing of it runs beside the loop (docs/adr/0014-osdp.md).
"""

from collections import Counter
from collections.abc import Mapping

from firmware_bridge.osdp_gate import Frame, OsdpGate, Turned
from firmware_bridge.osdp_pairing import Pairing, Step
from firmware_bridge.osdp_panel import KEYSET_COMMAND, Ended, Heard, Panel, PanelBroken, PanelReader
from firmware_bridge.osdp_random import NoRandomness
from firmware_bridge.osdp_reader import LOST, NO_ANSWER, OsdpReader
from firmware_bridge.reader_events import (
    FaultKind,
    PairingEnded,
    ReaderEvent,
    ReaderPower,
    ReaderTamper,
    ReadFault,
    digest_of,
)
from firmware_bridge.reader_options import ReaderOptions
from firmware_bridge.reader_protocol import Indication
from firmware_bridge.reader_states import ReaderStates

UNPAIRED = "not paired: doorctl osdp pair"
RETRY_SECONDS = 5.0


class OsdpProtocol:
    """The readers of one line, by address; implements ReaderProtocol. Without a key a reader is not spoken to."""

    def __init__(self, readers: Mapping[int, ReaderOptions], keys: Mapping[str, bytes], *, line: str) -> None:
        self._line = line
        self._options = dict(readers)
        self._keys = dict(keys)
        self._gate = OsdpGate()
        self._panel: Panel | None = None
        self._retry_at: float | None = None
        self._readers: dict[int, OsdpReader] = {}
        self._states = ReaderStates(options.name for options in readers.values())
        self._contacts: dict[tuple[str, type], bool] = {}
        self._pairing: Pairing | None = None
        self._output = bytearray()
        self.counters: Counter[str] = Counter()

    @property
    def readers(self) -> tuple[str, ...]:
        """Name the readers on this line."""
        return tuple(options.name for options in self._options.values())

    def opened(self, now: float) -> list[ReaderEvent]:
        """Begin with every reader that has a key."""
        names = [options.name for options in self._options.values() if options.name not in self._keys]
        return [event for name in names for event in self._states.report(name, UNPAIRED, now)] + self._begin(now)

    def closed(self, now: float, why: str) -> list[ReaderEvent]:
        """Take every reader offline; what was to be shown is dropped."""
        self._panel = self._retry_at = None
        self._output.clear()
        ended = self._end_pairing(now, why) if self._pairing is not None else []
        self._panel = None
        return ended + [event for name in self.readers for event in self._report(name, why, now)]

    def receive(self, data: bytes, now: float) -> list[ReaderEvent]:
        """Take bytes as they came, cut anywhere."""
        events: list[ReaderEvent] = []
        for found in self._gate.receive(data):
            if isinstance(found, Turned):
                events += self._fault(found, now)
            elif self._panel is not None:
                self._pass(found, now)
        return events + self._turn(now)

    def tick(self, now: float) -> list[ReaderEvent]:
        """Let the library go on, and see how it stands with each reader."""
        if self._retry_at is not None and now >= self._retry_at:
            return self._begin(now)
        return self._turn(now)

    def data_to_send(self) -> bytes:
        """Take what must be written to the line now."""
        data = bytes(self._output)
        self._output.clear()
        return data

    def indicate(self, reader: str, indication: Indication) -> None:
        """Show something at a reader, if it can; dropped where its secure channel does not stand."""
        found = next((each for each in self._readers.values() if each.name == reader and each.is_secure), None)
        if found is None or self._panel is None or not found.indicate(indication, self._panel):
            self.counters["dropped-indications"] += 1

    def is_paired(self, reader: str) -> bool:
        """Tell whether we have a key of a reader."""
        return reader in self._keys

    @property
    def can_pair(self) -> bool:
        """Whether a pairing can begin: none is under way, and the library has its readers, where there are any."""
        return self._pairing is None and not (self._readers and self._panel is None)

    def pair(self, reader: str, key: bytes, *, until: float, now: float) -> bool:
        """Give a reader a key, in place of the one before or of the default one; False while that cannot begin.

        What comes of it is told by ``PairingEnded``, at ``until`` at the latest.
        """
        address = next(address for address, options in self._options.items() if options.name == reader)
        if not self.can_pair:
            return False
        self._pairing = Pairing(reader, address, key, self._keys.get(reader), until, now)
        self._begin(now)
        return True

    def _begin(self, now: float) -> list[ReaderEvent]:
        """Make a panel of every reader that has a key, or is being given one."""
        pairing = self._pairing
        keys = {**self._keys, **(pairing.keys() if pairing else {})}
        self._panel = self._retry_at = None
        self._readers = {
            address: OsdpReader(address, options, keys[options.name])
            for address, options in self._options.items()
            if options.name in keys
        }
        self._gate.pairing = pairing.address if pairing and pairing.step is Step.DEFAULT_KEY else None
        if not self._readers:
            return []
        try:
            self._panel = Panel(
                [
                    PanelReader(each.address, each.key, is_pairing=each.address == self._gate.pairing)
                    for each in self._readers.values()
                ]
            )
        except (PanelBroken, NoRandomness) as error:
            return self._break(str(error), now)
        for reader in self._readers.values():
            reader.begin(now)
        return []

    def _break(self, why: str, now: float) -> list[ReaderEvent]:
        """Try the library anew in a while; its readers are offline until then."""
        self.counters["library-failures"] += 1
        self._panel = None
        self._retry_at = now + RETRY_SECONDS
        return [event for each in self._readers.values() for event in self._report(each.name, why, now)]

    def _pass(self, frame: Frame, now: float) -> None:
        assert self._panel is not None
        self.counters["frames"] += 1
        if frame.address in self._readers:
            self._readers[frame.address].heard(frame, now)
        self._panel.arrived(frame.raw)

    def _turn(self, now: float) -> list[ReaderEvent]:
        if self._panel is None:
            return []
        try:
            self._panel.turn()
        except PanelBroken as error:
            return self._break(str(error), now)
        self._write(self._panel, now)
        events = self._told(self._panel, now)
        for reader in self._readers.values():
            if reader.supervise(self._panel, now) and not self._is_pairing(reader.address):
                events += self._report(reader.name, reader.trouble, now)
        return events + self._pair_on(now)

    def _report(self, reader: str, trouble: str | None, now: float) -> list[ReaderEvent]:
        """Say how it stands with a reader; of one whose channel stood, that it is lost, whatever the trouble."""
        if trouble is None or trouble == LOST:
            return self._states.report(reader, trouble, now)
        lost = f"{LOST}: {trouble}"
        if self._states.is_reported(reader, lost):
            return []
        was_online = self._states.is_reported(reader, None)
        return self._states.report(reader, lost if was_online else trouble, now)

    def _is_pairing(self, address: int) -> bool:
        return self._pairing is not None and self._pairing.address == address

    def _pair_on(self, now: float) -> list[ReaderEvent]:
        """Go on with a pairing, or end it: in time, or because its time is over."""
        pairing = self._pairing
        if pairing is None or self._panel is None:
            return []
        if now >= pairing.until:
            return self._end_pairing(now, self._readers[pairing.address].trouble or NO_ANSWER)
        secure = self._readers[pairing.address].is_secure
        if pairing.step is Step.PROOF and secure:
            return self._end_pairing(now)
        if pairing.must_tell_key(is_secure=secure):
            self._panel.set_key(pairing.address, pairing.key)
        if pairing.goes_on(is_secure=secure, now=now):
            return self._begin(now)
        return []

    def _end_pairing(self, now: float, why: str = "") -> list[ReaderEvent]:
        pairing, self._pairing = self._pairing, None
        assert pairing is not None
        ended: list[ReaderEvent] = [PairingEnded(pairing.reader, now, not why, why)]
        if why:
            return ended + self._begin(now)
        self._keys[pairing.reader] = pairing.key
        return ended + self._states.report(pairing.reader, None, now)

    def _write(self, panel: Panel, now: float) -> None:
        for raw in panel.written():
            if not self._gate.command(raw):
                self.counters["withheld-commands"] += 1
                continue
            self._output += raw
            address = self._gate.asked_address
            if address in self._readers:
                self._readers[address].asked(now)

    def _told(self, panel: Panel, now: float) -> list[ReaderEvent]:
        events: list[ReaderEvent] = []
        for told in panel.told():
            reader = self._readers[told.address]
            if self._is_pairing(told.address):
                self._hear_of_key(told)
            elif isinstance(told, Heard):
                events += [event for event in reader.take(told.event, now) if self._is_news(event)]
            else:
                reader.ended(told)
        return events

    def _hear_of_key(self, told: Heard | Ended) -> None:
        """Of a reader that is being paired nothing counts but whether it took the key."""
        if isinstance(told, Ended) and told.command == KEYSET_COMMAND and self._pairing is not None:
            self._pairing.took_key = not told.is_refused

    def _is_news(self, event: ReaderEvent) -> bool:
        """Readers tell tamper and power together; of each only a change is told on, and a contact at rest is none."""
        if not isinstance(event, ReaderTamper | ReaderPower):
            return True
        key, active = (event.reader, type(event)), event.active if isinstance(event, ReaderTamper) else event.failed
        is_news = self._contacts.get(key, False) is not active
        self._contacts[key] = active
        return is_news

    def _fault(self, turned: Turned, now: float) -> list[ReaderEvent]:
        self.counters[turned.kind] += 1
        name = self._options[turned.address].name if turned.address in self._options else self._line
        return [ReadFault(name, now, FaultKind(turned.kind), digest_of(b""), turned.detail)]
