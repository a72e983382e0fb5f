"""What is kept after a trial, held against what was sent."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from evaluation.durability.sent import Sent
from streams.archive import Archive
from streams.dead_letters import original_of
from streams.records import DeadLetter, Record, Signal, Turn

__all__ = ["Kept", "compared", "parts"]


@dataclass(frozen=True)
class Kept:
    """What a comparison found.

    Attributes
    ----------
    turns_sent
        Turns that were sent; the signals beside them are held to the same.
    lost, doubled
        Records that the archive does not give, or gives more than once.
    changed
        Records that are not what was sent, or that nobody sent.
    copies
        Records that lie in the archive more than once, because they were replayed, and are read once.
    copies_after_compaction
        The same when the archive has been compacted.
    letters_lost
        Lines that are no records and are in no dead letter, byte for byte.
    letters_repeated
        Dead letters that a replay wrote again: a line's place tells that they are copies.
    """

    turns_sent: int
    lost: int = 0
    doubled: int = 0
    changed: int = 0
    copies: int = 0
    copies_after_compaction: int = 0
    letters_lost: int = 0
    letters_repeated: int = 0

    def figures(self) -> dict[str, int]:
        """Give all of it by name."""
        return asdict(self)


def parts(archive: Path) -> list[Path]:
    """Finished part files of an archive."""
    return list(archive.rglob("part-*.parquet"))


def compared(sent: Sent, archive: Path, letters: Iterable[DeadLetter] = ()) -> Kept:
    """Compare an archive and dead letters with what was sent, before and after a compaction.

    Parameters
    ----------
    sent
        What was sent.
    archive
        The archive's folder; it is compacted.
    letters
        All dead letters.
    """
    before = _read(archive)
    copies = _rows(archive) - sum(before.values())
    Archive(archive).compact()
    after = _read(archive)
    wanted = Counter({_name(record): 1 for record in (*sent.turns, *sent.signals)})
    found = _judged(before, wanted), _judged(after, wanted)
    lost, doubled, changed = (max(pair) for pair in zip(*found, strict=True))
    originals = Counter(original_of(letter) for letter in letters)
    return Kept(
        turns_sent=len(sent.turns),
        lost=lost,
        doubled=doubled,
        changed=changed,
        copies=copies,
        copies_after_compaction=_rows(archive) - sum(after.values()),
        letters_lost=sum(line not in originals for line in sent.junk),
        letters_repeated=sum(originals.values()) - len(originals),
    )


_Name = tuple[str, str]


def _name(record: Record) -> _Name:
    """Id and content: a record that was changed on the way has another name."""
    identity = record.turn_id if isinstance(record, Turn) else getattr(record, "signal_id", "")
    return f"{record.topic} {identity}", record.model_dump_json()


def _judged(found: Counter[_Name], wanted: Counter[_Name]) -> tuple[int, int, int]:
    there, asked = Counter(name for name, _ in found.elements()), {name for name, _ in wanted}
    lost = sum(name not in there for name in asked)
    doubled = sum(count - 1 for count in there.values())
    return lost, doubled, len(found.keys() - wanted.keys())


def _read(archive: Path) -> Counter[_Name]:
    """Records as a reader of the archive gets them."""
    opened, found = Archive(archive), Counter[_Name]()
    with duckdb.connect() as connection:
        for kind, rows in ((Turn, opened.turns(connection)), (Signal, opened.signals(connection))):
            found.update(
                _name(kind.model_validate_json(record)) for (record,) in rows.select("record").fetchall()
            )
    return found


def _rows(archive: Path) -> int:
    """Rows that lie in the archive's files, copies and all."""
    with duckdb.connect() as connection:
        counted = connection.read_parquet([str(path) for path in parts(archive)], union_by_name=True)
        return int(counted.aggregate("count(*)").fetchall()[0][0])
