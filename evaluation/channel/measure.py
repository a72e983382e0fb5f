"""Real recognisers' figures beside the channel's own, of the same utterances."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from backbone.noise import Channel
from evaluation.channel.fitting import heard_by
from evaluation.channel.lists import CORPORA, Listed, ListedCorpus, halves, vocabulary_of
from evaluation.channel.tallies import LENGTHS, Tally, figures_of, intervals_of, score_auc, tally
from evaluation.errors import CorpusNotFound

__all__ = ["Compared", "compare", "measure_channel"]

#: How often the channel hears the same utterances: what chance does to its figures is to be small.
_TIMES = 5
#: Figures that are told by the length of the utterance too.
_BY_LENGTH = ("word_error_rate", "exact", "oracle_exact")
_FEWEST = 30
_MOST_ERRORS = 8
#: A profile that is stated and not fitted; its figures are told beside the fitted ones.
_STATED = "far_field"


@dataclass(frozen=True, slots=True)
class Compared:
    """One split of a corpus, and what the channel makes of it."""

    corpus: str
    split: str
    real: Sequence[Tally]
    simulated: Sequence[Tally]
    stated: Sequence[Tally]
    as_written: Sequence[Tally]

    def figures(self) -> dict[str, JsonValue]:
        """Every figure, real with its interval and simulated; by the utterances' length; and as written."""
        return {
            "utterances": len(self.real),
            "speakers": len({one.speaker for one in self.real}),
            "figures": {**_beside(self.real, self.simulated), **self._score_auc()},
            "by_length": {
                name: {
                    "utterances": len(band),
                    **_beside(band, _of_length(self.simulated, low, high), _BY_LENGTH),
                }
                for name, (low, high) in LENGTHS.items()
                if len(band := _of_length(self.real, low, high)) >= _FEWEST
            },
            "errors": {"real": [*self.errors(self.real)], "simulated": [*self.errors(self.simulated)]},
            "real_as_written": {**figures_of(self.as_written)},
            _STATED: {**figures_of(self.stated)},
        }

    def _score_auc(self) -> dict[str, JsonValue]:
        there, here = score_auc(self.real), score_auc(self.simulated)
        return {"score_auc": _row(*there, here[0])} if there and here else {}

    def errors(self, tallies: Sequence[Tally]) -> list[float]:
        """Share of utterances with so many errors, the last with that many or more."""
        found = [min(one.errors, _MOST_ERRORS) for one in tallies]
        return [round(found.count(errors) / len(found), 4) for errors in range(_MOST_ERRORS + 1)]


def measure_channel(
    root: Path, step: Callable[[str, float], None]
) -> tuple[dict[str, JsonValue], list[Compared]]:
    """Compare the channel with every corpus of lists in a folder.

    Parameters
    ----------
    root
        The corpora's folder.
    step
        Told what is done and how far it is.

    Returns
    -------
    tuple
        The answer, by corpus and split, and what it was counted from.

    Raises
    ------
    CorpusError
        If none of the corpora is there, or one cannot be read.
    """
    answer: dict[str, JsonValue] = {}
    compared: list[Compared] = []
    for number, corpus in enumerate(CORPORA):
        step(f"hearing {corpus.name}", number / len(CORPORA))
        if not corpus.there(root):
            answer[corpus.name] = {"absent": [*corpus.files]}
            continue
        found = compare(corpus, root)
        compared += found
        splits: dict[str, JsonValue] = {one.split: one.figures() for one in found}
        answer[corpus.name] = {"profile": corpus.profile, **splits}
    if not compared:
        raise CorpusNotFound(root, "none of the corpora of recognisers' lists is in this folder")
    return answer, compared


def compare(corpus: ListedCorpus, root: Path) -> list[Compared]:
    """Let the channel hear what was said in both splits of a corpus.

    The half of the training speakers that the profile was fitted to is heard with the words of the other half, and
    the judged split with those of all training speakers.
    """
    (train, judged), written = corpus.read(root), corpus.read(root, as_written=True)
    known, matched = halves(train)
    parts = (
        ("fitted", known, matched, halves(written[0])[1]),
        ("judged", train, judged, written[1]),
    )
    found = []
    for split, seen, lists, as_written in parts:
        channel = Channel(corpus.profile, vocabulary_of(seen, lists))
        found.append(
            Compared(
                corpus.name,
                split,
                real=[tally(one) for one in lists],
                simulated=_heard(channel, lists),
                stated=_heard(channel.through(_STATED), lists),
                as_written=[tally(one) for one in as_written],
            )
        )
    return found


def _heard(channel: Channel, lists: Sequence[Listed]) -> list[Tally]:
    return [tally(one) for seed in range(_TIMES) for one in heard_by(channel, lists, seed)]


def _of_length(tallies: Iterable[Tally], low: int, high: int) -> list[Tally]:
    return [one for one in tallies if low <= one.words <= high]


def _beside(
    real: Sequence[Tally], simulated: Sequence[Tally], names: Iterable[str] = ()
) -> dict[str, JsonValue]:
    there, here, intervals = figures_of(real), figures_of(simulated), intervals_of(real)
    return {name: _row(there[name], intervals[name], here[name]) for name in (names or there)}


def _row(real: float, within: tuple[float, float], simulated: float) -> dict[str, JsonValue]:
    low, high = within
    return {"real": real, "low": low, "high": high, "simulated": simulated}
