"""Rephrase detection: exported in int8 against plain torch, and what a session costs by its length."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import JsonValue

from backbone.encoder import load_encoder, read_texts, split
from backbone.runtime import TrunkReader
from backbone.states import TextStates
from evaluation.bench.bundled_log import bundled_sessions
from evaluation.bench.timing import ratio, take_turns
from rewrite_offline.rephrase import SpanDetector, read_detector, sequences_of
from rewrite_offline.rephrase.batches import SpanInput
from rewrite_offline.rephrase.network import SpanNetwork
from streams.records import Response, Turn
from streams.sessions import Session

__all__ = ["measure_rephrase"]

_Step = Callable[[str, float | None], None]

#: Turns of a session, in the series by length.
_LENGTHS = (2, 4, 8, 16, 32, 64)
#: Of how many sessions the encoder reads whole sequences: it is that much slower.
_WHOLE = 8


def measure_rephrase(
    sessions: int, rounds: int, threads: int, folder: Path, step: _Step
) -> dict[str, JsonValue]:
    """Measure the shipped detector on the quickstart's log.

    Parameters
    ----------
    sessions
        How many are read, at most.
    rounds
        In which all that is compared takes turns.
    threads
        Of torch and of onnxruntime.
    folder
        For the encoder's graph.
    step
        Told what is going on.

    Returns
    -------
    dict
        `docs/rephrase.md` says what each figure is.
    """
    torch.set_num_threads(threads)
    logged = [one for one in bundled_sessions() if len(one) > 1]
    chosen = logged[:sessions]
    shipped = _without_memory(read_detector(threads=threads, cache=folder), threads, folder)
    requests = sum(map(len, chosen))
    answer: dict[str, JsonValue] = {
        "sessions": len(chosen),
        "requests": requests,
        "threads": threads,
        "rounds": rounds,
    }
    step("detecting", None)
    in_torch = _in_torch(shipped, layers=1)
    taken = take_turns(
        {"onnx_int8": partial(shipped.detect, chosen), "torch": partial(in_torch.detect, chosen)}, rounds
    )
    answer["sessions_per_second"] = {
        name: len(chosen) / float(np.median(those[:, 0])) for name, those in taken.items()
    }
    answer["speed_against_torch"], answer["cpu_speed_against_torch"] = ratio(
        taken["torch"], taken["onnx_int8"]
    )
    step("the encoder over whole sequences", None)
    few = chosen[: max(1, len(chosen) // _WHOLE)]
    whole = _in_torch(shipped, layers=load_encoder().layers)
    taken = take_turns(
        {"onnx_int8": partial(shipped.detect, few), "whole": partial(whole.detect, few)},
        max(1, rounds // 2),
    )
    answer["speed_against_whole_sequences"], answer["cpu_speed_against_whole_sequences"] = ratio(
        taken["whole"], taken["onnx_int8"]
    )
    step("parts", None)
    answer["parts"] = _parts(shipped, chosen, rounds)
    step("by length", None)
    answer["by_length"] = _by_length(shipped, logged, rounds)
    return answer


def _without_memory(detector: SpanDetector, threads: int, folder: Path) -> SpanDetector:
    """Let the trunk forget what it read: rounds read the same texts, and torch reads them anew each time."""
    at = load_encoder().layers - 1
    trunk = TrunkReader(
        at, max_tokens=detector.settings.text_tokens, kept_tokens=0, threads=threads, cache=folder
    )

    def read(texts: Collection[str]) -> TextStates:
        return trunk.read(list(texts))

    return replace(detector, read=read)


def _in_torch(shipped: SpanDetector, layers: int) -> SpanDetector:
    """Make the same detector in torch, with so many layers of its own; its answers mean nothing, its time does."""
    encoder = load_encoder()
    trunk, top = split(encoder, encoder.layers - layers)
    network = SpanNetwork(top).eval()

    def read(texts: Collection[str]) -> TextStates:
        return read_texts(trunk, texts, max_tokens=shipped.settings.text_tokens)

    @torch.no_grad()
    def score(read: SpanInput) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        starts, ends = network(*map(torch.from_numpy, read[:-1]))
        return starts.numpy(), ends.numpy()

    return replace(shipped, read=read, score=score)


def _parts(detector: SpanDetector, sessions: Sequence[Session], rounds: int) -> dict[str, JsonValue]:
    """Say which share of the processor's time sequences with their features, the trunk and all else take."""
    texts = sorted(
        {text for one in sessions for each in sequences_of(one, detector.settings) for text in each.texts}
    )

    def make() -> None:
        for one in sessions:
            sequences_of(one, detector.settings)

    works: dict[str, Callable[[], object]] = {
        "all": partial(detector.detect, sessions),
        "sequences_and_features": make,
        "trunk": partial(detector.read, texts),
    }
    taken = take_turns(works, max(3, rounds // 2))
    shares = {name: ratio(those, taken["all"])[1] for name, those in taken.items() if name != "all"}
    return {**shares, "top_and_trees": 1.0 - sum(shares.values())}


def _by_length(detector: SpanDetector, logged: Sequence[Session], rounds: int) -> dict[str, JsonValue]:
    """Give milliseconds of a processor for a session, by its turns: as many turns of the log, ten seconds apart."""
    turns = [turn for one in logged for turn in one.turns]
    answer: dict[str, JsonValue] = {}
    for length in _LENGTHS:
        many = max(2, 512 // length)
        made = [
            _session(turns[n * length : (n + 1) * length])
            for n in range(many)
            if (n + 1) * length <= len(turns)
        ]
        seconds = float(
            np.median(take_turns({"it": partial(detector.detect, made)}, max(3, rounds))["it"][:, 1])
        )
        answer[str(length)] = 1000 * seconds / len(made)
    return answer


def _session(turns: Sequence[Turn]) -> Session:
    first = turns[0]
    spaced = tuple(
        turn.model_copy(
            update={"time": first.time + timedelta(seconds=10 * number), "response": _unheard(turn)}
        )
        for number, turn in enumerate(turns)
    )
    return Session(first.tenant_id, f"from:{first.turn_id}", first.customer_id, None, spaced)


def _unheard(turn: Turn) -> Response | None:
    """Its answer, without the time at which that ended: the turns are moved."""
    return None if turn.response is None else turn.response.model_copy(update={"ended": None})
