"""Pairs of texts to learn from: what labels say of requests and their candidates, each pair of texts once."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluation.rephrase.baselines.candidates import Near, candidates
from streams.records import Label
from streams.sessions import Session

__all__ = ["TextPair", "callers_apart", "text_pairs"]


@dataclass(frozen=True, slots=True)
class TextPair:
    """Two texts, how often they met as request and candidate, and how often the second said the first again."""

    request: str
    candidate: str
    times: int
    rephrases: int


def text_pairs(
    sessions: Sequence[Session],
    labels: Mapping[str, Label],
    *,
    near: Near,
    others_each: float | None,
    seed: int,
) -> list[TextPair]:
    """Collect the labelled pairs.

    Every candidate of a request that has a rephrase is taken. Of the candidates of requests that have none, a sample
    without favour is: they are many and mostly easy.

    Parameters
    ----------
    sessions
        To learn from.
    labels
        By turn id; a request without one, or whose label says nothing of rephrases, is left out.
    near
        Which candidates there are.
    others_each
        Wrong pairs, of both kinds, for each right one at most; None: all.
    seed
        Of the sample.

    Returns
    -------
    list of TextPair
        In the order of their texts. Pairs of which one text is empty are left out.
    """
    right: list[tuple[str, str]] = []
    wrong: list[tuple[str, str]] = []
    easy: list[tuple[str, str]] = []
    for session in sessions:
        for index, request in enumerate(session.turns):
            label = labels.get(request.turn_id)
            if label is None or label.rephrases is None or not request.utterance:
                continue
            for later in candidates(session, index, near):
                if later.utterance:
                    pair = request.utterance.lower(), later.utterance.lower()
                    kind = right if later.turn_id in label.rephrases else wrong if label.rephrases else easy
                    kind.append(pair)
    if others_each is not None:
        room = max(0, round(others_each * len(right)) - len(wrong))
        easy = random.Random(seed).sample(easy, min(room, len(easy)))
    counts: dict[tuple[str, str], list[int]] = {}
    for pairs, is_right in ((right, 1), (wrong, 0), (easy, 0)):
        for pair in pairs:
            found = counts.setdefault(pair, [0, 0])
            found[0] += 1
            found[1] += is_right
    return [TextPair(*pair, *counts[pair]) for pair in sorted(counts)]


def callers_apart(
    sessions: Sequence[Session], share: float, seed: int
) -> tuple[list[Session], list[Session]]:
    """Hold back the sessions of a share of the customers, one at least; give the rest, and those."""
    customers = sorted({session.customer_id for session in sessions})
    random.Random(seed).shuffle(customers)
    held = frozenset(customers[: max(1, round(share * len(customers)))])
    return (
        [session for session in sessions if session.customer_id not in held],
        [session for session in sessions if session.customer_id in held],
    )
