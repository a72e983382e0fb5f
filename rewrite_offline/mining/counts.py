"""Transition counts: one definition, in SQL.

Attempts go into a DuckDB database, in memory or, for many, beside the archive; everything the chain and the guards
need is a query over them. The SQL is plain, so that Spark can run the same over many machines.
"""

from collections.abc import Iterable
from typing import NamedTuple

import duckdb
import pyarrow as pa

from rewrite_offline.mining.evidence import Attempt
from streams.records import Interpretation

__all__ = ["Counts", "RequestCount"]

_BATCH = 50_000

_SCHEMA = """
CREATE TABLE attempts (
    turn_id VARCHAR, person VARCHAR, asked VARCHAR, text VARCHAR, state VARCHAR, understood BOOLEAN,
    readings STRUCT(state VARCHAR, confidence DOUBLE)[], success DOUBLE, retry VARCHAR, retry_weight DOUBLE
)
"""

# One customer who says the same all day is one voice: at most `vote_cap` votes for each request.
_VOTES = """
CREATE OR REPLACE VIEW votes AS
SELECT *, least(1.0, {cap}::DOUBLE / count(*) OVER (PARTITION BY person, asked, text)) AS vote FROM attempts
"""

_STEPS = """
SELECT state, retry, sum(vote * (1 - success) * retry_weight) AS weight
FROM votes WHERE retry IS NOT NULL AND retry_weight > 0
GROUP BY ALL HAVING weight > 0 ORDER BY ALL
"""

# Who neither succeeded nor tried again has failed.
_ENDS = """
SELECT state, sum(vote * success) AS success,
       sum(vote * (1 - success) * CASE WHEN retry IS NULL THEN 1 ELSE 1 - retry_weight END) AS failure
FROM votes GROUP BY state ORDER BY state
"""

_READINGS = """
SELECT asked, text, r.state AS state, understood,
       sum(vote * r.confidence) AS weight
FROM (SELECT asked, text, understood, vote, unnest(readings) AS r FROM votes)
GROUP BY ALL ORDER BY ALL
"""

_TOP = """
SELECT asked, text, state, count(*) AS turns, count(DISTINCT person) AS people, sum(vote) AS votes,
       sum(vote * success) / sum(vote) AS success
FROM votes WHERE understood GROUP BY ALL ORDER BY ALL
"""

_REQUESTS = """
SELECT asked, text, count(*) AS turns, count(DISTINCT person) AS people, sum(vote) AS votes,
       sum(vote * success) AS success,
       CASE WHEN count(understood) > 0 THEN sum(CASE WHEN understood THEN vote ELSE 0 END) END AS understood,
       list(turn_id ORDER BY turn_id)[1:5] AS examples
FROM votes GROUP BY ALL ORDER BY ALL
"""


class RequestCount(NamedTuple):
    """How one request (asked slot and text) fared.

    `turns` and `people` are counted; `votes`, `success` and `understood` are weights under the vote cap;
    `understood` is None where the log has no NLU.
    """

    asked: str | None
    text: str
    turns: int
    people: int
    votes: float
    success: float
    understood: float | None
    examples: tuple[str, ...]


class Counts:
    """Attempts in a database, and what is counted over them.

    Parameters
    ----------
    vote_cap
        One customer's turns with the same request count as this many at most.
    database
        Where DuckDB keeps them; in memory by default.

    Attributes
    ----------
    interpretations
        State → the first interpretation seen that has this name.
    """

    def __init__(self, vote_cap: int, database: str = ":memory:") -> None:
        self.interpretations: dict[str, Interpretation] = {}
        self._db = duckdb.connect(database)
        self._db.execute(_SCHEMA)
        self._db.execute(_VOTES.format(cap=int(vote_cap)))

    def add(self, attempts: Iterable[Attempt]) -> int:
        """Take attempts in; returns how many."""
        added, batch = 0, list[Attempt]()
        for attempt in attempts:
            if attempt.reading is not None:
                self.interpretations.setdefault(attempt.state, attempt.reading)
            batch.append(attempt)
            if len(batch) == _BATCH:
                added += self._insert(batch)
                batch = []
        return added + self._insert(batch)

    def steps(self) -> dict[tuple[str, str], float]:
        """(state, state of the retry) → weight of those who failed at the first and tried the second."""
        return {(state, retry): weight for state, retry, weight in self._rows(_STEPS)}

    def ends(self) -> tuple[dict[str, float], dict[str, float]]:
        """State → weight of those who ended there satisfied; state → weight of those who did not."""
        rows = self._rows(_ENDS)
        return {state: won for state, won, _ in rows}, {state: lost for state, _, lost in rows}

    def readings(self) -> list[tuple[str | None, str, str, bool, float]]:
        """(asked, text, state, whether the best reading was a request, weight) over all NLU hypotheses."""
        return self._rows(_READINGS)

    def best_readings(self) -> list[tuple[str | None, str, str, int, int, float, float]]:
        """(asked, text, state, turns, people, votes, mean success) of the best readings that are requests."""
        return self._rows(_TOP)

    def requests(self) -> list[RequestCount]:
        """How every request fared."""
        return [
            RequestCount._make((*counted, tuple(examples))) for *counted, examples in self._rows(_REQUESTS)
        ]

    def _rows(self, query: str) -> list[tuple]:  # type: ignore[type-arg]  # rows of the query's own types
        return self._db.execute(query).fetchall()

    def _insert(self, batch: list[Attempt]) -> int:
        if batch:
            columns = pa.table(
                {
                    "turn_id": [a.turn_id for a in batch],
                    "person": [a.person for a in batch],
                    "asked": pa.array([a.asked for a in batch], pa.string()),
                    "text": [a.text for a in batch],
                    "state": [a.state for a in batch],
                    "understood": [a.understood for a in batch],
                    "readings": pa.array(
                        [[{"state": s, "confidence": c} for s, c in a.readings] for a in batch],
                        pa.list_(pa.struct([("state", pa.string()), ("confidence", pa.float64())])),
                    ),
                    "success": [a.success for a in batch],
                    "retry": pa.array([a.retry for a in batch], pa.string()),
                    "retry_weight": [a.retry_weight for a in batch],
                }
            )
            self._db.register("batch", columns)
            self._db.execute("INSERT INTO attempts SELECT * FROM batch")
            self._db.unregister("batch")
        return len(batch)
