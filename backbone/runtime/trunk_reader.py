"""Token states of texts without torch: the trunk, int8, and what it read lately."""

from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as refusals

from backbone.batching import batches_by_length
from backbone.runtime.default_encoder import default_encoder_folder
from backbone.runtime.preparing import Precision, prepare_trunk
from backbone.runtime.sessions import session
from backbone.runtime.tokeniser import TextTokeniser
from backbone.runtime.weights import EncoderFiles
from backbone.states import TextStates

__all__ = ["TrunkReader"]

_BATCH_TOKENS = 4096

#: What onnxruntime says to a file that is no graph, or half of one; they have no common parent.
_REFUSED = (
    refusals.Fail,
    refusals.InvalidArgument,
    refusals.InvalidGraph,
    refusals.InvalidProtobuf,
    refusals.NoModel,
    refusals.RuntimeException,
)

#: A text's states, its tokens' ids, and whether it lost its end.
_Read = tuple[NDArray[np.float16], NDArray[np.int32], bool]


class TrunkReader:
    """Reads each text alone, and keeps what it read last.

    It may be used from several threads at once. A text's states are the same whatever is read beside it.

    Parameters
    ----------
    at
        How many layers the trunk has.
    encoder
        The encoder's folder; the default encoder's, by default.
    max_tokens
        Longer texts lose their end; [CLS] and [SEP] count.
    kept_tokens
        So many tokens' states are kept, those used last; 100,000 of the default encoder are 77 MB.
    precision
        Of the graph.
    threads
        For one call; None: as many as onnxruntime takes.
    cache
        Where the graph is kept, see `prepare_trunk`.

    Raises
    ------
    EncoderNotFound
        If the encoder's files are not there.
    NoSuchLayer
        If it has fewer layers.
    """

    def __init__(
        self,
        at: int,
        encoder: Path | None = None,
        *,
        max_tokens: int = 64,
        kept_tokens: int = 100_000,
        precision: Precision = "int8",
        threads: int | None = None,
        cache: Path | None = None,
    ) -> None:
        self.at = at
        self._files = EncoderFiles(encoder or default_encoder_folder())
        self.window = self._files.shape.window
        self.hidden = self._files.shape.hidden
        self.tokeniser = TextTokeniser.from_folder(self._files.folder, min(max_tokens, self.window))
        self._session = self._open(precision, threads, cache)
        self._room = kept_tokens
        self._kept: OrderedDict[str, _Read] = OrderedDict()
        self._lock = Lock()

    @cached_property
    def encoder_fingerprint(self) -> str:
        """Names the whole encoder by its content, as `Encoder.fingerprint` does; an artifact says for which it is."""
        return self._files.fingerprint(self.tokeniser.with_max_tokens(self.window).fingerprint)

    @property
    def kept(self) -> int:
        """Of how many texts the states are kept now."""
        return len(self._kept)

    def read(self, texts: Sequence[str]) -> TextStates:
        """Read texts, each distinct one once, and none whose states are kept.

        Parameters
        ----------
        texts
            In any order, as often as they come.

        Returns
        -------
        TextStates
            The distinct texts in the order in which they came first.
        """
        distinct = list(dict.fromkeys(texts))
        found = self._remembered(distinct)
        missing = [text for text in distinct if text not in found]
        if missing:
            found |= self._read(missing)
        states = [found[text] for text in distinct]
        lengths = np.fromiter((ids.size for _, ids, _ in states), np.int64, len(states))
        return TextStates(
            distinct,
            np.concatenate([one for one, _, _ in states])
            if states
            else np.zeros((0, self.hidden), np.float16),
            np.concatenate([ids for _, ids, _ in states]) if states else np.zeros(0, np.int32),
            np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths))),
            sum(cut for _, _, cut in states),
        )

    def _open(
        self, precision: Precision, threads: int | None, cache: Path | None
    ) -> onnxruntime.InferenceSession:
        graph = prepare_trunk(self._files, self.at, precision=precision, cache=cache)
        try:
            return session(graph, threads)
        except _REFUSED:
            # The disk was full, or somebody wrote into it: what is kept can be made again.
            return session(
                prepare_trunk(self._files, self.at, precision=precision, cache=cache, anew=True), threads
            )

    def _remembered(self, texts: Sequence[str]) -> dict[str, _Read]:
        with self._lock:
            found = {text: self._kept[text] for text in texts if text in self._kept}
            for text in found:
                self._kept.move_to_end(text)
        return found

    def _read(self, texts: Sequence[str]) -> dict[str, _Read]:
        tokens = self.tokeniser.tokens(texts)
        found: dict[str, _Read] = {}
        for batch in batches_by_length([ids.size for ids in tokens.ids], _BATCH_TOKENS):
            longest = max(tokens.ids[number].size for number in batch)
            ids = np.zeros((batch.size, longest), np.int64)
            mask = np.zeros((batch.size, longest), np.int64)
            for row, number in enumerate(batch):
                ids[row, : tokens.ids[number].size] = tokens.ids[number]
                mask[row, : tokens.ids[number].size] = 1
            (states,) = self._session.run(["states"], {"ids": ids, "mask": mask})
            for row, number in enumerate(batch):
                own = tokens.ids[number]
                found[texts[number]] = states[row, : own.size].astype(np.float16), own, tokens.cut[number]
        self._keep(found)
        return found

    def _keep(self, found: dict[str, _Read]) -> None:
        with self._lock:
            for text, states in found.items():
                if text not in self._kept:
                    self._room -= states[1].size
                self._kept[text] = states
            while self._room < 0:
                _, (_, ids, _) = self._kept.popitem(last=False)
                self._room += ids.size
