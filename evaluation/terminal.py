"""What a person sees: the product's own manners, for what is refused and printed here."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import typer
from pydantic import JsonValue
from rich.console import Console
from rich.table import Table

from evaluation.errors import EvaluationError
from selflearn.cli import terminal
from selflearn.cli.terminal import print_json, print_table, say, steps, warn
from simulator.errors import SimulatorError

__all__ = [
    "print_facts",
    "print_json",
    "print_outcome",
    "print_score",
    "print_table",
    "refusing",
    "say",
    "steps",
    "warn",
]


@contextmanager
def refusing(as_json: bool = False) -> Iterator[None]:
    """Turn what evaluation/, simulator/ or the product refuses into a message on standard error and its exit code.

    Parameters
    ----------
    as_json
        Print one JSON object on standard output as well, for the program that asked for one.
    """
    with terminal.refusing(as_json):
        try:
            yield
        except (EvaluationError, SimulatorError) as fault:
            kind, code = type(fault).__name__, fault.exit_code
            say(f"error {kind}: {fault}")
            if as_json:
                print_json({"status": "failed", "error": kind, "message": str(fault), "exit_code": code})
            raise typer.Exit(code) from fault


def print_score(title: str, answer: Mapping[str, JsonValue]) -> None:
    """Print the figures of an answer, without its nested parts, as a table."""
    table = Table("figure", "value", title=title)
    for name, value in answer.items():
        if isinstance(value, float):
            table.add_row(name, f"{value:.4f}")
        elif isinstance(value, (int, str)):
            table.add_row(name, str(value))
        elif isinstance(value, list) and len(value) == 2 and all(isinstance(v, (int, float)) for v in value):
            table.add_row(name, f"{value[0]:.4f} to {value[1]:.4f}")
    Console().print(table)


def print_outcome(title: str, answer: Mapping[str, JsonValue]) -> None:
    """Print how well each origin and baseline tells defects, and what every signal is worth."""
    rows: dict[str, Mapping[str, JsonValue]] = {}
    for kind in ("origins", "baselines"):
        found = answer[kind]
        assert isinstance(found, dict)
        rows |= {name: row for name, row in found.items() if isinstance(row, dict)}
    score = (
        "average_precision",
        "auc",
        "brier",
        "expected_calibration_error",
        "mean_success_probability",
        "gain_over_nlu_confidence",
    )
    print_table(
        f"{title}: {answer['turns']} turns, {answer['defects']} defects",
        ("", *(name.replace("_", " ") for name in score)),
        ([name, *(_with_interval(row, figure) for figure in score)] for name, row in rows.items()),
    )
    signals = answer["signals"]
    assert isinstance(signals, dict)
    worth = [(name, row) for name, row in signals.items() if isinstance(row, dict)]
    print_table(
        "signals, at given weights",
        ("", *(name.replace("_", " ") for name in worth[0][1])),
        ([name, *(_rounded(value) for value in row.values())] for name, row in worth),
    )


def _with_interval(row: Mapping[str, JsonValue], figure: str) -> str:
    interval = row.get(f"{figure}_interval")
    if not isinstance(interval, list):
        return ""
    return f"{_rounded(row[figure])} ({_rounded(interval[0])}–{_rounded(interval[1])})"


def _rounded(value: JsonValue) -> str:
    return f"{value:.3f}" if isinstance(value, float) else ""


def print_facts(facts: Mapping[str, Mapping[str, JsonValue]]) -> None:
    """Print what the corpora hold, one column a file, and what is wrong with them."""
    counted = {
        path: counts for path, found in facts.items() if isinstance(counts := found.get("counts"), dict)
    }
    table = Table("figure", *counted)
    for name in dict.fromkeys(name for counts in counted.values() for name in counts):
        table.add_row(name, *(str(counts.get(name, "")) for counts in counted.values()))
    console = Console()
    console.print(table)
    for path, found in facts.items():
        verdict = found.get("faults")
        if verdict is None:
            console.print(f"{path}: absent", highlight=False)
        else:
            console.print(f"{path}: {verdict or 'as known'}", highlight=False)
