"""The loop that trains every task."""

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import AdamW

from backbone.errors import CheckpointOfAnotherRun, LossNotFinite
from backbone.files import digest
from backbone.steps import Step, silent
from backbone.training.checkpoint import learned, load_learned, read_checkpoint, write_checkpoint
from backbone.training.curve import draw_curve
from backbone.training.settings import TrainingSettings
from backbone.training.task import Task
from streams.files import written_beside

__all__ = ["Trained", "train"]

_Batch = TypeVar("_Batch")


@dataclass(frozen=True)
class Trained:
    """How a training went.

    Attributes
    ----------
    history
        Of each epoch: `epoch` (from 1), `loss` (mean over examples), `learning_rate` (of the top, at its end),
        `seconds`, `batches`, `padding_share` (where the task tells it) and `metrics`.
    best_epoch
        The one whose weights the modules have now.
    best
        Its metrics.
    stopped_early
        Whether patience ended it.
    """

    history: tuple[Mapping[str, Any], ...]
    best_epoch: int
    best: Mapping[str, float]
    stopped_early: bool


@dataclass
class _State:
    """Where a run is: `passed` batches of epoch `epoch` (from 0) are done."""

    run: str
    epoch: int = 0
    passed: int = 0
    loss_sum: float = 0.0
    examples: int = 0
    seconds: float = 0.0
    best_epoch: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    stopped: bool = False


def train(
    task: Task[_Batch],
    settings: TrainingSettings | None = None,
    folder: Path | None = None,
    progress: Step = silent,
) -> Trained:
    """Train a task's modules, and leave them as they were in the best epoch.

    | file in the folder | what it is |
    | --- | --- |
    | `checkpoint.safetensors` | where the run is: weights, optimiser, random generators |
    | `best.safetensors` | what was trained, as of the best epoch |
    | `history.json`, `curve.png` | how it went |

    A run that was broken off goes on from the checkpoint and comes out the same, bit for bit, as one that was not (on
    the same machine, with as many threads). A run that came to its end is not made again.

    Parameters
    ----------
    task
        What is trained, on what.
    settings
        How.
    folder
        Where to keep what the table says; without it nothing is written, and nothing can be resumed.
    progress
        Told of epochs, losses and metrics.

    Returns
    -------
    Trained
        How it went.

    Raises
    ------
    CheckpointOfAnotherRun
        If the folder holds a checkpoint with other data, parameters or deciding settings.
    LossNotFinite
        If the loss became infinite or no number.
    """
    settings = settings or TrainingSettings()
    with _threads(settings.threads), torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        return _Run(task, settings, folder, progress).to_the_end()


