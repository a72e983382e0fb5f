"""Retention: records leave when they are older than the settings allow, kind by kind."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rewrite_offline.table import exclusive
from selflearn.errors import CannotWrite
from selflearn.settings import Settings
from streams.archive.expiry import remove_days
from streams.dead_letters import old_files
from streams.records import Decision, Record, Signal, Turn

__all__ = ["Retained", "retain"]

#: Seconds to wait for a run of learning: it reads what would be removed.
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Retained:
    """What left, or would leave, of one kind of record.

    Attributes
    ----------
    kept_days
        How many days are kept; 0: for ever.
    before
        What happened before this moment goes; None where nothing does.
    files, bytes
        What was removed.
    records
        How many records were in it; None where they were not counted.
    """

    kept_days: int
    before: datetime | None
    files: int = 0
    bytes: int = 0
    records: int | None = None


def retain(settings: Settings, *, dry_run: bool = False, now: datetime | None = None) -> dict[str, Retained]:
    """Remove what is older than `retention` allows.

    Turns and signals go by whole UTC days of their own time, decisions and feedback by the hour in which they were
    written, dead letters by when they were refused. A day goes at once; workers and servers may run meanwhile.

    Parameters
    ----------
    settings
        How long each kind is kept, and where it is.
    dry_run
        Tell what would go; remove nothing.
    now
        The clock; None: the machine's.

    Returns
    -------
    dict of str to Retained
        By kind, as `retention` names them.

    Raises
    ------
    TableLocked
        Learning is at work, which reads the archive.
    SinkError, SourceError, CannotWrite
        Something cannot be removed, or not be counted.
    """
    now = now or datetime.now(UTC)
    keep = settings.retention
    with exclusive(settings.state_folder / "learn.lock", _PATIENCE):
        turns = _days(settings.archive_folder, Turn, keep.turns, now, dry_run)
        signals = _days(settings.archive_folder, Signal, keep.signals, now, dry_run)
    feedback = settings.data_folder / "feedback" / Signal.topic
    return {
        "turns": turns,
        "signals": signals,
        "decisions": _hours(settings.decision_folder / Decision.topic, keep.decisions, now, dry_run),
        "feedback": _hours(feedback, keep.feedback, now, dry_run),
        "dead_letters": _dead_letters(settings.dead_letter_folder, keep.dead_letters, now, dry_run),
    }


def _days(root: Path, record_type: type[Record], days: int, now: datetime, dry_run: bool) -> Retained:
    if not days:
        return Retained(0, None)
    first = (now - timedelta(days=days)).date()
    gone = remove_days(root, record_type, first, dry_run=dry_run)
    before = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return Retained(days, before, gone.files, gone.bytes, gone.records)


def _hours(folder: Path, days: int, now: datetime, dry_run: bool) -> Retained:
    """Files whose names begin with their hour: one is old when all of its hour is."""
    if not days:
        return Retained(0, None)
    before = now - timedelta(days=days)
    oldest = (before - timedelta(hours=1)).strftime("%Y-%m-%dT%H")
    old = [path for path in sorted(folder.glob("*.jsonl")) if path.name[: len(oldest)] < oldest]
    return _removed(old, days, before, dry_run)


def _dead_letters(folder: Path, days: int, now: datetime, dry_run: bool) -> Retained:
    if not days:
        return Retained(0, None)
    keep = timedelta(days=days)
    return _removed(old_files(folder, keep, now=now), days, now - keep, dry_run)


def _removed(files: list[Path], days: int, before: datetime, dry_run: bool) -> Retained:
    records = size = 0
    try:
        for path in files:
            content = path.read_bytes()
            records, size = records + content.count(b"\n"), size + len(content)
            if not dry_run:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise CannotWrite(f"{path} cannot be removed: {error}; run it again") from error
    return Retained(days, before, len(files), size, records)
