"""Write the JSON Schemas of all records, Truth included: `python -m evaluation.schema docs/schema`."""

import sys
from pathlib import Path

from streams.records import RECORDS, Record
from streams.schema import write_schemas
from streams.truth import Truth

__all__ = ["ALL_RECORDS"]

#: The records that flow, and the one that stays outside.
ALL_RECORDS: tuple[type[Record], ...] = (*RECORDS, Truth)


def _main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python -m evaluation.schema FOLDER")
    for path in write_schemas(ALL_RECORDS, Path(sys.argv[1])):
        print(path)


if __name__ == "__main__":
    _main()
