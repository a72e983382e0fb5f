"""A detector of rephrases trained on what a split may learn from, for evaluations of what is mined with it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from backbone.artifact import DataUsed
from evaluation.errors import NothingLearned
from evaluation.fingerprints import code_fingerprint
from evaluation.splits import Split
from rewrite_offline.errors import MiningError
from rewrite_offline.rephrase import features, marks
from selflearn.steps import Step
from streams.records import Label
from streams.sessions import SessionSettings, sessions_of

__all__ = ["DetectorInSplit"]

_LICENCE = "that of the corpus"
#: Whose code says what comes of a training.
_PACKAGES = ("streams", "backbone", "rewrite_offline")


@dataclass(frozen=True, slots=True)
class DetectorInSplit:
    """Trains a detector on a split's own turns and labels, and on nobody else's.

    Attributes
    ----------
    labels
        By turn id; those of turns that the split does not learn from are left alone.
    sessions
        How turns become sessions.
    folder
        Trained detectors stay here, by what they are from.
    corpus
        Whose log it is, for the model card.
    seed
        Of the training.
    """

    labels: Mapping[str, Label]
    sessions: SessionSettings
    folder: Path
    corpus: str
    seed: int = 0

    def __call__(self, split: Split, step: Step) -> Path:
        """Give the folder of a detector that was trained on the split.

        Raises
        ------
        NothingLearned
            If the labels tell of too few rephrases.
        BackboneError
            From the encoder or the training.
        """
        labels = {
            turn.turn_id: self.labels[turn.turn_id] for turn in split.turns if turn.turn_id in self.labels
        }
        named = self._named(split.name, labels)
        # Other code may make another detector of the same training, which is not done again.
        out = self.folder / f"detector-{named[:16]}-{code_fingerprint(_PACKAGES)[:8]}"
        if not out.is_dir():
            self._train(split, labels, named, out, step)
        return out

    def _train(self, split: Split, labels: Mapping[str, Label], named: str, out: Path, step: Step) -> None:
        from backbone.encoder import load_encoder
        from rewrite_offline.rephrase.training import train_detector, training_of
        from rewrite_offline.rephrase.writing import write_detector

        sessions = list(sessions_of(split.turns, split.signals, self.sessions))
        encoder = load_encoder()
        try:
            trained = train_detector(
                sessions,
                labels,
                training=replace(training_of(layers=1), seed=self.seed),
                encoder=encoder,
                folder=self.folder / f"detector-{named[:16]}-training",
                progress=lambda what, share: step(f"{split.name}: {what}", share),
            )
        except MiningError as fault:
            raise NothingLearned(f"{split.name}: {fault}") from fault
        used = DataUsed(name=self.corpus, licence=_LICENCE, fingerprint=named, examples=trained.examples)
        write_detector(
            trained,
            encoder,
            out,
            data=[used],
            command="selflearn evaluate rewrites --train-detector",
            licence=_LICENCE,
            seed=self.seed,
        )

    def _named(self, split: str, labels: Mapping[str, Label]) -> str:
        # The same turns without their interpretations are another split: what a baseline learns from.
        said = [(name, label.rephrases, label.best_rephrase) for name, label in sorted(labels.items())]
        made = [
            split,
            said,
            self.sessions.model_dump(mode="json"),
            self.seed,
            marks.VERSION,
            features.VERSION,
        ]
        return hashlib.sha256(orjson.dumps(made)).hexdigest()
