"""What a person sees of the answer, and the lines that anyone can score."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import orjson
from pydantic import JsonValue

from evaluation.drawing import figure_of, save
from evaluation.errors import CannotWrite
from evaluation.rephrase.answer import RephraseAnswer
from evaluation.rephrase.metrics import FIGURES, precision_and_recall
from evaluation.rephrase.model import MODEL
from evaluation.rephrase.requests import GROUPS
from evaluation.terminal import print_table
from rewrite_offline.rephrase import Detection
from streams.files import written_beside

__all__ = ["draw_precision_recall", "print_rephrase", "write_detections"]


def print_rephrase(title: str, figures: Mapping[str, JsonValue]) -> None:
    """Print one table a group of requests, one row a method."""
    baselines = figures["baselines"]
    assert isinstance(baselines, dict)
    rows: dict[str, JsonValue] = {MODEL: {**figures}, **baselines} if "f1" in figures else baselines
    for group in GROUPS:
        found = {name: _part(row, group) for name, row in rows.items()}
        first = next(iter(found.values()))
        print_table(
            f"{title}, {group.replace('_', ' ')}: {first['turns']} requests, {first['with_rephrase']} with a rephrase",
            ("", *(name.replace("_", " ") for name in FIGURES)),
            ([name, *(_with_interval(row, figure) for figure in FIGURES)] for name, row in found.items()),
        )


def draw_precision_recall(answer: RephraseAnswer, title: str, path: Path) -> None:
    """Draw precision against recall, one line a method; a dot where its own threshold is.

    Raises
    ------
    CannotWrite
        If the file cannot be written, or matplotlib is not installed.
    """
    figure = figure_of(path, (6, 5))
    axes = figure.subplots()
    baselines = answer.figures["baselines"]
    assert isinstance(baselines, dict)
    for name, method in answer.judged.items():
        precision, recall = precision_and_recall(method, answer.requests)
        row = answer.figures if name == MODEL else baselines[name]
        assert isinstance(row, Mapping)
        told = f"{name.replace('_', ' ')}, {_number(row['average_precision']):.3f}"
        (line,) = axes.plot(recall, precision, label=told)
        axes.plot(_number(row["recall"]), _number(row["precision"]), marker="o", color=line.get_color())
    axes.set(title=title, xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1))
    axes.legend(title="average precision", loc="upper left", bbox_to_anchor=(1.02, 1.0))
    axes.grid(alpha=0.3)
    save(figure, path)


def write_detections(detections: Iterable[Detection], path: Path) -> None:
    """Write one line for every request, those without a rephrase included.

    Raises
    ------
    CannotWrite
        If the file cannot be written; then what was there before is still there.
    """
    try:
        with written_beside(path) as beside, beside.open("wb") as lines:
            for one in detections:
                line = {
                    "turn_id": one.turn_id,
                    "rephrase": one.rephrase,
                    "confidence": one.confidence,
                    "likeliest": one.likeliest,
                }
                lines.write(orjson.dumps(line) + b"\n")
    except OSError as fault:
        raise CannotWrite(f"{path}: {fault}") from fault


def _part(row: JsonValue, group: str) -> Mapping[str, JsonValue]:
    assert isinstance(row, dict)
    part = row if group == "overall" else row[group]
    assert isinstance(part, dict)
    return part


def _number(value: JsonValue) -> float:
    assert isinstance(value, (int, float))
    return float(value)


def _with_interval(row: Mapping[str, JsonValue], figure: str) -> str:
    interval = row[f"{figure}_interval"]
    assert isinstance(interval, list)
    return f"{row[figure]:.3f} ({interval[0]:.3f}–{interval[1]:.3f})"
