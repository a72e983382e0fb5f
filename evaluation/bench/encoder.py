"""The encoder: torch against exported graphs, and one trunk with tops against an encoder for each task."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic
from pydantic import JsonValue

from backbone.batching import Batches, batches_by_length
from backbone.encoder import Encoder, load_encoder, split, weights_of
from backbone.export import export_graph
from backbone.runtime import EncoderFiles, OnnxTop, default_encoder_folder, prepare_trunk
from backbone.runtime.graph import trunk_graph
from evaluation.bench.bundled_log import bundled
from evaluation.bench.commands import run
from evaluation.bench.timing import ratio, take_turns
from streams.records import Turn

__all__ = ["measure_encoder"]

_BATCH_TOKENS = 4096
_LENGTHS = (16, 32, 64, 128, 256, 512)

_Step = Callable[[str, float | None], None]
_Batch = Mapping[str, NDArray[np.int64]]
_Run = Callable[[_Batch], NDArray[np.float32]]


def measure_encoder(
    texts: int, rounds: int, at: int, tasks: int, threads: int, folder: Path, step: _Step
) -> dict[str, JsonValue]:
    """Measure the default encoder on what the quickstart's log says.

    All that is compared takes turns in one process, round by round; figures are medians of what those of a round have
    to one another.

    Parameters
    ----------
    texts
        Distinct texts that are read, at most.
    rounds
        How often.
    at
        Where the encoder is split.
    tasks
        How many share the trunk.
    threads
        Of torch and of onnxruntime.
    folder
        For graphs.
    step
        Told what is going on.

    Returns
    -------
    dict
        `docs/backbone.md` says what each figure is.
    """
    torch.set_num_threads(threads)
    said = _said()
    encoder = load_encoder()
    distinct = list(dict.fromkeys(said))
    ids = encoder.tokeniser.tokens(distinct).ids
    length_of = dict(zip(distinct, (one.size for one in ids), strict=True))
    tokens = [length_of[text] for text in said]
    answer: dict[str, JsonValue] = {
        "texts": min(texts, len(distinct)),
        "at": at,
        "tasks": tasks,
        "threads": threads,
        "rounds": rounds,
        "distinct_share": sum(length_of.values()) / sum(tokens),
        "padding_share": batches_by_length(tokens, _BATCH_TOKENS).padding_share,
        "padding_share_as_they_come": _as_they_come(tokens),
    }
    chosen = [ids[number] for number in np.random.default_rng(7).permutation(len(ids))[:texts]]
    batches = _padded(chosen, batches_by_length([one.size for one in chosen], _BATCH_TOKENS))
    step("making graphs", None)
    runs, seconds = _trunks(encoder, at, threads, folder)
    answer["preparation_cpu_seconds"] = seconds
    answer |= _speeds(runs, batches, len(chosen), rounds, step)
    answer["agreement"] = {
        name: _agreement(runs["torch"], one, batches) for name, one in runs.items() if name != "torch"
    }
    answer["neighbours"] = {name: _neighbours(one, batches) for name, one in runs.items()}
    step("sharing the trunk", None)
    answer |= _sharing(encoder, at, tasks, batches, rounds)
    top = export_graph(split(encoder, at)[1], _example(encoder.hidden), ["found"], folder / "top.onnx")
    answer["memory"] = _memory(encoder, at, tasks, top)
    step("longer sequences", None)
    answer["by_length"] = _by_length(encoder, at, OnnxTop(top, threads), rounds)
    return answer


def _said() -> list[str]:
    """Return requests and answers of the quickstart's log, in order."""
    return [
        text
        for turn in bundled(Turn)
        for text in (turn.utterance, turn.response.text if turn.response is not None else None)
        if text
    ]


def _as_they_come(lengths: Sequence[int], many: int = 64) -> float:
    groups = [lengths[start : start + many] for start in range(0, len(lengths), many)]
    return 1.0 - sum(lengths) / sum(max(group) * len(group) for group in groups)


def _padded(ids: Sequence[NDArray[np.int32]], batches: Batches) -> list[_Batch]:
    padded: list[_Batch] = []
    for batch in batches:
        shape = batch.size, max(ids[number].size for number in batch)
        one = {"ids": np.zeros(shape, np.int64), "mask": np.zeros(shape, np.int64)}
        for row, number in enumerate(batch):
            one["ids"][row, : ids[number].size] = ids[number]
            one["mask"][row, : ids[number].size] = 1
        padded.append(one)
    return padded


def _trunks(encoder: Encoder, at: int, threads: int, folder: Path) -> tuple[dict[str, _Run], float]:
    """Return the trunk in all its forms, and the processor seconds that serving's took to be made."""
    source = EncoderFiles(default_encoder_folder())
    began = time.process_time()
    int8 = prepare_trunk(source, at, cache=folder, anew=True)
    seconds = time.process_time() - began
    whole = prepare_trunk(source, at, precision="float32", cache=folder, anew=True)
    per_tensor = folder / "per-tensor.onnx"
    quantize_dynamic(
        trunk_graph(source.weights(at), source.shape, at, half_embeddings=True),
        per_tensor,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True},
    )
    trunk, _ = split(encoder, at)

    def in_torch(batch: _Batch) -> NDArray[np.float32]:
        found: NDArray[np.float32] = trunk.states(
            *(torch.from_numpy(batch[name]) for name in ("ids", "mask"))
        ).numpy()
        return found

    def in_graph(path: Path) -> _Run:
        graph = OnnxTop(path, threads)
        return lambda batch: graph.run(batch)["states"]

    graphs = {"onnx_float32": whole, "onnx_int8": int8, "onnx_int8_per_tensor": per_tensor}
    for path in graphs.values():
        onnx.checker.check_model(str(path))
    return {"torch": in_torch, **{name: in_graph(path) for name, path in graphs.items()}}, seconds


