"""Transition counts: one definition, in SQL.

Attempts go into a DuckDB database, in memory or, for many, beside the archive; everything the chain and the guards
need is a query over them. The SQL is plain, so that Spark can run the same over many machines.

Weights are summed in whole units of 2⁻⁵²: such sums are the same in whatever order and by however many processes they
are made, and what one customer added can be taken away again without a trace.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

import duckdb
import numpy as np
import pyarrow as pa

from rewrite_offline.mining.attempt_columns import AttemptColumns, columns_of
from rewrite_offline.mining.evidence import Attempt
from streams.sessions.columns import NONE, Codes

__all__ = ["Counts", "PlainTurn", "RequestCount", "RewrittenTurn", "UnderstoodTurn"]

Name = TypeVar("Name", bound=Hashable)

_BATCH = 50_000

_SCHEMA = """
CREATE TABLE attempts (
    turn_id VARCHAR, person INTEGER, request INTEGER, state INTEGER, understood BOOLEAN, success DOUBLE,
    retry INTEGER, retry_weight DOUBLE, retry_success DOUBLE, time BIGINT, answered BOOLEAN
);
CREATE TABLE rewritten (
    turn_id VARCHAR, person INTEGER, source INTEGER, request INTEGER, state INTEGER, understood BOOLEAN,
    success DOUBLE, time BIGINT, answered BOOLEAN
);
CREATE TABLE readings (person INTEGER, request INTEGER, state INTEGER, understood BOOLEAN, confidence DOUBLE);
CREATE MACRO whole(weight) AS (weight * 4503599627370496)::BIGINT;
CREATE MACRO weight(whole) AS whole::DOUBLE / 4503599627370496;
"""

_NAMES = """
CREATE OR REPLACE TABLE people AS SELECT * FROM named_people;
CREATE OR REPLACE TABLE states AS SELECT * FROM named_states;
CREATE OR REPLACE TABLE requests AS SELECT * FROM named_requests;
"""

# One customer who says the same all day is one voice: at most `vote_cap` votes for each request.
_VOTES = """
CREATE OR REPLACE TABLE votes AS
SELECT person, request, count(*) AS turns, least(1.0, {cap}::DOUBLE / count(*)) AS vote
FROM attempts GROUP BY person, request
"""

_STEPS = """
SELECT one.name, other.name, weight FROM (
    SELECT state, retry, weight(sum(whole(vote * (1 - success) * retry_weight))) AS weight
    FROM attempts JOIN votes USING (person, request) WHERE retry IS NOT NULL AND retry_weight > 0
    GROUP BY state, retry HAVING weight > 0
) JOIN states one ON one.id = state JOIN states other ON other.id = retry ORDER BY one.name, other.name
"""

# Where customers with a request ended satisfied: with what was understood, or with what they said again.
_SATISFIED = """
SELECT asked, text, name, weight FROM (
    SELECT request, state, weight(sum(part)) AS weight FROM (
        SELECT request, state, whole(vote * success) AS part FROM attempts JOIN votes USING (person, request)
        UNION ALL
        SELECT request, retry, whole(vote * (1 - success) * retry_weight * retry_success)
        FROM attempts JOIN votes USING (person, request) WHERE retry IS NOT NULL AND retry_weight > 0
    ) GROUP BY request, state HAVING weight > 0
) JOIN requests ON requests.id = request JOIN states ON states.id = state ORDER BY asked, text, name
"""

# Who neither succeeded nor tried again has failed. What was said again may have been rewritten: a state to which
# nothing but rewrites led ends as they ended.
_ENDS = """
SELECT name, success, failure FROM (
    SELECT state, weight(sum(whole(vote * success))) AS success,
           weight(sum(whole(vote * (1 - success) * CASE WHEN retry IS NULL THEN 1 ELSE 1 - retry_weight END)))
               AS failure
    FROM attempts JOIN votes USING (person, request) GROUP BY state
    UNION ALL
    SELECT state, weight(sum(whole(success))), weight(sum(whole(1 - success)))
    FROM rewritten ANTI JOIN attempts USING (state) GROUP BY state
) JOIN states ON id = state ORDER BY name
"""

_READINGS = """
SELECT asked, text, name, understood, weight FROM (
    SELECT request, state, understood, weight(sum(whole(vote * confidence))) AS weight
    FROM readings JOIN votes USING (person, request) GROUP BY request, state, understood
) JOIN requests ON requests.id = request JOIN states ON states.id = state ORDER BY asked, text, name, understood
"""

_TOP = """
SELECT asked, text, name, turns, people, votes, success FROM (
    SELECT request, state, count(*) AS turns, count(DISTINCT person) AS people,
           weight(sum(whole(vote))) AS votes,
           weight(sum(whole(vote * success))) / weight(sum(whole(vote))) AS success
    FROM attempts JOIN votes USING (person, request) WHERE understood GROUP BY request, state
) JOIN requests ON requests.id = request JOIN states ON states.id = state ORDER BY asked, text, name
"""

_REQUESTS = """
SELECT asked, text, turns, people, votes, success, understood, examples FROM (
    SELECT request, count(*) AS turns, count(DISTINCT person) AS people, weight(sum(whole(vote))) AS votes,
           weight(sum(whole(vote * success))) AS success,
           CASE WHEN count(understood) > 0 THEN weight(sum(whole(CASE WHEN understood THEN vote ELSE 0 END))) END
               AS understood,
           min(turn_id, 5) AS examples
    FROM attempts JOIN votes USING (person, request) GROUP BY request
) JOIN requests ON id = request ORDER BY asked, text
"""

_PEOPLE = "SELECT name, sum(turns)::BIGINT FROM votes JOIN people ON id = person GROUP BY name ORDER BY name"

_FIRST = """
SELECT name, min(turn_id)
FROM (SELECT turn_id, state, understood FROM attempts UNION ALL SELECT turn_id, state, understood FROM rewritten)
JOIN states ON id = state WHERE understood AND list_contains($states, name) GROUP BY name
"""

# What an assistant says to have failed has failed, however patiently its customers take it.
_REWRITTEN = """
SELECT turn_id, people.name, source.asked, source.text, target.text, states.name, understood,
       CASE WHEN answered THEN success ELSE 0 END, time
