"""`python -m evaluation.rephrase.label_file FOLDER …`: labels for training, from the truth of simulated logs."""

import sys
from pathlib import Path

from evaluation.corpora.simulated import read_simulated
from evaluation.rephrase.labels import labels_of

__all__ = ["main"]


def main() -> None:
    """Write a Label record a line to standard output: which later turns say each turn again."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for folder in sys.argv[1:]:
        for _, label in sorted(labels_of(read_simulated(Path(folder))).items()):
            sys.stdout.write(label.model_dump_json(exclude_none=True) + "\n")


if __name__ == "__main__":
    main()
