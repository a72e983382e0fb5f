"""The whole sample log: some weeks of some hundred customers, in order of time."""

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from simulator.sample_log.conversation import Conversation
from simulator.sample_log.dice import Dice
from simulator.sample_log.people import Customer, settle
from streams.records import Record, Signal, Turn
from streams.truth import Truth

__all__ = ["SampleLog", "lines", "make", "write"]

_FIRST_DAY = datetime(2025, 3, 3, tzinfo=UTC)
_SLOT = timedelta(minutes=10)
_SLOTS = tuple(range(39, 138))  # of ten minutes: from 6:30 to 23:00


@dataclass(frozen=True, slots=True)
class SampleLog:
    """Turns and signals by time, and apart from them what really happened."""

    turns: tuple[Turn, ...]
    signals: tuple[Signal, ...]
    truths: tuple[Truth, ...]


def make(seed: int = 7, customers: int = 280, days: int = 35) -> SampleLog:
    """Make up the log of an assistant in some households.

    Parameters
    ----------
    seed
        The same seed gives the same log, on every machine.
    customers, days
        How many people, over how long.

    Returns
    -------
    SampleLog
        About 65 turns a customer at 35 days.
    """
    turns: list[Turn] = []
    signals: list[Signal] = []
    truths: list[Truth] = []
    for customer in settle(customers, Dice(f"{seed}/people")):
        dice = Dice(f"{seed}/{customer.customer_id}")
        number = 0
        for start in _sessions(customer, days, dice):
            device_id, device = dice.popular(customer.home.devices, flatness=1.0)
            conversation = Conversation(customer, device_id, device, number, start, dice)
            _talk(conversation, dice)
            number += len(conversation.turns)
            turns += conversation.turns
            signals += conversation.signals
            truths += conversation.truths
    return SampleLog(
        turns=tuple(sorted(turns, key=lambda turn: (turn.time, turn.turn_id))),
        signals=tuple(sorted(signals, key=lambda signal: (signal.time, signal.signal_id))),
        truths=tuple(sorted(truths, key=lambda truth: truth.turn_id)),
    )


def lines(records: Iterable[Record]) -> bytes:
    """Write records as JSON lines: keys sorted, defaults left out but for the schema's version."""
    return b"".join(
        json.dumps(
            {
                "schema_version": record.schema_version,
                **record.model_dump(mode="json", exclude_defaults=True),
            },
            sort_keys=True,
            separators=(",", ":"),
        ).encode()
        + b"\n"
        for record in records
    )


def write(content: bytes, path: Path) -> None:
    """Write a file whole or not at all; gzip, without time or name inside, where its name ends in .gz."""
    packed = gzip.compress(content, compresslevel=9, mtime=0) if path.suffix == ".gz" else content
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(packed)
    beside.replace(path)


def _sessions(customer: Customer, days: int, dice: Dice) -> list[datetime]:
    """Draw when this person speaks to the assistant, in order."""
    offset = timedelta(minutes=customer.home.utc_offset_minutes)
    more = customer.activity / (1.0 + customer.activity)
    starts = []
    for day in range(days):
        slots = set()
        while dice.chance(more):
            slots.add(dice.pick(_SLOTS))
        midnight = _FIRST_DAY + timedelta(days=day) - offset
        starts += [
            midnight + slot * _SLOT + timedelta(seconds=round(dice.between(0, 240), 1))
            for slot in sorted(slots)
        ]
    return starts


def _talk(conversation: Conversation, dice: Dice) -> None:
    if dice.chance(0.012):
        conversation.overhear()
        return
    while True:
        if dice.chance(0.012):
            conversation.ask_too_much()
        else:
            conversation.pursue(conversation.customer.wishes(dice))
        if not dice.chance(0.33):
            return
        conversation.pause()
