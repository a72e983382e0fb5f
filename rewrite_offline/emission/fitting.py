"""Learning an emission model from a log: no annotation, only what the NLU read and what customers did next.

Everything that a later step learns from was said by a model that had not seen that customer: customers are dealt into
three folds, and what is known of a fold was learned from the other two.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from itertools import count
from threading import Event

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.emission.gate import Gate, fit_gate
from rewrite_offline.emission.lexicon import fit_lexicon
from rewrite_offline.emission.log import FOLDS, Log
from rewrite_offline.emission.logistic import Floats, fit_logistic
from rewrite_offline.emission.model import EmissionModel
from rewrite_offline.emission.posterior import Beliefs, meant
from rewrite_offline.emission.proposing import Proposal, Proposer
from rewrite_offline.emission.reader import Reader, Regression, judge
from rewrite_offline.emission.rows import sparse_rows
from rewrite_offline.emission.sample import Example
from rewrite_offline.emission.settings import EmissionSettings
from rewrite_offline.emission.stacking import Judgement, fit_stack, pairs_of
from rewrite_offline.errors import TooLittleToGeneralise
from rewrite_offline.mining.miner import Miner, Progress, silent
from streams.cores import cores

__all__ = ["fit"]

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
    log = Log.of(examples, min_customers, never_rewritten, settings)
    steps = 2 * FOLDS + 3
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
        min_win=settings.min_win,
    )


def _fit_reader(
    log: Log, targets: Floats, weights: Floats, settings: EmissionSettings, done: Callable[[], None]
) -> tuple[Reader, Floats]:
    """Learn P(item | request), and what it says of each turn without having seen its customer.

    The regression that is kept is the mean of the folds': it was stacked as one that sees new customers, and is one.
    """
    heard = [example.heard for example in log.examples]
    matrix = sparse_rows(log.rows, len(log.features))
    judged = Judgement(*(np.zeros_like(targets) for _ in range(3)))
    regressions = []
    for fold in range(FOLDS):
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
    log: Log,
    beliefs: Sequence[Beliefs],
    meant_odds: Floats,
    read_odds: Floats,
    min_customers: int,
    seed: int,
) -> Gate:
    """Propose for every turn as for a new customer's, and learn what comes of it."""
    proposals: dict[int, Proposal] = {}
    for fold in range(FOLDS):
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
