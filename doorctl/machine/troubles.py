"""Every trouble of a machine: its word, how heavy it weighs, why it matters and what to do."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Weight(StrEnum):
    """Whether a controller must not go to work with it."""

    ERROR = "error"
    WARNING = "warning"


class Trouble(StrEnum):
    """One kind of trouble; each stands in docs/commissioning.md."""

    weight: Weight
    why: str
    do: str

    def __new__(cls, word: str, weight: Weight, why: str, do: str) -> Self:
        """Make a member whose text is the word alone."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.weight, member.why, member.do = weight, why, do
        return member

    SERIAL_MISSING = (
        *("serial-missing", Weight.ERROR),
        "no reader on that line is heard",
        "plug it in; a UART of the Pi needs `enable_uart=1` in config.txt; USB readers have names in /dev/doorctl",
    )
    SERIAL_RIGHTS = (
        *("serial-rights", Weight.ERROR),
        "the door process may not open the line",
        "the device must be of the group dialout with mode 0660: see the udev rules",
    )
    SERIAL_CONSOLE = (
        *("serial-console", Weight.ERROR),
        "the kernel talks to the reader, and whoever is at its wires can log in",
        "doorctl install takes `console=` of that line out of cmdline.txt; start anew",
    )
    SERIAL_LOGIN = (
        *("serial-login", Weight.ERROR),
        "a login prompt takes away half of what the reader sends",
        "systemctl disable --now serial-getty@ of that line, and mask it",
    )
    SERIAL_BLUETOOTH = (
        *("serial-bluetooth", Weight.ERROR),
        "on this Pi that UART belongs to Bluetooth",
        "doorctl install puts `dtoverlay=disable-bt` into config.txt; start anew",
    )
    BOARD_MISSING = (
        *("board-missing", Weight.ERROR),
        "the configuration is for the pins of a Raspberry Pi, and this computer is none that we know",
        'run it on a Pi, or say kind = "simulated"',
    )
    BOARD_LIBRARY = (
        *("board-library", Weight.ERROR),
        "without the one library for this Pi no pin moves",
        "Pi 1 to 4: pip install RPi.GPIO; Pi 5: pip install 'doorctl[pi5]'; never both",
    )
    BOARD_RIGHTS = (
        *("board-rights", Weight.ERROR),
        "the door process may not use the pins",
        "the device must be of the group gpio with mode 0660: see the udev rules of Raspberry Pi OS",
    )
    PIN_CLAIMED = (
        *("pin-claimed", Weight.ERROR),
        "the kernel uses the pin for something else, and each disturbs the other",
        "take the line out of config.txt, or use another pin",
    )
    PIN_NOT_ON_BOARD = (
        *("pin-not-on-board", Weight.ERROR),
        "this model has no such pin on its header",
        "use another pin",
    )
    BOOT_RELEASES = (
        *("boot-releases", Weight.ERROR),
        "the firmware releases the strike at each start",
        "doorctl install writes that line; take the other one out of config.txt",
    )
    BOOT_LEVEL = (
        *("boot-level", Weight.WARNING),
        "from power-up until doorctl runs nothing but a resistor holds the strike",
        "doorctl install puts the line into config.txt; fit the resistor, too (docs/wiring.md)",
    )
    CLOCK_WRONG = (
        *("clock-wrong", Weight.ERROR),
        "schedules, freshness and the times of records go by it",
        "let it be set: by NTP, by the hub's machine, or by an RTC",
    )
    CLOCK_UNSYNCHRONIZED = (
        *("clock-unsynchronized", Weight.WARNING),
        "until something confirms the time, strict schedules deny",
        "timedatectl set-ntp true; in a closed network name the hub's machine as NTP server",
    )
    RTC_MISSING = (
        *("rtc-missing", Weight.WARNING),
        "after a power cut without a network the clock goes on from where it was",
        "fit one (DS3231: dtoverlay=i2c-rtc,ds3231), or see that NTP is there at each start",
    )
    RTC_WRONG = (
        *("rtc-wrong", Weight.WARNING),
        "after the next power cut the clock begins with that time",
        "set the clock, then hwclock --systohc; change its battery if that does not last",
    )
    DISK_READ_ONLY = (
        *("disk-read-only", Weight.ERROR),
        "no record can be written, so no card opens",
        "look into dmesg for why: a worn card turns itself read-only; mount it rw, or replace it",
    )
    DISK_VOLATILE = (
        *("disk-volatile", Weight.ERROR),
        "records and keys are gone with the power",
        "put state_dir onto a disk; switch the overlay file system off (raspi-config)",
    )
    DISK_REMOTE = (
        *("disk-remote", Weight.ERROR),
        "SQLite's write-ahead log does not work there, and doors would depend on the network",
        "put state_dir onto a disk of this machine",
    )
    DISK_UNSAFE = (
        *("disk-unsafe", Weight.ERROR),
        "records that are told as written may not be, after a power cut",
        "take that option out of /etc/fstab",
    )
    DISK_ATIME = (
        *("disk-atime", Weight.WARNING),
        "each reading writes to the card, and wears it",
        "add noatime in /etc/fstab",
    )
    DISK_FULL = (
        *("disk-full", Weight.ERROR),
        "strict zones deny, and soon no record can be written",
        "make room, or use a larger card",
    )
    DISK_SHORT = (
        *("disk-short", Weight.WARNING),
        "the log needs room while the hub is away",
        "make room, or use a larger card",
    )
    DISK_NO_WAL = (
        *("disk-no-wal", Weight.ERROR),
        "the log and the policy need a write-ahead log",
        "see who owns state_dir, and on what file system it is",
    )
    DISK_FOREIGN = (
        *("disk-foreign", Weight.ERROR),
        "the process that needs it may not use it: it does not start, or takes no policy",
        "sudo chown -R of state_dir to the user of the unit; what is said as root there leaves files of root's",
    )
    DISK_UNTRIED = (
        *("disk-untried", Weight.WARNING),
        "whether databases can be written was not tried",
        "run this as root, or as the user doorctl",
    )
    CARD_ERRORS = (
        *("card-errors", Weight.ERROR),
        "the card or disk has lost data already",
        "back nothing up from it: replace it, and the controller by doorctl controller replace",
    )
    CARD_WORN = (
        *("card-worn", Weight.WARNING),
        "it will turn read-only, or lose data, before long",
        "replace it while it still works",
    )
    CARD_WORN_OUT = (
        *("card-worn-out", Weight.ERROR),
        "it is beyond what its maker promises",
        "replace it now",
    )
    POWER_LOW = (
        *("power-low", Weight.ERROR),
        "a Pi without enough power loses USB readers and spoils its card",
        "a supply of 5.1 V and enough ampere, a short thick cable; nothing else fed from the Pi",
    )
    POWER_WAS_LOW = (
        *("power-was-low", Weight.WARNING),
        "a Pi without enough power loses USB readers and spoils its card",
        "a supply of 5.1 V and enough ampere, a short thick cable; then start anew and look again under load",
    )
    TOO_HOT = (
        *("too-hot", Weight.WARNING),
        "it makes itself slower, and its card ages faster",
        "air, or a heat sink",
    )
    UNIT_MISSING = (
        *("unit-missing", Weight.WARNING),
        "nothing starts it when the power comes back",
        "install the units (docs/operations.md)",
    )
    UNIT_DISABLED = (
        *("unit-disabled", Weight.WARNING),
        "it does not start when the power comes back",
        "systemctl enable it",
    )
    UNIT_FAILED = (
        *("unit-failed", Weight.ERROR),
        "it has ended in trouble",
        "journalctl -u tells why",
    )
    UNIT_STOPPED = (
        *("unit-stopped", Weight.WARNING),
        "it does not run now",
        "systemctl start it once everything is wired",
    )
    LOSS_PROGRAM_MISSING = (
        *("loss-program-missing", Weight.ERROR),
        "a strike that is released when the door process dies stays released",
        "make on-process-loss, and install it to /opt/doorctl/bin",
    )
    WATCHDOG_OFF = (
        *("watchdog-off", Weight.WARNING),
        "a strike that is released when the computer hangs stays released",
        "doorctl install writes /etc/systemd/system.conf.d/50-doorctl.conf; start anew",
    )
    PANIC_STAYS = (
        *("panic-stays", Weight.WARNING),
        "a strike that is released when the kernel panics stays released",
        "doorctl install writes /etc/sysctl.d/50-doorctl.conf; start anew",
    )
    NOT_JOINED = (
        *("not-joined", Weight.ERROR),
        "without its keys a controller writes no log and takes no policy",
        "doorctl join",
    )
    BROKER_OPEN = (
        *("broker-open", Weight.WARNING),
        "whoever is in the network can listen and disturb",
        "use mqtts:// outside of trials",
    )
    BROKER_UNREACHABLE = (
        *("broker-unreachable", Weight.ERROR),
        "neither grants nor revokes arrive, and the hub gets no records",
        "see to the address, the network, the certificates and doorctl broker-config",
    )
    CERTIFICATE_ENDS = (
        *("certificate-ends", Weight.WARNING),
        "after that day the broker is not reached any more",
        "doorctl certificate renew; for a CA, a new CA and new certificates",
    )
    CERTIFICATE_ENDED = (
        *("certificate-ended", Weight.ERROR),
        "the broker is not reached any more",
        "see that this machine's clock is right; then doorctl certificate renew",
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """A trouble that this machine has, and where."""

    trouble: Trouble
    what: str
