"""Checking a mapping on a sample of its log: what becomes of it, and what would be lost."""

from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from typing import Any

from streams.errors import RecordError
from streams.mapping.mapping import Mapping
from streams.mapping.paths import in_words
from streams.parsing import LIMITS, ParseLimits
from streams.records import Record, Signal, Turn
from streams.sources.base import Entry

__all__ = ["LostField", "MappingReport", "check_mapping"]

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class LostField:
    """A field of the log that no part of the mapping reads.

    Attributes
    ----------
    path : str
        Where it is, elements of a list not told apart.
    entries : int
        Entries of the sample that have it.
    example : str
        One of its values, cut.
    """

    path: str
    entries: int
    example: str


@dataclass(slots=True)
class MappingReport:
    """What a mapping makes of a sample.

    Attributes
    ----------
    entries, accepted : int
        Entries of the sample, and those that became records.
    turns, signals : int
        Records that were made.
    refused : Counter of str
        Entries that would go to the dead letters, by reason.
    refusals : list of (Entry, str)
        The first of them, with what is wrong.
    filled : Counter of str
        Field of a turn or signal, as `turn.asr[].text`, to how many records hold it.
    lost : list of LostField
        Fields of the log that are not read, the commonest first.
    repeated_ids : int
        Turns with an id that another turn of the sample has: an archive would keep the first only.
    examples : list of Turn
        The first turns.
    """

    entries: int = 0
    accepted: int = 0
    turns: int = 0
    signals: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    refusals: list[tuple[Entry, str]] = field(default_factory=list)
    filled: Counter[str] = field(default_factory=Counter)
    lost: list[LostField] = field(default_factory=list)
    repeated_ids: int = 0
    examples: list[Turn] = field(default_factory=list)

    @property
    def fits(self) -> bool:
        """Whether there are turns, and every entry was accepted with ids of their own."""
        return self.turns > 0 and not self.refused and not self.repeated_ids


def check_mapping(
    mapping: Mapping, sample: Iterable[Entry], *, limits: ParseLimits = LIMITS
) -> MappingReport:
    """Apply a mapping to a sample.

    Parameters
    ----------
    mapping
        What is checked.
    sample
        Entries of the log, as `log_source(path).poll(1000, 0)` gives them.
    limits
        What is too long, too early or too late.
    """
    report = MappingReport()
    parser = mapping.parser(limits)
    ids: Counter[tuple[str, str]] = Counter()
    seen: Counter[str] = Counter()
    values: dict[str, str] = {}
    for entry in sample:
        report.entries += 1
        try:
            fields = mapping.decode(entry)
            for path, value in dict(_leaves(fields)).items():
                seen[path] += 1
                values.setdefault(path, repr(value)[:60])
            records = parser(entry)
        except RecordError as error:
            report.refused[error.reason] += 1
            if len(report.refusals) < _EXAMPLES:
                report.refusals.append((entry, error.detail))
            continue
        report.accepted += 1
        for record in records:
            _count(record, report)
            if isinstance(record, Turn):
                ids[record.tenant_id, record.turn_id] += 1
    report.repeated_ids = sum(count - 1 for count in ids.values())
    report.lost = [
        LostField(path, count, values[path])
        for path, count in seen.most_common()
        if not _is_read(path, mapping.reads)
    ]
    return report


def _count(record: Record, report: MappingReport) -> None:
    report.turns += isinstance(record, Turn)
    report.signals += isinstance(record, Signal)
    if isinstance(record, Turn) and len(report.examples) < _EXAMPLES:
        report.examples.append(record)
    kind = type(record).__name__.lower()
    made = record.model_dump(mode="json", exclude_unset=True)
    report.filled.update({f"{kind}.{path}" for path, _ in _leaves(made)})


def _leaves(value: Any, steps: tuple[str | int, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Values that are there, by their place in words."""
    if isinstance(value, Table):
        for name, inner in value.items():
            yield from _leaves(inner, (*steps, str(name)))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, (*steps, 0))
    elif value is not None and value != "":
        yield in_words(steps), value


def _is_read(path: str, reads: frozenset[str]) -> bool:
    """Whether a place, or something that it is part of, is read; a list of one may lack its brackets."""
    plain = path.replace("[]", "")
    for read in (read.replace("[]", "") for read in reads):
        if plain == read or plain.startswith((f"{read}.", f"{read}['")):
            return True
        if read.endswith(".*") and plain.startswith((read[:-1], f"{read[:-2]}['")):
            return True
    return False
