"""What is sent in a trial: turns, signals and some lines that are none, made from a seed and known one by one."""

import gzip
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from streams.records import Response, ResponseStatus, Signal, SignalKind, Turn

__all__ = ["Sent", "made", "write_files"]

_FIRST = datetime(2026, 1, 5, 20, tzinfo=UTC)
_WORDS = (
    "play",
    "the",
    "blue",
    "river",
    "song",
    "louder",
    "please",
    "dim",
    "lights",
    "add",
    "oats",
    "stop",
    "next",
)


@dataclass(frozen=True)
class Sent:
    """What was sent.

    Attributes
    ----------
    turns, signals
        The good records, each with an id of its own.
    junk
        Lines that are no records; each is different.
    """

    turns: tuple[Turn, ...]
    signals: tuple[Signal, ...]
    junk: tuple[bytes, ...]

    def lines(self) -> Iterator[tuple[str, str | None, bytes]]:
        """Give topic, key and bytes of everything: a turn's signal follows it, and junk stands between."""
        about = {signal.turn_id: signal for signal in self.signals}
        every = max(1, len(self.turns) // max(1, len(self.junk)))
        junk = iter(self.junk)
        for number, turn in enumerate(self.turns):
            yield Turn.topic, turn.customer_id, turn.model_dump_json().encode()
            signal = about.get(turn.turn_id)
            if signal is not None:
                yield Signal.topic, signal.customer_id, signal.model_dump_json().encode()
            if number % every == every - 1 and (line := next(junk, None)) is not None:
                yield Turn.topic, None, line


def made(turns: int, seed: int, name: str = "t", *, hours: float = 28.0, customers: int = 12) -> Sent:
    """Make so many turns of some customers over some hours, a signal for every tenth and junk after every hundredth.

    Parameters
    ----------
    turns
        How many.
    seed
        Of words, customers and pauses.
    name
        What ids begin with.
    hours
        From the first turn to the last, about.
    customers
        How many there are.
    """
    draw = random.Random(f"{seed} {name}")
    time, said = _FIRST, []
    for number in range(turns):
        time += timedelta(seconds=round(draw.expovariate(turns / (hours * 3600)), 3))
        customer = draw.randrange(customers)
        said.append(
            Turn(
                turn_id=f"{name}-{number}",
                customer_id=f"customer-{customer}",
                device_id=f"device-{customer}",
                time=time,
                utterance=" ".join(draw.choices(_WORDS, k=draw.randint(2, 9))),
                response=Response(
                    text=" ".join(draw.choices(_WORDS, k=5)),
                    status=draw.choice(list(ResponseStatus)),
                    ended=time + timedelta(seconds=3),
                ),
            )
        )
    return Sent(tuple(said), tuple(_rated(said[::10], draw)), _junk(turns // 100, name))


def _rated(turns: Sequence[Turn], draw: random.Random) -> Iterator[Signal]:
    for turn in turns:
        yield Signal(
            signal_id=f"about-{turn.turn_id}",
            turn_id=turn.turn_id,
            customer_id=turn.customer_id,
            time=turn.time + timedelta(seconds=draw.randint(3, 60)),
            kind=SignalKind.RATING,
            value=float(draw.random() < 0.7),
        )


def _junk(count: int, name: str) -> tuple[bytes, ...]:
    return tuple(b"\xff{not JSON, number " + f"{name} {number}".encode() for number in range(count))


def write_files(sent: Sent, folder: Path, files: int = 3) -> None:
    """Write what was sent as a folder of logs: turns in some files, the last of them gzip, and signals in one."""
    lines = list(sent.lines())
    turns = [raw for topic, _, raw in lines if topic == Turn.topic]
    signals = [raw for topic, _, raw in lines if topic == Signal.topic]
    share = -(-len(turns) // files)
    for number in range(files):
        content = b"".join(raw + b"\n" for raw in turns[number * share : (number + 1) * share])
        last = number == files - 1
        path = folder / Turn.topic / f"{number}.jsonl{'.gz' if last else ''}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content, 1) if last else content)
    path = folder / Signal.topic / "0.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(raw + b"\n" for raw in signals))
