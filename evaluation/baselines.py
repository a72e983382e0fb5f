"""What little else could be done with the same log: the figures that a rewrite table has to beat."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from evaluation.metrics import Decided
from streams.records import Turn

__all__ = ["next_hypothesis", "without_interpretations"]


def without_interpretations(turns: Iterable[Turn]) -> list[Turn]:
    """Take the NLU's readings out of a log, so that a miner has only texts for states."""
    return [turn.model_copy(update={"nlu": ()}) for turn in turns]


def next_hypothesis(turns: Iterable[Turn]) -> Callable[[Turn], Decided]:
    """Learn to fall back on the recogniser's next hypothesis.

    A text in which the log mostly finds no request is replaced by the first weaker hypothesis in which it mostly
    finds one. Counts are over all questions of the assistant.

    Parameters
    ----------
    turns
        The training log.

    Returns
    -------
    Callable
        A turn's decision.
    """
    found: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    for turn in turns:
        found[turn.utterance][bool(turn.nlu) and not turn.nlu[0].is_empty] += 1
    usually = {text: counts[True] > counts[False] for text, counts in found.items()}

    def decide(turn: Turn) -> Decided:
        if usually.get(turn.utterance, True):
            return Decided(turn.turn_id, None)
        return Decided(turn.turn_id, next((h.text for h in turn.asr if usually.get(h.text)), None))

    return decide
