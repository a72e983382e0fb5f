"""What a person sees of the attacks."""

from collections.abc import Mapping
from typing import Any

from evaluation.terminal import print_table

__all__ = ["print_poisoning"]


def print_poisoning(answer: Mapping[str, Any]) -> None:
    """Print what was aimed at, and for each attack which rewrites it planted."""
    aims: Mapping[str, Mapping[str, Any]] = answer["aims"]
    print_table(
        f"{answer['world']}, {answer['honest_customers']} honest customers, seed {answer['seed']}",
        ("", "source", "target", "honest turns", "homes", "rewritten to, without an attack"),
        (
            [
                name,
                *(str(aim[told]) for told in ("source", "target", "honest_turns", "honest_homes")),
                answer["without"][name] or "",
            ]
            for name, aim in aims.items()
        ),
    )
    print_table(
        f"planted? (min_customers is {answer['min_customers']})",
        ("customers", "homes", "repeats", "learned", *aims),
        (
            [
                *(str(attack[name]) for name in ("customers", "homes", "repeats")),
                "table and model" if attack["model"] else "table",
                *(_planted(attack, name) for name in aims),
            ]
            for attack in answer["attacks"]
        ),
    )


def _planted(attack: Mapping[str, Any], aim: str) -> str:
    if aim in attack["by_model"]:
        return "yes, by the model"
    return "yes" if aim in attack["planted"] else ""
