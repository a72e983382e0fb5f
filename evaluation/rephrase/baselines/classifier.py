"""P(the second text says the first again), by an encoder that reads both."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from backbone.batching import batches_by_length
from backbone.encoder import Encoder
from evaluation.rephrase.baselines.padding import padded

__all__ = ["PairClassifier"]

#: Of each of the two texts, with its [SEP]; longer ones lose their end.
_MOST_TOKENS = 25
_BATCH_TOKENS = 4096


class PairClassifier(nn.Module):
    """An encoder over [CLS] request [SEP] candidate [SEP], and a linear head on [CLS] and the mean of all states.

    Parameters
    ----------
    encoder
        Its weights are changed by training.
    seed
        Of the head's weights.
    """

    def __init__(self, encoder: Encoder, seed: int) -> None:
        super().__init__()
        self._encoder = encoder
        self.fingerprint = encoder.fingerprint
        self.model = encoder.model
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(2 * encoder.hidden, 1)
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            self.head.weight.normal_(0.0, 0.02, generator=generator)
            self.head.bias.zero_()
        self._tokeniser = encoder.tokeniser.with_max_tokens(_MOST_TOKENS + 1)
        self._pad = int(encoder.config.pad_token_id or 0)
        self._types = int(getattr(encoder.config, "type_vocab_size", 1)) > 1
        self.eval()

    def rows(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[NDArray[np.int32], int]]:
        """Give the token ids of each pair, and how many of them are the first text's."""
        texts = sorted({text for pair in pairs for text in pair})
        ids = dict(zip(texts, self._tokeniser.tokens(texts).ids, strict=True))
        return [(np.concatenate((ids[first], ids[second][1:])), ids[first].size) for first, second in pairs]

    def forward(self, rows: Sequence[tuple[NDArray[np.int32], int]]) -> Tensor:
        """Give the log-odds of each row, shape (rows,)."""
        ids, mask = padded([row for row, _ in rows], self._pad)
        said = {"input_ids": ids, "attention_mask": mask}
        if self._types:
            first = torch.tensor([size for _, size in rows]).unsqueeze(1)
            said["token_type_ids"] = (torch.arange(ids.shape[1]).unsqueeze(0) >= first).long() * mask
        states = self.model(**said).last_hidden_state
        counts = mask.unsqueeze(-1).to(states.dtype)
        read = torch.cat((states[:, 0], (states * counts).sum(1) / counts.sum(1)), dim=-1)
        odds: Tensor = self.head(self.dropout(read)).squeeze(-1)
        return odds

    @torch.inference_mode()
    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Give P(the second says the first again) of each pair."""
        was, rows = self.training, self.rows(pairs)
        self.eval()
        found = np.zeros(len(rows))
        for batch in batches_by_length([row.size for row, _ in rows], _BATCH_TOKENS):
            found[batch] = torch.sigmoid(self([rows[number] for number in batch])).numpy()
        self.train(was)
        return [float(one) for one in found]

    def write(self, path: Path) -> None:
        """Keep the weights."""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.part")
        save_file({name: tensor.contiguous() for name, tensor in self.state_dict().items()}, beside)
        beside.replace(path)

    def read(self, path: Path) -> None:
        """Take the weights that were kept."""
        self.load_state_dict(load_file(path))
