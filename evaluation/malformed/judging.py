"""What came of every record, held against what the oracle says of it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from evaluation.malformed.mixture import Line
from evaluation.malformed.sending import Arrived
from streams.archive import Archive
from streams.dead_letters import original_of
from streams.records import Record, Signal, Turn
from streams.schema import schema_text

__all__ = ["Verdict", "judged"]

_REASONS = frozenset({"malformed", "unknown_schema_version", "absurd_time", "oversized"})
_EXAMPLES = 20
_SHOWN = 160


@dataclass
class Verdict:
    """What was found.

    Attributes
    ----------
    malformed, in_dead_letters
        Records with a fault, and those of them in the dead letters, with a reason and byte for byte.
    good, kept
        Records without one, and those of them that the archive gives, as they were sent.
    kinds
        By kind: how many were made, how many of them were still good, and the reasons of the others.
    mismatches
        By what does not fit: how often.
    examples
        Some of what does not fit, for a person.
    """

    malformed: int = 0
    in_dead_letters: int = 0
    good: int = 0
    kept: int = 0
    kinds: dict[str, dict[str, Any]] = field(default_factory=dict)
    mismatches: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def mismatch(self, what: str, line: Line | None = None) -> None:
        """Count something that does not fit."""
        self.mismatches[what] += 1
        if line is not None and len(self.examples) < _EXAMPLES:
            self.examples.append(f"{what}: {line.kind}, {line.fault}: {line.raw[:_SHOWN]!r}")


def judged(arrived: Arrived) -> Verdict:
    """Look for every record where it should be, and only there."""
    verdict = Verdict()
    letters = {(letter.source, letter.partition, letter.offset): letter for letter in arrived.letters}
    verdict.mismatches.update({"letter_repeated": len(arrived.letters) - len(letters)})
    verdict.mismatches.update({"letter_of_nothing": len(letters.keys() - arrived.sent.keys())})
    archived = _archived(arrived)
    wanted = Counter(_name(line) for line in arrived.sent.values() if line.fault is None)
    for place, line in arrived.sent.items():
        row = verdict.kinds.setdefault(
            line.kind, {"made": 0, "still_good": 0, "in_dead_letters": 0, "reasons": {}}
        )
        row["made"] += 1
        row["still_good"] += line.fault is None
        letter = letters.get(place)
        if line.fault is None:
            verdict.good += 1
            if letter is not None:
                verdict.mismatch(f"good_one_refused_as_{letter.reason}", line)
            elif not _is_kept(line, archived, alone=wanted[_name(line)] == 1):
                verdict.mismatch("good_one_not_kept_as_it_was", line)
            else:
                verdict.kept += 1
            continue
        verdict.malformed += 1
        if letter is None:
            verdict.mismatch("malformed_one_not_refused", line)
        elif original_of(letter) != line.raw:
            verdict.mismatch("bytes_changed", line)
        elif letter.reason not in _REASONS or not letter.detail:
            verdict.mismatch("no_reason", line)
        else:
            verdict.in_dead_letters += 1
            row["in_dead_letters"] += 1
            row["reasons"][letter.reason] = row["reasons"].get(letter.reason, 0) + 1
    verdict.mismatches.update({"kept_more_than_once": sum(len(found) - 1 for found in archived.values())})
    verdict.mismatches.update({"kept_without_being_good": len(archived.keys() - wanted.keys())})
    verdict.mismatches += Counter()  # without what did not happen
    return verdict


_Name = tuple[str, str, str]


def _archived(arrived: Arrived) -> Mapping[_Name, list[dict[str, Any]]]:
    """Every record that the archive gives, by topic, tenant and id."""
    archive, found = Archive(arrived.archive), defaultdict(list)
    with duckdb.connect() as connection:
        for record_type, identity, rows in (
            (Turn, "turn_id", archive.turns(connection)),
            (Signal, "signal_id", archive.signals(connection)),
        ):
            for tenant, name, record in rows.select(f"tenant_id, {identity}, record").fetchall():
                found[record_type.topic, tenant, name].append(json.loads(record))
    return found


def _name(line: Line) -> _Name:
    fields = json.loads(line.raw)
    identity = "turn_id" if line.topic == Turn.topic else "signal_id"
    return line.topic, fields.get("tenant_id", "default"), fields[identity]


def _is_kept(line: Line, archived: Mapping[_Name, list[dict[str, Any]]], *, alone: bool) -> bool:
    """Whether the archive gives a record once and as it was sent, where it is alone with its id; else one of them."""
    found = archived.get(_name(line), [])
    return len(found) == 1 and (not alone or _holds(found[0], json.loads(line.raw)))


def _empty_by_default(record_type: type[Record]) -> Iterator[str]:
    """Name the lists that the schema says are empty where they are absent, so that an empty one may be left out."""
    schema = json.loads(schema_text(record_type))
    for part in (schema, *schema.get("$defs", {}).values()):
        for name, about in part.get("properties", {}).items():
            if about.get("default") == []:
                yield name


_EMPTY_BY_DEFAULT = frozenset((*_empty_by_default(Turn), *_empty_by_default(Signal)))


def _holds(kept: Any, sent: Any) -> bool:
    """Whether what is kept holds all that was sent.

    Defaults may be added, null and lists that are empty by default left out, and times told in UTC.
    """
    if isinstance(sent, dict):
        return isinstance(kept, dict) and all(
            _holds(kept.get(name), value) or (name in _EMPTY_BY_DEFAULT and name not in kept and value == [])
            for name, value in sent.items()
        )
    if isinstance(sent, list):
        same_length = isinstance(kept, list) and len(kept) == len(sent)
        return same_length and all(_holds(one, other) for one, other in zip(kept, sent, strict=True))
    return bool(kept == sent) or _same_moment(kept, sent)


def _same_moment(kept: Any, sent: Any) -> bool:
    try:
        return datetime.fromisoformat(kept.upper()) == datetime.fromisoformat(sent.upper())
    except (AttributeError, TypeError, ValueError):
        return False
