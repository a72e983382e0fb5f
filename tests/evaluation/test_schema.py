"""docs/schema is what the code says, Truth included."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evaluation.schema import ALL_RECORDS
from streams.schema import schema_file, schema_text, write_schemas

FOLDER = Path(__file__).parents[2] / "docs" / "schema"


@pytest.mark.parametrize("record", ALL_RECORDS, ids=lambda record: record.__name__)
def test_the_committed_schema_is_the_records(record):
    committed = (FOLDER / schema_file(record)).read_text(encoding="utf-8")
    assert committed == schema_text(record), (
        "run `python -m evaluation.schema docs/schema` and commit the result"
    )


def test_there_is_a_schema_for_every_record_and_no_other():
    assert {path.name for path in FOLDER.glob("*.json")} == {schema_file(record) for record in ALL_RECORDS}


def test_the_command_writes_all_of_them(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "evaluation.schema", str(tmp_path)], check=True, capture_output=True
    )
    assert len(list(tmp_path.iterdir())) == len(ALL_RECORDS)


def test_a_schema_allows_fields_of_newer_writers(tmp_path):
    for path in write_schemas(ALL_RECORDS, tmp_path):
        schema = json.loads(path.read_text())
        assert schema["additionalProperties"] is True
        assert schema["$schema"].endswith("2020-12/schema")
