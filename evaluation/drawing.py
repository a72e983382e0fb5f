"""Pictures of what was measured."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue

from evaluation.errors import CannotWrite

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_curve", "figure_of", "save"]


def draw_curve(points: Sequence[Mapping[str, JsonValue]], title: str, path: Path) -> None:
    """Draw wins a loss against the share of defects removed, one dot a threshold.

    Parameters
    ----------
    points
        As `evaluation.metrics.curve` gives them.
    title
        Of the picture.
    path
        Where to; the ending says the format.

    Raises
    ------
    CannotWrite
        If there is nothing to draw, the file cannot be written, or matplotlib is not installed.
    """
    if not points:
        raise CannotWrite(f"{path}: no curve to draw, since nothing was rewritten")
    figure = figure_of(path, (6, 4))
    axes = figure.subplots()
    axes.plot(
        [100 * _number(point["defect_reduction"]) for point in points],
        [_number(point["win_loss_ratio"]) for point in points],
        marker="o",
        markersize=3,
    )
    axes.set(title=title, xlabel="defects removed, %", ylabel="wins a loss (none counts as one)")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    save(figure, path)


def figure_of(path: Path, size: tuple[float, float]) -> "Figure":
    """Make an empty figure, for a picture that will be written to a path.

    Raises
    ------
    CannotWrite
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as fault:
        raise CannotWrite(f"{path}: drawing needs matplotlib; pip install 'selflearn[learn]'") from fault
    return Figure(figsize=size, layout="constrained")


def save(figure: "Figure", path: Path) -> None:
    """Write a figure, whole or not at all; the ending says the format.

    Raises
    ------
    CannotWrite
        If the file cannot be written, or its format is not known.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        figure.savefig(beside, format=path.suffix.lstrip(".") or "png", dpi=150)
        beside.replace(path)
    except (OSError, ValueError) as fault:
        beside.unlink(missing_ok=True)
        raise CannotWrite(f"{path}: {fault}") from fault


def _number(value: JsonValue) -> float:
    assert isinstance(value, (int, float))
    return float(value)
