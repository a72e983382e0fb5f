"""Rephrase detection as a task for the training loop. With torch."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from backbone.states import TextStates
from backbone.training import Batches, batches_by_length
from rewrite_offline.rephrase.batches import SequenceRows, SpanInput
from rewrite_offline.rephrase.network import SpanNetwork
from rewrite_offline.rephrase.ranking import average_precision

__all__ = ["Examples", "RephraseTask", "best_of"]

_Scores: TypeAlias = NDArray[np.float64]


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

    The loss of a request is −log of the probability of the right spans together, over whole turns and the null span,
    for each of the two readers: what is optimised is what is decided by.

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
        (starts, ends), marked = self._network.apart(*_tensors(read, device))
        there, asked = (torch.from_numpy(one).to(device) for one in (read.there, right))
        weights = torch.from_numpy(self._examples.weights[batch]).float().to(device)
        found = _log_share(starts.float() + ends.float(), there, asked) + _log_share(
            marked.float(), there, asked
        )
        return -(found * weights).sum(), len(batch)

    def validate(self) -> Mapping[str, float]:
        """Weigh the two readers, and judge them together, by the requests of the customers who were held out."""
        text, marked = self._apart(self._held_out)
        self._network.weights.copy_(torch.tensor(_weigh(text, marked, self._held_out)))
        probabilities = self.judge(self._held_out)
        found = {"loss": _loss(probabilities, self._held_out.right)}
        for name, shares in (("", probabilities), ("text_", _shares(text)), ("markers_", _shares(marked))):
            scores, right = best_of(shares, self._held_out.right)
            rephrased = sum(spans != (0,) for spans in self._held_out.right)
            found[f"{name}average_precision"] = average_precision(scores, right, rephrased)
        return found

    def judge(self, examples: Examples) -> list[NDArray[np.float64]]:
        """Give the probabilities of each sequence's spans, the null span first."""
        text, marked = self._apart(examples)
        one, other = self._network.weights.tolist()
        return _shares([one * a + other * b for a, b in zip(text, marked, strict=True)])

    def _apart(self, examples: Examples) -> tuple[list[_Scores], list[_Scores]]:
        """Give each reader's scores of each sequence's spans."""
        self._network.eval()
        text: list[_Scores] = [np.zeros(1)] * len(examples)
        marked = list(text)
        device = next(self._network.parameters()).device
        with torch.no_grad():
            for batch in batches_by_length(examples.rows.lengths, 4 * self._batch_tokens):
                read = examples.rows.batch(batch, self._states)
                (starts, ends), beside = self._network.apart(*_tensors(read, device))
                both = (
                    (starts.float() + ends.float()).cpu().double().numpy(),
                    beside.float().cpu().double().numpy(),
                )
                for row, number in enumerate(batch):
                    text[number], marked[number] = (one[row, read.there[row]] for one in both)
        return text, marked


def _log_share(scores: Tensor, there: Tensor, asked: Tensor) -> Tensor:
    """Log of the probability of the right spans together, shape (batch,)."""
    shares = torch.log_softmax(scores.masked_fill(~there, -torch.inf), dim=-1)
    return torch.logsumexp(shares.masked_fill(~asked, -torch.inf), dim=-1)


def _weigh(text: Sequence[_Scores], marked: Sequence[_Scores], examples: Examples) -> tuple[float, float]:
    """Find the weights of the two readers under which what is right is likeliest."""
    spans = max((one.size for one in text), default=1)
    padded = np.full((2, len(text), spans), -np.inf)
    right = np.zeros((len(text), spans), np.bool_)
    for row, pair in enumerate(zip(text, marked, strict=True)):
        padded[:, row, : pair[0].size] = pair
        right[row, list(examples.right[row])] = True
    there = np.isfinite(padded[0])

    def loss(pair: tuple[float, float]) -> float:
        scores = np.where(
            there, pair[0] * np.where(there, padded[0], 0) + pair[1] * np.where(there, padded[1], 0), -np.inf
        )
        whole, hit = (
            np.logaddexp.reduce(np.where(which, scores, -np.inf), axis=1) for which in (there, right)
        )
        return float((whole - hit).mean())

    return min(((a / 10, b / 10) for a in range(15) for b in range(15) if a + b), key=loss)


def _shares(scores: Sequence[_Scores]) -> list[_Scores]:
    raised = [np.exp(one - one.max()) for one in scores]
    return [one / one.sum() for one in raised]


def _loss(probabilities: Sequence[_Scores], right: Sequence[tuple[int, ...]]) -> float:
    told = [one[list(spans)].sum() for one, spans in zip(probabilities, right, strict=True)]
    return float(-np.log(np.maximum(told, 1e-12)).mean()) if told else 0.0


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
