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
from rewrite_offline.rephrase.blend import Scores, blend_of
from rewrite_offline.rephrase.network import SpanNetwork
from rewrite_offline.rephrase.ranking import average_precision
from rewrite_offline.rephrase.spans import span_probabilities

__all__ = ["Examples", "RephraseTask", "best_of"]


class Examples:
    """Sequences with what is right.

    Parameters
    ----------
    rows
        The sequences.
    right
        Of each sequence the spans that are right, as numbers; 0 is the null span.
    targets
        Of each sequence how surely each candidate is right, shape (candidates,).
    weights
        How much each sequence counts, shape (sequences,).
    """

    def __init__(
        self,
        rows: SequenceRows,
        right: Sequence[tuple[int, ...]],
        targets: Sequence[Scores],
        weights: Scores,
    ) -> None:
        self.rows, self.right, self.targets, self.weights = rows, right, targets, weights

    def __len__(self) -> int:
        return len(self.right)

    @property
    def fingerprint(self) -> str:
        """Names them by their content."""
        made = hashlib.sha256()
        for number, spans in enumerate(self.right):
            for part in (self.rows.texts, self.rows.marks, self.rows.candidates, self.rows.features):
                made.update(part[number].tobytes() + b"|")
            made.update(repr((spans, float(self.weights[number]))).encode())
        return made.hexdigest()


class RephraseTask:
    """What the training loop is told; a `backbone.training.Task`.

    The loss of a request is −log of the probability of the right spans together, over whole turns and the null span:
    what is optimised is what is decided by. Epochs are judged by both readers together, as detections are made.

    Parameters
    ----------
    network
        Is trained.
    states
        The trunk's, of all texts.
    examples, held_out
        To learn from, and of other customers, to judge epochs by.
    pairs
        The pair reader's scores of the spans held out, the null span first.
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
        pairs: Sequence[Scores],
        *,
        batch_tokens: int,
        trunk: str,
    ) -> None:
        self._network, self._states = network, states
        self._examples, self._held_out, self._pairs = examples, held_out, pairs
        self._batch_tokens = batch_tokens
        heads = nn.ModuleDict({name: part for name, part in network.named_children() if name != "top"})
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
        weights = torch.from_numpy(self._examples.weights[batch]).float().to(device)
        found = _log_share(starts.float() + ends.float(), there, asked)
        return -(found * weights).sum(), len(batch)

    def validate(self) -> Mapping[str, float]:
        """Blend the two readers, and judge them together, by the requests of the customers who were held out."""
        spans, right = self.scores(self._held_out), self._held_out.right
        blend = blend_of(spans, self._pairs, right)
        both = [blend(*pair) for pair in zip(spans, self._pairs, strict=True)]
        found = {"loss": _loss(both, right)}
        rephrased = sum(one != (0,) for one in right)
        for name, scores in (("", both), ("spans_", spans), ("pairs_", self._pairs)):
            found[f"{name}average_precision"] = average_precision(*best_of(scores, right), rephrased)
        return found

    def scores(self, examples: Examples) -> list[Scores]:
        """Give the network's scores of each sequence's spans, the null span first."""
        self._network.eval()
        found: list[Scores] = [np.zeros(1)] * len(examples)
        device = next(self._network.parameters()).device
        with torch.no_grad():
            for batch in batches_by_length(examples.rows.lengths, 4 * self._batch_tokens):
                read = examples.rows.batch(batch, self._states)
                starts, ends = self._network(*_tensors(read, device))
                scores = (starts.float() + ends.float()).cpu().double().numpy()
                for row, number in enumerate(batch):
                    found[number] = scores[row, read.there[row]]
        return found


def _log_share(scores: Tensor, there: Tensor, asked: Tensor) -> Tensor:
    """Log of the probability of the right spans together, shape (batch,)."""
    shares = torch.log_softmax(scores.masked_fill(~there, -torch.inf), dim=-1)
    return torch.logsumexp(shares.masked_fill(~asked, -torch.inf), dim=-1)


def _loss(scores: Sequence[Scores], right: Sequence[tuple[int, ...]]) -> float:
    told = [_shares(one)[list(spans)].sum() for one, spans in zip(scores, right, strict=True)]
    return float(-np.log(np.maximum(told, 1e-12)).mean()) if told else 0.0


def best_of(scores: Sequence[Scores], right: Sequence[tuple[int, ...]]) -> tuple[Scores, NDArray[np.bool_]]:
    """Give the best candidate's probability of each sequence that has any, and whether it is right."""
    shares, hits = list[float](), list[bool]()
    for one, spans in zip(scores, right, strict=True):
        if one.size > 1:
            best = 1 + int(np.argmax(one[1:]))
            shares.append(float(_shares(one)[best]))
            hits.append(best in spans)
    return np.array(shares), np.array(hits, np.bool_)


def _shares(scores: Scores) -> Scores:
    shares: Scores = span_probabilities(scores[None], np.ones((1, scores.size), np.bool_))[0]
    return shares


def _tensors(read: SpanInput, device: torch.device) -> list[Tensor]:
    return [
        torch.from_numpy(one).to(device)
        for one in (read.states, read.marks, read.mask, read.firsts, read.lasts)
    ]
