"""What a training may be told."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from backbone.errors import BadTrainingSettings

__all__ = ["TrainingSettings"]


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of a training run; the defaults fine-tune some layers and a head on some thousand examples.

    Attributes
    ----------
    epochs
        How often every example is seen, at most.
    batch_tokens
        Places of a batch, padding among them; examples are batched by length (`batches_by_length`).
    batch_examples
        Examples of a batch, at most; None: as many as the places take.
    accumulate
        Batches whose gradients make one step.
    learning_rate
        The highest, of the modules whose name begins with `top`.
    head_learning_rate
        … and of all others.
    weight_decay
        Of matrices; biases and norms have none.
    warmup
        Share of the training in which the learning rate rises; in what is left it falls to zero, both in a line.
    clip
        Gradients longer than this are shortened to it; None: they are not.
    patience
        Epochs without a better metric after which it ends; None: all are made. The best epoch's weights stay, always.
    seed
        Of shuffling and dropout.
    device
        `auto` takes CUDA where there is one.
    bf16
        Compute in bfloat16. None: on CUDA where it can; on the processor only if asked.
    threads
        Of torch on the processor; None: as it is.
    checkpoint_minutes
        A checkpoint is written after so many minutes too, and after each epoch anyway.
    """

    epochs: int = 5
    batch_tokens: int = 4096
    batch_examples: int | None = None
    accumulate: int = 1
    learning_rate: float = 1e-4
    head_learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup: float = 0.1
    clip: float | None = 1.0
    patience: int | None = 2
    seed: int = 7
    device: Literal["auto", "cpu", "cuda"] = "auto"
    bf16: bool | None = None
    threads: int | None = None
    checkpoint_minutes: float = 10.0

    def __post_init__(self) -> None:
        """Check that they hold together.

        Raises
        ------
        BadTrainingSettings
            With every reason.
        """
        wanted = (
            (self.epochs >= 1, f"epochs is at least 1, not {self.epochs}"),
            (self.batch_tokens >= 1, f"batch_tokens is at least 1, not {self.batch_tokens}"),
            (
                self.batch_examples is None or self.batch_examples >= 1,
                f"batch_examples is at least 1, not {self.batch_examples}",
            ),
            (self.accumulate >= 1, f"accumulate is at least 1, not {self.accumulate}"),
            (0 < self.learning_rate < 1, f"learning_rate is between 0 and 1, not {self.learning_rate}"),
            (
                0 < self.head_learning_rate < 1,
                f"head_learning_rate is between 0 and 1, not {self.head_learning_rate}",
            ),
            (self.weight_decay >= 0, f"weight_decay is not negative, as {self.weight_decay} is"),
            (0 <= self.warmup < 1, f"warmup is a share below 1, not {self.warmup}"),
            (self.clip is None or self.clip > 0, f"clip is above 0, not {self.clip}"),
            (self.patience is None or self.patience >= 1, f"patience is at least 1, not {self.patience}"),
            (self.seed >= 0, f"seed is not negative, as {self.seed} is"),
            (self.device in ("auto", "cpu", "cuda"), f"device is auto, cpu or cuda, not {self.device!r}"),
            (self.threads is None or self.threads >= 1, f"threads is at least 1, not {self.threads}"),
            (
                self.checkpoint_minutes >= 0,
                f"checkpoint_minutes is not negative, as {self.checkpoint_minutes} is",
            ),
        )
        if reasons := [reason for holds, reason in wanted if not holds]:
            raise BadTrainingSettings(reasons)

    def deciding(self) -> dict[str, Any]:
        """Return those that decide what comes out; the others may differ when a run is resumed."""
        indifferent = ("device", "threads", "checkpoint_minutes")
        return {name: value for name, value in asdict(self).items() if name not in indifferent}
