"""Rephrase detection as a task for the training loop. With torch."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from backbone.states import TextStates
from backbone.training import Batches, batches_by_length
from rewrite_offline.rephrase.batches import SequenceRows, SpanInput
from rewrite_offline.rephrase.network import SpanNetwork
from rewrite_offline.rephrase.ranking import average_precision
from rewrite_offline.rephrase.spans import span_probabilities

__all__ = ["Examples", "RephraseTask"]


class Examples:
    """Sequences with what is right.

    Parameters
    ----------
    rows
        The sequences.
    right
        Of each sequence the spans that are right, as numbers; 0 is the null span.
    weights
        How much each sequence counts, shape (sequences,).
    """

    def __init__(
        self, rows: SequenceRows, right: Sequence[tuple[int, ...]], weights: NDArray[np.float64]
    ) -> None:
        self.rows, self.right, self.weights = rows, right, weights

    def __len__(self) -> int:
        return len(self.right)

    @property
    def fingerprint(self) -> str:
        """Names them by their content."""
        made = hashlib.sha256()
        for number, spans in enumerate(self.right):
            for part in (self.rows.texts, self.rows.marks, self.rows.candidates):
                made.update(part[number].tobytes() + b"|")
            made.update(repr((spans, float(self.weights[number]))).encode())
        return made.hexdigest()


class RephraseTask:
    """What the training loop is told; a `backbone.training.Task`.

    The loss of a request is −log of the probability of the right spans together, over whole turns and the null span:
    what is optimised is what is decided by.

    Parameters
    ----------
    network
        Is trained.
    states
        The trunk's, of all texts.
    examples, held_out
        To learn from, and of other customers, to judge epochs by.
    batch_tokens
        Places of a batch.
    trunk
        Names what made `states`.
    """

    monitored = "average_precision"
    higher_is_better = True

    def __init__(
        self,
        network: SpanNetwork,
        states: TextStates,
        examples: Examples,
        held_out: Examples,
        *,
        batch_tokens: int,
        trunk: str,
    ) -> None:
        self._network, self._states = network, states
        self._examples, self._held_out = examples, held_out
        self._batch_tokens = batch_tokens
        heads = nn.ModuleDict({"marks": network.marks, "start": network.start, "end": network.end})
        self.modules: Mapping[str, nn.Module] = {"top": network.top, "head": heads}
        texts = hashlib.sha256("\0".join(states.texts).encode()).hexdigest()
        self.fingerprint = "-".join((examples.fingerprint, held_out.fingerprint, texts, trunk))

    def batches(self, epoch: int, rng: np.random.Generator) -> Batches:
        """Shuffle the examples into batches of about the same length."""
        return batches_by_length(self._examples.rows.lengths, self._batch_tokens, rng=rng)

    def loss(self, batch: NDArray[np.int64]) -> tuple[Tensor, int]:
        """Sum the losses of a batch."""
        self._network.train(self._network.top.training)
        read = self._examples.rows.batch(batch, self._states)
        right = np.zeros(read.there.shape, np.bool_)
        for row, number in enumerate(batch):
            right[row, list(self._examples.right[number])] = True
        device = next(self._network.parameters()).device
        starts, ends = self._network(*_tensors(read, device))
        there, asked = (torch.from_numpy(one).to(device) for one in (read.there, right))
        scores = (starts.float() + ends.float()).masked_fill(~there, -torch.inf)
        found = torch.logsumexp(torch.log_softmax(scores, dim=-1).masked_fill(~asked, -torch.inf), dim=-1)
        weights = torch.from_numpy(self._examples.weights[batch]).float().to(device)
        return -(found * weights).sum(), len(batch)

    def validate(self) -> Mapping[str, float]:
        """Judge by the requests of the customers who were held out."""
        probabilities = self.judge(self._held_out)
        scores, right = best_of(probabilities, self._held_out.right)
        rephrased = sum(spans != (0,) for spans in self._held_out.right)
        told = [
            one[list(spans)].sum() for one, spans in zip(probabilities, self._held_out.right, strict=True)
        ]
        return {
            "loss": float(-np.log(np.maximum(told, 1e-12)).mean()) if told else 0.0,
            "average_precision": average_precision(scores, right, rephrased),
        }

    def judge(self, examples: Examples) -> list[NDArray[np.float64]]:
        """Give the probabilities of each sequence's spans, the null span first."""
        self._network.eval()
        found: list[NDArray[np.float64]] = [np.ones(1)] * len(examples)
        device = next(self._network.parameters()).device
        with torch.no_grad():
            for batch in batches_by_length(examples.rows.lengths, 4 * self._batch_tokens):
                read = examples.rows.batch(batch, self._states)
                starts, ends = self._network(*_tensors(read, device))
                shares = span_probabilities(
                    starts.float().cpu().numpy(), ends.float().cpu().numpy(), read.there
                )
                for row, number in enumerate(batch):
                    found[number] = shares[row, read.there[row]]
        return found


def best_of(
    probabilities: Sequence[NDArray[np.float64]], right: Sequence[tuple[int, ...]]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Give the best candidate's probability of each sequence that has any, and whether it is right."""
    scores, hits = list[float](), list[bool]()
    for one, spans in zip(probabilities, right, strict=True):
        if one.size > 1:
            best = 1 + int(np.argmax(one[1:]))
            scores.append(float(one[best]))
            hits.append(best in spans)
    return np.array(scores), np.array(hits, np.bool_)


def _tensors(read: SpanInput, device: torch.device) -> list[Tensor]:
    return [
        torch.from_numpy(one).to(device)
        for one in (read.states, read.marks, read.mask, read.firsts, read.lasts)
    ]
