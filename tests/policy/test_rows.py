"""Rows that no reader of a policy could use are refused before they are signed or applied."""

import msgspec
import pytest

from doorctl.policy.rows import GrantRow, HolidayRow, WindowRow


@pytest.mark.parametrize(
    ("row_type", "text"),
    [
        (HolidayRow, b'{"type":"holiday","date":"2027-02-30"}'),
        (WindowRow, b'{"days":["mon"],"start":"24:00","end":"24:00"}'),
        (WindowRow, b'{"days":[],"start":"08:00","end":"18:00"}'),
        (GrantRow, b'{"type":"grant","id":"g1","zone":"floor-3"}'),
        (GrantRow, b'{"type":"grant","id":"g1","zone":"floor-3","holder":"h1","group":"staff"}'),
    ],
)
def test_a_row_that_means_nothing_is_refused(row_type: type[msgspec.Struct], text: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=row_type)


def test_a_window_may_end_at_midnight() -> None:
    text = b'{"days":["mon"],"start":"00:00","end":"24:00"}'

    assert msgspec.json.decode(text, type=WindowRow).end == "24:00"
