"""What every outcome signal is worth: where it can be observed, how it ranks alone, and what is lost without it."""

from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import JsonValue

from evaluation.metrics.probabilities import average_precision
from streams.outcome import GIVEN_WEIGHTS, SIGNALS
from streams.sessions import Session

__all__ = ["signals_one_by_one"]


def signals_one_by_one(sessions: Sequence[Session], defects: Mapping[str, bool]) -> dict[str, JsonValue]:
    """Judge the signals of the given weights one by one.

    Parameters
    ----------
    sessions
        What was observed.
    defects
        By turn id, for the turns to judge.

    Returns
    -------
    dict
        By name of the signal, the most useful first: `weight`; `observed`, share of the turns in which it can be
        observed; `active`, share in which it says something, so is not 0; `average_precision_alone`, and
        `average_precision_without`, of all the others at unchanged weights; `average_precision_gain`, what it adds
        to the others. Average precisions of a signal that is nowhere observed are null.
    """
    names = [name for name in SIGNALS if name in GIVEN_WEIGHTS]
    rows, wrong = [], []
    for session in sessions:
        for index, turn in enumerate(session.turns):
            if turn.turn_id in defects:
                rows.append([SIGNALS[name](session, index) for name in names])
                wrong.append(defects[turn.turn_id])
    values, defect = np.array(rows, dtype=np.float64), np.array(wrong, dtype=np.bool_)
    parts = np.nan_to_num(values) * np.array([GIVEN_WEIGHTS[name] for name in names])
    # Sums in another order differ in the last digit, which would break ties that are there.
    together = parts.sum(axis=1).round(9)
    best = average_precision(together, defect)
    found: dict[str, dict[str, float | None]] = {}
    for column, name in enumerate(names):
        observed = float(np.mean(~np.isnan(values[:, column])))
        others = average_precision((together - parts[:, column]).round(9), defect) if observed else None
        found[name] = {
            "weight": GIVEN_WEIGHTS[name],
            "observed": observed,
            "active": float(np.mean(parts[:, column] != 0.0)),
            "average_precision_alone": average_precision(parts[:, column], defect) if observed else None,
            "average_precision_without": others,
            "average_precision_gain": None if others is None else best - others,
        }
    order = sorted(names, key=lambda name: (-(found[name]["average_precision_gain"] or 0.0), name))
    return {name: {**found[name]} for name in order}
