"""From an archive to transition counts: bucket by bucket, in as many processes as there are cores."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from typing import TypeVar

import duckdb

from rewrite_offline.mining.attempt_columns import AttemptColumns, attempt_columns
from rewrite_offline.mining.counts import Counts
from rewrite_offline.mining.linking import DetectedLinks
from rewrite_offline.mining.miner import Progress, silent
from rewrite_offline.mining.rephrase import LexicalRephraseTest
from rewrite_offline.settings import MiningSettings
from streams.archive import Archive
from streams.cores import cores
from streams.outcome import OutcomeModel
from streams.sessions import SessionSettings
from streams.sessions.columns import read_columns

__all__ = ["Portion", "count_archive", "over_buckets"]

R = TypeVar("R")

#: Archives smaller than this, in bytes of turns, are counted before other processes would have begun.
_SMALL = 32 << 20


@dataclass(frozen=True)
class Portion:
    """The sessions of an archive that are meant.

    Attributes
    ----------
    archive
        Where the turns and signals are.
    sessions
        What separates two sessions.
    tenant
        Whose.
    since, until
        Half-open range in which they begin, with zones. None: no bound.
    """

    archive: Archive
    sessions: SessionSettings = field(default_factory=SessionSettings)
    tenant: str = "default"
    since: datetime | None = None
    until: datetime | None = None


def count_archive(
    portion: Portion | Archive,
    outcome: OutcomeModel | None = None,
    settings: MiningSettings | None = None,
    *,
    says_again: LexicalRephraseTest | DetectedLinks | None = None,
    workers: int | None = None,
    database: str = ":memory:",
    progress: Progress = silent,
) -> Counts:
    """Count the transitions of a tenant's sessions: archive → sessions → outcome → attempts → counts.

    They are the counts of `Counts.add` over `attempts` of `sessions_from_archive`, whatever the number of processes;
    only no record is made of any turn.

    Parameters
    ----------
    portion
        Which sessions; of an archive, all of the tenant `default`.
    outcome
        Says how likely each turn succeeded, by the signals that are shipped; the given weights where None.
    settings
        Vote cap, memory and processes; defaults where None.
    says_again
        Decides which turns the chain may connect.
    workers
        Processes; `settings.workers` where None. They are spawned: a script that counts a large archive is imported
        once more by each, so its own work belongs under `if __name__ == "__main__"`.
    database
        Where the counts live; a file lets a log be larger than memory.
    progress
        Told of buckets done and buckets in all.

    Raises
    ------
    SourceError
        If there is no archive, or a bound of the range has no zone.
    """
    settings = settings or MiningSettings()
    if isinstance(portion, Archive):
        portion = Portion(portion)
    counts = Counts(settings.vote_cap, database, settings.memory_mb, settings.self_aware)
    task = _Count(portion, outcome or OutcomeModel.given(), says_again or LexicalRephraseTest())
    for found in over_buckets(portion.archive, task, workers or settings.workers, progress):
        counts.add_columns(found)
    return counts


@dataclass(frozen=True)
class _Count:
    """Counts one bucket; what a process is sent."""

    portion: Portion
    outcome: OutcomeModel
    says_again: LexicalRephraseTest | DetectedLinks

    def __call__(self, bucket: int) -> AttemptColumns:
        portion = self.portion
        with closing(duckdb.connect(config={"threads": 1})) as connection:
            columns = read_columns(
                portion.archive,
                portion.sessions,
                bucket,
                connection,
                tenant=portion.tenant,
                since=portion.since,
                until=portion.until,
                hypotheses=self.says_again.hypotheses,
            )
        return attempt_columns(columns, self.outcome, self.says_again)


def over_buckets(
    archive: Archive, task: Callable[[int], R], workers: int | None = None, progress: Progress = silent
) -> Iterator[R]:
    """Do something for every bucket of an archive.

    Parameters
    ----------
    archive
        Its buckets are dealt out.
    task
        What to do with a bucket; it is sent to other processes.
    workers
        Processes; None: one for each core, but none beside this one where the archive is small.
    progress
        Told of buckets done and buckets in all.

    Yields
    ------
    R
        What came of each bucket, in the order in which they are done.
    """
    buckets = range(archive.buckets)
    if workers is None:
        workers = 1 if _size(archive) < _SMALL else cores()
    workers = min(workers, len(buckets))
    if workers == 1:
        for bucket in buckets:
            progress(bucket, len(buckets))
            yield task(bucket)
    else:
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
            waiting = {pool.submit(task, bucket) for bucket in buckets}
            while waiting:
                progress(len(buckets) - len(waiting), len(buckets))
                future = next(as_completed(waiting))
                waiting.remove(future)
                yield future.result()
    progress(len(buckets), len(buckets))


def _size(archive: Archive) -> int:
    return sum(path.stat().st_size for path in archive.root.glob("turns/*/*/part-*.parquet"))
