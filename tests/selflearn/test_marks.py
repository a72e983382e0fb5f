"""Marks of customers: no process misses one, and whom nobody marked is not asked for."""

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from selflearn.policy.stored.marks import CustomerMarks

_ID = st.text(max_size=20)


@given(st.sets(st.tuples(_ID, _ID), max_size=20), st.tuples(_ID, _ID))
def test_who_was_marked_is_found_by_everyone(tmp_path_factory, customers, other):
    path = tmp_path_factory.mktemp("marks") / "marks"
    before = CustomerMarks(path)
    CustomerMarks(path).mark_all(customers)
    after = CustomerMarks(path)
    for marks in (before, after):
        assert all(marks.may_have(*customer) for customer in customers)
    if not customers:
        assert not before.may_have(*other)


def test_another_process_sees_a_mark_at_once(tmp_path):
    marks = CustomerMarks(tmp_path / "marks")
    assert not marks.may_have("t", "c")
    program = (
        "import sys; from pathlib import Path; from selflearn.policy.stored.marks import CustomerMarks; "
        "CustomerMarks(Path(sys.argv[1])).mark('t', 'c')"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "marks")], check=True)
    assert marks.may_have("t", "c")
    assert not marks.may_have("c", "t")


def test_a_file_that_was_cut_off_is_made_whole(tmp_path):
    (tmp_path / "marks").write_bytes(b"\1")
    marks = CustomerMarks(tmp_path / "marks")
    marks.mark("t", "c")
    assert CustomerMarks(tmp_path / "marks").may_have("t", "c")
