"""What counting leaves aside, read for the few turns that need it: whole sessions of a sample, and interpretations."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from rewrite_offline.mining.counting import Portion, over_buckets
from rewrite_offline.mining.counts import Counts
from rewrite_offline.mining.evidence import attempts
from rewrite_offline.mining.linking import DetectedLinks
from rewrite_offline.mining.rephrase import LexicalRephraseTest
from rewrite_offline.settings import MiningSettings
from streams.outcome import OutcomeModel
from streams.records import Interpretation, Turn
from streams.sessions import Session
from streams.sessions.columns import read_sessions, scan

if TYPE_CHECKING:
    from rewrite_offline.emission import Example

__all__ = ["first_readings", "sampled_examples"]


def sampled_examples(
    portion: Portion,
    counts: Counts,
    outcome: OutcomeModel,
    says_again: LexicalRephraseTest | DetectedLinks,
    settings: MiningSettings,
) -> "list[Example]":
    """Turns to learn an emission model from: those that `Sample` holds after all sessions of the portion."""
    from rewrite_offline.emission import Sample, first_people

    most = settings.emission.max_turns
    people = first_people(counts.people(), most)
    sample = Sample(most)
    for sessions in over_buckets(portion.archive, _Sessions(portion, people), settings.workers):
        for session in sessions:
            found = attempts(session, outcome, says_again)
            sample.add(session, [one for one in found if one.original is None or not settings.self_aware])
    return sample.examples()


def first_readings(
    portion: Portion, turns: Mapping[str, str], workers: int | None
) -> dict[str, Interpretation]:
    """Read the interpretation of some states, each from a turn that was understood as it.

    Parameters
    ----------
    portion
        Where the turns are.
    turns
        State → id of the turn.
    workers
        As for `over_buckets`.
    """
    records: dict[str, str] = {}
    for found in over_buckets(portion.archive, _Records(portion, frozenset(turns.values())), workers):
        records |= found
    return {state: Turn.model_validate_json(records[turn]).nlu[0] for state, turn in turns.items()}


@dataclass(frozen=True)
class _Sessions:
    """Reads some people's sessions of a bucket."""

    portion: Portion
    people: frozenset[str]

    def __call__(self, bucket: int) -> list[Session]:
        portion = self.portion
        with closing(duckdb.connect(config={"threads": 1})) as connection:
            return read_sessions(
                portion.archive,
                portion.sessions,
                bucket,
                connection,
                self.people,
                tenant=portion.tenant,
                since=portion.since,
                until=portion.until,
            )


@dataclass(frozen=True)
class _Records:
    """Reads the records of some turns of a bucket."""

    portion: Portion
    turns: frozenset[str]

    def __call__(self, bucket: int) -> dict[str, str]:
        with closing(duckdb.connect(config={"threads": 1})) as connection:
            found = scan(
                self.portion.archive,
                Turn,
                "turn_id AS id, epoch_us(time) AS time, record",
                connection,
                tenant=self.portion.tenant,
                bucket=bucket,
                where="turn_id IN (SELECT unnest($turns))",
                given={"turns": sorted(self.turns)},
            )
        return dict(zip(found["id"].to_pylist(), found["record"].to_pylist(), strict=True))
