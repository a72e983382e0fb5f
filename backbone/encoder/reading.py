"""Each distinct text through the trunk once, for training: tops are then trained without it."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from backbone.batching import batches_by_length
from backbone.encoder.splitting import Trunk
from backbone.files import digest
from backbone.states import TextStates
from backbone.steps import Step, silent
from streams.files import written_beside

__all__ = ["read_texts"]


def read_texts(
    trunk: Trunk,
    texts: Iterable[str],
    *,
    max_tokens: int = 64,
    folder: Path | None = None,
    batch_tokens: int = 8192,
    progress: Step = silent,
) -> TextStates:
    """Read texts, each distinct one once.

    Parameters
    ----------
    trunk
        What reads; on any device.
    texts
        In any order, as often as they come.
    max_tokens
        Longer texts lose their end; [CLS] and [SEP] count.
    folder
        Keeps the states in a file there, from which they are mapped; named by the content of trunk, limit and texts,
        so a second reading of the same costs nothing, and one of anything else is made anew. Without it they are
        kept in memory.
    batch_tokens
        Places of a batch.
    progress
        Told which share is read.

    Returns
    -------
    TextStates
        The texts in the order in which they came first.
    """
    distinct = list(dict.fromkeys(texts))
    tokeniser = trunk.tokeniser.with_max_tokens(min(max_tokens, trunk.tokeniser.max_tokens))
    tokens = tokeniser.tokens(distinct)
    lengths = np.fromiter((one.size for one in tokens.ids), np.int64, len(distinct))
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))
    ids = np.concatenate(tokens.ids) if distinct else np.zeros(0, np.int32)

    def answer(flat: NDArray[np.float16]) -> TextStates:
        return TextStates(distinct, flat, ids, starts, sum(tokens.cut))

    def read_into(flat: NDArray[np.float16]) -> None:
        _read(trunk, tokens.ids, starts, flat, batch_tokens, progress)

    shape = int(starts[-1]), trunk.hidden
    if folder is None:
        flat = np.empty(shape, np.float16)
        read_into(flat)
        return answer(flat)
    name = digest((trunk.fingerprint.encode(), tokeniser.fingerprint.encode(), json.dumps(distinct).encode()))
    path = folder / f"states-{name[:32]}.npy"
    if not path.is_file():
        with written_beside(path) as beside:
            mapped = np.lib.format.open_memmap(beside, "w+", np.float16, shape)
            read_into(mapped)
            mapped.flush()
            del mapped
    return answer(np.load(path, mmap_mode="r", allow_pickle=False))


def _read(
    trunk: Trunk,
    ids: list[NDArray[np.int32]],
    starts: NDArray[np.int64],
    flat: NDArray[np.float16],
    batch_tokens: int,
    progress: Step,
) -> None:
    device = next(trunk.parameters()).device
    batches = batches_by_length(np.diff(starts), batch_tokens)
    done = 0
    for batch in batches:
        longest = int(max(ids[number].size for number in batch))
        input_ids = np.zeros((batch.size, longest), np.int64)
        mask = np.zeros((batch.size, longest), np.int64)
        for row, number in enumerate(batch):
            input_ids[row, : ids[number].size] = ids[number]
            mask[row, : ids[number].size] = 1
        states = trunk.states(torch.from_numpy(input_ids).to(device), torch.from_numpy(mask).to(device))
        found = states.to(torch.float16).cpu().numpy()
        for row, number in enumerate(batch):
            flat[starts[number] : starts[number + 1]] = found[row, : ids[number].size]
        done += batch.size
        progress("reading texts with the trunk", done / len(ids))
