"""What was wiped of an erased person is not uploaded as an opening; the record is."""

from contextlib import closing
from pathlib import Path

from doorctl.keeper.log_reader import LogReader
from tests.audit.logs import a_draft, a_log


def test_what_was_wiped_is_not_uploaded(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([a_draft(subject="holder:ada"), a_draft(subject="holder:grace")])
        list(log.erase("ada"))
        with closing(LogReader(path)) as reader:
            reader.state(0.0)
            batch = reader.batch(0, below=3)

    assert batch is not None
    assert len(batch.leaves) == 3
    assert [opening.subject for opening in batch.openings] == ["holder:grace"]
