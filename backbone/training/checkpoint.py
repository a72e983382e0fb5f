"""Where a training is, in one file: it can go on from there and come out the same."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from backbone.errors import CheckpointOfAnotherRun
from streams.files import written_beside

__all__ = ["Checkpoint", "learned", "load_learned", "read_checkpoint", "write_checkpoint"]

#: Under this name a safetensors file keeps what is not a tensor.
_SAID = "state"


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds: tensors, and what is said beside them."""

    tensors: Mapping[str, Tensor]
    said: Mapping[str, Any]


def learned(modules: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """Return copies of what a training changes: weights that require a gradient, and buffers that are kept."""
    found: dict[str, Tensor] = {}
    for name, module in modules.items():
        kept = module.state_dict(keep_vars=True)
        trained = {key for key, weight in module.named_parameters() if weight.requires_grad}
        weights = {key for key, _ in module.named_parameters()}
        for key, tensor in kept.items():
            if key in trained or (key not in weights and isinstance(tensor, Tensor)):
                found[f"{name}.{key}"] = tensor.detach().cpu().clone().contiguous()
    return found


@torch.no_grad()
def load_learned(modules: Mapping[str, nn.Module], tensors: Mapping[str, Tensor]) -> None:
    """Put back what `learned` returned."""
    for name, module in modules.items():
        kept = module.state_dict(keep_vars=True)
        for key in kept:
            if (tensor := tensors.get(f"{name}.{key}")) is not None:
                kept[key].data.copy_(tensor)


def write_checkpoint(
    path: Path, modules: Mapping[str, nn.Module], optimizer: Optimizer, said: Mapping[str, Any]
) -> None:
    """Write weights, the optimiser's state and the random generators' beside the file that is there; then rename."""
    tensors = {f"weights.{name}": tensor for name, tensor in learned(modules).items()}
    for number, state in optimizer.state_dict()["state"].items():
        for key, value in state.items():
            tensors[f"optimizer.{number}.{key}"] = torch.as_tensor(value).detach().cpu().clone().contiguous()
    tensors["random.cpu"] = torch.random.get_rng_state()
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    with written_beside(path) as beside:
        save_file(tensors, beside, metadata={_SAID: json.dumps(said)})


def read_checkpoint(
    path: Path, modules: Mapping[str, nn.Module], optimizer: Optimizer, run: str
) -> Mapping[str, Any] | None:
    """Put back what `write_checkpoint` wrote, random generators too.

    Parameters
    ----------
    path
        The file; None is returned where there is none.
    modules, optimizer
        Those of the same run.
    run
        What the run is named by; `said["run"]` has to be the same.

    Raises
    ------
    CheckpointOfAnotherRun
        If it is not, or the file is no checkpoint.
    """
    if not path.is_file():
        return None
    try:
        with safe_open(path, "pt") as file:
            said: dict[str, Any] = json.loads((file.metadata() or {})[_SAID])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 — it is no mapping
    except (SafetensorError, KeyError, ValueError) as error:
        raise CheckpointOfAnotherRun(path) from error
    if said.get("run") != run:
        raise CheckpointOfAnotherRun(path)
    load_learned(modules, _below("weights.", tensors))
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in _below("optimizer.", tensors).items():
        number, key = name.split(".", 1)
        state.setdefault(int(number), {})[key] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    torch.random.set_rng_state(tensors["random.cpu"])
    if torch.cuda.is_available() and "random.cuda" in tensors:
        torch.cuda.set_rng_state(tensors["random.cuda"])
    return said


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