def _speeds(
    runs: Mapping[str, _Run], batches: Sequence[_Batch], texts: int, rounds: int, step: _Step
) -> dict[str, JsonValue]:
    def all_of(one: _Run) -> Callable[[], Any]:
        return lambda: [one(batch) for batch in batches]

    step("reading texts", None)
    taken = take_turns({name: all_of(one) for name, one in runs.items()}, rounds)
    return {
        "texts_per_second": {name: texts / float(np.median(those[:, 0])) for name, those in taken.items()},
        "texts_per_cpu_second": {
            name: texts / float(np.median(those[:, 1])) for name, those in taken.items()
        },
        "speed_against_torch": {name: ratio(taken["torch"], those)[0] for name, those in taken.items()},
        "cpu_speed_against_torch": {name: ratio(taken["torch"], those)[1] for name, those in taken.items()},
    }


def _agreement(expected: _Run, found: _Run, batches: Sequence[_Batch]) -> JsonValue:
    pairs = [(expected(batch), found(batch), batch["mask"] > 0) for batch in batches]
    apart = np.concatenate([np.abs(one - other)[mask].ravel() for one, other, mask in pairs])
    spread = float(np.std(np.concatenate([one[mask].ravel() for one, _, mask in pairs])))
    return {"largest": float(apart.max()), "mean": float(apart.mean()), "deviation_of_states": spread}


def _neighbours(one: _Run, batches: Sequence[_Batch]) -> float:
    """Return how far a text's states are, at most, from those that it has alone."""
    worst = 0.0
    for batch in batches[:: max(1, len(batches) // 8)]:
        together, many = one(batch), int(batch["mask"][0].sum())
        alone = one({name: values[:1, :many] for name, values in batch.items()})
        worst = max(worst, float(np.abs(together[0, :many] - alone[0]).max()))
    return worst


def _sharing(
    encoder: Encoder, at: int, tasks: int, batches: Sequence[_Batch], rounds: int
) -> dict[str, JsonValue]:
    """Compare the time of one trunk and a top for each task with that of an encoder for each, in torch."""
    trunk, top = split(encoder, at)
    top.eval()
    given = [tuple(torch.from_numpy(batch[name]) for name in ("ids", "mask")) for batch in batches]

    @torch.no_grad()
    def shared() -> None:
        for ids, mask in given:
            states = trunk.states(ids, mask)
            for _ in range(tasks):
                top(states, mask)

    @torch.no_grad()
    def apart() -> None:
        for ids, mask in given:
            for _ in range(tasks):
                encoder.model(input_ids=ids, attention_mask=mask)

    taken = take_turns({"shared": shared, "apart": apart}, max(1, rounds // 2))
    clock, processor = ratio(taken["shared"], taken["apart"])
    return {"sharing_time_ratio": clock, "sharing_cpu_ratio": processor}


def _example(hidden: int) -> dict[str, torch.Tensor]:
    return {"states": torch.randn(2, 7, hidden), "attention_mask": torch.ones(2, 7, dtype=torch.int64)}


def _memory(encoder: Encoder, at: int, tasks: int, top: Path) -> JsonValue:
    weights = weights_of(encoder, at)
    resident, kept = {}, {"SELFLEARN_CACHE": str(top.parent)}
    for how in ("nothing", "shared", "apart"):
        command = [sys.executable, "-m", "evaluation.bench.encoder_memory", how]
        given = [str(number) for number in (at, encoder.layers, tasks)]
        resident[how] = float(run([*command, *given, str(top)], kept).output.strip().splitlines()[-1])
    return {
        "torch_trunk_mb": weights.trunk,
        "torch_top_mb": weights.top,
        "torch_shared_mb": weights.shared(tasks),
        "torch_apart_mb": weights.apart(tasks),
        "int8_top_file_mb": top.stat().st_size / 1e6,
        "int8_shared_resident_mb": resident["shared"] - resident["nothing"],
        "int8_apart_resident_mb": resident["apart"] - resident["nothing"],
    }


def _by_length(encoder: Encoder, at: int, exported: OnnxTop, rounds: int) -> JsonValue:
    """Return milliseconds of a processor for a sequence through the top, by its length in tokens."""
    _, top = split(encoder, at)
    top.eval()
    answer: dict[str, JsonValue] = {}
    for length in _LENGTHS:
        many = max(1, 2048 // length)
        states = torch.randn(many, length, encoder.hidden, generator=torch.Generator().manual_seed(length))
        mask = torch.ones(many, length, dtype=torch.int64)
        given = {"states": states.numpy(), "attention_mask": mask.numpy()}

        @torch.no_grad()
        def in_torch(states: torch.Tensor = states, mask: torch.Tensor = mask) -> None:
            top(states, mask)

        def in_graph(given: Mapping[str, NDArray[Any]] = given) -> None:
            exported.run(given)

        taken = take_turns({"torch": in_torch, "onnx_int8": in_graph}, max(3, rounds))
        answer[str(length)] = {
            name: 1e3 * float(np.median(those[:, 1])) / many for name, those in taken.items()
        }
    return answer
