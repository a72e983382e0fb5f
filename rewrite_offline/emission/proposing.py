"""From P(item | request) to the one rewrite that is worth judging, with what its judge looks at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log1p

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.emission.features import Heard
from rewrite_offline.emission.items import NOTHING, kind_of
from rewrite_offline.emission.logistic import Floats
from rewrite_offline.emission.stacking import UNLIKELY, ItemLayout
from rewrite_offline.emission.texts import Known, Target, Texts

__all__ = ["Proposal", "Proposer"]

#: An interpretation is in question if all its items have at least these log-odds.
_IN_QUESTION = -4.0
#: What is proposed was meant with at least this log-probability, one in ten: a gate cannot judge what it seldom saw.
_LIKELY = -2.3
#: Log-odds of an intent that is never rewritten, from which a request is left alone.
_PERHAPS = -2.0
#: Largest lead over the next interpretation that is told.
_LEAD = 5.0
#: Lowest log-probability that is told.
_LEAST = -12.0
#: The key of an interpretation without a request.
_NO_REQUEST = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rewrite of a request.

    Attributes
    ----------
    target
        What to say instead.
    numbers, names
        What the gate looks at: numbers in a fixed order, and names of what is there.
    """

    target: Target
    numbers: tuple[float, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Reachable:
    """Interpretations that a text stands for after a question; `members` is padded with the number of items."""

    targets: tuple[Target | None, ...]
    members: NDArray[np.int64]


class Proposer:
    """Proposes for every request the interpretation that it most probably meant, of those that a text stands for.

    Parameters
    ----------
    layout
        The items.
    texts
        What texts are taken for.
    items
        Interpretation's key → its items; interpretations with an item that is not known are not proposed.
    never
        Items of which a request must surely have none, or it is left alone; nor is anything with them proposed.
    """

    def __init__(
        self, layout: ItemLayout, texts: Texts, items: Mapping[str, frozenset[str]], never: frozenset[str]
    ) -> None:
        self._layout = layout
        self._texts = texts
        self._items = items
        self._never_items = never
        self._never = np.array(
            [layout.index[item] for item in sorted(never) if item in layout.index], np.int64
        )
        self._nothing = layout.index[NOTHING]
        self._reachable: dict[str | None, _Reachable] = {}

    def propose(self, heard: Heard, meant: Floats, read: Floats) -> Proposal | None:
        """Find the rewrite of a request.

        Parameters
        ----------
        heard
            The request.
        meant, read
            Items: log-odds that it was meant, and that the NLU will read it.

        Returns
        -------
        Proposal or None
            None where the request probably asked for nothing, is usually taken for what it meant, or may touch an
            intent that is never rewritten.
        """
        known = self._texts.known(heard.text, heard.asked)
        if self._is_touchy(meant, read, known):
            return None
        reachable = self._reachable_after(heard.asked)
        odds = np.append(meant, np.float32(0.0))[reachable.members]
        fits = np.where((odds > _IN_QUESTION).all(axis=1), odds.sum(axis=1), -np.inf)
        best = int(fits.argmax())
        target = reachable.targets[best]
        if target is None or not np.isfinite(fits[best]) or target.text == heard.text:
            return None
        if known is not None and known.usual == target.key:
            return None
        places = reachable.members[best][reachable.members[best] < len(meant)]
        if _log_probability(meant, places) < _LIKELY:
            return None
        fits[best], fit = -np.inf, fits[best]
        lead = min(_LEAD, float(fit - fits.max()))
        numbers = self._numbers(heard, meant, read, known, target, places, lead)
        return Proposal(target, numbers, self._names(heard, known, places))

    def _is_touchy(self, meant: Floats, read: Floats, known: Known | None) -> bool:
        if len(self._never) and max(meant[self._never].max(), read[self._never].max()) > _PERHAPS:
            return True
        return known is not None and any(self._items[key] & self._never_items for key in known.readings)

    def _reachable_after(self, asked: str | None) -> _Reachable:
        question = self._texts.question(asked)
        found = self._reachable.get(question)
        if found is None:
            found = self._reachable[question] = self._lay_out(self._texts.targets(question))
        return found

    def _lay_out(self, targets: Sequence[Target]) -> _Reachable:
        """Put the items of targets side by side; that nothing was asked for is always among them."""
        index = self._layout.index
        usable: list[tuple[Target | None, list[int]]] = [(None, [self._nothing])]
        for target in targets:
            items = self._items[target.key]
            if target.key != _NO_REQUEST and items <= index.keys() and not items & self._never_items:
                usable.append((target, sorted(index[item] for item in items)))
        longest = max(len(places) for _, places in usable)
        members = np.full((len(usable), longest), len(index), np.int64)
        for row, (_, places) in enumerate(usable):
            members[row, : len(places)] = places
        return _Reachable(tuple(target for target, _ in usable), members)

    def _numbers(
        self,
        heard: Heard,
        meant: Floats,
        read: Floats,
        known: Known | None,
        target: Target,
        places: NDArray[np.int64],
        lead: float,
    ) -> tuple[float, ...]:
        """Say how sure the proposal is, what speaks against it, and what is known of the text itself."""
        others = np.ones(len(meant), bool)
        others[places] = False
        slots = others & self._layout.named
        requests = others.copy()
        requests[self._nothing] = False
        fit, best_fit = _log_probability(meant, places), float(-_softplus(-np.abs(meant)).sum())
        read_fit, best_read = _log_probability(read, places), float(-_softplus(-np.abs(read)).sum())
        lowest, against = float(meant[places].min()), _largest(meant, others)
        unread, read_against = float(read[self._nothing]), _largest(read, requests)
        turns = known.turns if known is not None else 0

        def share(count: int) -> float:
            return 2 * (count + 0.3) / (turns + 1)

        readings = known.readings if known is not None else {}
        return (
            # That it was meant, alone and against the best of all sets of items, reachable or not.
            fit,
            max(fit, -2.0),
            fit - best_fit,
            lead,
            lowest,
            min(lowest, 3.0),
            against,
            _largest(meant, slots),
            float(meant[self._nothing]),
            # What the NLU will make of the request as it is.
            read_fit,
            best_read,
            unread,
            max(unread, 0.0),
            read_against,
            max(read_against, -3.0),
            _largest(read, slots),
            # What it made of this very text before.
            0.0 if turns else 2.0,
            log1p(turns),
            share(readings.get(target.key, 0)),
            share(readings.get(_NO_REQUEST, 0)),
            share(readings[known.usual] if known is not None else 0),
            2.0 if known is not None and known.usual == _NO_REQUEST else 0.0,
            # The request and the target.
            heard.score,
            len(heard.text.split()) / 3,
            float(len(places)),
            2 * target.share,
            2.0
            if heard.asked is not None and any(self._layout.slots[i] == heard.asked for i in places)
            else 0.0,
        )

    def _names(self, heard: Heard, known: Known | None, places: NDArray[np.int64]) -> tuple[str, ...]:
        """Name the request's words and pairs of words, its question, its usual reading, the target's kinds."""
        words = heard.text.split()
        pairs = zip(["<", *words], [*words, ">"], strict=True)
        names = [
            *(f"word {word}" for word in words),
            *(f"pair {first} {second}" for first, second in pairs),
            *(f"kind {kind_of(self._layout.items[i])}" for i in places),
            f"asked {heard.asked or ''}",
            f"prompt {' '.join(heard.prompt.split()[:3])}",
            f"usual {known.usual if known is not None else 'unknown'}",
        ]
        return tuple(dict.fromkeys(names))


def _log_probability(odds: Floats, places: NDArray[np.int64]) -> float:
    """Log-probability of having these items and no others, one item independent of another."""
    return max(_LEAST, float(odds[places].sum() - _softplus(odds).sum()))


def _softplus(odds: Floats) -> Floats:
    found: Floats = np.logaddexp(0, odds)
    return found


def _largest(odds: Floats, where: NDArray[np.bool_]) -> float:
    return float(odds.max(where=where, initial=UNLIKELY))
