"""Rows of token ids as tensors."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = ["padded"]


def padded(rows: Sequence[NDArray[np.int32]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Put rows of token ids into one tensor; gives ids and mask, both of shape (rows, longest)."""
    longest = max(row.size for row in rows)
    ids = torch.full((len(rows), longest), pad, dtype=torch.long)
    mask = torch.zeros((len(rows), longest), dtype=torch.long)
    for place, row in enumerate(rows):
        ids[place, : row.size] = torch.from_numpy(row.astype(np.int64))
        mask[place, : row.size] = 1
    return ids, mask
