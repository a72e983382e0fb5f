"""Low-rank adapters (LoRA) on a top: a task then learns thousands of weights instead of millions."""

from collections.abc import Sequence
from typing import Any, TypeVar

import torch
from peft import LoraConfig, get_peft_model_state_dict
from peft.mapping import inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

__all__ = ["LORA_TARGETS", "add_lora", "low_rank_weights", "merge_lora"]

#: What adapters are put on by default: attention's queries and values (Hu et al., LoRA, 2021, section 7.1).
LORA_TARGETS = ("query", "value")

_Module = TypeVar("_Module", bound=nn.Module)


def add_lora(
    top: _Module,
    rank: int = 8,
    alpha: int = 16,
    targets: Sequence[str] = LORA_TARGETS,
    dropout: float = 0.0,
) -> _Module:
    """Freeze a module and put low-rank adapters on its linear layers.

    Parameters
    ----------
    top
        Changed in place.
    rank
        Of the adapters.
    alpha
        They count alpha / rank times.
    targets
        Ends of the names of the linear layers that get one: `query`, `key`, `value`, `attention.output.dense`,
        `intermediate.dense`, `output.dense`.
    dropout
        On what adapters read, in training.

    Returns
    -------
    Module
        The same; only the adapters are trainable.
    """
    config: Any = LoraConfig(
        r=rank,
        lora_alpha=alpha,
        target_modules=list(targets),
        lora_dropout=dropout,
        bias="none",
    )
    top.requires_grad_(False)
    inject_adapter_in_model(config, top)
    return top


def low_rank_weights(top: nn.Module) -> dict[str, Tensor]:
    """Return the adapters' weights and nothing else, by name."""
    found: dict[str, Tensor] = get_peft_model_state_dict(top)
    return found


@torch.no_grad()
def merge_lora(top: _Module) -> _Module:
    """Add the adapters to the layers that they are on, and take them away.

    Returns
    -------
    Module
        The same, changed in place: it answers as before (but for rounding), and has no adapters.
    """
    for name, layer in list(top.named_modules()):
        if isinstance(layer, LoraLayer) and isinstance(layer, nn.Module):
            layer.merge()
            parent, _, last = name.rpartition(".")
            setattr(top.get_submodule(parent), last, layer.get_base_layer())
    if hasattr(top, "peft_config"):
        del top.peft_config
    return top
