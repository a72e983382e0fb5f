"""What a person sees of the attacks."""

from collections.abc import Mapping
from typing import Any

from evaluation.terminal import print_table

__all__ = ["print_poisoning"]


def print_poisoning(answer: Mapping[str, Any]) -> None:
    """Print, for each attack, which rewrites it planted."""
    aims: Mapping[str, Mapping[str, Any]] = answer["aims"]
    print_table(
        f"{answer['world']}, {answer['honest_customers']} honest customers, seed {answer['seed']}",
        ("", "source", "target", "honest turns"),
        ([band, aim["source"], aim["target"], str(aim["honest_turns"])] for band, aim in aims.items()),
    )
    print_table(
        f"planted? (min_customers is {answer['min_customers']})",
        ("customers", "homes", "repeats", *aims),
        (
            [
                *(str(attack[name]) for name in ("customers", "homes", "repeats")),
                *("yes" if attack["planted"][band] else "" for band in aims),
            ]
            for attack in answer["attacks"]
        ),
    )
