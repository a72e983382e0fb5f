"""Signals of many turns as a matrix, to learn weights from."""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from streams.outcome.signals import EXPLICIT, TIMING, SignalFunction
from streams.sessions import Session

__all__ = ["Observations", "observe"]


@dataclass(frozen=True)
class Observations:
    """What was observed of n turns.

    Attributes
    ----------
    names
        The k signals, without the explicit ones.
    values
        n × k; NaN where a signal could not be observed.
    said
        Length n: what customers said of a turn when asked, 0 (bad) to 1 (good); NaN where they were not asked.
    session
        Length n: number of the turn's session, counted from 0.
    customer
        Length n: number of the turn's customer, counted from 0.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    said: NDArray[np.float64]
    session: NDArray[np.int64]
    customer: NDArray[np.int64]

    @property
    def tells(self) -> bool:
        """Whether anything but time was observed on any turn."""
        telling = [i for i, name in enumerate(self.names) if name not in TIMING]
        return bool(np.nan_to_num(self.values[:, telling]).any())

    @property
    def filled(self) -> NDArray[np.float64]:
        """N × k values with 0, which is neutral, where a signal could not be observed."""
        return np.nan_to_num(self.values)


def observe(sessions: Iterable[Session], signals: Mapping[str, SignalFunction]) -> Observations:
    """Ask every signal about every turn."""
    names = tuple(name for name in signals if name not in EXPLICIT)
    asked = [signals[name] for name in names]
    explicit = [signals[name] for name in sorted(EXPLICIT & signals.keys())]
    # Flat arrays: a million turns are a few hundred megabytes in them, and gigabytes in lists.
    values, said = array("d"), array("d")
    session_of, customer_of = array("q"), array("q")
    customers: dict[tuple[str, str], int] = {}
    for number, session in enumerate(sessions):
        customer = customers.setdefault((session.tenant_id, session.customer_id), len(customers))
        for index in range(len(session)):
            for signal in asked:
                value = signal(session, index)
                values.append(nan if value is None else value)
            told = [value for signal in explicit if (value := signal(session, index)) is not None]
            said.append((sum(told) / len(told) + 1.0) / 2.0 if told else nan)
            session_of.append(number)
            customer_of.append(customer)
    return Observations(
        names=names,
        values=np.array(values, dtype=np.float64).reshape(len(said), len(names)),
        said=np.array(said, dtype=np.float64),
        session=np.array(session_of, dtype=np.int64),
        customer=np.array(customer_of, dtype=np.int64),
    )
