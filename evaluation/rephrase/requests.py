"""The requests that are judged, with what is true of them."""

from collections.abc import Callable
from dataclasses import dataclass

from evaluation.corpora import CorpusLog
from evaluation.errors import NothingToScore
from streams.truth import Truth

__all__ = ["GROUPS", "Request", "requests_of", "shared_words"]

#: Requests of which figures are told apart.
GROUPS = ("overall", "defects", "different_words")

#: A rephrase in different words shares at most this of the words of both.
_DIFFERENT = 1 / 3


@dataclass(frozen=True, slots=True)
class Request:
    """A request that counts, and what is true of it.

    Attributes
    ----------
    turn_id, caller
        Which turn, and whose.
    rephrases
        The later turns that say it again; empty: none does.
    best
        The first of them that was understood.
    defect
        The request was not met.
    alike
        The best rephrase, or the first where none was understood, has more than a third of the words in common
        with the request. Without a rephrase: no.
    """

    turn_id: str
    caller: str
    rephrases: frozenset[str]
    best: str | None
    defect: bool
    alike: bool

    def among(self, group: str) -> bool:
        """Whether the request belongs to a group of `GROUPS`.

        `different_words` are the requests whose rephrase has at most a third of the words in common with them and,
        so that there is something to be wrong about, all requests that have none.
        """
        return {"overall": True, "defects": self.defect, "different_words": not self.alike}[group]


def requests_of(log: CorpusLog, counts: Callable[[Truth], bool]) -> list[Request]:
    """Find the requests of a log that are judged, in its order.

    Parameters
    ----------
    log
        Turns and truth.
    counts
        Whether a turn with this truth is a request.

    Raises
    ------
    NothingToScore
        If no request has a rephrase: then nothing could be found.
    """
    heard = {turn.turn_id: turn.utterance for turn in log.turns}
    found = []
    for turn in log.turns:
        truth = log.truths.get(turn.turn_id)
        if truth is None or not counts(truth):
            continue
        again = truth.best_rephrase or next(iter(truth.rephrases), None)
        found.append(
            Request(
                turn_id=turn.turn_id,
                caller=turn.customer_id,
                rephrases=frozenset(truth.rephrases),
                best=truth.best_rephrase,
                defect=truth.defect is True,
                alike=again is not None and shared_words(turn.utterance, heard[again]) > _DIFFERENT,
            )
        )
    if not any(request.rephrases for request in found):
        raise NothingToScore(
            f"{len(found)} requests are to be judged, and none of them is said again; nothing could be found"
        )
    return found


def shared_words(one: str, other: str) -> float:
    """Share of the words of two texts that both have (Jaccard), case and order aside; 0 where both are empty.

    Examples
    --------
    >>> shared_words("play some jazz", "Jazz please")
    0.25
    """
    first, second = (set(text.lower().split()) for text in (one, other))
    return len(first & second) / len(first | second) if first or second else 0.0