FROM rewritten JOIN people ON people.id = person JOIN requests source ON source.id = source
JOIN requests target ON target.id = request JOIN states ON states.id = state ORDER BY time, turn_id
"""

_PLAIN = """
SELECT turn_id, people.name, asked, text, CASE WHEN answered THEN success ELSE 0 END, time, other.name, retry_weight
FROM attempts JOIN people ON people.id = person JOIN requests ON requests.id = request
LEFT JOIN states other ON other.id = retry
WHERE request IN (SELECT unnest($requests))
QUALIFY row_number() OVER (PARTITION BY request, person ORDER BY time DESC, turn_id DESC) <= {cap}
ORDER BY time, turn_id
"""

_TAKEN_FOR = """
SELECT turn_id, people.name, states.name, success, time FROM (
    SELECT turn_id, person, state, CASE WHEN answered THEN success ELSE 0 END AS success, time
    FROM (
        SELECT turn_id, person, state, understood, answered, success, time FROM attempts
        UNION ALL SELECT turn_id, person, state, understood, answered, success, time FROM rewritten
    ) WHERE understood
) JOIN people ON people.id = person JOIN states ON states.id = state
WHERE state IN (SELECT unnest($states))
QUALIFY row_number() OVER (PARTITION BY state, person ORDER BY time DESC, turn_id DESC) <= {cap}
ORDER BY time, turn_id
"""


class RewrittenTurn(NamedTuple):
    """A turn in which `text`, after the question for `asked`, was rewritten to `target`, and taken for `state`."""

    turn_id: str
    person: str
    asked: str | None
    text: str
    target: str
    state: str
    understood: bool | None
    success: float
    time: int


class PlainTurn(NamedTuple):
    """A turn in which a request was left alone, and what was tried next."""

    turn_id: str
    person: str
    asked: str | None
    text: str
    success: float
    time: int
    retry: str | None
    retry_weight: float


class UnderstoodTurn(NamedTuple):
    """A turn that was taken for a state, rewritten or not."""

    turn_id: str
    person: str
    state: str
    success: float
    time: int


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
    memory_mb
        How much DuckDB holds in memory; with a database in a file, what is beyond that goes to disk.
    self_aware
        Whether turns that were rewritten are kept apart, as evidence about their rewrites; where not, they count as if
        the customers had said what was said instead.

    Attributes
    ----------
    turns, sessions
        How many attempts there are; how many sessions their columns were of.
    last
        When the newest of them was: microseconds since 1970.
    """

    def __init__(
        self,
        vote_cap: int,
        database: str = ":memory:",
        memory_mb: int | None = None,
        self_aware: bool = False,
    ) -> None:
        self.turns = 0
        self.last = 0
        self._self_aware = self_aware
        self.sessions = 0
        self._cap = int(vote_cap)
        self._people: dict[str, int] = {}
        self._states: dict[str, int] = {}
        self._requests: dict[tuple[str | None, str], int] = {}
        self._counted = -1
        self._db = duckdb.connect(database)
        if memory_mb is not None:
            self._db.execute(f"SET memory_limit = '{memory_mb}MB'")
        if database != ":memory:":
            beside = str(Path(database).with_suffix(".tmp")).replace("'", "''")
            self._db.execute(f"SET temp_directory = '{beside}'")
        self._db.execute(_SCHEMA)

    def add(self, attempts: Iterable[Attempt]) -> int:
        """Take attempts in; returns how many."""
        before, coming = self.turns, iter(attempts)
        while batch := list(islice(coming, _BATCH)):
            self.add_columns(columns_of(batch))
        return self.turns - before

    def add_columns(self, found: AttemptColumns) -> None:
        """Take many attempts in at once."""
        person = _numbers(found.people, self._people)[found.person]
        request = _numbers(found.requests, self._requests)[found.request]
        states = _numbers(found.states, self._states)
        understood = pa.array(found.understood == 1, mask=found.understood == NONE)
        state = states[found.state]
        apart = (found.source != NONE) & self._self_aware
        plain, of = np.flatnonzero(~apart), ~apart[found.of]
        self._insert(
            "attempts",
            turn_id=found.turn_ids.take(pa.array(plain)),
            person=person[plain],
            request=request[plain],
            state=state[plain],
            understood=understood.take(pa.array(plain)),
            success=found.success[plain],
            retry=pa.array(np.append(states, NONE)[found.retry][plain], mask=found.retry[plain] == NONE),
            retry_weight=found.retry_weight[plain],
            retry_success=found.retry_success[plain],
            time=found.time[plain],
            answered=found.answered[plain],
        )
        self._insert(
            "readings",
            person=person[found.of][of],
            request=request[found.of][of],
            state=states[found.read][of],
            understood=understood.take(pa.array(found.of[of])),
            confidence=found.confidence[of],
        )
        if apart.any():
            own = np.flatnonzero(apart)
            requests = _numbers(found.requests, self._requests)
            self._insert(
                "rewritten",
                turn_id=found.turn_ids.take(pa.array(own)),
                person=person[own],
                source=requests[found.source[own]],
                request=request[own],
                state=state[own],
                understood=understood.take(pa.array(own)),
                success=found.success[own],
                time=found.time[own],
                answered=found.answered[own],
            )
        self.last = max(self.last, int(found.time.max(initial=0)))
        self.turns += len(found)
        self.sessions += found.sessions

    def steps(self) -> dict[tuple[str, str], float]:
        """(state, state of the retry) → weight of those who failed at the first and tried the second."""
        return {(state, retry): weight for state, retry, weight in self._rows(_STEPS)}

    def ends(self) -> tuple[dict[str, float], dict[str, float]]:
        """State → weight of those who ended there satisfied; state → weight of those who did not."""
        rows = self._rows(_ENDS)
        return {state: won for state, won, _ in rows}, {state: lost for state, _, lost in rows}

    def satisfied(self) -> dict[tuple[str | None, str], dict[str, float]]:
        """(asked, text) → state → weight of those who ended there satisfied, at once or when they said it again."""
        found: dict[tuple[str | None, str], dict[str, float]] = {}
        for asked, text, state, weight in self._rows(_SATISFIED):
            found.setdefault((asked, text), {})[state] = weight
        return found

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

    def rewritten(self) -> list[RewrittenTurn]:
        """Turns that were rewritten, oldest first; none where they are not kept apart."""
        return [RewrittenTurn._make(row) for row in self._rows(_REWRITTEN)]

    def plain(self, requests: Iterable[tuple[str | None, str]]) -> list[PlainTurn]:
        """Turns in which some requests were left alone, oldest first: each person's newest, under the vote cap."""
        numbers = [self._requests[key] for key in requests if key in self._requests]
        return [
            PlainTurn._make(row) for row in self._rows(_PLAIN.format(cap=self._cap), {"requests": numbers})
        ]

    def taken_for(self, states: Iterable[str]) -> list[UnderstoodTurn]:
        """Turns that were taken for some states, rewritten or not, oldest first; newest as in `plain`."""
        numbers = [self._states[name] for name in states if name in self._states]
        return [
            UnderstoodTurn._make(row)
            for row in self._rows(_TAKEN_FOR.format(cap=self._cap), {"states": numbers})
        ]

    def people(self) -> dict[str, int]:
        """Who spoke, and how many attempts."""
        return dict(self._rows(_PEOPLE))

    def first_turns(self, states: Iterable[str]) -> dict[str, str]:
        """State → of the turns that were understood as it, the one with the smallest id."""
        self._count()
        return dict(self._db.execute(_FIRST, {"states": list(states)}).fetchall())

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def _rows(self, query: str, given: Mapping[str, object] | None = None) -> list[tuple]:  # type: ignore[type-arg]
        # Rows of the query's own types.
        self._count()
        return self._db.execute(query, given).fetchall()

    def _count(self) -> None:
        """Bring names and votes up to what was taken in."""
        if self._counted == self.turns:
            return
        for table, names in (("people", self._people), ("states", self._states)):
            self._db.register(
                f"named_{table}", pa.table({"id": _ids(names), "name": pa.array(names, pa.string())})
            )
        self._db.register(
            "named_requests",
            pa.table(
                {
                    "id": _ids(self._requests),
                    "asked": pa.array((asked for asked, _ in self._requests), pa.string()),
                    "text": pa.array((text for _, text in self._requests), pa.string()),
                }
            ),
        )
        self._db.execute(_NAMES)
        self._db.execute(_VOTES.format(cap=self._cap))
        self._counted = self.turns

    def _insert(self, table: str, **columns: object) -> None:
        self._db.register("batch", pa.table(columns))
        self._db.execute(f"INSERT INTO {table} SELECT * FROM batch")
        self._db.unregister("batch")


def _numbers(names: Sequence[Name], known: dict[Name, int]) -> Codes:
    """Numbers of some names among all that are known; new ones are added."""
    return np.fromiter((known.setdefault(name, len(known)) for name in names), np.int64, len(names))


def _ids(names: Mapping[Name, int]) -> Codes:
    return np.arange(len(names))
