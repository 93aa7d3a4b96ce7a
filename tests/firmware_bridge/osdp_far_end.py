"""OSDP readers as libosdp's peripheral side plays them, in a process of their own: its prints and its GIL stay there.

``python -m tests.firmware_bridge.osdp_far_end DESCRIPTOR READERS``: bytes of the bus through a socket; a line of JSON
on standard input is an event of a reader, each line on standard output is a command that one has got.
"""

import json
import os
import select
import sys
from typing import Any

import osdp_sys

TURN_SECONDS = 0.005
REPORTED = {"card": osdp_sys.EVENT_CARDREAD, "keys": osdp_sys.EVENT_KEYPRESS}


class Channel:
    """One reader's place at the bus."""

    id = 1

    def __init__(self, descriptor: int) -> None:
        self.arrived = bytearray()
        self._descriptor = descriptor

    def read(self, most: int) -> bytes:
        data = bytes(self.arrived[:most])
        del self.arrived[:most]
        return data

    def write(self, data: bytes) -> int:
        return os.write(self._descriptor, data)

    def flush(self) -> None:
        self.arrived.clear()


class FarReader:
    """One reader, by its description: address, key, install, enforce, capabilities, commands that it
    refuses, and the state of housing and supply.
    """

    def __init__(self, told: dict[str, Any], descriptor: int) -> None:
        self.address = told["address"]
        self.channel = Channel(descriptor)
        self._refuses = told.get("refuses", [])
        self._state = bytes(told.get("state", [0, 0]))
        flags = osdp_sys.FLAG_ENFORCE_SECURE * bool(told.get("enforce", True))
        flags |= osdp_sys.FLAG_INSTALL_MODE * bool(told.get("install", False))
        described = {
            "name": "far",
            "address": self.address,
            "flags": flags,
            "scbk": bytes.fromhex(told["key"]) if told.get("key") else None,
            "channel": self.channel,
            **{"version": 1, "model": 1, "vendor_code": 1, "serial_number": self.address, "firmware_version": 1},
        }
        capabilities = [
            {"function_code": int(code), "compliance_level": level, "num_items": 1}
            for code, level in told.get("capabilities", {"3": 1, "4": 1, "5": 1, "8": 1, "9": 1}).items()
        ]
        self.device = osdp_sys.PeripheralDevice(described, capabilities=capabilities)
        self.device.set_command_callback(self._command)

    def _command(self, command: dict[str, Any]) -> tuple[int, None]:
        is_refused = command["command"] in self._refuses
        if command["command"] != osdp_sys.CMD_STATUS:
            tell({"address": self.address, **{key: _plain(value) for key, value in command.items()}})
        elif not is_refused:
            self._tell_state()  # the library's own answer is always that all is well
        return (-1 if is_refused else 0), None

    def _tell_state(self) -> None:
        state = {"type": osdp_sys.STATUS_REPORT_LOCAL, "report": self._state}
        self.device.submit_event({"event": osdp_sys.EVENT_STATUS, "reader_no": 0, **state})

    def report(self, told: dict[str, Any]) -> None:
        if told["do"] == "status":
            self._state = bytes(told["report"])
            self._tell_state()
            return
        event: dict[str, Any] = {"event": REPORTED[told["do"]], "reader_no": 0}
        if told["do"] == "card":
            event |= {"direction": 0, "format": told.get("format", osdp_sys.CARD_FMT_RAW_WIEGAND)}
            event |= {"length": told["bits"], "data": bytes.fromhex(told["data"])}
        else:
            event["data"] = bytes.fromhex(told["data"])
        self.device.submit_event(event)


def _plain(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


def tell(what: dict[str, Any]) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def main(descriptor: int, readers: list[dict[str, Any]]) -> None:
    """Play until standard input ends."""
    osdp_sys.set_loglevel(osdp_sys.LOG_EMERG)
    devices = [FarReader(told, descriptor) for told in readers]
    unfinished = b""
    were_secure: set[int] = set()
    while True:
        ready, _, _ = select.select([descriptor, 0], [], [], TURN_SECONDS)
        if descriptor in ready:
            data = os.read(descriptor, 4096)
            if not data:
                return
            for device in devices:
                device.channel.arrived += data
        if 0 in ready:
            data = os.read(0, 65536)
            if not data:
                return
            *lines, unfinished = (unfinished + data).split(b"\n")
            for line in lines:
                told = json.loads(line)
                next(each for each in devices if each.address == told["address"]).report(told)
        for device in devices:
            device.device.refresh()
        secure = {each.address for each in devices if each.device.is_sc_active()}
        for address in secure - were_secure:
            tell({"address": address, "secure": True})
        were_secure = secure


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
