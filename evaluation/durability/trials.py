"""Trials of a scenario: one after the other, each noted when it is done, so that a run that was ended goes on."""

import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from selflearn.steps import Step

__all__ = ["Outcome", "Trials", "summed"]

#: What one trial found: counts by name.
Outcome = Mapping[str, Any]

_NOTED = "outcomes.jsonl"


@dataclass(frozen=True)
class Trials:
    """The trials of one scenario.

    Attributes
    ----------
    name : str
        The scenario's.
    seed : int
        Of everything that is drawn.
    folder : Path
        Where trials work, and where outcomes are noted.
    step : Step
        Told of the progress.
    """

    name: str
    seed: int
    folder: Path
    step: Step

    def each(
        self,
        count: int,
        trial: Callable[[int, random.Random, Path], Outcome],
        *,
        at_once: int = 1,
        question: Mapping[str, Any] | None = None,
    ) -> list[Outcome]:
        """Carry out so many trials, and give their outcomes.

        Parameters
        ----------
        count
            How many.
        trial
            Called with its number, its own dice and a fresh folder, which is removed if nothing was lost.
        at_once
            How many at the same time.
        question
            What else the outcomes depend on, as sizes: those noted under another question are not taken.
        """
        asked = {"scenario": self.name, "seed": self.seed, **(question or {})}
        done = self._noted(asked)
        outcomes = {number: done[number] for number in range(count) if number in done}

        def carry_out(number: int) -> Outcome:
            folder = self.folder / f"{self.name}-{number}"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            found = trial(number, random.Random(f"{self.seed} {self.name} {number}"), folder)
            if not any(
                found.get(fault) for fault in ("lost", "doubled", "changed", "halves", "letters_lost")
            ):
                shutil.rmtree(folder, ignore_errors=True)
            return found

        with ThreadPoolExecutor(at_once) as pool:
            left = {pool.submit(carry_out, number): number for number in range(count) if number not in done}
            try:
                for future in as_completed(left):
                    outcomes[left[future]] = future.result()
                    self._note(asked, left[future], outcomes[left[future]])
                    self.step(f"{self.name}: {len(outcomes)} of {count}", len(outcomes) / count)
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        return [outcomes[number] for number in range(count)]

    def _noted(self, asked: Mapping[str, Any]) -> dict[int, Outcome]:
        path = self.folder / _NOTED
        if not path.is_file():
            return {}
        done: dict[int, Outcome] = {}
        for line in path.read_bytes().splitlines():
            with suppress(orjson.JSONDecodeError):  # whatever ended the run may have cut a line off
                noted = orjson.loads(line)
                if noted["question"] == asked:
                    done[noted["trial"]] = noted["outcome"]
        return done

    def _note(self, asked: Mapping[str, Any], number: int, outcome: Outcome) -> None:
        with (self.folder / _NOTED).open("ab") as noted:
            line = orjson.dumps({"question": asked, "trial": number, "outcome": outcome})
            noted.write(b"\n" + line + b"\n")


def summed(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Add up what trials found; what is true or false counts as one or none."""
    names = dict.fromkeys(name for outcome in outcomes for name in outcome)
    return {name: sum(outcome.get(name, 0) for outcome in outcomes) for name in names}
