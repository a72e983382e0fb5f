"""Learning an emission model from a log: no annotation, only what the NLU read and what customers did next.

Everything that a later step learns from was said by a model that had not seen that customer: customers are dealt into
three folds, and what is known of a fold was learned from the other two.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from threading import Event

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.emission.features import features_of, ngrams
from rewrite_offline.emission.gate import Gate, fit_gate
from rewrite_offline.emission.items import NOTHING, items_of
from rewrite_offline.emission.lexicon import fit_lexicon
from rewrite_offline.emission.logistic import Floats, fit_logistic
from rewrite_offline.emission.model import EmissionModel
from rewrite_offline.emission.posterior import Beliefs, meant
from rewrite_offline.emission.proposing import Proposal, Proposer
from rewrite_offline.emission.reader import Reader, Regression, judge
from rewrite_offline.emission.rows import Row, sparse_rows
from rewrite_offline.emission.sample import Example, hash_of
from rewrite_offline.emission.settings import EmissionSettings
from rewrite_offline.emission.stacking import ItemLayout, Judgement, fit_stack, pairs_of
from rewrite_offline.emission.texts import Texts
from rewrite_offline.emission.vocabulary import Vocabulary
from rewrite_offline.errors import TooLittleToGeneralise
from rewrite_offline.mining.miner import Miner, Progress, silent
from streams.cores import cores
from streams.privacy import PLACEHOLDER
from streams.records import Interpretation

__all__ = ["fit"]

_FOLDS = 3
#: What an unread turn was meant as is learned from where its likeliest meaning is at least this likely.
_SURE = 0.5
#: How much an unread turn counts, of which not even that is known, as one that asked for nothing.
_UNKNOWN = 0.05
#: Of the regression: first step, pull to zero, turns a step.
_RATE, _L2, _BATCH = 0.2, 1e-5, 256
#: Proposals from which a gate can be learned.
_MIN_PROPOSALS = 50


def fit(
    examples: Sequence[Example],
    miner: Miner,
    settings: EmissionSettings | None = None,
    *,
    min_customers: int = 5,
    never_rewritten: frozenset[str] = frozenset(),
    progress: Progress = silent,
) -> EmissionModel:
    """Learn an emission model.

    Parameters
    ----------
    examples
        Turns, person by person, as `Sample.examples` gives them.
    miner
        The chain over the same log.
    settings
        How to learn, and when to rewrite.
    min_customers
        k-anonymity: of features, n-grams, items and texts.
    never_rewritten
        Intents that are neither rewritten nor rewritten to.
    progress
        Told of steps done and steps in all.

    Returns
    -------
    EmissionModel
        The same for the same turns, settings and seed.

    Raises
    ------
    TooLittleToGeneralise
        If the log has no NLU, or too little of what is needed.
    """
    settings = settings or EmissionSettings()
    understood = sum(example.attempt.understood is True for example in examples)
    if understood < settings.min_turns:
        raise TooLittleToGeneralise(
            f"{understood} turns were understood by an NLU, and `mining.emission.min_turns` asks for "
            f"{settings.min_turns}"
        )
    log = _Log.of(examples, min_customers, never_rewritten, settings)
    steps = 2 * _FOLDS + 3
    progress(0, steps)
    beliefs = meant([example.attempt for example in examples], miner)
    progress(1, steps)
    steps_done, given_up = count(2), Event()

    def done() -> None:
        if given_up.is_set():
            raise CancelledError
        progress(next(steps_done), steps)

    # The fits are compiled and need no interpreter, so two threads share the work; each holds its own numbers.
    with ThreadPoolExecutor(min(2, cores())) as pool:
        tasks = [
            pool.submit(_fit_reader, log, targets, weights, settings, done)
            for targets, weights in (log.what_was_meant(beliefs), log.what_was_read())
        ]
        try:
            (meant_reader, meant_odds), (read_reader, read_odds) = (task.result() for task in tasks)
        except BaseException:
            given_up.set()  # so that who interrupts need not wait for what is left
            raise
    gate = _fit_gate(log, beliefs, meant_odds, read_odds, min_customers, settings.seed)
    texts = log.texts(np.ones(len(examples), bool), min_customers)
    progress(steps, steps)
    return EmissionModel(
        features=log.features,
        meant=meant_reader,
        read=read_reader,
        texts=texts,
        interpretations={key: log.interpretations[key] for key in sorted(texts.keys())},
        never=log.never,
        gate=gate,
        min_win_loss=settings.min_win_loss,
    )


@dataclass(frozen=True)
class _Log:
    """The turns, their features, and the vocabularies that enough customers stand behind."""

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
    ) -> "_Log":
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
        dealt = {person: place % _FOLDS for place, person in enumerate(sorted(set(people), key=hash_of))}
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


def _fit_reader(
    log: _Log, targets: Floats, weights: Floats, settings: EmissionSettings, done: Callable[[], None]
) -> tuple[Reader, Floats]:
    """Learn P(item | request), and what it says of each turn without having seen its customer.

    The regression that is kept is the mean of the folds': it was stacked as one that sees new customers, and is one.
    """
    heard = [example.heard for example in log.examples]
    matrix = sparse_rows(log.rows, len(log.features))
    judged = Judgement(*(np.zeros_like(targets) for _ in range(3)))
    regressions = []
    for fold in range(_FOLDS):
        inside, outside = _places(log.fold != fold), _places(log.fold == fold)
        regression = Regression(
            *fit_logistic(
                matrix[inside],
                targets[inside],
                weights[inside],
                epochs=settings.epochs,
                rate=_RATE,
                l2=_L2,
                batch=_BATCH,
                seed=settings.seed,
            )
        )
        regressions.append(regression)
        lexicon = fit_lexicon(log.grams, [log.gram_rows[i] for i in inside], targets[inside], weights[inside])
        said = judge(regression, lexicon, [heard[i] for i in outside], [log.rows[i] for i in outside])
        judged.odds[outside], judged.said[outside], judged.expected[outside] = (
            said.odds,
            said.said,
            said.expected,
        )
        done()
    # A few dozen weights over all pairs: too few to remember anybody by.
    pairs = pairs_of(log.layout, heard, judged)
    stack = fit_stack(log.layout, pairs, targets[pairs.row, pairs.item], weights[pairs.row], settings.seed)
    odds = stack.odds(log.layout, heard, judged)
    done()
    return Reader(
        log.layout,
        Regression.mean(regressions),
        fit_lexicon(log.grams, log.gram_rows, targets, weights),
        stack,
    ), odds


def _places(where: NDArray[np.bool_]) -> list[int]:
    found: list[int] = np.flatnonzero(where).tolist()
    return found


def _fit_gate(
    log: _Log,
    beliefs: Sequence[Beliefs],
    meant_odds: Floats,
    read_odds: Floats,
    min_customers: int,
    seed: int,
) -> Gate:
    """Propose for every turn as for a new customer's, and learn what comes of it."""
    proposals: dict[int, Proposal] = {}
    for fold in range(_FOLDS):
        texts = log.texts(log.fold != fold, min_customers)
        proposer = Proposer(log.layout, texts, log.items, log.never)
        for i in _places(log.fold == fold):
            proposal = proposer.propose(log.examples[i].heard, meant_odds[i], read_odds[i])
            if proposal is not None:
                proposals[i] = proposal
    if len(proposals) < _MIN_PROPOSALS:
        raise TooLittleToGeneralise(
            f"{len(proposals)} rewrites could be tried on the log, and {_MIN_PROPOSALS} are needed"
        )
    outcomes = np.zeros((len(proposals), 2), np.float32)
    turns = sorted(proposals)
    for row, i in enumerate(turns):
        key, wanted = log.examples[i].key, proposals[i].target.key
        if wanted != key:
            outcomes[row] = min(1.0, beliefs[i].get(wanted, 0.0)), min(1.0, beliefs[i].get(key, 0.0))
    return fit_gate(
        [proposals[i] for i in turns], outcomes, [log.people[i] for i in turns], min_customers, seed
    )
