"""Training a span detector from sessions and labels. With torch."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from backbone.encoder import Encoder, Trunk, load_encoder, read_texts, split
from backbone.states import TextStates
from backbone.steps import Step, silent
from backbone.training import Trained, TrainingSettings, train
from rewrite_offline.errors import TooFewRephrases
from rewrite_offline.rephrase.batches import SpanInput, rows_of
from rewrite_offline.rephrase.blend import Blend, blend_of
from rewrite_offline.rephrase.calibration import Calibration, calibrate
from rewrite_offline.rephrase.detector import SpanDetector, pair_scores
from rewrite_offline.rephrase.network import SpanNetwork
from rewrite_offline.rephrase.pair_reader import PairReader, train_pairs
from rewrite_offline.rephrase.sequences import RephraseSequence, sequences_of, texts_of
from rewrite_offline.rephrase.settings import RephraseSettings
from rewrite_offline.rephrase.supervision import spans_again, target_spans, targets_of
from rewrite_offline.rephrase.task import Examples, RephraseTask, best_of
from streams.records import Label
from streams.sessions import Session

__all__ = ["TRAINING", "TrainedDetector", "train_detector", "training_of"]

#: How the detector is trained by default.
TRAINING = TrainingSettings(
    epochs=6,
    batch_tokens=4096,
    learning_rate=5e-4,
    head_learning_rate=2e-3,
    patience=3,
)


def training_of(layers: int) -> TrainingSettings:
    """Say how a detector with so many layers of its own is trained: the more there are, the smaller the steps."""
    return replace(TRAINING, learning_rate=TRAINING.learning_rate / layers)


#: Rephrases among the examples below which nothing is learned that would hold for other requests.
_FEWEST = 20


@dataclass(frozen=True)
class TrainedDetector:
    """A detector as it was trained.

    Attributes
    ----------
    network
        The task's own layers and heads, with the best epoch's weights.
    trunk
        What reads the texts.
    pairs
        The trees.
    blend
        How much each of the two readers counts.
    settings
        How sequences are made.
    calibration
        Fitted on customers who were held out.
    trained
        How the training went.
    examples, held_out, rephrased
        Requests learned from, requests held out, and how many of the former were said again.
    """

    network: SpanNetwork
    trunk: Trunk
    pairs: PairReader
    blend: Blend
    settings: RephraseSettings
    calibration: Calibration
    trained: Trained
    examples: int
    held_out: int
    rephrased: int

    def detector(self, folder: Path | None = None) -> SpanDetector:
        """Return the detector as torch computes it; `folder` keeps the trunk's states of texts."""

        def read(texts: Collection[str]) -> TextStates:
            return read_texts(self.trunk, texts, max_tokens=self.settings.text_tokens, folder=folder)

        def score(read: SpanInput) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            self.network.eval()
            with torch.no_grad():
                starts, ends = self.network(*map(torch.from_numpy, read[:-1]))
            return starts.numpy(), ends.numpy()

        return SpanDetector(read, score, self.pairs, self.blend, self.settings, self.calibration)


