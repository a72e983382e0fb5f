"""How a training went, as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from streams.files import written_beside

__all__ = ["draw_curve"]


def draw_curve(history: Sequence[Mapping[str, Any]], monitored: str, path: Path) -> None:
    """Draw loss and monitored metric over the epochs.

    Parameters
    ----------
    history
        Of each epoch: `epoch`, `loss`, and the metrics, under `metrics`.
    monitored
        The metric's name.
    path
        A PNG, written whole.
    """
    # A figure of its own, so that no display and no shared state is needed.
    figure = Figure(figsize=(7, 4), layout="constrained")
    left = figure.add_subplot()
    epochs = [one["epoch"] for one in history]
    lines = left.plot(
        epochs, [one["loss"] for one in history], marker="o", color="tab:blue", label="training loss"
    )
    if monitored != "loss" and all("loss" in one["metrics"] for one in history):
        losses = [one["metrics"]["loss"] for one in history]
        lines += left.plot(epochs, losses, marker="o", color="tab:cyan", label="validation loss")
    left.set_xlabel("epoch")
    left.set_ylabel("loss")
    left.set_xticks(epochs)
    right = left.twinx()
    metric = [one["metrics"][monitored] for one in history]
    lines += right.plot(epochs, metric, marker="s", color="tab:orange", label=monitored)
    right.set_ylabel(monitored)
    left.legend(lines, [str(line.get_label()) for line in lines], loc="best")
    with written_beside(path) as beside:
        figure.savefig(beside, dpi=100, format="png")
