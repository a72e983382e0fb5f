"""Turns and signals arrive in other orders, later and more than once: the sessions and outcomes stay the same."""

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from evaluation.durability.kept import compared
from evaluation.durability.process import Process, product
from evaluation.durability.sent import Sent, made
from evaluation.durability.trials import Outcome, Trials, summed
from streams.archive import Archive
from streams.outcome import OutcomeModel
from streams.records import Signal, Turn
from streams.sessions import Session, SessionSettings, SessionStream, sessions_from_archive, sessions_of

__all__ = ["ORDERS", "lateness"]

_TURNS = 1_500
#: Files of one ingestion; the order in a file and of files is that of arrival.
_FILES = 20
#: How many times the lateness the latest records are late, and how many of them are, to see what happens then.
_BEYOND = 5
_SHARE_BEYOND = 0.05

_Record = Turn | Signal
_Told = Mapping[str, tuple[tuple[str, ...], tuple[float, ...]]]

#: What arrives in which of two ingestions: signals before their turns, in a run after all turns, as copies …
ORDERS = ("signals_first", "signals_days_later", "three_times", "reversed", "shuffled")


def lateness(trials: Trials, runs: int, turns: int = _TURNS) -> dict[str, Any]:
    """Ingest one log in other orders, and hold sessions and P(success) against those of the log in order.

    Every order goes through two runs of `selflearn ingest`. A stream of sessions is given the same records
    with delays up to `sessions.lateness`, which has to change nothing, and with longer ones, of which it has to
    count what came too late.
    """

    def trial(number: int, dice: random.Random, folder: Path) -> Outcome:
        sent = made(turns, trials.seed, f"trial-{number}", hours=2.0)
        expected = _told(sessions_of(sent.turns, sent.signals))
        halves = _arriving(ORDERS[number % len(ORDERS)], sent, dice)
        for run, records in enumerate(halves):
            _write(records, folder / f"log-{run}")
            command = product(folder, ["ingest", str(folder / f"log-{run}"), "--json"], {})
            Process.start(command, folder / "said.txt").done()
        archive = folder / "data" / "archive"
        with duckdb.connect() as connection:
            found = _told(sessions_from_archive(Archive(archive), connection=connection))
        kept = compared(Sent(sent.turns, sent.signals, ()), archive)
        return {
            "arrived": sum(len(half) for half in halves),
            "sessions": len(expected),
            "sessions_changed": _changed(expected, found, 0),
            "outcomes_changed": _changed(expected, found, 1),
            **_streamed(sent, expected, dice),
            **kept.figures(),
        }

    outcomes = trials.each(runs, trial, question={"turns": turns})
    return {"runs": runs, "orders": len(ORDERS), **summed(outcomes)}


def _arriving(order: str, sent: Sent, dice: random.Random) -> tuple[list[_Record], list[_Record]]:
    turns: list[_Record] = list(sent.turns)
    signals: list[_Record] = list(sent.signals)
    everything = turns + signals
    match order:
        case "signals_first":
            return signals, turns
        case "signals_days_later":
            return turns, signals
        case "three_times":
            everything = everything * 3
            dice.shuffle(everything)
        case "reversed":
            everything.sort(key=lambda record: record.time, reverse=True)
        case _:
            dice.shuffle(everything)
    middle = dice.randrange(1, len(everything))
    return everything[:middle], everything[middle:]


def _write(records: Sequence[_Record], folder: Path) -> None:
    share = -(-len(records) // _FILES)
    for number in range(_FILES):
        for topic in (Turn.topic, Signal.topic):
            some = [one for one in records[number * share : (number + 1) * share] if one.topic == topic]
            if some:
                path = folder / f"{number:03}" / topic / "part.jsonl"
                path.parent.mkdir(parents=True)
                path.write_text("".join(one.model_dump_json() + "\n" for one in some))


def _streamed(sent: Sent, expected: _Told, dice: random.Random) -> dict[str, int]:
    """What a stream makes of delays within the lateness, and of longer ones."""
    allowed = SessionSettings().lateness
    within, _ = _folded(sent, allowed, 0.0, dice)
    beyond, stream = _folded(sent, allowed, _SHARE_BEYOND, dice)
    return {
        "stream_sessions_changed": _changed(expected, within, 0),
        "stream_outcomes_changed": _changed(expected, within, 1),
        "beyond_lateness_sessions_changed": _changed(expected, beyond, 0),
        "beyond_lateness_turns_counted_as_late": stream.counts.late_turns,
        "beyond_lateness_signals_counted_as_lost": stream.counts.lost_signals,
        "beyond_lateness_turns_unaccounted": len(sent.turns) - stream.counts.turns - stream.counts.late_turns,
    }


def _folded(
    sent: Sent, allowed: timedelta, share_beyond: float, dice: random.Random
) -> tuple[_Told, SessionStream]:
    def delay() -> timedelta:
        beyond = dice.random() < share_beyond
        return allowed * (dice.uniform(1, _BEYOND) if beyond else dice.random())

    records: list[_Record] = [*sent.turns, *sent.signals]
    arrival = {id(record): record.time + delay() for record in records}
    stream = SessionStream()
    left = [
        session
        for record in sorted(records, key=lambda one: arrival[id(one)])
        for session in stream.add(record)
    ]
    return _told([*left, *stream.close()]), stream


def _told(sessions: Iterable[Session]) -> _Told:
    """The first turn of every session, to all its turns and how probably each succeeded."""
    model = OutcomeModel.given()
    return {
        session.turns[0].turn_id: (
            tuple(turn.turn_id for turn in session.turns),
            tuple(round(value, 9) for value in model.success(session)),
        )
        for session in sessions
    }


def _changed(expected: _Told, found: _Told, part: int) -> int:
    """Sessions of either that are not the same in the other."""
    return sum(
        name not in expected or name not in found or expected[name][part] != found[name][part]
        for name in expected.keys() | found.keys()
    )
