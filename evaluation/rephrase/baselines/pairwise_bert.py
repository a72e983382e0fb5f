"""A BERT that reads the two texts together, fully fine-tuned, and sees nothing else of the session."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import orjson

from backbone.encoder import load_encoder
from evaluation.rephrase.baselines.candidates import PairDetector, likeliest_of
from evaluation.rephrase.baselines.classifier import PairClassifier
from evaluation.rephrase.baselines.pairs import TextPair, callers_apart, text_pairs
from evaluation.rephrase.baselines.setup import Setup
from evaluation.rephrase.baselines.tuning import Tuning, tune
from evaluation.rephrase.metrics import average_precision
from rewrite_offline.rephrase.calibration import Calibration, calibrate
from streams.records import Label, Turn
from streams.sessions import Session

__all__ = ["pairwise_bert"]

#: Wrong pairs for each right one, at most; more of them cost time and teach little.
_OTHERS_EACH = 5.0
#: Share of the customers by whose requests the epoch and the threshold are chosen.
_HELD = 0.2


def pairwise_bert(sessions: Sequence[Session], labels: Mapping[str, Label], setup: Setup) -> PairDetector:
    """Fine-tune the default encoder, whole, to tell from two texts alone whether the second says the first again.

    It learns from the pairs of four fifths of the customers, a pair of texts once with the weight of its number; every
    candidate of a request with a rephrase, and a sample of the others, five wrong pairs a right one. By the requests
    of the last fifth, with all their candidates, the epoch is chosen (average precision); calibration and threshold are
    found by them too, as the contextual detector's are.
    """
    learned, held = callers_apart(sessions, _HELD, setup.seed)
    pairs = text_pairs(learned, labels, near=setup.near, others_each=_OTHERS_EACH, seed=setup.seed)
    classifier = PairClassifier(load_encoder(setup.encoder), setup.seed)
    score = _Scorer(classifier)
    tuning = Tuning(seed=setup.seed)
    kept = (
        None
        if setup.folder is None
        else setup.folder / f"{_key(classifier, pairs, held, tuning)}.safetensors"
    )
    if kept is not None and kept.is_file():
        classifier.read(kept)
    elif any(pair.rephrases for pair in pairs):

        def worth() -> float:
            return _worth(held, labels, score, setup)

        tune(classifier, pairs, tuning, worth, setup.step)
        if kept is not None:
            classifier.write(kept)
    calibration = _calibration(held, labels, score, setup)
    return PairDetector(_Calibrated(score, calibration), calibration.threshold, setup.near)


def _key(
    classifier: PairClassifier, pairs: Sequence[TextPair], held: Sequence[Session], tuning: Tuning
) -> str:
    """Name what is learned by what it is learned from."""
    chosen_by = [turn.turn_id for session in held for turn in session.turns]
    said = orjson.dumps([classifier.fingerprint, [asdict(pair) for pair in pairs], chosen_by, asdict(tuning)])
    return f"pairwise-bert-{hashlib.sha256(said).hexdigest()[:16]}"


def _worth(held: Sequence[Session], labels: Mapping[str, Label], score: "_Scorer", setup: Setup) -> float:
    return average_precision(*_told(held, labels, score, setup))


def _calibration(
    held: Sequence[Session], labels: Mapping[str, Label], score: "_Scorer", setup: Setup
) -> Calibration:
    confidence, right, rephrased = _told(held, labels, score, setup)
    return calibrate(np.array(confidence, np.float64), np.array(right, np.bool_), rephrased)


def _told(
    held: Sequence[Session], labels: Mapping[str, Label], score: "_Scorer", setup: Setup
) -> tuple[list[float], list[bool], int]:
    """Give the likeliest candidates' confidences, whether each is right, and how many requests were said again."""
    known = {turn_id: label.rephrases for turn_id, label in labels.items() if label.rephrases is not None}
    found = [one for one in likeliest_of(held, score, setup.near) if one.turn_id in known]
    said = [one for one in found if one.candidate is not None]
    right = [one.candidate in known[one.turn_id] for one in said]
    return [one.confidence for one in said], right, sum(bool(known[one.turn_id]) for one in found)


@dataclass(frozen=True, slots=True)
class _Scorer:
    """Scores pairs of turns by their texts; each distinct pair is read once. Empty texts say nothing again."""

    classifier: PairClassifier

    def __call__(self, pairs: Sequence[tuple[Turn, Turn]]) -> list[float]:
        texts = [(request.utterance.lower(), later.utterance.lower()) for request, later in pairs]
        distinct = sorted({pair for pair in texts if all(pair)})
        said = dict(zip(distinct, self.classifier.probabilities(distinct), strict=True))
        return [said.get(pair, 0.0) for pair in texts]


@dataclass(frozen=True, slots=True)
class _Calibrated:
    """What a pair's score stands for: pairs that say it again were more frequent where it was learned."""

    score: _Scorer
    calibration: Calibration

    def __call__(self, pairs: Sequence[tuple[Turn, Turn]]) -> list[float]:
        scores = np.array(self.score(pairs), np.float64)
        return [float(one) for one in self.calibration(scores)]
