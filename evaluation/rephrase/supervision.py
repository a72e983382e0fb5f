"""What all methods are told of the sessions that they learn from."""

from collections.abc import Mapping, Sequence

from evaluation.corpora import CorpusLog
from evaluation.rephrase.labels import labels_of
from evaluation.splits import Split
from evaluation.world.simulated import simulated_log
from rewrite_offline.rephrase.settings import RephraseSettings
from rewrite_offline.rephrase.supervision import weak_labels
from selflearn.steps import Step
from simulator.world import load_world
from streams.outcome import OutcomeModel
from streams.records import Label
from streams.sessions import Session, SessionSettings, sessions_of

__all__ = ["KINDS", "supervision"]

#: Kinds of labels: the truth of the train split; what its signals suggest without truth; a simulated world's truth.
KINDS = ("truth", "signals", "world")

#: Corpus → the world that is most like it. The seed is none of those that are judged (`logs`).
_WORLDS = {"dstc2": "restaurant-line"}
_WORLD, _SEED, _CUSTOMERS, _DAYS = "household", 103, 300, 6


def supervision(
    kinds: Sequence[str],
    corpus: str,
    split: Split,
    log: CorpusLog,
    settings: SessionSettings,
    step: Step,
) -> tuple[list[Session], dict[str, Label]]:
    """Give the sessions to learn from, and their labels.

    Parameters
    ----------
    kinds
        Of `KINDS`; where two kinds tell of one request, the truth is taken.
    corpus
        Whose log it is.
    split
        To learn from.
    log
        With the truth of the split.
    settings
        How turns become sessions.
    step
        Told of the progress.
    """
    sessions = list(sessions_of(split.turns, split.signals, settings))
    learned = {turn.turn_id for turn in split.turns}
    labels: dict[str, Label] = {}
    if "signals" in kinds:
        labels |= _weak(sessions)
    if "truth" in kinds:
        labels |= {turn_id: label for turn_id, label in labels_of(log).items() if turn_id in learned}
    if "world" in kinds:
        name = _WORLDS.get(corpus, _WORLD)
        lived = simulated_log(load_world(name), _SEED, customers=_CUSTOMERS, days=_DAYS, step=step)
        sessions += sessions_of(lived.turns, lived.signals, settings)
        labels |= labels_of(lived)
    return sessions, labels


def _weak(sessions: Sequence[Session]) -> Mapping[str, Label]:
    """Guess labels, with an outcome model that was learned from the signals of the same sessions alone."""
    outcome = OutcomeModel.from_signals(sessions)
    return {label.turn_id: label for label in weak_labels(sessions, outcome, RephraseSettings())}
