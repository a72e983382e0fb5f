"""What killed writers leave behind."""

import os
import time

from streams.files import remove_leftovers, written_beside


def test_leftovers_of_killed_writers_are_removed_and_what_is_being_written_is_not(tmp_path):
    folder = tmp_path / "turns" / "date=2026-01-05"
    folder.mkdir(parents=True)
    kept = folder / ".part-2.parquet.abc-1.tmp"  # a kill leaves it so
    kept.write_bytes(b"half")
    whole = folder / "part-3.parquet"
    whole.write_bytes(b"whole")
    assert remove_leftovers(tmp_path) == 0
    an_hour_ago = time.time() - 3700
    for path in (kept, whole):
        os.utime(path, (an_hour_ago, an_hour_ago))
    with written_beside(folder / "part-4.parquet") as beside:
        beside.write_bytes(b"now")
        assert remove_leftovers(tmp_path) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["part-3.parquet", "part-4.parquet"]
    assert remove_leftovers(tmp_path / "gone") == 0
