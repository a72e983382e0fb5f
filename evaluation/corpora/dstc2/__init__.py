"""DSTC2: real phone calls to a restaurant-information system, as turns, signals and truth.

Henderson, Thomson, Williams. The Second Dialog State Tracking Challenge. SIGDIAL 2014. Licence: GPL-3.0.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluation.corpora.corpus import CorpusLog, Meaning
from evaluation.corpora.dstc2 import semantics
from evaluation.corpora.dstc2.log import end_of_call, plain, signals_of, turn_id, turns_of
from evaluation.corpora.dstc2.truth import offered_goals, truths_of
from evaluation.corpora.lines import dialogues, each
from streams.records import Interpretation, Signal, SignalKind

__all__ = ["Dstc2", "plain"]


class Dstc2:
    """Reader of dstc2_train.jsonl.gz and dstc2_dev.jsonl.gz: one call a line, `log` and `label`.

    Turns and signals are made from `log` alone; the truth from both. With `ratings`, the one thing of the label
    that a live service could have asked its callers joins the signals: whether the call succeeded.
    """

    name = "dstc2"
    judges_rewrites = True

    def read(self, path: Path, *, train: Path | None = None, ratings: bool = False) -> CorpusLog:
        """Read one file.

        Parameters
        ----------
        path
            The calls.
        train
            The calls that show which goals could be served, which failure points depend on; default: `path`.
        ratings
            Whether the caller's own verdict joins the signals, as a rating of the call's last turn.

        Raises
        ------
        CorpusError
            If a file is not there, cannot be read, is empty or is not of this corpus.
        """
        found = dialogues(path)
        shows = found if train is None or train == path else dialogues(train)
        offered = frozenset().union(*each(train or path, shows, self.name, lambda d: offered_goals([d])))
        turns = each(path, found, self.name, lambda d: turns_of(d["log"]))
        signals = each(path, found, self.name, lambda d: list(signals_of(d["log"])))
        truths = each(path, found, self.name, lambda d: truths_of(d, offered))
        if ratings:
            signals += each(path, found, self.name, lambda d: [_rating(d["log"], d["label"])])
        return CorpusLog(
            turns=tuple(turn for call in turns for turn in call),
            signals=tuple(signal for call in signals for signal in call),
            truths={truth.turn_id: truth for call in truths for truth in call},
        )

    def meaning(self, interpretation: Interpretation) -> Meaning:
        """Give back the set of (act, slot, value) of an interpretation, without courtesies."""
        return semantics.meaning(interpretation)

    def as_heard(self, text: str) -> str:
        """Bring a text to lower-case words, as the recogniser writes them."""
        return plain(text)


def _rating(call: Mapping[str, Any], label: Mapping[str, Any]) -> Signal:
    last = turn_id(call, len(call["turns"]) - 1)
    return Signal(
        signal_id=f"{last}:rating",
        turn_id=last,
        customer_id=call["caller-id"],
        time=end_of_call(call),
        kind=SignalKind.RATING,
        value=float(label["task-information"]["feedback"]["success"]),
    )
