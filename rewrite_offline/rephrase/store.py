"""What a detector found in an archive, kept in files: a session that was read is not read again."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import TypedDict

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from backbone.steps import Step, silent
from rewrite_offline.mining.counting import Portion
from rewrite_offline.mining.linking import DetectedLinks
from rewrite_offline.rephrase.detection import Detection, RephraseDetector
from streams.files import written_beside
from streams.sessions import Session
from streams.sessions.columns import read_sessions

__all__ = ["detect_archive"]


class _Row(TypedDict):
    session: str
    turn_id: str
    later: str
    confidence: float


_SCHEMA = pa.schema(
    [("session", pa.string()), ("turn_id", pa.string()), ("later", pa.string()), ("confidence", pa.float64())]
)
#: Less probable ones are not kept: a chain's steps are weighted by them, and would not be felt.
_FAINTEST = 0.02


def detect_archive(
    portion: Portion, detector: RephraseDetector, folder: Path, progress: Step = silent
) -> DetectedLinks:
    """Find the rephrases of an archive's sessions.

    Parameters
    ----------
    portion
        Which sessions.
    detector
        Finds them.
    folder
        Keeps what was found, one file a bucket, each written whole; a folder is one detector's and one tenant's.
        Sessions whose turns and signals are the same as when they were read are not read again.
    progress
        Told of the share of buckets.

    Returns
    -------
    DetectedLinks
        Of all sessions of the portion.
    """
    found: dict[str, tuple[str, float]] = {}
    buckets = portion.archive.buckets
    for bucket in range(buckets):
        progress("finding rephrases", bucket / buckets)
        rows = _detect(_sessions(portion, bucket), detector, folder / f"bucket-{bucket:04d}.parquet")
        found.update((row["turn_id"], (row["later"], row["confidence"])) for row in rows if row["turn_id"])
    progress("finding rephrases", 1.0)
    return DetectedLinks(found)


def _detect(sessions: Sequence[Session], detector: RephraseDetector, path: Path) -> list[_Row]:
    """Give the rows of a bucket's sessions, those of the file where it has them."""
    known: dict[str, list[_Row]] = {}
    if path.is_file():
        for row in pq.read_table(path).to_pylist():
            known.setdefault(row["session"], []).append(row)
    named = [(_name(session), session) for session in sessions if len(session) > 1]
    new = [(name, session) for name, session in named if name not in known]
    if not new and len(known) == len(named):
        return [row for name, _ in named for row in known[name]]
    answers = iter(detector.detect([session for _, session in new]))
    for name, session in new:
        known[name] = _rows(name, [next(answers) for _ in session.turns])
    rows = [row for name, _ in named for row in known[name]]
    _write(rows, path)
    return rows


def _rows(name: str, detections: Iterable[Detection]) -> list[_Row]:
    found: list[_Row] = [
        {"session": name, "turn_id": one.turn_id, "later": one.likeliest, "confidence": one.confidence}
        for one in detections
        if one.likeliest is not None and one.confidence >= _FAINTEST
    ]
    # A session in which nothing is said again has a row too, so that it is known.
    return found or [{"session": name, "turn_id": "", "later": "", "confidence": 0.0}]


def _name(session: Session) -> str:
    """Names a session by what a detector can see of it."""
    seen = blake2b(digest_size=16)
    for turn in session.turns:
        signals = sorted(signal.signal_id for signal in session.signals.get(turn.turn_id, ()))
        seen.update("\x1f".join((turn.turn_id, *signals, "\x1e")).encode())
    return seen.hexdigest()


def _sessions(portion: Portion, bucket: int) -> list[Session]:
    with closing(duckdb.connect(config={"threads": 1})) as connection:
        return read_sessions(
            portion.archive,
            portion.sessions,
            bucket,
            connection,
            tenant=portion.tenant,
            since=portion.since,
            until=portion.until,
        )


def _write(rows: Sequence[_Row], path: Path) -> None:
    with written_beside(path) as beside:
        pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], _SCHEMA), beside)
