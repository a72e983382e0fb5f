"""Tensors as bytes."""

import torch
from torch import nn

from backbone.files import digest

__all__ = ["fingerprint_of"]


def fingerprint_of(module: nn.Module, *said: str) -> str:
    """Name a module's weights, and what else is said of it, by their content.

    Returns
    -------
    str
        A SHA-256; the same on every device, whatever the order of the weights.
    """
    parts: list[bytes | memoryview] = [text.encode() for text in said]
    for name, tensor in sorted(module.state_dict().items()):
        values = tensor.detach().cpu().contiguous()
        parts.append(f"{name} {tuple(values.shape)} {values.dtype}".encode())
        parts.append(memoryview(values.flatten().view(torch.uint8).numpy()).cast("B"))
    return digest(parts)
