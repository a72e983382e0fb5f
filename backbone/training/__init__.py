"""One training loop for all tasks; with torch."""

from backbone.batching import Batches, batches_by_length
from backbone.training.curve import draw_curve
from backbone.training.examples import as_dataset
from backbone.training.loop import Trained, train
from backbone.training.settings import TrainingSettings
from backbone.training.task import Task

__all__ = [
    "Batches",
    "Task",
    "Trained",
    "TrainingSettings",
    "as_dataset",
    "batches_by_length",
    "draw_curve",
    "train",
]
