"""The training of the pairwise classifier."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from backbone.batching import batches_by_length
from evaluation.rephrase.baselines.classifier import PairClassifier
from evaluation.rephrase.baselines.pairs import TextPair
from selflearn.steps import Step

__all__ = ["Tuning", "tune"]


@dataclass(frozen=True, slots=True)
class Tuning:
    """How the classifier is trained: AdamW, with a warm-up and a linear fall of the rate."""

    epochs: int = 4
    rate: float = 5e-5
    decay: float = 0.01
    warm_up: float = 0.1
    batch_pairs: int = 32
    batch_tokens: int = 2048
    patience: int = 1
    seed: int = 0


def tune(
    classifier: PairClassifier,
    pairs: Sequence[TextPair],
    tuning: Tuning,
    worth: Callable[[], float],
    step: Step,
) -> None:
    """Train all weights on pairs; afterwards the classifier is that of the epoch with the greatest worth.

    A pair that met as a rephrase some of the times has a share for its target; its weight is its number.
    """
    rows = classifier.rows([(pair.request, pair.candidate) for pair in pairs])
    lengths = [row.size for row, _ in rows]
    target = torch.tensor([pair.rephrases / pair.times for pair in pairs])
    weight = torch.tensor([float(pair.times) for pair in pairs])
    weight /= weight.mean()
    rng = np.random.default_rng(tuning.seed)
    torch.manual_seed(tuning.seed)
    epochs = [
        batches_by_length(lengths, tuning.batch_tokens, rng=rng, at_most=tuning.batch_pairs)
        for _ in range(tuning.epochs)
    ]
    steps = sum(map(len, epochs))
    optimiser = torch.optim.AdamW(classifier.parameters(), lr=tuning.rate, weight_decay=tuning.decay)
    warm = max(1.0, tuning.warm_up * steps)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda done: min((done + 1) / warm, max(0.0, (steps - done) / max(1.0, steps - warm)))
    )
    loss_of = torch.nn.BCEWithLogitsLoss(reduction="none")
    best, kept, done, worse = -1.0, None, 0, 0
    for epoch in epochs:
        classifier.train()
        for batch in epoch:
            losses = loss_of(classifier([rows[number] for number in batch]), target[batch])
            optimiser.zero_grad()
            (losses * weight[batch]).mean().backward()
            torch.nn.utils.clip_grad_norm_(classifier.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            done += 1
            step(f"pairwise BERT, {len(pairs)} pairs of texts", done / steps)
        classifier.eval()
        if (now := worth()) > best:
            best, worse = now, 0
            kept = {name: tensor.clone() for name, tensor in classifier.state_dict().items()}
        else:
            worse += 1
            if worse > tuning.patience:
                break
    if kept is not None:
        classifier.load_state_dict(kept)
    classifier.eval()
