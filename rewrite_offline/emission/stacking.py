"""Three judgements made one: the regression, the n-grams heard and those of the n-best, weighed alike for all items."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.emission.features import Heard
from rewrite_offline.emission.items import kind_of, slot_of, value_of
from rewrite_offline.emission.logistic import Floats, fit_logistic, log_odds
from rewrite_offline.emission.rows import sparse_rows

__all__ = ["UNLIKELY", "ItemLayout", "Judgement", "Pairs", "Stack", "fit_stack", "pairs_of"]

#: Log-odds of an item that nothing speaks for.
UNLIKELY = -6.0
#: An item is looked at from these log-odds of the regression, or this precision of an n-gram.
_ODDS, _PRECISION = -3.5, 0.15
#: What kinds of items are weighed apart by: the three judgements, and a constant.
_OWN = [0, 1, 2, -1]


class ItemLayout:
    """What is fixed about the items: their kinds, slots and values, and which exclude one another.

    Parameters
    ----------
    items
        Their names.
    """

    def __init__(self, items: Sequence[str]) -> None:
        self.items = tuple(items)
        self.index = {item: place for place, item in enumerate(items)}
        kinds = sorted({kind_of(item) for item in items})
        self.kinds = len(kinds)
        self.kind = np.array([kinds.index(kind_of(item)) for item in items], dtype=np.int64)
        self.slots = tuple(map(slot_of, items))
        self.values = tuple(map(value_of, items))
        self.named = np.array(
            [slot is not None and value is None for slot, value in zip(self.slots, self.values, strict=True)]
        )
        of_kind: dict[str, list[int]] = {}
        for place, item in enumerate(items):
            if self.values[place] is not None:
                of_kind.setdefault(kind_of(item), []).append(place)
        #: The values of a slot.
        self.rivals = [np.array(places) for places in of_kind.values() if len(places) > 1]

    def strongest_rival(self, shares: Floats) -> Floats:
        """Largest share among the other values of an item's slot, zero where there are none: n × items."""
        found = np.zeros_like(shares)
        rows = np.arange(len(shares))
        for places in self.rivals:
            among = shares[:, places]
            best = among.argmax(axis=1)
            found[:, places] = among[rows, best][:, None]
            among[rows, best] = -1.0
            found[rows, places[best]] = among.max(axis=1)
        return found


@dataclass(frozen=True, slots=True)
class Judgement:
    """What three judges say of n requests, each n × items.

    Attributes
    ----------
    odds
        Log-odds, by the regression.
    said, expected
        Best P(item | n-gram): in the utterance, and in the mean over the n-best.
    """

    odds: Floats
    said: Floats
    expected: Floats


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of request and item that are worth a look.

    Attributes
    ----------
    row, item
        Of each pair.
    features
        pairs × features; the first three are the judges' log-odds, the last is one.
    """

    row: NDArray[np.int64]
    item: NDArray[np.int64]
    features: Floats


def pairs_of(layout: ItemLayout, heard: Sequence[Heard], judged: Judgement) -> Pairs:
    """Pick the pairs for which some judge speaks, and describe them."""
    row, item = np.nonzero(
        (judged.odds > _ODDS) | (judged.said > _PRECISION) | (judged.expected > _PRECISION)
    )
    z = judged.odds[row, item]
    p, q = log_odds(judged.said[row, item]), log_odds(judged.expected[row, item])
    places = list(zip(row.tolist(), item.tolist(), strict=True))
    asked = _column(layout.slots[i] is not None and layout.slots[i] == heard[r].asked for r, i in places)
    in_prompt = _column(_holds(heard[r].prompt, layout.values[i]) for r, i in places)
    score = _column(min(0.0, one.score) for one in heard)[row]
    words = _column(min(8, len(one.text.split())) for one in heard)[row]
    columns = (
        z,
        p,
        q,
        np.maximum(z, 0),
        np.maximum(p, 0),
        np.maximum(q, 0),
        z * (p > 2),
        np.minimum(z, np.minimum(p, q)),
        np.maximum(z, np.maximum(p, q)),
        log_odds(layout.strongest_rival(judged.said)[row, item]),
        log_odds(layout.strongest_rival(judged.expected)[row, item]),
        2 * asked,
        asked * p,
        3 * in_prompt,
        score,
        score * q / 2,
        words / 2,
        words * p / 4,
        np.full_like(z, 3.0),
    )
    return Pairs(row, item, (np.stack(columns, axis=1) / 3).astype(np.float32))


@dataclass(frozen=True, slots=True)
class Stack:
    """Weights of the judgements.

    Attributes
    ----------
    common
        Features: shared by all items.
    own
        kinds of items × 4: what is added for a kind, to the three judges and the constant.
    """

    common: Floats
    own: Floats

    def odds(self, layout: ItemLayout, heard: Sequence[Heard], judged: Judgement) -> Floats:
        """Log-odds of each item, `UNLIKELY` where no judge speaks for it: n × items."""
        pairs = pairs_of(layout, heard, judged)
        found = np.full(judged.odds.shape, UNLIKELY, np.float32)
        own = self.own[layout.kind[pairs.item]]
        found[pairs.row, pairs.item] = pairs.features @ self.common + (pairs.features[:, _OWN] * own).sum(
            axis=1
        )
        return found


def fit_stack(layout: ItemLayout, pairs: Pairs, targets: Floats, weights: Floats, seed: int) -> Stack:
    """Learn the weights.

    Parameters
    ----------
    layout
        The items.
    pairs
        Described by judges that had not seen them.
    targets, weights
        pairs: P(the request has the item), and how much the pair counts.
    seed
        Of the order of the pairs.
    """
    width = pairs.features.shape[1]
    first = width + len(_OWN) * layout.kind[pairs.item]
    numbers = np.hstack(
        [np.tile(np.arange(width), (len(first), 1)), first[:, None] + np.arange(len(_OWN))[None, :]]
    )
    rows = sparse_rows(
        list(zip(numbers, np.hstack([pairs.features, pairs.features[:, _OWN]]), strict=True)),
        width + len(_OWN) * layout.kinds,
    )
    coefficients, bias = fit_logistic(
        rows, targets[:, None], weights, epochs=6, rate=0.05, l2=1e-6, batch=512, seed=seed
    )
    common = coefficients[:width, 0]
    common[-1] += bias[0]
    return Stack(common, coefficients[width:, 0].reshape(-1, len(_OWN)))


def _column(values: Iterable[float]) -> Floats:
    return np.fromiter(values, np.float32)


def _holds(prompt: str, value: str | None) -> bool:
    return value is not None and f" {value} " in f" {prompt} "