class _Run:
    def __init__(
        self, task: Task[Any], settings: TrainingSettings, folder: Path | None, progress: Step
    ) -> None:
        self._task, self._settings, self._folder, self._progress = task, settings, folder, progress
        self._modules = task.modules
        self._device = _device(settings)
        for module in self._modules.values():
            module.to(self._device)
        self._groups = _groups(self._modules, settings)
        self._optimizer = AdamW([dict(group) for group in self._groups])
        self._weights = [weight for group in self._groups for weight in group["params"]]
        self._state = _State(_name(task, self._modules, settings))
        self._best: Mapping[str, Tensor] = {}
        if folder is not None:
            self._resume(folder)

    def to_the_end(self) -> Trained:
        state = self._state
        while state.epoch < self._settings.epochs and not state.stopped:
            self._epoch()
        load_learned(self._modules, self._best)
        self._mode(training=False)
        best = state.history[state.best_epoch - 1]["metrics"]
        return Trained(tuple(state.history), state.best_epoch, best, state.stopped)

    def _resume(self, folder: Path) -> None:
        said = read_checkpoint(
            folder / "checkpoint.safetensors", self._modules, self._optimizer, self._state.run
        )
        if said is not None:
            self._state = _State(**said)
        if self._state.best_epoch:
            best = folder / "best.safetensors"
            if not best.is_file():
                raise CheckpointOfAnotherRun(best)
            self._best = load_file(best)

    def _epoch(self) -> None:
        settings, state = self._settings, self._state
        batches = self._task.batches(state.epoch, np.random.default_rng([settings.seed, state.epoch]))
        self._mode(training=True)
        began = written = time.monotonic()
        before, rate = state.seconds, 0.0
        while state.passed < len(batches):
            group = range(state.passed, min(state.passed + settings.accumulate, len(batches)))
            # As of the step's middle: the first one is to learn something, and the last one too.
            middle = (group.start + group.stop) / 2
            rate = self._set_rate((state.epoch + middle / len(batches)) / settings.epochs)
            self._step(batches, group)
            state.passed = group.stop
            state.seconds = before + time.monotonic() - began
            self._tell(len(batches))
            if time.monotonic() - written > 60 * settings.checkpoint_minutes and state.passed < len(batches):
                self._write()
                written = time.monotonic()
        self._mode(training=False)
        with torch.no_grad():
            metrics = {name: float(value) for name, value in self._task.validate().items()}
        entry = {
            "epoch": state.epoch + 1,
            "loss": state.loss_sum / max(state.examples, 1),
            "learning_rate": rate,
            "seconds": state.seconds,
            "batches": len(batches),
            "metrics": metrics,
        }
        if (share := getattr(batches, "padding_share", None)) is not None:
            entry["padding_share"] = float(share)
        state.history.append(entry)
        state.epoch, state.passed = state.epoch + 1, 0
        state.loss_sum, state.examples, state.seconds = 0.0, 0, 0.0
        self._judge(metrics[self._task.monitored])
        self._write()

    def _step(self, batches: Sequence[Any], group: range) -> None:
        """Make one step with the gradients of a group of batches, each example of which counts the same."""
        state = self._state
        self._optimizer.zero_grad(set_to_none=True)
        many = 0
        for number in group:
            with self._precision():
                loss, examples = self._task.loss(batches[number])
            if not torch.isfinite(loss):
                raise LossNotFinite(state.epoch + 1, number + 1)
            loss.backward()  # type: ignore[no-untyped-call]
            many += examples
            state.loss_sum += float(loss.detach())
            state.examples += examples
        for weight in self._weights:
            if weight.grad is not None:
                weight.grad.div_(max(many, 1))
        if self._settings.clip is not None:
            nn.utils.clip_grad_norm_(self._weights, self._settings.clip)
        self._optimizer.step()

    def _judge(self, metric: float) -> None:
        state = self._state
        if not state.best_epoch or self._is_better(metric, self._best_metric()):
            state.best_epoch = state.epoch
            self._best = learned(self._modules)
            if self._folder is not None:
                with written_beside(self._folder / "best.safetensors") as beside:
                    save_file(dict(self._best), beside)
        patience = self._settings.patience
        state.stopped = patience is not None and state.epoch - state.best_epoch >= patience

    def _is_better(self, metric: float, best: float) -> bool:
        if math.isnan(metric) or math.isnan(best):
            return math.isnan(best) and not math.isnan(metric)
        return metric > best if self._task.higher_is_better else metric < best

    def _best_metric(self) -> float:
        state = self._state
        return float(state.history[state.best_epoch - 1]["metrics"][self._task.monitored])

    def _write(self) -> None:
        if self._folder is None:
            return
        said = vars(self._state)
        write_checkpoint(self._folder / "checkpoint.safetensors", self._modules, self._optimizer, said)
        if not self._state.passed:
            with written_beside(self._folder / "history.json") as beside:
                beside.write_text(json.dumps(self._state.history, indent=1) + "\n", encoding="utf-8")
            draw_curve(self._state.history, self._task.monitored, self._folder / "curve.png")

    def _set_rate(self, share: float) -> float:
        warmup = self._settings.warmup
        factor = share / warmup if share < warmup else (1.0 - share) / (1.0 - warmup)
        for group, given in zip(self._optimizer.param_groups, self._groups, strict=True):
            group["lr"] = given["lr"] * factor
        return self._settings.learning_rate * factor

    def _mode(self, *, training: bool) -> None:
        for module in self._modules.values():
            module.train(training)

    def _precision(self) -> AbstractContextManager[Any]:
        wanted = self._settings.bf16
        if wanted is None:
            wanted = self._device.type == "cuda" and torch.cuda.is_bf16_supported()
        return torch.autocast(self._device.type, torch.bfloat16) if wanted else nullcontext()

    def _tell(self, batches: int) -> None:
        state = self._state
        share = (state.epoch + state.passed / batches) / self._settings.epochs
        best = f", best {self._task.monitored} {self._best_metric():.4f}" if state.best_epoch else ""
        loss = state.loss_sum / max(state.examples, 1)
        self._progress(f"epoch {state.epoch + 1} of {self._settings.epochs}: loss {loss:.4f}{best}", share)


def _device(settings: TrainingSettings) -> torch.device:
    if settings.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(settings.device)


def _groups(modules: Mapping[str, nn.Module], settings: TrainingSettings) -> list[dict[str, Any]]:
    """Return groups of weights by learning rate and weight decay, in the modules' order."""
    groups: dict[tuple[float, float], list[Tensor]] = {}
    for name, module in modules.items():
        rate = settings.learning_rate if name.startswith("top") else settings.head_learning_rate
        for weight in module.parameters():
            if weight.requires_grad:
                decay = settings.weight_decay if weight.ndim > 1 else 0.0
                groups.setdefault((rate, decay), []).append(weight)
    return [{"params": those, "lr": rate, "weight_decay": decay} for (rate, decay), those in groups.items()]


def _name(task: Task[Any], modules: Mapping[str, nn.Module], settings: TrainingSettings) -> str:
    shapes = {name: list(tensor.shape) for name, tensor in learned(modules).items()}
    said = [task.fingerprint, task.monitored, shapes, settings.deciding()]
    return digest((json.dumps(said, sort_keys=True).encode(),))


@contextmanager
def _threads(wanted: int | None) -> Iterator[None]:
    before = torch.get_num_threads()
    if wanted is not None:
        torch.set_num_threads(wanted)
    try:
        yield
    finally:
        torch.set_num_threads(before)
