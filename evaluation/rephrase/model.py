"""The product's contextual detector, trained as a stranger would train it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import orjson

from evaluation.errors import NothingLearned
from evaluation.rephrase.baselines import Setup
from rewrite_offline.errors import MiningError
from rewrite_offline.rephrase import RephraseDetector
from rewrite_offline.rephrase.settings import RephraseSettings
from streams.records import Label
from streams.sessions import Session

__all__ = ["MODEL", "contextual"]

#: The name under which the detector is judged.
MODEL = "model"


def contextual(sessions: Sequence[Session], labels: Mapping[str, Label], setup: Setup) -> RephraseDetector:
    """Train the contextual detector on the sessions and labels that the baselines get.

    Raises
    ------
    NothingLearned
        If the labels tell of too few rephrases.
    """
    from backbone.encoder import load_encoder
    from rewrite_offline.rephrase.training import train_detector, training_of

    settings = RephraseSettings(max_gap=setup.near.max_gap, max_candidates=setup.near.max_candidates)
    folder = None if setup.folder is None else setup.folder / f"model-{_key(sessions, labels, setup)}"
    try:
        trained = train_detector(
            sessions,
            labels,
            settings=settings,
            training=replace(training_of(setup.layers), seed=setup.seed),
            encoder=load_encoder(setup.encoder),
            layers=setup.layers,
            folder=folder,
            progress=setup.step,
        )
    except MiningError as fault:
        raise NothingLearned(str(fault)) from fault
    return trained.detector(folder)


def _key(sessions: Sequence[Session], labels: Mapping[str, Label], setup: Setup) -> str:
    """Name a training by what it is from, so that folds do not meet in one folder."""
    learned = [turn.turn_id for session in sessions for turn in session.turns]
    said = [(name, label.rephrases, label.best_rephrase) for name, label in sorted(labels.items())]
    return hashlib.sha256(orjson.dumps([learned, said, setup.encoder, setup.layers, setup.seed])).hexdigest()[
        :16
    ]
