"""Likeness of sentence embeddings."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from backbone.batching import batches_by_length
from backbone.encoder import Encoder, load_encoder
from evaluation.rephrase.baselines.candidates import PairDetector, best_threshold, likeliest_of
from evaluation.rephrase.baselines.padding import padded
from evaluation.rephrase.baselines.setup import Setup
from streams.records import Label, Turn
from streams.sessions import Session

__all__ = ["embedding_cosine"]

#: Longer texts lose their end; [CLS] and [SEP] count.
_MOST_TOKENS = 48
_BATCH_TOKENS = 2048


def embedding_cosine(sessions: Sequence[Session], labels: Mapping[str, Label], setup: Setup) -> PairDetector:
    """Cosine of the two texts' embeddings, below 0 as 0; the threshold tuned on the labels.

    The embedding of a text is the mean of its tokens' last states, as the default encoder was trained to give it; the
    encoder is not trained further. Empty texts are like nothing.
    """
    alike = _Cosine(load_encoder(setup.encoder))
    found = likeliest_of(sessions, alike, setup.near)
    return PairDetector(alike, best_threshold(found, labels), setup.near)


class _Cosine:
    """Cosines of pairs of texts; each distinct text is read once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._read: dict[str, NDArray[np.float32]] = {}

    def __call__(self, pairs: Sequence[tuple[Turn, Turn]]) -> list[float]:
        self._read_texts({turn.utterance for pair in pairs for turn in pair})
        return [
            max(0.0, float(self._read[request.utterance] @ self._read[later.utterance]))
            if request.utterance and later.utterance
            else 0.0
            for request, later in pairs
        ]

    @torch.inference_mode()
    def _read_texts(self, texts: set[str]) -> None:
        new = sorted(texts - self._read.keys())
        tokens = self._encoder.tokeniser.with_max_tokens(_MOST_TOKENS).tokens(new).ids
        for rows in batches_by_length([one.size for one in tokens], _BATCH_TOKENS):
            ids, mask = padded([tokens[row] for row in rows], int(self._encoder.config.pad_token_id or 0))
            states = self._encoder.model(input_ids=ids, attention_mask=mask).last_hidden_state
            counts = mask.unsqueeze(-1).to(states.dtype)
            means = torch.nn.functional.normalize((states * counts).sum(1) / counts.sum(1), dim=-1)
            self._read |= {new[row]: mean for row, mean in zip(rows, means.numpy(), strict=True)}