def train_detector(
    sessions: Sequence[Session],
    labels: Mapping[str, Label],
    *,
    settings: RephraseSettings | None = None,
    training: TrainingSettings | None = None,
    encoder: Encoder | None = None,
    layers: int = 1,
    held_out: float = 0.15,
    folder: Path | None = None,
    progress: Step = silent,
) -> TrainedDetector:
    """Train a span detector.

    Parameters
    ----------
    sessions
        Of any customers; those that `held_out` draws are not learned from: epochs are judged by them, and confidences
        are calibrated on them.
    labels
        By turn id. Requests without a label that tells of rephrases are not learned from; a label's confidence is the
        weight of its request.
    settings
        How sequences are made.
    training
        How it is trained; `training_of(layers)` by default.
    encoder
        The default one, where None.
    layers
        How many of the encoder's upper layers are the task's own and trained; those below stay as they are.
    held_out
        Share of customers.
    folder
        For states of texts and checkpoints; a training that was broken off goes on from there.
    progress
        Told what is done.

    Raises
    ------
    TooFewRephrases
        If the labels tell of too few rephrases.
    BackboneError
        From the encoder or the training.
    """
    settings, training = settings or RephraseSettings(), training or training_of(layers)
    encoder = encoder or load_encoder()
    trunk, top = split(encoder, encoder.layers - layers)
    states = read_texts(
        trunk,
        sorted(set().union(*map(texts_of, sessions))),
        max_tokens=settings.text_tokens,
        folder=folder,
        progress=progress,
    )
    apart = _apart(sessions, held_out, training.seed)
    learned = _examples([one for one in sessions if one.customer_id not in apart], labels, settings, states)
    judged = _examples([one for one in sessions if one.customer_id in apart], labels, settings, states)
    rephrased = sum(spans != (0,) for spans in learned.right)
    if rephrased < _FEWEST or not any(spans != (0,) for spans in judged.right):
        raise TooFewRephrases(rephrased, _FEWEST)
    progress("growing trees over pairs of requests", None)
    pairs = _pairs(learned, training.seed)
    odds = pair_scores(judged.rows, pairs)
    torch.manual_seed(training.seed)
    network = SpanNetwork(top)
    task = RephraseTask(
        network, states, learned, judged, odds, batch_tokens=training.batch_tokens, trunk=trunk.fingerprint
    )
    trained = train(task, training, folder, progress)
    network.to("cpu")
    spans = task.scores(judged)
    blend = blend_of(spans, odds, judged.right)
    # Whether it is said again, not whether that worked, is what a confidence is about.
    again = [spans_again(one) for one in judged.targets]
    scores, right = best_of([blend(*pair) for pair in zip(spans, odds, strict=True)], again)
    calibration = calibrate(scores, right, sum(spans != (0,) for spans in again))
    return TrainedDetector(
        network, trunk, pairs, blend, settings, calibration, trained, len(learned), len(judged), rephrased
    )


def _pairs(examples: Examples, seed: int) -> PairReader:
    """Train the pair reader on all candidates of all examples."""
    candidates = [one.size for one in examples.targets]
    return train_pairs(
        np.concatenate(examples.rows.features),
        np.concatenate(examples.targets),
        np.repeat(examples.weights, candidates),
        seed=seed,
    )


def _apart(sessions: Sequence[Session], share: float, seed: int) -> set[str]:
    """Draw customers by a salted hash: the same ones whatever else the log holds."""

    def drawn(customer: str) -> float:
        salted = hashlib.blake2b(f"rephrase:{seed}:{customer}".encode(), digest_size=8).digest()
        return int.from_bytes(salted) / 2**64

    return {customer for customer in {one.customer_id for one in sessions} if drawn(customer) < share}


def _examples(
    sessions: Sequence[Session], labels: Mapping[str, Label], settings: RephraseSettings, states: TextStates
) -> Examples:
    """Make an example of each request with a candidate and a label."""
    lengths, numbers = states.lengths, states.numbers

    def length(text: str) -> int:
        return int(lengths[numbers[text]])

    sequences, weights = list[RephraseSequence](), list[float]()
    right, targets = list[tuple[int, ...]](), list[NDArray[np.float64]]()
    for session in sessions:
        for sequence in sequences_of(session, settings, length):
            label = labels.get(sequence.turn_id)
            if label is not None and label.rephrases is not None and sequence.candidates:
                sequences.append(sequence)
                candidates = [turn_id for _, turn_id in sequence.candidates]
                right.append(target_spans(candidates, label))
                targets.append(targets_of(candidates, label))
                weights.append(1.0 if label.confidence is None else label.confidence)
    return Examples(rows_of(sequences, numbers, lengths), right, targets, np.array(weights))
