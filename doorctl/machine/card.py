"""The SD card, or the disk in its place: what it has lost already, and how worn it says that it is."""

import re
from collections.abc import Iterator

from doorctl.machine.computer import Computer
from doorctl.machine.disk import Mount
from doorctl.machine.troubles import Finding, Trouble

_WORN, _WORN_OUT = 8, 11
"""Of JEDEC's DEVICE_LIFE_TIME_EST: each step is a tenth of its life, 11 is beyond."""
_WORN_EOL, _WORN_OUT_EOL = 2, 3
"""Of PRE_EOL_INFO: 80 % and 90 % of the reserve are used."""
_DISK = re.compile(r"(mmcblk\d+|nvme\d+n\d+)p\d+$|(sd[a-z]+)\d+$")


def look_at_card(computer: Computer, mount: Mount | None) -> Iterator[Finding]:
    """Look at what the file system is on, where the kernel tells."""
    if mount is None:
        return
    device = computer.at(mount.device).resolve().name
    yield from _of_file_system(computer, device)
    found = _DISK.match(device)
    disk = (found[1] or found[2]) if found else device
    block = f"/sys/block/{disk}"
    if computer.number(f"{block}/ro") == 1:
        yield Finding(Trouble.DISK_READ_ONLY, f"{disk} takes no more writes, or its switch is at lock")
    yield from _of_wear(computer, disk)
    if (errors := _told_errors(computer, disk)) > 0:
        yield Finding(Trouble.CARD_ERRORS, f"{disk} has had {errors} errors since the start")


def _of_file_system(computer: Computer, device: str) -> Iterator[Finding]:
    place = f"/sys/fs/ext4/{device}"
    errors = computer.number(f"{place}/errors_count")
    if errors:
        last = computer.text(f"{place}/last_error_func") or "nobody knows where"
        yield Finding(Trouble.CARD_ERRORS, f"the file system on {device} has had {errors} errors, the last in {last}")


def _of_wear(computer: Computer, disk: str) -> Iterator[Finding]:
    steps = [int(word, 16) for word in computer.text(f"/sys/block/{disk}/device/life_time").split() if _is_hex(word)]
    life, reserve = max(steps, default=0), computer.number(f"/sys/block/{disk}/device/pre_eol_info", base=16) or 0
    what = f"{disk} has used up about {min(life * 10, 100)} % of its life, reserve {reserve} of {_WORN_OUT_EOL}"
    if life >= _WORN_OUT or reserve >= _WORN_OUT_EOL:
        yield Finding(Trouble.CARD_WORN_OUT, what)
    elif life >= _WORN or reserve >= _WORN_EOL:
        yield Finding(Trouble.CARD_WORN, what)


def _told_errors(computer: Computer, disk: str) -> int:
    """Count what the card's controller tells in debugfs, which root alone can read."""
    told = computer.text(f"/sys/kernel/debug/{disk.replace('mmcblk', 'mmc')}/err_stats")
    return sum(int(count) for count in re.findall(r":\s*(\d+)$", told, flags=re.MULTILINE))


def _is_hex(word: str) -> bool:
    return re.fullmatch(r"0[xX][0-9a-fA-F]+", word) is not None
