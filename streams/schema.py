"""JSON Schemas of the records, as files."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from streams.files import written_beside
from streams.records import RECORDS, Record

__all__ = ["schema_file", "schema_text", "write_schemas"]


def schema_text(record_type: type[Record]) -> str:
    """JSON Schema of a record, draft 2020-12, as its file holds it."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **record_type.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def schema_file(record_type: type[Record]) -> str:
    """File name of a record's schema: `failure-point.schema.json` for FailurePoint."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", record_type.__name__).lower()
    return f"{words}.schema.json"


def write_schemas(
    records: Iterable[type[Record]] = RECORDS, folder: Path = Path("docs/schema")
) -> list[Path]:
    """Write one schema file per record.

    Returns
    -------
    list of Path
        The files, in the order of the records.
    """
    paths = []
    for record_type in records:
        path = folder / schema_file(record_type)
        with written_beside(path) as beside:
            beside.write_text(schema_text(record_type), encoding="utf-8")
        paths.append(path)
    return paths
