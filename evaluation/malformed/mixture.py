"""Malformed records among good ones, each known by where it stands."""

import gzip
import json
import random
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any, NamedTuple

from evaluation.malformed.generated import GENERATED, generated
from evaluation.malformed.kinds import KINDS, Fields, bytes_of
from evaluation.malformed.oracle import Oracle
from streams.records import Signal, Turn

__all__ = ["Line", "mixture"]

_LOG = "selflearn.quickstart.household"
#: Share of the malformed records that hypothesis makes; the others are mutations.
_GENERATED = 0.2
#: Good records to a malformed one, and share of what goes to the topic of signals.
_GOOD = 0.5
_SIGNALS = 0.2


class Line(NamedTuple):
    """One record.

    Attributes
    ----------
    topic : str
        Where it is sent.
    kind : str
        What was done to it; `good` where nothing was.
    raw : bytes
        What is sent.
    fault : str or None
        What the oracle says is wrong; None for a good one, whatever was done to it.
    """

    topic: str
    kind: str
    raw: bytes
    fault: str | None


def mixture(records: int, seed: int, *, lines: bool) -> Iterator[Line]:
    """Make so many malformed records, with good ones between them.

    What was meant to be malformed and is still good comes besides: it is no part of the count.

    Parameters
    ----------
    records
        Malformed ones.
    seed
        Of what is drawn.
    lines
        For lines of a file: without line feeds, and never blank, since a blank line is no record.
    """
    dice = random.Random(seed)
    bases = {Turn.topic: _real("turns"), Signal.topic: _real("signals")}
    oracles = {Turn.topic: Oracle(Turn), Signal.topic: Oracle(Signal)}
    kinds = [*KINDS]
    weights = [KINDS[kind][1] for kind in kinds]
    by_hypothesis = _by_hypothesis(round(records * _GENERATED), seed, bases[Turn.topic][0])
    made = number = 0
    while made < records:
        number += 1
        topic = Signal.topic if dice.random() < _SIGNALS else Turn.topic
        fields = _named(dice.choice(bases[topic]), topic, f"{number}")
        if dice.random() < _GOOD / (1 + _GOOD):
            yield Line(topic, "good", bytes_of(fields), None)
            continue
        drawn = next(by_hypothesis, None) if dice.random() < _GENERATED else None
        if drawn is not None:
            kind, raw = drawn
        else:
            (kind,) = dice.choices(kinds, weights)
            raw = KINDS[kind][0](fields, dice)
        if lines:
            raw = raw.replace(b"\n", b" ").rstrip(b"\r")
            if not raw.strip():
                continue
        fault = oracles[topic].fault(raw)
        made += fault is not None
        yield Line(topic, kind, raw, fault)


def _by_hypothesis(count: int, seed: int, base: Fields) -> Iterator[tuple[str, bytes]]:
    share = -(-count // len(GENERATED))
    drawn = [(kind, raw) for kind in GENERATED for raw in generated(kind, share, seed, base)]
    random.Random(seed).shuffle(drawn)
    yield from drawn


def _real(name: str) -> Sequence[Fields]:
    """Records of the log that the quickstart learns from."""
    packed = (files(_LOG) / f"dialogue.{name}.jsonl.gz").read_bytes()
    return [json.loads(line) for line in gzip.decompress(packed).splitlines()]


def _named(fields: Fields, topic: str, name: str) -> dict[str, Any]:
    """Give a record an id of its own."""
    identity = "turn_id" if topic == Turn.topic else "signal_id"
    return {**fields, identity: f"{fields[identity]}-{name}"}
