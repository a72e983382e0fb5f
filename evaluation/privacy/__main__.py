"""Print the figures: `python -m evaluation.privacy [--corpora FOLDER]`."""

import argparse
import gzip
import json
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from evaluation.corpora.dstc2 import Dstc2
from evaluation.corpora.sgd import Sgd
from evaluation.privacy import measure_privacy
from streams.records import Record, Turn


def _main() -> None:
    arguments = argparse.ArgumentParser(description="Measure the filter of personal things.")
    arguments.add_argument("--corpora", type=Path, help="Folder of the public corpora.")
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    household = files("selflearn.quickstart.household") / "dialogue.turns.jsonl.gz"
    lines = gzip.decompress(household.read_bytes()).splitlines()
    logs: dict[str, Iterable[Record]] = {"household": [Turn.model_validate_json(line) for line in lines]}
    if given.corpora is not None:
        logs["dstc2_train"] = Dstc2().read(given.corpora / "dstc2/dstc2_train.jsonl.gz").turns
        logs["sgd_dev"] = Sgd().read(given.corpora / "sgd/sgd_dev.jsonl.gz").turns
    print(json.dumps(measure_privacy(logs, given.seed), indent=2))


if __name__ == "__main__":
    _main()
