"""An NLU pipeline that asks for rewrites, and survives the API being killed.

    selflearn quickstart                                      # in one terminal; Ctrl-C it, kill -9 it, start it again
    python -m selflearn.client.example --url http://127.0.0.1:8080      # in another

It takes its turns whatever happens: while the API is away, every request is parsed as it was said.
"""

import argparse
import itertools
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import FrameType

from selflearn.client.answers import Answer
from selflearn.client.settings import ClientSettings
from selflearn.client.synchronous import Client

__all__ = ["Pipeline", "Row", "Turn", "main", "parse"]

#: Said by the customers of this example; the first two are requests that the quickstart's table knows better.
_SAID = ("what did i miss", "what do we need from the store", "what time is it", "stop")

_COLUMNS = "{:>7}  {:>6}  {:>9}  {:>8}  {:<32}  {:<9}  {:>7}  {:>7}"


@dataclass(frozen=True, slots=True)
class Turn:
    """What a pipeline writes into its log, with what the API asks to be echoed.

    Attributes
    ----------
    utterance
        What was parsed.
    original_utterance
        What was said.
    intent
        What the NLU made of it.
    request_id
        Goes into the turn's `rewrite.request_id`.
    """

    utterance: str
    original_utterance: str
    intent: str
    request_id: str


class Pipeline:
    """Rewrites, then parses. There is no branch for an API that is not there: the client has taken it.

    Parameters
    ----------
    client
        Asks the API.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def turn(self, utterance: str, customer_id: str, asked: str | None = None) -> tuple[Turn, Answer]:
        """Take one request of a customer."""
        context = None if asked is None else {"asked": asked}
        answer = self._client.rewrite(utterance, customer_id=customer_id, context=context)
        return Turn(answer.text, utterance, parse(answer.text), answer.request_id), answer


def parse(text: str) -> str:
    """Stand in for an NLU: the first word that is known says what is wanted."""
    words = re.findall(r"\w+", text.lower())
    intents = {"play": "play_music", "lights": "switch_lights", "time": "tell_time", "stop": "stop"}
    return next((intents[word] for word in words if word in intents), "not_understood")


@dataclass(slots=True)
class Row:
    """What happened in a second."""

    turns: int = 0
    rewritten: int = 0
    originals: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def add(self, answer: Answer, seconds: float) -> None:
        """Count one turn."""
        self.turns += 1
        self.rewritten += answer.rewritten
        self.originals += not answer.rewritten
        if answer.failed_open is not None:
            self.failures[answer.failed_open.value] += 1
        self.seconds.append(seconds)

    def line(self, since: float, breaker: str) -> str:
        """Write it."""
        why = ", ".join(f"{count} {name}" for name, count in self.failures.most_common()) or "-"
        times = sorted(self.seconds)
        middle, late = (f"{1e3 * times[int(share * (len(times) - 1))]:.2f}" for share in (0.5, 0.99))
        return _COLUMNS.format(
            f"{since:.1f} s", self.turns, self.rewritten, self.originals, why, breaker, middle, late
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Take turns, a line a second, until the time is over or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="selflearn.client.example", description=__doc__)
    parser.add_argument("--url", required=True, help="address of the API, as http://127.0.0.1:8080")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long; default: 30")
    parser.add_argument("--every", type=float, default=1.0, help="seconds a line")
    parser.add_argument("--pause", type=float, default=0.01, help="seconds between turns")
    parser.add_argument("--say", action="append", help="what customers say; may be repeated")
    chosen = parser.parse_args(arguments)
    ended = _told_to_end()
    # From the environment, because a command line is for all to see.
    with Client(chosen.url, os.environ.get("SELFLEARN_API_KEY"), settings=ClientSettings()) as client:
        client.warm_up()
        pipeline = Pipeline(client)
        print(_COLUMNS.format("time", "turns", "rewritten", "original", "why", "breaker", "p50 ms", "p99 ms"))
        _take_turns(pipeline, client, itertools.cycle(chosen.say or _SAID), chosen, ended)
        counts = client.counts
    print(
        f"answers {counts.outcomes or '-'}; failed open {counts.failures or '-'}; opened {counts.opened} times"
    )


def _take_turns(
    pipeline: Pipeline, client: Client, said: Iterable[str], chosen: argparse.Namespace, ended: list[bool]
) -> None:
    began = shown = time.monotonic()
    row = Row()
    for number, utterance in enumerate(said):
        asked = time.monotonic()
        _, answer = pipeline.turn(utterance, customer_id=f"c{number % 10}")
        now = time.monotonic()
        row.add(answer, now - asked)
        over = bool(ended) or now - began >= chosen.seconds
        if over or now - shown >= chosen.every:
            print(row.line(now - began, client.counts.breaker.value), flush=True)
            shown, row = now, Row()
        if over:
            return
        time.sleep(chosen.pause)


def _told_to_end() -> list[bool]:
    told: list[bool] = []

    def end(number: int, frame: FrameType | None) -> None:
        told.append(True)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    return told


if __name__ == "__main__":
    main()
