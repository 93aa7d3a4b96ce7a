"""What starts a controller anew that no longer works, so that no strike stays released: the files that say so.

``doorctl install`` writes them on a controller with real pins, and on no other computer: a hub's machine may have
other work, which a restart would end.
"""

from collections.abc import Mapping

PANIC_SECONDS = 5
WATCHDOG_SECONDS = 10
"""The Raspberry Pi's own watchdog bears at most 15 s at once."""
_BY = "# By `doorctl install`, for a computer that drives strikes:"
LAST_RESORTS: Mapping[str, str] = {
    "etc/sysctl.d/50-doorctl.conf": f"""\
{_BY} a kernel that is broken starts it anew, and a strike that was released is secured by it.
kernel.panic = {PANIC_SECONDS}
kernel.panic_on_oops = 1
""",
    "etc/systemd/system.conf.d/50-doorctl.conf": f"""\
{_BY} when systemd itself no longer turns, it starts anew.
[Manager]
RuntimeWatchdogSec={WATCHDOG_SECONDS}
RebootWatchdogSec=2min
""",
}
"""By where they are."""
