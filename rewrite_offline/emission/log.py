"""What an emission model is learned from: turns, what they are described by, and what they stand for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.emission.features import features_of, ngrams
from rewrite_offline.emission.items import NOTHING, items_of
from rewrite_offline.emission.logistic import Floats
from rewrite_offline.emission.posterior import Beliefs
from rewrite_offline.emission.rows import Row
from rewrite_offline.emission.sample import Example, hash_of
from rewrite_offline.emission.settings import EmissionSettings
from rewrite_offline.emission.stacking import ItemLayout
from rewrite_offline.emission.texts import Texts
from rewrite_offline.emission.vocabulary import Vocabulary
from streams.privacy import PLACEHOLDER
from streams.records import Interpretation

__all__ = ["FOLDS", "Log"]

#: Customers are dealt into this many, so that what is said of one was learned from others.
FOLDS = 3
#: What an unread turn was meant as is learned from where its likeliest meaning is at least this likely.
_SURE = 0.5
#: How much an unread turn counts, of which not even that is known, as one that asked for nothing.
_UNKNOWN = 0.05


@dataclass(frozen=True)
class Log:
    """The turns, their features, and the vocabularies that enough customers stand behind.

    Attributes
    ----------
    examples, people, fold
        Turns, whose they are, and the fold that their customer was dealt into.
    interpretations, items
        Key → interpretation, and its items.
    never
        Items of which a request must surely have none, or it is left alone.
    layout
        The items that are learned.
    features, grams, rows, gram_rows
        Names of features and n-grams, and those of each turn.
    """

    examples: Sequence[Example]
    people: Sequence[str]
    fold: NDArray[np.int64]
    interpretations: Mapping[str, Interpretation]
    items: Mapping[str, frozenset[str]]
    never: frozenset[str]
    layout: ItemLayout
    features: Vocabulary
    grams: Vocabulary
    rows: Sequence[Row]
    gram_rows: Sequence[Row]

    @classmethod
    def of(
        cls,
        examples: Sequence[Example],
        min_customers: int,
        never_rewritten: frozenset[str],
        settings: EmissionSettings,
    ) -> "Log":
        """Describe turns by what enough customers said, and stand for what enough customers meant."""
        people = [example.attempt.person for example in examples]
        interpretations = {"": Interpretation()}
        for example in examples:
            if example.attempt.reading is not None:
                bare = example.attempt.reading.model_copy(update={"confidence": None})
                interpretations.setdefault(example.key, bare)
        items = {key: items_of(meaning) for key, meaning in interpretations.items()}
        never = frozenset(
            item
            for meaning in interpretations.values()
            if not never_rewritten.isdisjoint(_intents(meaning))
            for item in items_of(Interpretation(domain=meaning.domain, intent=meaning.intent))
        )
        enough = Vocabulary.of(
            (items[example.key] for example in examples), people, min_customers, settings.max_items
        )
        # What the privacy filter took out: to say "call phone" instead of a number would lose the number.
        never |= {item for item in enough.names if PLACEHOLDER.search(item)}
        # Twice over the features of each turn: keeping them all, by name, would take most of the memory.
        features = Vocabulary.of(
            (features_of(example.heard) for example in examples), people, min_customers, settings.max_features
        )
        grams = Vocabulary.of(
            (_grams(example) for example in examples), people, min_customers, settings.max_features
        )
        dealt = {person: place % FOLDS for place, person in enumerate(sorted(set(people), key=hash_of))}
        return cls(
            examples=examples,
            people=people,
            fold=np.array([dealt[person] for person in people]),
            interpretations=interpretations,
            items=items,
            never=never,
            layout=ItemLayout(sorted({NOTHING, *never, *enough.names})),
            features=features,
            grams=grams,
            rows=[features.row(features_of(example.heard)) for example in examples],
            gram_rows=[grams.row(_grams(example)) for example in examples],
        )

    def what_was_read(self) -> tuple[Floats, Floats]:
        """Turns × items: what the NLU made of each turn; and that each counts the same."""
        return self._encode([example.key for example in self.examples]), np.ones(
            len(self.examples), np.float32
        )

    def what_was_meant(self, beliefs: Sequence[Beliefs]) -> tuple[Floats, Floats]:
        """Turns × items: what was probably meant; and how sure that is.

        That is what the NLU made of a turn, by its confidence; where it made nothing of it, the likeliest meaning.
        """
        keys, weights = [], []
        for example, belief in zip(self.examples, beliefs, strict=True):
            reading = example.attempt.reading
            key, sure = max(belief.items(), key=lambda kv: (kv[1], kv[0]), default=("", 0.0))
            if reading is not None:
                keys.append(example.key)
                weights.append(1.0 if reading.confidence is None else reading.confidence)
            elif sure >= _SURE and key in self.items:
                keys.append(key)
                weights.append(sure)
            else:
                keys.append("")
                weights.append(_UNKNOWN)
        return self._encode(keys), np.array(weights, np.float32)

    def texts(self, chosen: NDArray[np.bool_], min_customers: int) -> Texts:
        """What some of the turns' texts were taken for."""
        return Texts.count(
            (
                (example.heard.text, example.heard.asked, example.key, person)
                for example, person, there in zip(self.examples, self.people, chosen, strict=True)
                if there
            ),
            min_customers,
        )

    def _encode(self, keys: Sequence[str]) -> Floats:
        found = np.zeros((len(keys), len(self.layout.items)), np.float32)
        index = self.layout.index
        places = {key: [index[item] for item in self.items[key] if item in index] for key in set(keys)}
        for row, key in enumerate(keys):
            found[row, places[key]] = 1.0
        return found


def _grams(example: Example) -> dict[str, float]:
    return dict.fromkeys(ngrams(example.heard.text), 1.0)


def _intents(meaning: Interpretation) -> set[str]:
    """Every name by which an interpretation's intents may be forbidden."""
    parts = (meaning.intent or "").split("+")
    return {meaning.intent or "", *parts, *(f"{meaning.domain or ''}/{part}" for part in parts)} - {""}
